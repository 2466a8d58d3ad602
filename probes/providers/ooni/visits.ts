/**
 * Facts of others → observations of ours. One way through the stages becomes the plain visit: the one that fetched the
 * page, else the one that came furthest. Other addresses and other resolvers become variations beside it, as in a deep
 * pass, so that one address that fails among several that work decides nothing.
 */
import { isIPv6 } from 'node:net';
import { createFailure } from '../../failure.ts';
import { lookUp } from '../../judge/finding.ts';
import type { Failure, Operation } from '../../types.ts';
import {
  type Chain,
  type Draft,
  type Hop,
  NO_BYTES,
  type Subject,
  toCommon,
  UNCHECKED,
  type Verification,
} from './drafts.ts';
import type { DnsFact, Facts, Timed, TlsFact } from './facts.ts';
import { readFailure } from './failure-strings.ts';
import { draftFetch } from './fetches.ts';

/** Observations of a visit over all its hops, in order of stages. */
export function draftVisit(
  hops: readonly Hop[],
  facts: Facts,
  base: Pick<Draft, 'targetId'>,
  verification: Verification,
): Draft[] {
  return hops.flatMap((hop, index) => {
    const subject: Subject = {
      ...base,
      role: 'target',
      attempt: 1,
      ...(index > 0 ? { hop: index } : {}),
    };
    if (hop.isUnfollowed) return draftUnfollowed(hop, subject);
    const hasTlsHop = hops.some((one) => one.isTls && one.host === hop.host);
    const own = selectHop(facts, hop, index);
    // Handshakes beside a visit in cleartext are extra knowledge, unless a later hop makes them its own.
    const chains = listChains(hop.isTls || !hasTlsHop ? own : { ...own, tls: [] }, hop);
    const plain = choosePlain(chains, hop);
    const others = chains.filter((chain) => chain !== plain);
    return [
      ...draftLookups(own.dns, subject),
      ...draftChain(plain, subject),
      ...draftFetch(hop, plain, subject, verification, own.dns),
      ...others.flatMap((chain) => draftChain(chain, { ...subject, purpose: 'second_address' })),
    ];
  });
}

/** A redirect that led on to nowhere in the file: recorded as a request that the probe did not make. */
function draftUnfollowed({ request }: Hop, subject: Subject): Draft[] {
  if (!request) return [];
  const { startedMs, elapsedMs, url } = request;
  return [
    {
      ...toCommon({ startedMs: startedMs + elapsedMs, elapsedMs: 0 }, subject),
      operation: 'http',
      input: { method: 'GET', url: url.href.slice(0, 2_048), address: '' },
      outcome: {
        kind: 'failed',
        failure: createFailure('http', 'unknown_failure', {
          attribution: 'vantage',
          raw: 'redirect_not_followed',
        }),
      },
    },
  ];
}

/** Observations of connections alone, as variations of a target that was visited otherwise. */
export function draftRelatives(hop: Hop, facts: Facts, base: Pick<Draft, 'targetId'>): Draft[] {
  const subject: Subject = { ...base, role: 'target', attempt: 1, purpose: 'second_address' };
  return listChains(selectHop(facts, hop, 0), hop).flatMap((chain) => draftChain(chain, subject));
}

/** What belongs to one hop: by the depth that the file tells, else by name and address. */
function selectHop(facts: Facts, hop: Hop, index: number): Facts {
  const isHere = ({ depth }: Timed): boolean => depth === undefined || depth === index;
  const dns = facts.dns.filter((one) => one.host === hop.host && isHere(one));
  const tls = facts.tls.filter((one) => one.serverName === hop.host && isHere(one));
  const addresses = new Set([
    hop.host,
    ...dns.flatMap((one) => one.addresses),
    ...tls.map(({ address }) => address),
    ...(hop.request?.address === undefined ? [] : [hop.request.address]),
  ]);
  const tcp = facts.tcp.filter((one) => addresses.has(one.address) && isHere(one));
  return { ...facts, dns, tcp, tls };
}

function listChains(own: Facts, hop: Hop): Chain[] {
  const used = new Set<TlsFact>();
  const chains: Chain[] = own.tcp
    .filter(({ port }) => port === hop.port || (own.tls.length > 0 && port === 443))
    .map((tcp) => {
      const tls = own.tls.find(
        (one) =>
          !used.has(one) &&
          (tcp.transactionId !== undefined && one.transactionId !== undefined
            ? one.transactionId === tcp.transactionId
            : one.address === tcp.address && one.port === tcp.port),
      );
      if (tls) used.add(tls);
      return { address: tcp.address, tcp, ...(tls ? { tls } : {}) };
    });
  const alone = own.tls.filter((one) => !used.has(one));
  return [...chains, ...alone.map((tls) => ({ address: tls.address, tls }))];
}

/** The connection that fetched the page, else the one that came furthest; addresses of version 4 first on a tie. */
function choosePlain(chains: readonly Chain[], hop: Hop): Chain | undefined {
  const onPort = chains.filter(({ tcp, tls }) => (tcp ?? tls)?.port === hop.port);
  const id = hop.request?.transactionId;
  const fetched =
    onPort.find(({ tcp, tls }) => id !== undefined && (tls ?? tcp)?.transactionId === id) ??
    onPort.find(({ address }) => address === hop.request?.address);
  if (fetched) return fetched;
  return onPort.toSorted((a, b) => rank(b) - rank(a))[0];
}

/** How far a connection came. */
function rank({ address, tcp, tls }: Chain): number {
  const steps = [tls && !tls.failure ? 4 : 0, tls ? 2 : 0, tcp && !tcp.failure ? 1 : 0];
  const sum = steps.reduce((total, one) => total + one, 0);
  return sum + (isIPv6(address) ? 0 : 0.5);
}

/** The network's resolver is the visit; others are views beside it. Version 6 first, since the last lookup decides. */
function draftLookups(queries: readonly DnsFact[], subject: Subject): Draft[] {
  const inOrder = queries.toSorted((a, b) =>
    a.recordType > b.recordType ? -1 : a.recordType === b.recordType ? 0 : 1,
  );
  const plain = inOrder.filter(({ engine }) => engine === 'network');
  const answered = plain.some(({ failure }) => failure === undefined);
  // A host without addresses of version 6 is no failure when it has others.
  const telling = plain.filter(
    (one) => !(answered && one.recordType === 'AAAA' && one.failure !== undefined),
  );
  const views = inOrder.filter(({ engine }) => engine !== 'network');
  return [
    ...telling.map((one) => draftLookup(one, subject)),
    ...views.map((one) => draftLookup(one, { ...subject, purpose: 'dns_view' })),
  ];
}

/** Codes of failed lookups that are answers of the resolver. */
const RCODES: Readonly<Record<string, string>> = {
  dns_nxdomain_error: 'NXDOMAIN',
  dns_servfail_error: 'SERVFAIL',
  dns_refused_error: 'REFUSED',
  dns_no_answer: 'NOERROR',
};

function draftLookup(fact: DnsFact, subject: Subject): Draft {
  const { host, recordType, engine, addresses, elapsedMs, laterReplies } = fact;
  const failure = fact.failure === undefined ? undefined : readFailure(fact.failure, 'dns');
  const rcode = failure ? (lookUp(RCODES, failure.code) ?? '') : 'NOERROR';
  const first = { atMs: elapsedMs, rcode, addresses, bytes: 0, isMatching: true };
  const value = { addresses, rcode, replies: [first, ...laterReplies] };
  const seen = laterReplies.length > 0 ? { seen: value } : {};
  return {
    ...toCommon(fact, subject),
    operation: 'dns',
    input: {
      host,
      recordType,
      transport: engine === 'network' ? 'udp' : engine,
      resolver: engine === 'network' ? 'network' : 'public',
    },
    outcome: failure ? { kind: 'failed', failure, ...seen } : { kind: 'ok', value },
  };
}

function draftChain(chain: Chain | undefined, subject: Subject): Draft[] {
  if (!chain) return [];
  const { address, tcp, tls } = chain;
  const drafts: Draft[] = [];
  if (tcp)
    drafts.push({
      ...toCommon(tcp, subject),
      operation: 'tcp',
      input: { address, port: tcp.port },
      outcome:
        tcp.failure === undefined
          ? { kind: 'ok', value: {} }
          : { kind: 'failed', failure: readAt(address, tcp.failure, 'tcp') },
    });
  if (tls) drafts.push(draftHandshake(tls, address, subject));
  return drafts;
}

function draftHandshake(tls: TlsFact, address: string, subject: Subject): Draft {
  const { protocol, cipher, alpn, chain, isSelfSigned, failure, isVerifying } = tls;
  const seen = { protocol, cipher, alpn, chain, isSelfSigned, ...NO_BYTES };
  const input = {
    address,
    port: tls.port,
    serverName: tls.serverName,
    clientHello: 'default',
  } as const;
  const common = { ...toCommon(tls, subject), operation: 'tls', input } as const;
  if (failure !== undefined)
    return {
      ...common,
      outcome: {
        kind: 'failed',
        failure: readAt(address, failure, 'tls'),
        ...(chain.length > 0 ? { seen: { chain, isSelfSigned, isVerified: false } } : {}),
      },
    };
  if (!isVerifying) return { ...common, outcome: UNCHECKED };
  return { ...common, outcome: { kind: 'ok', value: { isVerified: true, ...seen } } };
}

/** Most homes have no IPv6: that such an address cannot be reached says nothing of it. */
function readAt(address: string, text: string, operation: Operation): Failure {
  const failure = readFailure(text, operation);
  const isUnreachable =
    failure.code === 'network_unreachable' || failure.code === 'host_unreachable';
  return isUnreachable && isIPv6(address) ? { ...failure, attribution: 'vantage' } : failure;
}
