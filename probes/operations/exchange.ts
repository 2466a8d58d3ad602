/**
 * One HTTP/1.1 exchange over a socket that is already connected (and, for https, verified). undici speaks the
 * protocol; its own timers are off, because they are coarse by half a second and would hide whose time ran out.
 */
import type net from 'node:net';
import type { buildConnector, Dispatcher } from 'undici';
import { createCodedError } from '../failure.ts';
import { Client } from './undici-client.ts';

/** What is sent. */
export type Request = {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
};

/** What has come so far; filled while the exchange runs, so that a failure in the middle loses nothing. */
export type Received = {
  /** 0 until a final status line came. */
  statusCode: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  chunks: Buffer[];
  bodyBytes: number;
  isBodyTruncated: boolean;
  /** Called for every part of the body; only a timed download asks. */
  onBody?: () => void;
};

const FIRST_FINAL_STATUS = 200;

/** Pieces kept apart: a body sent byte by byte would otherwise cost a hundred times its size in objects. */
const MAX_CHUNKS = 256;

/** An empty record for `exchange` to fill. */
export function createReceived(): Received {
  return { statusCode: 0, headers: {}, chunks: [], bodyBytes: 0, isBodyTruncated: false };
}

/**
 * Sends the request and fills `received` until the body ends or reaches `maxBodyBytes`.
 * Destroys the socket on every path. @throws the runtime's or undici's error, or the signal's reason.
 */
export function exchange(
  socket: net.Socket,
  request: Request,
  maxBodyBytes: number,
  signal: AbortSignal,
  received: Received,
): Promise<void> {
  const client = new Client(request.url.origin, {
    connect: handOver(socket),
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
  });
  return new Promise<void>((resolve, reject) => {
    signal.addEventListener('abort', () => {
      socket.destroy();
      reject(signal.reason);
    });
    client.dispatch(
      {
        path: request.url.pathname + request.url.search,
        method: request.method,
        headers: request.headers,
        body: request.body ?? null,
      },
      createHandler(received, maxBodyBytes, reject, () => {
        // Now and not a moment later: undici would end the socket with an error of its own, and writing out the stack
        // of that error took a tenth of the CPU time of a probe (undici 8.12).
        socket.destroy();
        resolve();
      }),
    );
  }).finally(() => {
    // This ends the client too: it has no other socket and will not be given one.
    socket.destroy();
  });
}

/**
 * A connector that gives the socket out once. It must call back later, never at once: undici waits for ever otherwise.
 * When the socket dies unused undici asks again, and the code given then must not be one that it retries on.
 */
export function handOver(socket: net.Socket): buildConnector.connector {
  let isGiven = false;
  return (_options, callback) => {
    if (isGiven || socket.destroyed) {
      const error = socket.errored ?? createCodedError('ECONNRESET', 'closed before the request');
      process.nextTick(callback, error, null);
      return;
    }
    isGiven = true;
    process.nextTick(callback, null, socket);
  };
}

function createHandler(
  received: Received,
  maxBodyBytes: number,
  reject: (error: unknown) => void,
  onEnd: () => void,
): Dispatcher.DispatchHandler {
  return {
    onRequestStart() {},
    onResponseStart(_controller, statusCode, headers) {
      // Interim answers (RFC 9110 §15.2) announce the real one.
      if (statusCode < FIRST_FINAL_STATUS) return;
      received.statusCode = statusCode;
      received.headers = headers;
    },
    onResponseData(_controller, chunk) {
      if (received.isBodyTruncated) return;
      const room = maxBodyBytes - received.bodyBytes;
      const kept = chunk.length > room ? chunk.subarray(0, room) : chunk;
      if (received.chunks.length >= MAX_CHUNKS) received.chunks = [Buffer.concat(received.chunks)];
      received.chunks.push(kept);
      received.bodyBytes += kept.length;
      received.onBody?.();
      if (chunk.length <= room) return;
      received.isBodyTruncated = true;
      // The request must not be aborted as well: when its body ends with the connection, undici 8.12 takes our own
      // closing for that end and stops the whole process, since an aborted request cannot end.
      onEnd();
    },
    onResponseEnd: () => onEnd(),
    onResponseError: (_controller, error) => reject(error),
  };
}
