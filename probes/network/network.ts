/**
 * How packets leave. Operations only know this interface, so that a direct connection, a proxy and the
 * lab's simulated region are interchangeable. All addresses are logical: an implementation may map them.
 */
import type dgram from 'node:dgram';
import type net from 'node:net';
import type tls from 'node:tls';
import type { BlindSpot, ResolverTransport } from '../types.ts';

/** One way to ask a resolver. */
export type ResolverEndpoint = {
  readonly transport: ResolverTransport;
  /** `network` is the vantage's own resolver, `public` one that anybody may ask. */
  readonly resolver: 'network' | 'public';
  /** IP literal to dial, also for `doh`, so that no other lookup is needed. */
  readonly address: string;
  readonly port: number;
  /** Only for `doh`, e.g. `https://dns.example/dns-query`. */
  readonly url?: string;
};

/** A UDP socket and where datagrams for the logical address must be sent. The caller closes the socket. */
export type UdpPath = {
  readonly socket: dgram.Socket;
  readonly address: string;
  readonly port: number;
};

/** The trusted roots as two ready contexts; one of each serves all probes. */
export type Trust = {
  readonly secureContext: tls.SecureContext;
  /** The same roots with a ClientHello that fits one TCP segment: X25519 alone, no post-quantum share. */
  readonly smallHelloContext: tls.SecureContext;
};

/** Whom a connection attempt waits for: the proxy itself, or what lies behind it. */
export type Awaited = 'proxy' | 'target';

/** What an operation may do with the network it was given. */
export type Network = Trust & {
  /**
   * Resolves with a connected socket, or rejects with the runtime's own error.
   * Dials one address and never races families. Destroys the socket when the signal aborts before it connected.
   * The socket keeps an error listener for life, so that an error between two operations ends nothing.
   * A network behind a proxy tells through `onAwait` whose silence it would be; any other never calls it.
   * With far names `address` is the name of the host, and the proxy looks it up.
   */
  readonly connect: (
    address: string,
    port: number,
    signal: AbortSignal,
    onAwait?: (awaited: Awaited) => void,
  ) => Promise<net.Socket>;
  /** @throws the runtime's own error, or a coded one when the network refuses the address. */
  readonly openUdp: (address: string, port: number) => UdpPath;
  /** The vantage's own resolvers, in order of preference. Empty when none is known. */
  readonly resolvers: readonly ResolverEndpoint[];
  /** Resolvers that anybody may ask: other views of a name for the deep pass. Empty when none may be asked. */
  readonly publicResolvers: readonly ResolverEndpoint[];
  /** Addresses of this machine, now and before, scrubbed from everything that is kept. The same list while none is new. */
  readonly ownAddresses: readonly string[];
  /** Changes whenever packets begin to leave in another way, e.g. through a VPN; never kept. */
  readonly identity?: () => string;
  /** Who resolves names: we, by asking `resolvers` (`here`, unless told), or the far end of a proxy (`far`). */
  readonly names?: 'here' | 'far';
  /** What this way out cannot show; nothing unless told. */
  readonly blindSpots?: readonly BlindSpot[];
};

/** Whether names are resolved at the far end of a proxy, so that hosts are dialled by name. */
export function hasFarNames({ names }: Pick<Network, 'names'>): boolean {
  return names === 'far';
}

/** Whether the network cannot show this. */
export function isBlindTo(
  { blindSpots = [] }: Pick<Network, 'blindSpots'>,
  spot: BlindSpot,
): boolean {
  return blindSpots.includes(spot);
}
