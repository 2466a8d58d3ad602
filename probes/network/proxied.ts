/**
 * What every way through a proxy shares: the proxy is dialled directly, a tunnel to the target is asked for, and all
 * that goes wrong before the target is ours. What a proxy cannot show is named, so that nobody reads it into the silence.
 */
import net from 'node:net';
import { isBogon } from '../bogon.ts';
import { createCodedError, OWN_CODES, PROXY_CODES } from '../failure.ts';
import type { BlindSpot } from '../types.ts';
import { createAddressGuard } from './address-guard.ts';
import { dial, listOwnAddresses } from './direct.ts';
import type { Awaited, Network, ResolverEndpoint, Trust } from './network.ts';
import { createTrust } from './trust.ts';

/** Where a proxy listens and how it is logged in to. */
export type ProxyEndpoint = {
  /** An IP literal, or a name, which the system then looks up. */
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
};

/** What a network behind a proxy may be told. */
export type ProxiedOptions = {
  readonly proxy: ProxyEndpoint;
  /** Who resolves names: the proxy (`far`), or we through it (`here`). */
  readonly names: 'here' | 'far';
  /** Asked through the proxy, so over TCP or HTTPS; those over UDP are left out. */
  readonly resolvers?: readonly ResolverEndpoint[];
  /** Other views of a name; those over UDP are left out. */
  readonly publicResolvers?: readonly ResolverEndpoint[];
  /** In place of the runtime's own trust. */
  readonly trust?: Trust;
  /** Further addresses to scrub, such as the one under which the proxy is seen from outside. */
  readonly ownAddresses?: readonly string[];
  /** Which hosts are never dialled: by default addresses and names that cannot be public. Resolvers are always allowed. */
  readonly isRefused?: (host: string) => boolean;
};

/** What a tunnel is asked for. */
export type TunnelRequest = {
  /** Connected to the proxy. Whoever opens the tunnel destroys it on failure. */
  readonly socket: net.Socket;
  readonly proxy: ProxyEndpoint;
  /** Address or name of the target. */
  readonly host: string;
  readonly port: number;
  readonly signal: AbortSignal;
  /** To be called with `target` once the proxy has all it needs: from then on silence may be the target's. */
  readonly onAwait: (awaited: Awaited) => void;
};

/** Asks a proxy for a tunnel. Rejects with an error whose code failure.ts knows, or with the signal's reason. */
export type OpenTunnel = (request: TunnelRequest) => Promise<void>;

/** A proxy hands bytes over: datagrams, how a connection ended and why one failed stay behind it. */
const BLIND_SPOTS: readonly BlindSpot[] = ['udp', 'late_replies', 'close', 'connect'];
/** With far names nobody here learns what a name resolved to. */
const FAR_BLIND_SPOTS: readonly BlindSpot[] = [...BLIND_SPOTS, 'names', 'addresses'];

/** Builds the network behind a proxy. Opens nothing until it is used. */
export function createProxiedNetwork(options: ProxiedOptions, openTunnel: OpenTunnel): Network {
  const { proxy, names, trust = createTrust() } = options;
  const resolvers = names === 'far' ? [] : (options.resolvers ?? []).filter(isStream);
  const publicResolvers = (options.publicResolvers ?? []).filter(isStream);
  const assertAllowed = createAddressGuard(resolvers, options.isRefused ?? isNeverPublic);
  const own = createOwnAddresses([...(options.ownAddresses ?? []), proxy.host]);
  return {
    get secureContext() {
      return trust.secureContext;
    },
    get smallHelloContext() {
      return trust.smallHelloContext;
    },
    resolvers,
    publicResolvers,
    names,
    blindSpots: names === 'far' ? FAR_BLIND_SPOTS : BLIND_SPOTS,
    get ownAddresses() {
      return own.list();
    },
    async connect(host, port, signal, onAwait = () => undefined) {
      assertAllowed(host);
      onAwait('proxy');
      const socket = await dialProxy(proxy, signal);
      own.add(socket.remoteAddress);
      await openTunnel({ socket, proxy, host, port, signal, onAwait });
      return socket;
    },
    openUdp() {
      throw createCodedError(OWN_CODES.noDatagrams, 'a proxy carries no datagrams');
    },
  };
}

/** An error on the way to the proxy: its code says that it is ours, and keeps what it was. */
export function createProxyError(what: string): Error {
  return createCodedError(PROXY_CODES.proxy + what, 'the proxy failed');
}

/** The code of whatever ended a socket, without its text; `CLOSED` when nothing was said. */
export function nameEnd(error: unknown): string {
  const isCoded = typeof error === 'object' && error !== null && 'code' in error;
  return isCoded && typeof error.code === 'string' ? error.code : 'CLOSED';
}

async function dialProxy({ host, port }: ProxyEndpoint, signal: AbortSignal): Promise<net.Socket> {
  try {
    return await dial(host, port, signal);
  } catch (error) {
    // The cause names the address of the proxy in its text, so only its code goes on.
    if (signal.aborted) throw signal.reason;
    throw createProxyError(nameEnd(error));
  }
}

function isStream({ transport }: ResolverEndpoint): boolean {
  return transport !== 'udp';
}

/** Last labels that stand for something inside a network: RFC 6761, RFC 6762, RFC 8375, RFC 7686, and common habits. */
const INSIDE_LABELS: ReadonlySet<string> = new Set([
  'arpa',
  'corp',
  'home',
  'internal',
  'intranet',
  'invalid',
  'lan',
  'local',
  'localdomain',
  'localhost',
  'onion',
  'private',
  'test',
]);

/** Whether a host lies within some network: a redirect must not lead a far resolver to the router of whoever lends it. */
export function isNeverPublic(host: string): boolean {
  if (net.isIP(host) !== 0) return isBogon(host);
  const labels = host.toLowerCase().replace(/\.$/, '').split('.');
  return labels.length < 2 || INSIDE_LABELS.has(labels.at(-1) ?? '');
}

/**
 * The addresses of this machine and of its proxy, now and before; the same list while none is new. Loopback is left out:
 * `127.0.0.1` in an answer is evidence, and a proxy there is on this machine.
 */
function createOwnAddresses(told: readonly string[]) {
  let known: readonly string[] = told.filter(isTelling);
  const add = (addresses: readonly string[]): void => {
    const all = new Set([...known, ...addresses.filter(isTelling)]);
    if (all.size > known.length) known = [...all];
  };
  return {
    // A socket of both families names IPv4 addresses as IPv6 ones.
    add: (address = '') => add([address.replace(/^::ffff:(?=[\d.]+$)/, '')]),
    list(): readonly string[] {
      add(listOwnAddresses());
      return known;
    },
  };
}

function isTelling(address: string): boolean {
  return net.isIP(address) !== 0 && !/^(?:127\.|::1$)/.test(address);
}
