/**
 * A box in the path: reads the server name of each connection and lets it pass, breaks it or answers in its place.
 * The behaviours are those published for Russian and other networks since 2021; what a box does to IP headers
 * cannot be made from user space and is not attempted.
 */
import net from 'node:net';
import type { IssuedCertificate } from './certificates.ts';
import { type SniffedHello, sniffServerName } from './client-hello.ts';
import {
  breakOff,
  holdUntilRead,
  type LabServer,
  LOOPBACK_ADDRESS,
  listenTcp,
} from './lab-server.ts';
import { blockPageHtml, plainPage } from './page-behaviour.ts';
import { type RelayBehaviour, startRelay } from './relay.ts';
import { createOrigin } from './tls-server.ts';

/** What the box does with one connection once it has seen the ClientHello. */
export type Behaviour =
  | { readonly kind: 'pass' }
  /** RST in place of an answer. */
  | { readonly kind: 'reset' }
  /** FIN in place of an answer. */
  | { readonly kind: 'fin' }
  /** Swallows the hello and all that follows; the connection stays open. */
  | { readonly kind: 'hang' }
  /** A fatal TLS alert with this description, e.g. 40. */
  | { readonly kind: 'alert'; readonly description: number }
  /** Plain HTTP bytes where a ServerHello belongs. */
  | { readonly kind: 'block_page_plain' }
  /** Ends TLS itself with its own certificate and shows a block page. */
  | { readonly kind: 'mitm'; readonly certificate: IssuedCertificate }
  | RelayBehaviour;

/** Chooses per connection; `serverName` is missing when the client sent none or no TLS. */
export type Decide = (serverName: string | undefined, address: string, port: number) => Behaviour;

/** What the box needs to know of one connection. */
export type Passage = {
  /** Asked once, when the server name is known or known to be missing. */
  readonly choose: (serverName: string | undefined) => Behaviour;
  readonly openUpstream: () => net.Socket;
  /** Takes over a connection that passes, which saves a relay. */
  readonly accept?: (client: net.Socket) => void;
};

/** Starts a box in front of one loopback port, on the way to a logical address, e.g. `157.240.1.35`. */
export function startMiddlebox({
  address,
  port,
  upstreamPort,
  decide,
}: {
  readonly address: string;
  readonly port: number;
  readonly upstreamPort: number;
  readonly decide: Decide;
}): Promise<LabServer> {
  const choose = (serverName: string | undefined): Behaviour => decide(serverName, address, port);
  const openUpstream = (): net.Socket => net.connect(upstreamPort, LOOPBACK_ADDRESS);
  return listenTcp(net.createServer((client) => guardConnection(client, { choose, openUpstream })));
}

/** Waits for the ClientHello of a connection and treats it as decided. Never throws on hostile bytes. */
export function guardConnection(client: net.Socket, passage: Passage): void {
  holdUntilRead(client, sniffServerName, (seen, hello) =>
    treat(client, seen, passage, serverNameIn(hello)),
  );
}

const serverNameIn = (hello: SniffedHello): string | undefined =>
  hello.kind === 'hello' ? hello.serverName : undefined;

function treat(
  client: net.Socket,
  hello: Buffer,
  passage: Passage,
  name: string | undefined,
): void {
  const behaviour = passage.choose(name);
  switch (behaviour.kind) {
    case 'reset':
    case 'fin':
    case 'hang':
      return breakOff(client, behaviour.kind);
    case 'alert':
      // Record type 21, TLS 1.2, two bytes: fatal, description (RFC 8446 §6).
      client.resume().end(Buffer.of(21, 3, 3, 0, 2, 2, behaviour.description));
      return;
    case 'block_page_plain':
      client.resume().end(plainPage(blockPageHtml()));
      return;
    case 'mitm':
      handOver(client, hello, (socket) =>
        impostorOf(behaviour.certificate).emit('connection', socket),
      );
      return;
    case 'pass':
      if (passage.accept) return handOver(client, hello, passage.accept);
      return startRelay(client, passage.openUpstream(), hello, behaviour);
    case 'reset_on_server_hello':
    case 'reset_after':
    case 'drop_after':
    case 'freeze':
    case 'freeze_upload':
    case 'throttle':
      return startRelay(client, passage.openUpstream(), hello, behaviour);
    default:
      return behaviour satisfies never;
  }
}

function handOver(client: net.Socket, hello: Buffer, accept: (socket: net.Socket) => void): void {
  client.unshift(hello);
  accept(client);
}

const impostors = new WeakMap<IssuedCertificate, ReturnType<typeof createOrigin>>();

function impostorOf(certificate: IssuedCertificate): ReturnType<typeof createOrigin> {
  let impostor = impostors.get(certificate);
  if (!impostor) {
    const site = { certificate, behaviourOf: () => ({ kind: 'block_page' }) as const };
    impostor = createOrigin(() => site);
    impostors.set(certificate, impostor);
  }
  return impostor;
}
