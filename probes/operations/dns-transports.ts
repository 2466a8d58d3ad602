/**
 * Three ways to carry a DNS message: UDP (RFC 1035 §4.2.1), TCP (§4.2.2) and HTTPS (RFC 8484). Each hands every
 * message that comes to `onMessage` until that says enough, and ends when its signal aborts.
 */
import assert from 'node:assert/strict';
import type { Budget } from '../deadline.ts';
import { createCodedError } from '../failure.ts';
import type { Awaited, Network, ResolverEndpoint } from '../network/network.ts';
import type { Failure } from '../types.ts';
import { MAX_REPLY_BYTES, type Query } from './dns-message.ts';
import { createReceived, exchange } from './exchange.ts';
import { probeTls } from './tls.ts';

/** Everything that carrying a message takes. */
export type Carrying = {
  readonly query: Query;
  readonly network: Network;
  readonly endpoint: ResolverEndpoint;
  readonly signal: AbortSignal;
  /** Told whom the connection waits for, where a proxy stands between. */
  readonly onAwait: (awaited: Awaited) => void;
  /** The clock starts for replies when this is called. */
  readonly onSent: () => void;
  /** Returns for how long to listen on, in milliseconds: 0 to stop, Infinity while nothing useful came. */
  readonly onMessage: (bytes: Buffer) => number;
};

/** A lost datagram is no sign of anything: the same question is sent a second time. */
const RESEND_AFTER_MS = 1500;

const LENGTH_BYTES = 2;

/** Asks over UDP and listens on after the first reply: an injected one comes before the genuine one. */
export async function carryUdp(carrying: Carrying): Promise<void> {
  const { query, endpoint, signal, onSent, onMessage } = carrying;
  const { socket, address, port } = carrying.network.openUdp(endpoint.address, endpoint.port);
  let resend: NodeJS.Timeout | undefined;
  let late: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const send = (): void => socket.send(query.bytes, (error) => error && reject(error));
      signal.addEventListener('abort', () => reject(signal.reason));
      socket.on('error', reject);
      socket.on('message', (bytes) => {
        const moreMs = onMessage(bytes);
        if (moreMs === Infinity) return;
        clearTimeout(resend);
        if (moreMs <= 0) resolve();
        else late ??= setTimeout(resolve, moreMs);
      });
      // As an event: a callback given to connect would take the error too.
      socket.once('connect', () => {
        if (signal.aborted) return;
        onSent();
        send();
        resend = setTimeout(send, RESEND_AFTER_MS);
      });
      socket.connect(port, address);
    });
  } finally {
    clearTimeout(resend);
    clearTimeout(late);
    socket.close();
  }
}

/** Asks over TCP; messages carry their length in front. */
export async function carryTcp(carrying: Carrying): Promise<void> {
  const { query, network, endpoint, signal, onAwait, onSent, onMessage } = carrying;
  const socket = await network.connect(endpoint.address, endpoint.port, signal, onAwait);
  try {
    await new Promise<void>((resolve, reject) => {
      let pending = Buffer.alloc(0);
      signal.addEventListener('abort', () => reject(signal.reason));
      socket.on('error', reject);
      socket.once('close', () => reject(createCodedError('ECONNRESET', 'closed before a reply')));
      socket.on('data', (chunk: Buffer) => {
        pending = Buffer.concat([pending, chunk]);
        while (pending.length >= LENGTH_BYTES) {
          // One byte more than is ever read is enough to see that a reply is too large.
          const bodyBytes = Math.min(pending.readUInt16BE(0), MAX_REPLY_BYTES + 1);
          const end = LENGTH_BYTES + bodyBytes;
          if (pending.length < end) return;
          const moreMs = onMessage(pending.subarray(LENGTH_BYTES, end));
          if (moreMs !== Infinity || bodyBytes > MAX_REPLY_BYTES) return resolve();
          pending = pending.subarray(end);
        }
      });
      onSent();
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt16BE(query.bytes.length);
      socket.write(Buffer.concat([length, query.bytes]));
    });
  } finally {
    socket.destroy();
  }
}

/**
 * Asks over HTTPS, dialling the address that the endpoint names, so that no other lookup is needed.
 * Resolves with the failure when the handshake failed.
 */
export async function carryDoh(carrying: Carrying, budget: Budget): Promise<Failure | undefined> {
  const { query, network, endpoint, signal, onAwait, onSent, onMessage } = carrying;
  const url = new URL(endpoint.url ?? `https://${endpoint.address}/dns-query`);
  const socket = await network.connect(endpoint.address, endpoint.port, signal, onAwait);
  const input = {
    address: endpoint.address,
    port: endpoint.port,
    serverName: url.hostname.replace(/^\[|\]$/g, ''),
    clientHello: 'default',
  } as const;
  const tls = await probeTls(input, { ...budget, signal, network, socket });
  if (tls.outcome.kind === 'failed') return tls.outcome.failure;
  assert(tls.socket);
  const received = createReceived();
  const headers = { 'content-type': 'application/dns-message', accept: 'application/dns-message' };
  onSent();
  await exchange(
    tls.socket,
    { method: 'POST', url, headers, body: query.bytes },
    MAX_REPLY_BYTES + 1,
    signal,
    received,
  );
  if (received.statusCode !== 200) throw createCodedError('EBADRESP', 'no DNS answer');
  onMessage(Buffer.concat(received.chunks));
  return undefined;
}
