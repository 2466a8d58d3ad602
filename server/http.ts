/**
 * Listens for requests with limits that slow or idle clients cannot stretch. With the defaults of Node a client
 * that sends one byte at a time held a socket for 89 s; with these it is gone after about 6 s.
 */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import { getQuickAnswers } from './quick-answers.ts';

/** Limits of the listening server. */
export const LIMITS = {
  /** All headers must have come within this time. */
  headersTimeoutMs: 5_000,
  /** The whole request must have come within this time. */
  requestTimeoutMs: 15_000,
  /** How often the two above are enforced. */
  connectionsCheckingIntervalMs: 2_000,
  /** An idle connection is kept for the reader's next page, no longer. */
  keepAliveTimeoutMs: 10_000,
  /** A client that reads nothing of its answer for this long is dropped: each holds an answer of megabytes. */
  stuckAnswerTimeoutMs: 30_000,
  /** Longer headers are refused; no browser sends this site half of it. */
  maxHeaderBytes: 16_384,
  /** Sockets beyond this are dropped at once, before they cost memory: 12 KB each. */
  maxConnections: 4_096,
  /** How long answers under way may take once the server is told to end. */
  closeGraceMs: 500,
} as const;

/** The server could not listen; the message names the cause and what to do. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/** A listening server. */
export type Listening = {
  readonly url: string;
  readonly port: number;
  /** Ends idle connections at once and the others after a short grace; never rejects. */
  readonly close: () => Promise<void>;
};

const CAUSES: Readonly<Record<string, (where: string, port: number) => string>> = {
  EADDRINUSE: (where, port) =>
    `${where} is taken: another program, perhaps another Reachline, listens there. End it, or choose another port: PORT=${port + 1} npm start (or --port ${port + 1}).`,
  EACCES: (where) =>
    `${where} may not be used by this user: ports below 1024 belong to the system. Choose one above, such as PORT=8080.`,
  EADDRNOTAVAIL: (where) =>
    `${where} is no address of this machine. Set HOST to one that it has, such as 127.0.0.1, or 0.0.0.0 for all.`,
  ENOTFOUND: (where) =>
    `${where} cannot be found. Set HOST to an address of this machine, such as 127.0.0.1.`,
};

function toListenError(error: NodeJS.ErrnoException, host: string, port: number): ListenError {
  const where = `${host}:${port}`;
  const explain = CAUSES[error.code ?? ''];
  const message =
    explain?.(where, port) ??
    `Cannot listen on ${where} (${error.code ?? error.message}). Choose another HOST or PORT.`;
  return new ListenError(message, { cause: error });
}

/** Sends an answer that is known; false when the request has to go the whole way. */
function tryQuick(
  quick: ReturnType<typeof getQuickAnswers>,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  try {
    return quick?.answer(request, response) === true;
  } catch {
    // The store does not answer. Nothing here would catch that; the whole way tells it and logs it.
    return response.headersSent;
  }
}

/**
 * Serves the application on one address.
 * @throws ListenError when the address cannot be used.
 */
export async function listen(
  app: Hono,
  {
    host,
    port,
    stuckAnswerTimeoutMs = LIMITS.stuckAnswerTimeoutMs,
  }: { host: string; port: number; stuckAnswerTimeoutMs?: number },
): Promise<Listening> {
  const quick = getQuickAnswers(app);
  const createQuickServer = (options: ServerOptions, whole: RequestListener): Server =>
    createServer(options, (request, response) => {
      if (!tryQuick(quick, request, response)) whole(request, response);
    });
  const server = createAdaptorServer({
    fetch: app.fetch,
    // Keeping Node's own Request means one kind of object in tests and in service.
    overrideGlobalObjects: false,
    createServer: createQuickServer as typeof createServer, // called with options and listener alone
    serverOptions: {
      headersTimeout: LIMITS.headersTimeoutMs,
      requestTimeout: LIMITS.requestTimeoutMs,
      connectionsCheckingInterval: LIMITS.connectionsCheckingIntervalMs,
      keepAliveTimeout: LIMITS.keepAliveTimeoutMs,
      maxHeaderSize: LIMITS.maxHeaderBytes,
    },
  }) as Server; // createServer above is node:http's, so its kind is known
  server.maxConnections = LIMITS.maxConnections;
  server.timeout = stuckAnswerTimeoutMs;
  await new Promise<void>((resolve, reject) => {
    const onError = (error: Error) => reject(toListenError(error, host, port));
    server.once('error', onError);
    server.listen(port, host, () => {
      server.off('error', onError);
      resolve();
    });
  });
  const address = server.address() as AddressInfo; // a TCP server's, since it listens on host and port
  const shownHost = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${shownHost}:${address.port}/`,
    port: address.port,
    close: () => closeServer(server),
  };
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), LIMITS.closeGraceMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
