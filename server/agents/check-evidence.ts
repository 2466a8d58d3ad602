/**
 * What agents say they saw, before anything else reads it. An agent may be anybody's: its evidence must have the shape
 * that our own probes give (probes/types.ts), within bounds, or it is not taken.
 */
import type { Service } from '../../config/schema.ts';
import type { Evidence } from '../../db/measurement-reader.ts';
import { BLIND_SPOTS, OPERATIONS, PURPOSES } from '../../probes/types.ts';
import {
  amount,
  byKind,
  type Check,
  compile,
  count,
  flag,
  isRecord,
  listOf,
  matching,
  oneOf,
  record,
  recordOf,
  shape,
  text,
} from './shape.ts';

/** Several times what the default configuration makes of a service whose every target fails and is looked at deeply. */
const MAX_OBSERVATIONS = 2_000;
const MAX_CERTIFICATES = 200;
/** Addresses of one answer, replies to one query, certificates of one chain. */
const MAX_PARTS = 100;
const MAX_HEADERS = 40;
const DAY_MS = 86_400_000;
const MAX_BYTES = 2 ** 40;

const SHA256 = /^[0-9a-f]{64}$/;
const milliseconds = amount(DAY_MS);
const bytes = count(MAX_BYTES);
const address = text(64);
const port = count(65_535);
const hostName = text(260);

/** Longest of each text; what our probes keep is shorter (page.ts, failure.ts). */
const failure = shape(
  {
    operation: oneOf(OPERATIONS),
    code: matching(/^[a-z0-9_]{1,64}$/),
    attribution: oneOf(['remote', 'resolver', 'vantage']),
  },
  { raw: text(200) },
);

/** An outcome whose value has these fields; after a failure any of them may be there. */
function outcomeOf(
  required: Readonly<Record<string, Check>>,
  optional: Readonly<Record<string, Check>> = {},
): Check {
  const ok = shape({ kind: oneOf(['ok']), value: shape(required, optional) });
  const seen = shape({}, { ...required, ...optional });
  const failed = shape({ kind: oneOf(['failed']), failure }, { seen });
  return byKind('ok', ok, failed);
}

const reply = shape({
  atMs: milliseconds,
  rcode: text(32),
  addresses: listOf(address, MAX_PARTS),
  bytes,
  isMatching: flag,
});

/** Input and outcome of each operation. */
const FIELDS: Readonly<Record<string, Readonly<Record<'input' | 'outcome', Check>>>> = {
  dns: {
    input: shape({
      host: hostName,
      recordType: oneOf(['A', 'AAAA']),
      transport: oneOf(['udp', 'tcp', 'doh']),
      resolver: oneOf(['network', 'public']),
    }),
    outcome: outcomeOf({
      addresses: listOf(address, MAX_PARTS),
      rcode: text(32),
      replies: listOf(reply, MAX_PARTS),
    }),
  },
  tcp: { input: shape({ address, port }), outcome: outcomeOf({}) },
  tls: {
    input: shape({
      address,
      port,
      serverName: hostName,
      clientHello: oneOf(['default', 'small']),
    }),
    outcome: outcomeOf({
      isVerified: flag,
      protocol: text(32),
      cipher: text(64),
      alpn: text(32),
      chain: listOf(matching(SHA256), MAX_PARTS),
      isSelfSigned: flag,
      wireBytesIn: bytes,
      wireBytesOut: bytes,
    }),
  },
  http: {
    input: shape({ method: oneOf(['GET']), url: text(4_096), address }),
    outcome: outcomeOf(
      {
        statusCode: count(999),
        // Cookies are never kept, whoever sends them.
        headers: recordOf(/^(?!(?:set-)?cookie2?$)[a-z0-9-]{1,64}$/, text(512), MAX_HEADERS),
        bodyBytes: bytes,
        isBodyTruncated: flag,
        bodySha256: matching(SHA256),
        title: text(200),
        bodyHead: text(65_536),
        wireBytesIn: bytes,
      },
      { goodputBytesPerSecond: amount(MAX_BYTES), longestSilenceMs: milliseconds },
    ),
  },
  stun: { input: shape({ address, port }), outcome: outcomeOf({}) },
  quic: {
    input: shape({
      address,
      port,
      hello: oneOf(['negotiation', 'v1']),
      serverName: hostName,
    }),
    outcome: outcomeOf({ answer: oneOf(['negotiation', 'v1']) }),
  },
};

/** The observation of each operation: what all share, and its own input and outcome. */
const OBSERVATIONS = new Map<unknown, ReturnType<typeof compile>>(
  Object.entries(FIELDS).map(([operation, fields]) => [
    operation,
    compile(
      shape(
        {
          id: count(MAX_OBSERVATIONS),
          targetId: matching(/^[a-z0-9.-]{1,128}$/),
          operation: oneOf([operation]),
          role: oneOf(['target', 'baseline']),
          attempt: count(100),
          startedMs: milliseconds,
          elapsedMs: milliseconds,
          ...fields,
        },
        { hop: count(20), purpose: oneOf(PURPOSES) },
      ),
    ),
  ]),
);

/** What the evidence may speak of. */
export type EvidenceScope = {
  readonly service: Service;
  /** Ids of the neutral hosts. */
  readonly baselineIds: ReadonlySet<string>;
  /** True when it was measured under the configuration of now, so that every target must be known. */
  readonly isCurrent: boolean;
};

/** Evidence that may be used, or one sentence that says what is wrong with it. */
export type CheckedEvidence =
  | { readonly kind: 'valid'; readonly evidence: Evidence }
  | { readonly kind: 'invalid'; readonly detail: string };

/** Looks at every field of unpacked evidence. Never throws. */
export function checkEvidence(value: unknown, scope: EvidenceScope): CheckedEvidence {
  const detail = findFault(value, scope);
  // The shape was checked field by field, which the compiler cannot see.
  return detail === undefined
    ? { kind: 'valid', evidence: value as Evidence }
    : { kind: 'invalid', detail };
}

const EVIDENCE = compile(
  shape(
    {
      observations: listOf(record, MAX_OBSERVATIONS),
      certificates: listOf(matching(SHA256), MAX_CERTIFICATES),
    },
    { blindSpots: listOf(oneOf(BLIND_SPOTS), BLIND_SPOTS.length) },
  ),
);

function findFault(value: unknown, scope: EvidenceScope): string | undefined {
  if (!EVIDENCE(value)) return 'the evidence is not of the form that agents send';
  const { observations, certificates } = value as Record<
    'observations' | 'certificates',
    unknown[]
  >;
  const isKnownTarget = createTargetCheck(scope);
  const named = new Set<unknown>();
  for (const [index, observation] of observations.entries()) {
    if (!isRecord(observation) || !OBSERVATIONS.get(observation['operation'])?.(observation))
      return `observation ${index} is not of the form that agents send`;
    if (observation['id'] !== index) return `observation ${index} has another number`;
    if (!isKnownTarget(observation))
      return `observation ${index} is of a target that the service does not have`;
    if (observation['operation'] === 'tls') addChain(observation, named);
  }
  if (new Set(certificates).size !== certificates.length) return 'a certificate is named twice';
  if (!certificates.every((sha256) => named.has(sha256)))
    return 'a certificate is named that no observation saw';
  return undefined;
}

function createTargetCheck(scope: EvidenceScope) {
  const targetIds = new Set(scope.service.targets.map(({ id }) => id));
  return ({ role, targetId }: Readonly<Record<string, unknown>>): boolean => {
    const id = String(targetId);
    const [own, other] =
      role === 'target' ? [targetIds, scope.baselineIds] : [scope.baselineIds, targetIds];
    // A target of an older configuration says nothing to the judge and harms nobody.
    return own.has(id) || (!scope.isCurrent && !other.has(id));
  };
}

function addChain({ outcome }: Readonly<Record<string, unknown>>, named: Set<unknown>): void {
  if (!isRecord(outcome)) return;
  const value = outcome['value'] ?? outcome['seen'];
  const chain = isRecord(value) ? value['chain'] : undefined;
  if (Array.isArray(chain)) for (const sha256 of chain) named.add(sha256);
}
