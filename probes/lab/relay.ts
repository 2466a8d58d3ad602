/** Carries bytes between a client and its origin, and interferes with them on the way as told. */
import type net from 'node:net';
import { ignoreClientError } from './lab-server.ts';

/** What happens to a connection whose ClientHello was let through. */
export type RelayBehaviour =
  | { readonly kind: 'pass' }
  /** RST when the first bytes of the origin come back. */
  | { readonly kind: 'reset_on_server_hello' }
  /** Passes this many further chunks, either way, then swallows both ways. */
  | { readonly kind: 'drop_after'; readonly chunks: number }
  /** Passes this many further chunks, either way, then sends RST. */
  | { readonly kind: 'reset_after'; readonly chunks: number }
  /** Passes this many bytes towards the client, then nothing more; the connection stays open. */
  | { readonly kind: 'freeze'; readonly bytes: number }
  /** The same towards the origin. */
  | { readonly kind: 'freeze_upload'; readonly bytes: number }
  /** Paces the bytes towards the client. */
  | { readonly kind: 'throttle'; readonly bytesPerSecond: number };

type Direction = 'up' | 'down';
/** What becomes of a chunk: the part to pass on now, or the end of the connection. */
type Filter = (chunk: Buffer, direction: Direction) => Buffer | 'reset' | undefined;

const PACE_MS = 100;
/** Bytes held back before the origin is asked to wait. */
const MAX_HELD_BYTES = 262_144;

/** Relays a connection whose first bytes were already read. Both sockets are closed when either side ends. */
export function startRelay(
  client: net.Socket,
  upstream: net.Socket,
  hello: Buffer,
  behaviour: RelayBehaviour,
): void {
  const filter = filterOf(behaviour);
  const toClient = behaviour.kind === 'throttle' ? paced(client, upstream, behaviour) : undefined;
  upstream.setNoDelay(true);
  upstream.on('error', ignoreClientError);
  upstream.write(hello);
  const carry = (direction: Direction, from: net.Socket, to: net.Socket): void => {
    from.on('data', (chunk: Buffer) => {
      const passed = filter(chunk, direction);
      if (passed === 'reset') {
        client.resetAndDestroy();
        upstream.destroy();
      } else if (passed && to.writable) {
        if (direction === 'down' && toClient) toClient(passed);
        else if (!to.write(passed)) pauseUntilDrained(from, to);
      }
    });
  };
  carry('up', client, upstream);
  carry('down', upstream, client);
  client.once('close', () => upstream.destroy());
  upstream.once('end', () => {
    if (isTransparent(behaviour)) client.end();
  });
  upstream.once('close', (hadError) => {
    if (hadError && isTransparent(behaviour)) client.destroy();
  });
  client.resume();
}

/** A box that swallows packets swallows the FIN too. */
const isTransparent = (behaviour: RelayBehaviour): boolean =>
  behaviour.kind === 'pass' || behaviour.kind === 'reset_on_server_hello';

function pauseUntilDrained(from: net.Socket, to: net.Socket): void {
  from.pause();
  to.once('drain', () => from.resume());
}

function filterOf(behaviour: RelayBehaviour): Filter {
  switch (behaviour.kind) {
    case 'pass':
    case 'throttle':
      return (chunk) => chunk;
    case 'reset_on_server_hello':
      return (chunk, direction) => (direction === 'down' ? 'reset' : chunk);
    case 'drop_after':
      return countedFilter(behaviour.chunks, undefined);
    case 'reset_after':
      return countedFilter(behaviour.chunks, 'reset');
    case 'freeze':
      return byteFilter(behaviour.bytes, 'down');
    case 'freeze_upload':
      return byteFilter(behaviour.bytes, 'up');
    default:
      return behaviour satisfies never;
  }
}

function countedFilter(chunks: number, afterwards: 'reset' | undefined): Filter {
  let left = chunks;
  return (chunk) => {
    left -= 1;
    return left >= 0 ? chunk : afterwards;
  };
}

function byteFilter(bytes: number, frozen: Direction): Filter {
  let left = bytes;
  return (chunk, direction) => {
    if (direction !== frozen) return chunk;
    const passed = chunk.subarray(0, left);
    left -= passed.length;
    return passed.length > 0 ? passed : undefined;
  };
}

/** Returns a writer that lets the bytes go at the rate given, in steps of 100 ms. */
function paced(
  client: net.Socket,
  upstream: net.Socket,
  { bytesPerSecond }: { readonly bytesPerSecond: number },
): (chunk: Buffer) => void {
  const held: Buffer[] = [];
  let heldBytes = 0;
  const step = Math.max(1, Math.round((bytesPerSecond * PACE_MS) / 1000));
  const release = (): void => {
    let left = step;
    while (left > 0 && held.length > 0) {
      const head = held.shift();
      if (!head) break;
      const part = head.subarray(0, left);
      if (part.length < head.length) held.unshift(head.subarray(part.length));
      left -= part.length;
      heldBytes -= part.length;
      if (client.writable) client.write(part);
    }
    if (heldBytes < MAX_HELD_BYTES) upstream.resume();
    if (heldBytes === 0 && upstream.readableEnded) client.end();
  };
  const timer = setInterval(release, PACE_MS);
  client.once('close', () => clearInterval(timer));
  return (chunk) => {
    held.push(chunk);
    heldBytes += chunk.length;
    if (heldBytes >= MAX_HELD_BYTES) upstream.pause();
  };
}
