/**
 * One lookup with our own client. The system's resolver library is not used: it hides second and mismatching replies,
 * which are the evidence of injection, and a dead resolver holds it for 40 s. Follows OONI's dnst (df-002).
 */
import { type Budget, toEndFailure, withBudget } from '../deadline.ts';
import { createFailure, toFailure, toRcodeFailure } from '../failure.ts';
import type { Awaited, Network, ResolverEndpoint } from '../network/network.ts';
import type { DnsInput, DnsReply, DnsValue, Failure, Outcome } from '../types.ts';
import {
  createQuery,
  type DecodedReply,
  decodeReply,
  OVERSIZED,
  UNPARSABLE,
} from './dns-message.ts';
import { type Carrying, carryDoh, carryTcp, carryUdp } from './dns-transports.ts';

/** What `probeDns` needs beside its input. */
export type DnsDeps = Budget & {
  readonly network: Network;
  /** Whom to ask and how: its transport is the one that is used. */
  readonly endpoint: ResolverEndpoint;
  /** How long further UDP replies are listened for after the first that fits, within the budget. */
  readonly lateRepliesMs: number;
  /** Called once with the first usable addresses, so that dialling need not wait for late replies. */
  readonly onAddresses?: (addresses: readonly string[]) => void;
};

/** The most replies kept of one lookup; a flood beyond that says nothing new. */
const MAX_REPLIES = 16;

/** Asks one resolver for one name. Never rejects; closes its sockets on every path. */
export async function probeDns(input: DnsInput, deps: DnsDeps): Promise<Outcome<DnsValue>> {
  const replies: DecodedReply[] = [];
  let awaited: Awaited = 'target';
  const onAwait = (next: Awaited): void => {
    awaited = next;
  };
  try {
    const result = await withBudget(deps, (signal) =>
      carry(input, { ...deps, signal, onAwait }, replies),
    );
    if (result.kind === 'settled') return conclude(replies, result.value);
    return conclude(replies, toEndFailure(result, 'dns', awaited));
  } catch (error) {
    return conclude(replies, toFailure(error, 'dns'));
  }
}

async function carry(
  input: DnsInput,
  deps: DnsDeps & Pick<Carrying, 'onAwait'>,
  replies: DecodedReply[],
): Promise<Failure | undefined> {
  const { network, endpoint, clock, lateRepliesMs, signal, onAwait } = deps;
  const query = createQuery({ ...input, transport: endpoint.transport });
  let sentMs = clock.monotonicMs();
  let isAnnounced = false;
  const carrying: Carrying = {
    query,
    network,
    endpoint,
    signal,
    onAwait,
    onSent() {
      sentMs = clock.monotonicMs();
    },
    onMessage(bytes) {
      const decoded = decodeReply(bytes, query, clock.monotonicMs() - sentMs);
      replies.push(decoded);
      const { reply, isTruncated } = decoded;
      if (replies.length >= MAX_REPLIES) return 0;
      if (!reply.isMatching) return Infinity;
      if (isTruncated) return 0;
      if (!isAnnounced && reply.addresses.length > 0) deps.onAddresses?.(reply.addresses);
      isAnnounced = true;
      return lateRepliesMs;
    },
  };
  if (endpoint.transport === 'doh') {
    const failure = await carryDoh(carrying, deps);
    return failure && toLookupFailure(failure);
  }
  if (endpoint.transport === 'tcp') {
    await carryTcp(carrying);
    return undefined;
  }
  await carryUdp(carrying);
  // RFC 7766 §5: a truncated answer is asked for again over TCP. Both replies are kept.
  if (!replies.some(isUsable) && replies.some((decoded) => decoded.reply.isMatching)) {
    await carryTcp(carrying);
  }
  return undefined;
}

function isUsable({ reply, isTruncated }: DecodedReply): boolean {
  return reply.isMatching && !isTruncated;
}

/** The first reply that fits decides, even when the lookup ended with a failure after it. */
function conclude(decoded: readonly DecodedReply[], failure?: Failure): Outcome<DnsValue> {
  const replies = decoded.map(({ reply }) => reply);
  const first =
    decoded.find(isUsable)?.reply ??
    replies.find((reply) => reply.isMatching && reply.addresses.length > 0);
  if (first) {
    const value = { addresses: first.addresses, rcode: first.rcode, replies };
    if (first.rcode === 'NOERROR' && first.addresses.length > 0) return { kind: 'ok', value };
    return { kind: 'failed', failure: toRcodeFailure(first.rcode), seen: value };
  }
  return { kind: 'failed', failure: toUselessFailure(replies, failure), seen: { replies } };
}

/** Replies that fit nothing say more than the silence after them, unless this process was at fault. */
function toUselessFailure(replies: readonly DnsReply[], failure: Failure | undefined): Failure {
  if (failure && (replies.length === 0 || failure.attribution === 'vantage')) return failure;
  const isForeign = replies.some(({ rcode }) => rcode !== UNPARSABLE && rcode !== OVERSIZED);
  return createFailure(
    'dns',
    isForeign ? 'dns_reply_with_wrong_query_id' : 'dns_server_misbehaving',
  );
}

/** The handshake with a DoH server is a part of the lookup: its failure is the resolver's. */
function toLookupFailure(failure: Failure): Failure {
  const attribution = failure.attribution === 'remote' ? 'resolver' : failure.attribution;
  return { ...failure, operation: 'dns', attribution };
}
