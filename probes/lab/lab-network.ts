/**
 * The way packets leave in the lab: realistic logical addresses lead to loopback listeners.
 * The operations see 157.240.x.x and 10.10.34.35; the sockets see 127.0.0.1.
 */
import dgram from 'node:dgram';
import net from 'node:net';
import type { Network, ResolverEndpoint, Trust } from '../network/network.ts';
import { ignoreClientError, LOOPBACK_ADDRESS } from './lab-server.ts';
import type { FaultPorts } from './tcp-faults.ts';

/** Where a logical endpoint leads: to a loopback port, or into one of the faults. */
export type LabRoute =
  | { readonly kind: 'open'; readonly port: number }
  | { readonly kind: 'refuse' }
  | { readonly kind: 'drop' }
  /** Accepted, then RST before any byte. */
  | { readonly kind: 'reset' };

/** Finds the route of a logical endpoint, asked anew for every connection and UDP socket. */
export type RouteOf = (address: string, port: number, transport: 'tcp' | 'udp') => LabRoute;

/** What a lab network consists of. */
export type LabNetworkOptions = {
  readonly routeOf: RouteOf;
  readonly faults: FaultPorts;
  readonly resolvers: readonly ResolverEndpoint[];
  /** None unless told. */
  readonly publicResolvers?: readonly ResolverEndpoint[];
  /** What the prober trusts: usually the lab's own root alone. */
  readonly trust: Trust;
  /** Fake public addresses of the vantage; one from 203.0.113.0/24 (RFC 5737) unless told. */
  readonly ownAddresses?: readonly string[];
};

const DEFAULT_OWN_ADDRESSES = ['203.0.113.77'];

/** Makes a network whose every address is the lab's. */
export function createLabNetwork({
  routeOf,
  faults,
  resolvers,
  publicResolvers = [],
  trust,
  ownAddresses = DEFAULT_OWN_ADDRESSES,
}: LabNetworkOptions): Network {
  return {
    secureContext: trust.secureContext,
    smallHelloContext: trust.smallHelloContext,
    resolvers,
    publicResolvers,
    ownAddresses,
    connect: (address, port, signal) =>
      connectLoopback(tcpPortOf(routeOf(address, port, 'tcp'), faults), signal),
    openUdp: (address, port) => {
      const socket = dgram.createSocket('udp4');
      socket.bind(0, LOOPBACK_ADDRESS);
      const route = routeOf(address, port, 'udp');
      return { socket, address: LOOPBACK_ADDRESS, port: udpPortOf(route, faults) };
    },
  };
}

/**
 * Makes a route finder of a table from `address:port` to a loopback port or a route.
 * UDP and TCP share the rows; what is not in the table meets `unmapped`.
 */
export function routeTable(
  rows: Readonly<Record<string, number | LabRoute>>,
  unmapped: LabRoute = { kind: 'refuse' },
): RouteOf {
  const table = new Map(Object.entries(rows));
  return (address, port) => {
    const row = table.get(`${address}:${port}`) ?? unmapped;
    return typeof row === 'number' ? { kind: 'open', port: row } : row;
  };
}

function connectLoopback(port: number, signal: AbortSignal): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const socket = net.connect({ port, host: LOOPBACK_ADDRESS, noDelay: true });
    const settle = (): void => {
      signal.removeEventListener('abort', onAbort);
      socket.off('connect', onConnect).off('error', onError);
    };
    const onConnect = (): void => {
      settle();
      resolve(socket);
    };
    const onError = (error: Error): void => {
      settle();
      reject(error);
    };
    const onAbort = (): void => {
      settle();
      socket.on('error', ignoreClientError).destroy();
      reject(signal.reason);
    };
    socket.once('connect', onConnect).once('error', onError);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

function tcpPortOf(route: LabRoute, faults: FaultPorts): number {
  switch (route.kind) {
    case 'open':
      return route.port;
    case 'refuse':
      return faults.refusePort;
    case 'drop':
      return faults.dropPort;
    case 'reset':
      return faults.resetPort;
    default:
      return route satisfies never;
  }
}

function udpPortOf(route: LabRoute, faults: FaultPorts): number {
  if (route.kind === 'open') return route.port;
  // UDP knows no reset: what is neither open nor refused is silent.
  return route.kind === 'refuse' ? faults.refuseUdpPort : faults.silentUdpPort;
}
