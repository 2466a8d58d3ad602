/** The request of a hop as an observation, with the handshake that old files do not tell of. */
import type { Failure } from '../../types.ts';
import {
  type Chain,
  type Draft,
  type Hop,
  NO_BYTES,
  NO_FACTS,
  type Subject,
  toCommon,
  UNCHECKED,
  type Verification,
} from './drafts.ts';
import type { DnsFact, HttpFact } from './facts.ts';
import { readFailure } from './failure-strings.ts';

/** Failure codes of a request that can only come from the handshake below it. */
const HANDSHAKE_CODE = /^ssl_/;
/** Failure codes of a request that repeat what the stages below said. */
const LOOKUP_CODE = /^(dns_|android_dns)/;
/** Ends that a request over TLS, without a list of handshakes, met in the handshake: boxes cannot look behind it. */
const CUT_CODES: ReadonlySet<string> = new Set(['connection_reset', 'eof_error']);

/** The request of a hop, with the handshake that old files do not tell of. */
export function draftFetch(
  hop: Hop,
  plain: Chain | undefined,
  subject: Subject,
  verification: Verification,
  lookups: readonly DnsFact[],
): Draft[] {
  const { request, isTls, host, port } = hop;
  if (!request) return [];
  const address = request.address ?? plain?.address ?? '';
  const isStopped =
    plain?.tls?.failure !== undefined || (plain?.tcp?.failure !== undefined && !plain.tls);
  // The stages below failed and say so themselves; the request only repeats them.
  if (request.failure !== undefined && (isStopped || LOOKUP_CODE.test(request.failure)))
    return lookups.length > 0 || isStopped ? [] : draftLostLookup(request, host, subject);
  const failure = request.failure === undefined ? undefined : readFailure(request.failure, 'http');
  const input = { address, port, serverName: host, clientHello: 'default' } as const;
  const common = { ...toCommon(request, subject), operation: 'tls', input } as const;
  const handshakes: Draft[] = [];
  if (isTls && !plain?.tls) {
    const isCut = failure !== undefined && CUT_CODES.has(failure.code) && !request.value;
    if (failure && (HANDSHAKE_CODE.test(failure.code) || isCut))
      return [
        { ...common, outcome: { kind: 'failed', failure: { ...failure, operation: 'tls' } } },
      ];
    const value = { isVerified: true, ...NO_FACTS, ...NO_BYTES };
    const isTold = request.value !== undefined;
    if (isTold)
      handshakes.push({
        ...common,
        outcome: verification === 'verifies' ? { kind: 'ok', value } : UNCHECKED,
      });
  }
  const method = { method: 'GET', url: request.url.href.slice(0, 2_048), address } as const;
  return [
    ...handshakes,
    {
      ...toCommon(request, subject),
      operation: 'http',
      input: method,
      outcome: toFetchOutcome(request, failure),
    },
  ];
}

function toFetchOutcome({ value }: HttpFact, failure: Failure | undefined) {
  if (failure) return { kind: 'failed', failure, ...(value ? { seen: value } : {}) } as const;
  if (value) return { kind: 'ok', value } as const;
  return { kind: 'failed', failure: readFailure('unknown_failure', 'http') } as const;
}

/** A lookup that only the request tells of. */
function draftLostLookup(request: HttpFact, host: string, subject: Subject): Draft[] {
  return [
    {
      ...toCommon(request, subject),
      operation: 'dns',
      input: { host, recordType: 'A', transport: 'udp', resolver: 'network' },
      outcome: { kind: 'failed', failure: readFailure(request.failure ?? '', 'dns') },
    },
  ];
}
