/** Builds observations and measurements for tests of the judge: one line per visit to a target. */
import type { Rules } from '../../config/schema.ts';
import type {
  Failure,
  Measurement,
  Observation,
  Operation,
  Outcome,
  Purpose,
  Service,
  ServiceTarget,
} from '../types.ts';

/** How a visit went: how far it came and how it ended. */
export type Visit = {
  readonly targetId: string;
  /** `name` ends with the answer of the resolver, as when that answer may not be dialled. */
  readonly kind?: ServiceTarget['kind'] | 'name';
  readonly role?: Observation['role'];
  readonly attempt?: number;
  readonly purpose?: Purpose;
  /** Resolver and transport of the name's stage; the network's own over UDP unless told. */
  readonly view?: readonly ['network' | 'public', 'udp' | 'tcp' | 'doh'];
  readonly startedMs?: number;
  readonly addresses?: readonly string[];
  /** Stage and code of the failure; absent when the visit reached its end. */
  readonly fails?: readonly [Operation, string];
  readonly attribution?: Failure['attribution'];
  readonly raw?: string;
  readonly isSelfSigned?: boolean;
  /** Body of a page that came over the connection. */
  readonly body?: string;
  /** Part of an answer came before the failure. */
  readonly isPartial?: boolean;
};

const ADDRESS = '157.240.20.35';
const STAGES_OF = {
  https: ['dns', 'tcp', 'tls', 'http'],
  tcp: ['dns', 'tcp'],
  stun: ['dns', 'stun'],
  http: ['dns', 'tcp', 'http'],
  name: ['dns'],
} as const;

/** The rules that tests of the judge use. */
export const TEST_RULES: Rules = {
  rulesetVersion: '2026.11.1',
  minSignalsForBlocked: 2,
  confirmGapSeconds: 25,
  controlWindowSeconds: 1800,
  minBaselinesOk: 1,
  stall: { maxLoopDelayMs: 1000 },
  clock: { maxStepMs: 2000, maxCertificateSkewDays: 1 },
  throttle: { minRatio: 10, maxBytesPerSecond: 64_000, minDownloadMs: 1000, maxSilenceMs: 2000 },
  http: { minBodyProportion: 0.7 },
  flapping: { minFailures: 2 },
  detector: {
    openFailures: 3,
    openWindow: 4,
    confirmedFailures: 1,
    closeSuccesses: 3,
    holdMinutes: 15,
    flapChanges: 4,
    flapWindowMinutes: 120,
    settleMinutes: 60,
    gapRounds: 6,
    groupMinutes: 30,
    mechanismRounds: 2,
    minNetworks: 2,
    majorShare: 0.5,
    staleMinutes: 180,
  },
  changePoint: {
    okMean: 0,
    blockedMean: 0.7,
    expectedDelayBins: 10,
    gapHours: 24,
    halvingHours: 48,
    forgetHours: 240,
    historyHours: 720,
    followHours: 48,
  },
  ledger: { leadDays: 7, followDays: 30, graceHours: 24 },
};

function httpValue(body: string) {
  return {
    statusCode: 200,
    headers: {},
    bodyBytes: body.length,
    isBodyTruncated: false,
    bodySha256: '',
    title: '',
    bodyHead: body,
    wireBytesIn: body.length,
  };
}

function valueOf(stage: Operation, { addresses = [ADDRESS], body = '' }: Visit): unknown {
  if (stage === 'dns') return { addresses, rcode: 'NOERROR', replies: [] };
  if (stage === 'tls') {
    return {
      isVerified: true,
      protocol: 'TLSv1.3',
      cipher: '',
      alpn: '',
      chain: [],
      isSelfSigned: false,
      wireBytesIn: 0,
      wireBytesOut: 0,
    };
  }
  return stage === 'http' ? httpValue(body) : {};
}

function inputOf(
  stage: Operation,
  { addresses = [ADDRESS], targetId, view: [resolver, transport] = ['network', 'udp'] }: Visit,
): unknown {
  if (stage === 'dns') return { host: targetId, recordType: 'A', transport, resolver };
  return {
    address: addresses[0],
    port: 443,
    url: '',
    method: 'GET',
    serverName: targetId,
    clientHello: 'default',
  };
}

function outcomeOf(stage: Operation, visit: Visit): Outcome<unknown> {
  if (visit.fails?.[0] !== stage) return { kind: 'ok', value: valueOf(stage, visit) };
  const failure: Failure = {
    operation: stage,
    code: visit.fails[1],
    attribution: visit.attribution ?? 'remote',
    ...(visit.raw ? { raw: visit.raw } : {}),
  };
  const seen = {
    ...(visit.isSelfSigned ? { isSelfSigned: true } : {}),
    ...(visit.isPartial ? { statusCode: 200 } : {}),
  };
  return { kind: 'failed', failure, ...(Object.keys(seen).length > 0 ? { seen } : {}) };
}

/** The observations of one visit: every stage up to the one that failed. */
function observe(visit: Visit): Observation[] {
  const stages = STAGES_OF[visit.kind ?? 'https'];
  const end = visit.fails
    ? (stages as readonly Operation[]).indexOf(visit.fails[0])
    : stages.length - 1;
  const reached: readonly Operation[] = stages.slice(0, end + 1);
  // A page may come over a connection whose certificate failed.
  const seenStages =
    visit.body !== undefined && visit.fails?.[0] === 'tls'
      ? [...reached, 'http' as const]
      : reached;
  return seenStages.map(
    (operation) =>
      ({
        id: 0,
        targetId: visit.targetId,
        operation,
        role: visit.role ?? 'target',
        attempt: visit.attempt ?? 1,
        ...(visit.purpose ? { purpose: visit.purpose } : {}),
        startedMs: visit.startedMs ?? ((visit.attempt ?? 1) - 1) * 30_000,
        elapsedMs: 1,
        input: inputOf(operation, visit),
        outcome: outcomeOf(operation, visit),
      }) as unknown as Observation, // stages and their values are paired by the table above
  );
}

/** A measurement of these visits. Two working neutral hosts come with it unless it is told otherwise. */
export function measurementOf(
  visits: readonly Visit[],
  changes: Partial<Measurement> & { readonly baselines?: readonly Visit[] } = {},
): Measurement {
  const { baselines = workingBaselines(), ...rest } = changes;
  const observations = [...baselines, ...visits]
    .flatMap(observe)
    .map((one, id) => ({ ...one, id }));
  return {
    service: 'facebook',
    vantageId: 'here',
    slotMs: 1_646_352_000_000,
    seq: 0,
    intervalMs: 300_000,
    startedAtMs: 1_646_352_001_000,
    elapsedMs: 1000,
    loopDelayMs: 0,
    marks: [],
    observations,
    certificates: new Map(),
    provenance: { softwareVersion: '0', probeVersion: '0', schemaVersion: 1, configHash: '' },
    ...rest,
  };
}

/** Two neutral hosts that answer. */
export function workingBaselines(): Visit[] {
  return ['baseline.a', 'baseline.b'].map((targetId) => ({
    targetId,
    role: 'baseline',
    addresses: ['93.184.216.34'],
  }));
}

/** A service of these targets; all functions required. */
export function serviceOf(
  targets: readonly Pick<ServiceTarget, 'id' | 'function' | 'kind'>[],
): Service {
  return {
    id: 'facebook',
    name: 'Facebook',
    requiredFunctions: [...new Set(targets.map((target) => target.function))],
    targets: targets.map((target) => ({ host: target.id, port: 443, path: '/', ...target })),
  };
}
