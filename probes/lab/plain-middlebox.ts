/**
 * A box in the path of cleartext HTTP: reads the Host header of each connection's first request and lets it pass,
 * breaks it, slows it or answers in its place. The counterpart of middlebox.ts for port 80.
 */
import net from 'node:net';
import {
  breakOff,
  holdUntilRead,
  type LabServer,
  LOOPBACK_ADDRESS,
  listenTcp,
} from './lab-server.ts';
import { blockPageHtml, plainPage } from './page-behaviour.ts';
import { startRelay } from './relay.ts';

/** What the box does with one connection once it has read the Host header. */
export type PlainBehaviour =
  | { readonly kind: 'pass' }
  /** RST in place of an answer. */
  | { readonly kind: 'reset' }
  /** FIN in place of an answer. */
  | { readonly kind: 'fin' }
  /** Swallows the request and all that follows; the connection stays open. */
  | { readonly kind: 'hang' }
  /** Paces the bytes towards the client. */
  | { readonly kind: 'throttle'; readonly bytesPerSecond: number }
  /** A notice in place of the page, the lab's own unless told. */
  | { readonly kind: 'block_page'; readonly html?: string }
  /** Sends the client elsewhere, as to an operator's notice or a login page. */
  | { readonly kind: 'redirect'; readonly location: string };

/** What the box needs to know of one connection. */
export type PlainPassage = {
  /** Asked once; `host` is in lower case and without port, and missing when there was none. */
  readonly choose: (host: string | undefined) => PlainBehaviour;
  /** Opens the way on to the origin; `host` lets a proxy pick one. */
  readonly openUpstream: (host: string | undefined) => net.Socket;
};

/** What the first bytes of a connection tell; a request line and headers end with an empty line (RFC 9112 §2.1). */
export type SniffedRequest =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'not_http' }
  | { readonly kind: 'request'; readonly host?: string };

/** More than this is no request that a middlebox would wait for. */
const MAX_HEAD_BYTES = 32_768;
const REQUEST_LINE = /^[A-Z]+ \S+ HTTP\/1\.[01]\r\n/;
const HOST_HEADER = /\r\nhost:[ \t]*([^\r\n]*?)[ \t]*\r\n/i;

/** Reads the Host header out of the first bytes of a connection. Never throws. */
export function sniffHost(bytes: Buffer): SniffedRequest {
  const text = bytes.toString('latin1', 0, MAX_HEAD_BYTES);
  const lineEnd = text.indexOf('\r\n');
  if (lineEnd >= 0 && !REQUEST_LINE.test(text)) return { kind: 'not_http' };
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return { kind: bytes.length >= MAX_HEAD_BYTES ? 'not_http' : 'incomplete' };
  const host = HOST_HEADER.exec(text.slice(0, end + 2))?.[1]
    ?.replace(/:\d+$/, '')
    .toLowerCase();
  return host ? { kind: 'request', host } : { kind: 'request' };
}

/** Starts a box in front of one loopback port. */
export function startPlainMiddlebox(
  upstreamPort: number,
  choose: (host: string | undefined) => PlainBehaviour,
): Promise<LabServer> {
  const openUpstream = (): net.Socket => net.connect(upstreamPort, LOOPBACK_ADDRESS);
  return listenTcp(net.createServer((client) => guardRequest(client, { choose, openUpstream })));
}

/** Waits for the head of a connection's first request and treats it as decided. Never throws on hostile bytes. */
export function guardRequest(client: net.Socket, passage: PlainPassage): void {
  holdUntilRead(client, sniffHost, (seen, sniffed) =>
    treat(client, seen, passage, sniffed.kind === 'request' ? sniffed.host : undefined),
  );
}

function treat(
  client: net.Socket,
  head: Buffer,
  { choose, openUpstream }: PlainPassage,
  host: string | undefined,
): void {
  const behaviour = choose(host);
  switch (behaviour.kind) {
    case 'reset':
    case 'fin':
    case 'hang':
      return breakOff(client, behaviour.kind);
    case 'block_page':
      client.resume().end(plainPage(behaviour.html ?? blockPageHtml()));
      return;
    case 'redirect':
      client.resume().end(plainRedirect(behaviour.location));
      return;
    case 'pass':
    case 'throttle':
      return startRelay(client, openUpstream(host), head, behaviour);
    default:
      return behaviour satisfies never;
  }
}

function plainRedirect(location: string): string {
  return `HTTP/1.1 302 Found\r\nlocation: ${location}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`;
}
