/** What every server of the lab has in common: loopback, a port of its own, and a close that really closes. */
import { once } from 'node:events';
import type net from 'node:net';

/** A running server of the lab on 127.0.0.1. */
export type LabServer = {
  readonly port: number;
  /** Stops listening and destroys every open connection. */
  readonly close: () => Promise<void>;
};

/** The only address the lab listens on. */
export const LOOPBACK_ADDRESS = '127.0.0.1';

/** Listens on a TCP port (a free one unless given) and destroys what is left open at close. */
export async function listenTcp(server: net.Server, port = 0): Promise<LabServer> {
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => {
    sockets.add(socket);
    // Clients of the lab hang up in every way there is; none of them is the server's trouble.
    socket.on('error', ignoreClientError);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(port, LOOPBACK_ADDRESS);
  await once(server, 'listening');
  return {
    port: portOf(server.address()),
    close: async () => {
      const isClosed = server.listening ? once(server, 'close') : undefined;
      if (server.listening) server.close();
      for (const socket of sockets) socket.destroy();
      await isClosed;
    },
  };
}

/** Reads the port of a bound server. */
export function portOf(address: net.AddressInfo | string | null): number {
  if (typeof address !== 'object' || address === null) throw new Error('the server is not bound');
  return address.port;
}

/** Swallows what a client's way of leaving raises on the server's side of a connection. */
export function ignoreClientError(_error: Error): void {}

/** Ends a connection without a word: by RST, by FIN, or not at all. */
export function breakOff(client: net.Socket, how: 'reset' | 'fin' | 'hang'): void {
  if (how === 'reset') client.resetAndDestroy();
  else client.resume();
  if (how === 'fin') client.end();
}

/**
 * Holds a connection until its first bytes can be read as what a box looks for, then hands them over with the
 * connection paused. Never throws on hostile bytes as long as `sniff` does not.
 */
export function holdUntilRead<T extends { readonly kind: string }>(
  client: net.Socket,
  sniff: (bytes: Buffer) => T,
  treat: (seen: Buffer, sniffed: T) => void,
): void {
  client.on('error', ignoreClientError);
  let seen: Buffer = Buffer.alloc(0);
  const onData = (chunk: Buffer): void => {
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
    const sniffed = sniff(seen);
    if (sniffed.kind === 'incomplete') return;
    client.off('data', onData);
    client.pause();
    treat(seen, sniffed);
  };
  client.on('data', onData);
}
