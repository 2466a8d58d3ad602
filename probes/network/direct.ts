/** The network as this machine has it: direct sockets, the system's resolvers, no proxy. */
import dgram from 'node:dgram';
import dns from 'node:dns';
import net from 'node:net';
import os from 'node:os';
import { isBogon } from '../bogon.ts';
import { createAddressGuard } from './address-guard.ts';
import type { Network, ResolverEndpoint } from './network.ts';
import { createTrust } from './trust.ts';

const DNS_PORT = 53;

/** What a direct network may be told. */
export type DirectNetworkOptions = {
  /** Asked in this order in place of the system's resolvers. */
  readonly resolvers?: readonly ResolverEndpoint[];
  /** Other views of a name; none unless told. */
  readonly publicResolvers?: readonly ResolverEndpoint[];
  /** PEM certificates that are trusted beside the runtime's own. */
  readonly extraRoots?: readonly string[];
  /** Further addresses to scrub, such as the public one behind which this machine sits. */
  readonly ownAddresses?: readonly string[];
  /** Which addresses are never dialled: by default those that cannot be public. Resolvers are always allowed. */
  readonly isRefused?: (address: string) => boolean;
};

/** Builds the network of this machine. Opens nothing until it is used. */
export function createDirectNetwork(options: DirectNetworkOptions = {}): Network {
  const resolvers = options.resolvers ?? listSystemResolvers(dns.getServers());
  const assertAllowed = createAddressGuard(resolvers, options.isRefused ?? isBogon);
  let own: readonly string[] = options.ownAddresses ?? [];
  const trust = createTrust(options.extraRoots ? { extraRoots: options.extraRoots } : {});
  return {
    get secureContext() {
      return trust.secureContext;
    },
    get smallHelloContext() {
      return trust.smallHelloContext;
    },
    resolvers,
    publicResolvers: options.publicResolvers ?? [],
    get ownAddresses() {
      // Looked up each time, since they change while a process runs: leases end, IPv6 privacy addresses last a day. What
      // was ours stays on the list, and the list stays the same object while nothing is new: a scrubber hangs on it.
      const all = new Set([...own, ...listOwnAddresses()]);
      if (all.size > own.length) own = [...all];
      return own;
    },
    identity: () => listOwnAddresses().sort().join(' '),
    async connect(address, port, signal) {
      assertAllowed(address);
      return dial(address, port, signal);
    },
    openUdp(address, port) {
      assertAllowed(address);
      const socket = dgram.createSocket({
        type: net.isIPv6(address) ? 'udp6' : 'udp4',
        lookup: echoLiteral,
      });
      return { socket, address, port };
    },
  };
}

/**
 * Connects to one IP literal. Rejects with the error of the system call, or with the signal's reason; the socket is
 * destroyed in both cases. A connected socket may fail while nobody looks at it: that ends in its `errored` field.
 */
export function dial(address: string, port: number, signal: AbortSignal): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = new net.Socket().setNoDelay(true);
    const onAbort = (): void => {
      socket.destroy();
      reject(signal.reason);
    };
    // Stays for the life of the socket: without a listener an error between two operations would end the process.
    socket.on('error', (error) => {
      signal.removeEventListener('abort', onAbort);
      reject(error);
    });
    signal.addEventListener('abort', onAbort);
    const onConnect = (): void => {
      signal.removeEventListener('abort', onAbort);
      resolve(socket);
    };
    try {
      socket.connect({ host: address, port, autoSelectFamily: false }, onConnect);
    } catch (error) {
      // A port that cannot be: Node throws then, after it has made the handle.
      socket.destroy();
      reject(error);
    }
  });
}

/** Turns the list of `dns.getServers()` into endpoints: `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1`, `[2001:db8::1]:5353`. */
export function listSystemResolvers(servers: readonly string[]): ResolverEndpoint[] {
  return servers.map((server) => {
    const bracketed = /^\[(.+)\](?::(\d+))?$/.exec(server) ?? /^([\d.]+):(\d+)$/.exec(server);
    const address = bracketed?.[1] ?? server;
    const port = Number(bracketed?.[2] ?? DNS_PORT);
    return { transport: 'udp', resolver: 'network', address, port };
  });
}

/** Addresses of the interfaces, without loopback: `127.0.0.1` in an answer is evidence and tells nothing of the vantage. */
export function listOwnAddresses(): string[] {
  return Object.values(os.networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter((entry) => !entry.internal)
    .map((entry) => entry.address);
}

/** In place of `dns.lookup`, which a dead resolver can hold for 40 s: only literals come here. */
function echoLiteral(
  address: string,
  _options: unknown,
  callback: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void {
  process.nextTick(callback, null, address, net.isIP(address));
}
