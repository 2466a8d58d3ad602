/**
 * Measurements with known content, to fill a store for tests of pages and API: four vantages and their control,
 * a block that begins, and hostile text wherever text comes from outside.
 */
import { createHash } from 'node:crypto';
import type {
  FunctionId,
  Judgement,
  Measurement,
  MeasurementJudgement,
  Mechanism,
  Observation,
  Vantage,
  Verdict,
} from '../../probes/types.ts';

/** Text that runs as a script wherever it is not escaped. */
export const HOSTILE = `"><script>alert('x')</script><img src=x onerror=alert(1)>`;

/** Start of the sample: 4 March 2022, 00:00 UTC. */
export const SAMPLE_START_MS = Date.UTC(2022, 2, 4);
/** Length of its slots. */
export const SAMPLE_INTERVAL_MS = 3_600_000;

function createVantage(
  id: string,
  countryCode: string,
  asn: number,
  networkName: string,
  more: Partial<Vantage> = {},
): Vantage {
  return {
    id,
    kind: 'lab',
    countryCode,
    asn,
    networkName,
    access: 'fixed',
    role: 'vantage',
    note: '',
    ...more,
  };
}

/** Invented networks with private-use numbers. */
export const SAMPLE_VANTAGES: readonly Vantage[] = [
  createVantage('ru-volga-fixed', 'RU', 64_512, 'Volga Fixed'),
  createVantage('ru-taiga-mobile', 'RU', 64_513, 'Taiga Mobile', { access: 'mobile' }),
  createVantage('ua-dnipro-fixed', 'UA', 64_520, 'Dnipro Fixed'),
  createVantage('pl-wisla-fixed', 'PL', 64_530, 'Wisła Fixed'),
  createVantage('de-control', 'DE', 64_540, 'Control Frankfurt', {
    role: 'control',
    access: 'datacentre',
  }),
];

/** Bytes that are no certificate, as a middlebox may send them. */
const CERTIFICATE = new Uint8Array([1, 2, 3]);
const CERTIFICATE_SHA256 = createHash('sha256').update(CERTIFICATE).digest('hex');

/** What one sample measurement is to say. */
export type SampleOptions = {
  readonly service: string;
  readonly vantageId: string;
  readonly slotMs: number;
  readonly verdict: Verdict;
  readonly mechanism?: Mechanism;
  /** Text put where a server's answer would be. */
  readonly foreignText?: string;
};

const DNS_ELAPSED_MS = 12.4;

function listStages(host: string, options: SampleOptions): Observation[] {
  const targetId = `${options.service}.web.www`;
  const shared = { targetId, role: 'target', attempt: 1 } as const;
  const address = '157.240.1.35';
  const text = options.foreignText ?? `${options.service} – log in`;
  const dns = {
    ...shared,
    id: 0,
    operation: 'dns',
    startedMs: 0.2,
    elapsedMs: DNS_ELAPSED_MS,
    input: { host, recordType: 'A', transport: 'udp', resolver: 'network' },
    outcome: {
      kind: 'ok',
      value: {
        addresses: [address],
        rcode: 'NOERROR',
        replies: [
          { atMs: 12, rcode: 'NOERROR', addresses: [address], bytes: 64, isMatching: true },
        ],
      },
    },
  } as const;
  const tcp = {
    ...shared,
    id: 1,
    operation: 'tcp',
    startedMs: 13,
    elapsedMs: 31.7,
    input: { address, port: 443 },
    outcome: { kind: 'ok', value: {} },
  } as const;
  const tls = {
    ...shared,
    id: 2,
    operation: 'tls',
    startedMs: 45,
    elapsedMs: 44.1,
    input: { address, port: 443, serverName: host, clientHello: 'default' },
  } as const;
  if (options.verdict === 'blocked' || options.verdict === 'likely_blocked') {
    const failure = {
      operation: 'tls',
      code: 'connection_reset',
      attribution: 'remote',
      raw: `ECONNRESET ${options.foreignText ?? ''}`.trim(),
    } as const;
    return [dns, tcp, { ...tls, outcome: { kind: 'failed', failure } }];
  }
  const value = {
    isVerified: true,
    protocol: 'TLSv1.3',
    cipher: 'TLS_AES_128_GCM_SHA256',
    alpn: 'http/1.1',
    chain: [CERTIFICATE_SHA256],
    isSelfSigned: false,
    wireBytesIn: 4_101,
    wireBytesOut: 1_905,
  };
  const page = {
    statusCode: 200,
    headers: { 'content-type': 'text/html', location: text },
    bodyBytes: 48_211,
    isBodyTruncated: false,
    bodySha256: 'cd'.repeat(32),
    title: text,
    bodyHead: text,
    wireBytesIn: 50_400,
  };
  return [
    dns,
    tcp,
    { ...tls, outcome: { kind: 'ok', value } },
    {
      ...shared,
      id: 3,
      operation: 'http',
      startedMs: 90,
      elapsedMs: 102.9,
      input: { method: 'GET', url: `https://${host}/`, address },
      outcome: { kind: 'ok', value: page },
    },
  ];
}

const BASELINE: Observation = {
  id: 9,
  targetId: 'baseline.example',
  operation: 'tcp',
  role: 'baseline',
  attempt: 1,
  startedMs: 1,
  elapsedMs: 28,
  input: { address: '93.184.215.14', port: 443 },
  outcome: { kind: 'ok', value: {} },
};

/** Makes a measurement and its judgement. */
export function createSample(options: SampleOptions): {
  measurement: Measurement;
  judgement: MeasurementJudgement;
} {
  const { service, vantageId, slotMs, verdict, mechanism } = options;
  const host = `www.${service}.com`;
  const measurement: Measurement = {
    service,
    vantageId,
    slotMs,
    seq: 0,
    intervalMs: SAMPLE_INTERVAL_MS,
    startedAtMs: slotMs + 4_210,
    elapsedMs: 1_830,
    loopDelayMs: 3,
    marks: ['simulated'],
    observations: [...listStages(host, options), BASELINE],
    certificates: new Map([[CERTIFICATE_SHA256, CERTIFICATE]]),
    provenance: {
      softwareVersion: '0.1.0',
      probeVersion: '1',
      schemaVersion: 1,
      configHash: 'ef'.repeat(32),
    },
  };
  const isStopped = verdict === 'blocked' || verdict === 'likely_blocked';
  const one: Judgement = {
    verdict,
    confidence: verdict === 'insufficient' ? 'low' : 'high',
    reasons: isStopped
      ? [
          { code: 'tls_reset', text: 'The handshake was reset right after the service was named.' },
          {
            code: 'control_succeeded',
            text: 'The same target answered from outside within the window.',
          },
        ]
      : [{ code: 'targets_answered', text: 'Every target that is needed answered.' }],
    ruleId: isStopped ? 'tls.reset.control' : 'service.ok',
    observationIds: [0, 1, 2],
    tampering: [],
    ...(mechanism === undefined ? {} : { mechanism }),
  };
  const functions: Partial<Record<FunctionId, Judgement>> = { web: one };
  return {
    measurement,
    judgement: {
      rulesetVersion: '2026.11.1',
      service: one,
      functions,
      targets: { [`${service}.web.www`]: one },
    },
  };
}

/** The whole sample: three services over `slots` hours, Facebook blocked in Russia from the middle on. */
export function* createSamples(
  services: readonly string[],
  slots: number,
): Generator<ReturnType<typeof createSample>> {
  for (let slot = 0; slot < slots; slot += 1)
    for (const { id: vantageId, countryCode } of SAMPLE_VANTAGES)
      for (const service of services) {
        const slotMs = SAMPLE_START_MS + slot * SAMPLE_INTERVAL_MS;
        const isBlocked = countryCode === 'RU' && service === 'facebook' && slot >= slots / 2;
        // One silent vantage, since silence must be seen.
        if (vantageId === 'pl-wisla-fixed' && slot > slots / 3) continue;
        yield createSample(
          isBlocked
            ? {
                service,
                vantageId,
                slotMs,
                verdict: 'blocked',
                mechanism: 'tls.reset.sni',
                foreignText: HOSTILE,
              }
            : { service, vantageId, slotMs, verdict: 'ok', foreignText: HOSTILE },
        );
      }
}
