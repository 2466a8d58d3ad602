/**
 * The way from an agent to its server: one HTTP request over a connection of its own, HTTPS unless the server is on
 * this very machine, with an answer of bounded length. Redirects are not followed: a signature is for one path.
 */
import net from 'node:net';
import tls from 'node:tls';
import { createCodedError } from '../failure.ts';
import { nameEnd } from '../network/proxied.ts';
import { createReceived, exchange } from '../operations/exchange.ts';

/** What is asked of the server. */
export type UplinkRequest = {
  readonly method: 'GET' | 'POST';
  /** e.g. `/agent/v1/plan`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
};

/** An answer, or the code of what kept it away. */
export type UplinkReply =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** The JSON of the body; undefined when it is none. */
      readonly json: unknown;
      /** From the header `Retry-After` in seconds, as RFC 9110 §10.2.3 has it. */
      readonly retryAfterMs?: number;
    }
  | { readonly kind: 'failed'; readonly code: string };

/** Asks the server. Never rejects. */
export type Uplink = (request: UplinkRequest, signal: AbortSignal) => Promise<UplinkReply>;

/** Connects to a host, by itself or through a proxy; the signal ends it. */
export type DialServer = (host: string, port: number, signal: AbortSignal) => Promise<net.Socket>;

export type UplinkOptions = {
  readonly server: URL;
  readonly dial: DialServer;
  /** Real time for one request; a megabyte at 64 kbit/s takes two minutes. */
  readonly timeoutMs?: number;
};

const TIMEOUT_MS = 180_000;
const HTTPS_PORT = 443;
const HTTP_PORT = 80;
/** Several times the plan of the default configuration. */
const MAX_ANSWER_BYTES = 2 * 1024 * 1024;

/** Whether the address is one that agents may speak to: HTTPS, or this very machine. */
export function isSafeServer({ protocol, hostname }: URL): boolean {
  if (protocol === 'https:') return true;
  return protocol === 'http:' && /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

/** Connects without a proxy. */
export const dialDirectly: DialServer = (host, port, signal) =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = net.connect({ host, port, noDelay: true });
    const onAbort = (): void => {
      socket.destroy();
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort);
    // Stays for the life of the socket: an error between two steps must not end the process.
    socket.on('error', (error) => {
      signal.removeEventListener('abort', onAbort);
      reject(error);
    });
    socket.once('connect', () => {
      signal.removeEventListener('abort', onAbort);
      resolve(socket);
    });
  });

/** Binds a server. @throws when the address is not one that agents may speak to. */
export function createUplink({ server, dial, timeoutMs = TIMEOUT_MS }: UplinkOptions): Uplink {
  if (!isSafeServer(server)) throw new TypeError(`${server.origin} is not reached by HTTPS`);
  const host = server.hostname.replace(/^\[|\]$/g, '');
  const isTls = server.protocol === 'https:';
  const port = server.port === '' ? (isTls ? HTTPS_PORT : HTTP_PORT) : Number(server.port);
  return async ({ path, ...request }, stop) => {
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([stop, deadline]);
    const received = createReceived();
    try {
      const raw = await dial(host, port, signal);
      const socket = isTls ? await secure(raw, host, signal) : raw;
      const url = new URL(path, server);
      await exchange(socket, { ...request, url }, MAX_ANSWER_BYTES, signal, received);
    } catch (error) {
      return { kind: 'failed', code: nameFailure(error, { stop, deadline }) };
    }
    const { statusCode: status, headers, chunks, isBodyTruncated } = received;
    const json = isBodyTruncated ? undefined : parseJson(Buffer.concat(chunks));
    const retryAfterMs = readRetryAfter(headers['retry-after']);
    return {
      kind: 'answered',
      status,
      json,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
  };
}

/** Shakes hands over a connected socket. The certificate must be valid for the host. */
function secure(socket: net.Socket, host: string, signal: AbortSignal): Promise<tls.TLSSocket> {
  return new Promise((resolve, reject) => {
    const secured = tls.connect({
      socket,
      host,
      ...(net.isIP(host) === 0 ? { servername: host } : {}),
      ALPNProtocols: ['http/1.1'],
    });
    const onAbort = (): void => {
      secured.destroy();
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort);
    secured.on('error', (error) => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      reject(error);
    });
    secured.once('close', () => reject(createCodedError('ECONNRESET', 'closed early')));
    secured.once('secureConnect', () => {
      signal.removeEventListener('abort', onAbort);
      resolve(secured);
    });
  });
}

/** Only the code: the text of an error may name an address or a proxy with its login. */
function nameFailure(
  error: unknown,
  { stop, deadline }: { readonly stop: AbortSignal; readonly deadline: AbortSignal },
): string {
  if (stop.aborted) return 'stopped';
  return deadline.aborted ? 'timeout' : nameEnd(error);
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined; // no JSON: something else than our server answered
  }
}

function readRetryAfter(value: string | string[] | undefined): number | undefined {
  return typeof value === 'string' && /^\d{1,6}$/.test(value) ? Number(value) * 1000 : undefined;
}
