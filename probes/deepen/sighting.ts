/** What the plain visits have shown of one target, as far as the deep pass builds on it. Pure. */
import { isIP } from 'node:net';
import { isBogon } from '../bogon.ts';
import type { Timed } from '../recorder.ts';
import type { Target } from '../types.ts';

/** The last visit to a target. */
export type Sighting = {
  /** The target, or what a redirect made of it: the hop at which the visit ended. */
  readonly target: Target;
  /** 0 when no redirect was followed. */
  readonly hop: number;
  readonly attempt: number;
  /** What the network's resolver gave, without what may not be dialled. */
  readonly addresses: readonly string[];
  /** The address that was dialled; absent when none was. */
  readonly address?: string;
  /** Whether that address took the connection. */
  readonly isConnected: boolean;
  /** Whether a download may begin: verified TLS, or in cleartext an answer. */
  readonly isOpen: boolean;
  /** Addresses at which a handshake for the target was tried, in any visit. */
  readonly tried: ReadonlySet<string>;
  /** In a word, what is wrong with it; absent when nothing is. */
  readonly doubt?: string;
};

/** A page takes this long only when it is large or slowed. The slowest of the default targets take about one second. */
const SLOW_MS = 3000;

/** Reads the visits to one target. `isReached` and `hasFailed` say how the last and any earlier one ended. */
export function readSighting(
  observations: readonly Timed[],
  target: Target,
  { isReached, hasFailed }: { readonly isReached: boolean; readonly hasFailed: boolean },
): Sighting {
  const all = observations.filter((one) => one.targetId === target.id && one.purpose === undefined);
  const attempt = Math.max(1, ...all.map((one) => one.attempt));
  const hop = Math.max(0, ...all.flatMap((one) => (one.attempt === attempt ? (one.hop ?? 0) : [])));
  const visits = all.filter((one) => (one.hop ?? 0) === hop);
  const last = visits.filter((one) => one.attempt === attempt);
  const dialled = last.findLast((one) => one.operation === 'tcp' || one.operation === 'stun');
  const doubt = isReached ? findDoubt(visits, hasFailed) : describeEnd(last);
  return {
    target: hop === 0 ? target : toHopTarget(target, last),
    hop,
    attempt,
    addresses: last.flatMap((one) =>
      one.operation === 'dns' && one.outcome.kind === 'ok'
        ? one.outcome.value.addresses.filter((address) => !isBogon(address))
        : [],
    ),
    ...(dialled && 'address' in dialled.input ? { address: dialled.input.address } : {}),
    isConnected: dialled?.operation === 'tcp' && dialled.outcome.kind === 'ok',
    isOpen: last.some((one) => isOpening(one, hop === 0 ? target : toHopTarget(target, last))),
    tried: new Set(visits.flatMap((one) => (one.operation === 'tls' ? [one.input.address] : []))),
    ...(doubt === undefined ? {} : { doubt }),
  };
}

/** The target that a redirect led to, as far as the visit to it tells. */
function toHopTarget(target: Target, visit: readonly Timed[]): Target {
  const name = visit.find((one) => one.operation === 'dns');
  const connection = visit.find((one) => one.operation === 'tcp');
  const request = visit.find((one) => one.operation === 'http');
  const link = request?.operation === 'http' ? request.input.url : '';
  const url = URL.canParse(link) ? new URL(link) : undefined;
  // With far names nothing was looked up, and the connection was made to the name.
  const dialled = connection?.operation === 'tcp' ? connection.input.address : '';
  const named = name?.operation === 'dns' ? name.input.host : target.host;
  const host = url?.hostname ?? (dialled === '' || isIP(dialled) !== 0 ? named : dialled);
  const port = connection?.operation === 'tcp' ? connection.input.port : target.port;
  const isSecure =
    visit.some((one) => one.operation === 'tls') || (url === undefined && port === 443);
  const path = url ? url.pathname + url.search : '/';
  return { id: target.id, kind: isSecure ? 'https' : 'http', host, port, path };
}

function isOpening(one: Timed, { kind }: Target): boolean {
  if (kind === 'https') return one.operation === 'tls' && one.outcome.kind === 'ok';
  if (kind !== 'http' || one.operation !== 'http') return false;
  return one.outcome.kind === 'ok' || one.outcome.seen?.statusCode !== undefined;
}

/** The stage and code at which a visit ended. */
function describeEnd(visit: readonly Timed[]): string {
  const end = visit.find((one) => one.outcome.kind === 'failed') ?? visit.at(-1);
  if (!end) return 'not_visited';
  return end.outcome.kind === 'failed'
    ? `${end.operation}.${end.outcome.failure.code}`
    : `${end.operation}.useless`;
}

/** What may be wrong with a target that was reached in the end. */
function findDoubt(visits: readonly Timed[], hasFailed: boolean): string | undefined {
  if (hasFailed) return 'recovered';
  if (visits.some(hasDifferingReplies)) return 'replies_differ';
  if (visits.some((one) => one.operation === 'http' && one.elapsedMs > SLOW_MS)) return 'slow';
  return undefined;
}

/** One question has one answer, unless somebody else answers it too. */
function hasDifferingReplies(one: Timed): boolean {
  if (one.operation !== 'dns') return false;
  const replies =
    (one.outcome.kind === 'ok' ? one.outcome.value.replies : one.outcome.seen?.replies) ?? [];
  const answers = replies
    .filter((reply) => reply.isMatching)
    .map(({ rcode, addresses }) => [rcode, ...addresses.toSorted()].join());
  return new Set(answers).size > 1;
}
