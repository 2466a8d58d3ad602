/**
 * One STUN binding request over UDP: tells whether calls could start. RFC 8489.
 * The answer names the vantage's public address, so nothing of it is kept but that it came.
 */
import { randomBytes } from 'node:crypto';
import { type Budget, toEndFailure, withBudget } from '../deadline.ts';
import { toFailure } from '../failure.ts';
import type { Network, UdpPath } from '../network/network.ts';
import type { Outcome, StunInput, StunValue } from '../types.ts';

/** What `probeStun` needs beside its input. */
export type StunDeps = Budget & { readonly network: Network };

const HEADER_BYTES = 20;
const TRANSACTION_AT_BYTE = 8;
const MAGIC_COOKIE = 0x2112_a442;
const BINDING_REQUEST = 0x0001;
const BINDING_RESPONSES: ReadonlySet<number> = new Set([0x0101, 0x0111]);

/** First wait before the request is sent again; it doubles each time. RFC 8489 §6.2.1. */
const FIRST_RETRANSMIT_MS = 500;

/** Requests sent at most. RFC 8489 §6.2.1. */
const MAX_REQUESTS = 7;

/** Asks and waits for an answer of the same transaction. Never rejects; closes its socket on every path. */
export async function probeStun(input: StunInput, deps: StunDeps): Promise<Outcome<StunValue>> {
  try {
    const path = deps.network.openUdp(input.address, input.port);
    try {
      const result = await withBudget(deps, (signal) => ask(path, signal));
      if (result.kind === 'settled') return { kind: 'ok', value: {} };
      return { kind: 'failed', failure: toEndFailure(result, 'stun') };
    } finally {
      path.socket.close();
    }
  } catch (error) {
    return { kind: 'failed', failure: toFailure(error, 'stun') };
  }
}

function ask({ socket, address, port }: UdpPath, signal: AbortSignal): Promise<void> {
  const request = createRequest();
  const transaction = request.subarray(TRANSACTION_AT_BYTE);
  let timer: NodeJS.Timeout | undefined;
  return new Promise<void>((resolve, reject) => {
    const send = (count: number): void => {
      // Connected, so that a closed port is reported and strangers are not heard.
      socket.send(request, (error) => error && reject(error));
      if (count >= MAX_REQUESTS) return;
      timer = setTimeout(send, FIRST_RETRANSMIT_MS * 2 ** (count - 1), count + 1);
    };
    signal.addEventListener('abort', () => reject(signal.reason));
    socket.on('error', reject);
    socket.on('message', (reply) => isAnswer(reply, transaction) && resolve());
    // As an event: a callback given to connect would take the error too.
    socket.once('connect', () => {
      if (!signal.aborted) send(1);
    });
    socket.connect(port, address);
  }).finally(() => clearTimeout(timer));
}

function createRequest(): Buffer {
  const request = Buffer.alloc(HEADER_BYTES);
  request.writeUInt16BE(BINDING_REQUEST, 0);
  request.writeUInt32BE(MAGIC_COOKIE, 4);
  randomBytes(HEADER_BYTES - TRANSACTION_AT_BYTE).copy(request, TRANSACTION_AT_BYTE);
  return request;
}

/** An error response counts too: it shows that the server was reached and could answer. */
function isAnswer(reply: Buffer, transaction: Buffer): boolean {
  return (
    reply.length >= HEADER_BYTES &&
    BINDING_RESPONSES.has(reply.readUInt16BE(0)) &&
    reply.readUInt32BE(4) === MAGIC_COOKIE &&
    reply.subarray(TRANSACTION_AT_BYTE, HEADER_BYTES).equals(transaction)
  );
}
