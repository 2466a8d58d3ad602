/** Requests to the API over one kept-alive connection: compressed on the wire, bounded in size and time. */
import { promisify } from 'node:util';
import { brotliDecompress, gunzip } from 'node:zlib';
import type { Client as UndiciClient } from 'undici';
import type { Clock } from '../../clock.ts';
import { withBudget } from '../../deadline.ts';
import { createCodedError, toFailure } from '../../failure.ts';
import { Client } from '../../operations/undici-client.ts';

/** Ten probes with 10 kB of page each, escaped and given twice, are under 500 kB. */
const MAX_ANSWER_BYTES = 2 * 1024 * 1024;
const TOO_LARGE = 'REACHLINE_ANSWER_TOO_LARGE';

const DECOMPRESSORS: Readonly<
  Record<string, (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>>
> = { br: promisify(brotliDecompress), gzip: promisify(gunzip) };

export type ApiRequest = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
};

export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** What came back, or why nothing usable did. */
export type Exchanged =
  | {
      readonly kind: 'answered';
      readonly statusCode: number;
      readonly headers: Headers;
      readonly text: string;
    }
  /** `reason` is a failure code; nothing that came is in it. */
  | { readonly kind: 'unavailable'; readonly reason: string }
  | { readonly kind: 'malformed'; readonly reason: string }
  | { readonly kind: 'interrupted' };

type Received = { statusCode: number; headers: Headers; readonly chunks: Buffer[] };

/** A connection to one origin, opened with the first request and again when it was lost. Close it. */
export class ApiConnection {
  readonly #origin: string;
  readonly #clock: Clock;
  readonly #budgetMs: number;
  #client: UndiciClient | undefined;

  /** @param budgetMs how long a request may take. */
  constructor(origin: string, clock: Clock, budgetMs: number) {
    this.#origin = origin;
    this.#budgetMs = budgetMs;
    this.#clock = clock;
  }

  /** Sends a request and reads the whole answer. Never rejects on what comes or does not come. */
  async call(request: ApiRequest, signal: AbortSignal): Promise<Exchanged> {
    try {
      const budget = { budgetMs: this.#budgetMs, clock: this.#clock, signal };
      const result = await withBudget(budget, (own) => this.#send(request, own));
      if (result.kind === 'settled') return await describe(result.value);
      if (result.reason === 'interrupted') return { kind: 'interrupted' };
      return { kind: 'unavailable', reason: 'generic_timeout_error' };
    } catch (error) {
      // Nothing in the network makes these: they are mistakes of ours.
      if (error instanceof TypeError) throw error;
      const { code, raw } = toFailure(error, 'http');
      if (raw === TOO_LARGE) return { kind: 'malformed', reason: 'answer_too_large' };
      // Whatever stage it was, it is the platform that cannot be reached.
      return { kind: 'unavailable', reason: code === 'unknown_failure' ? (raw ?? code) : code };
    }
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.destroy();
  }

  #send(request: ApiRequest, signal: AbortSignal): Promise<Received> {
    this.#client ??= new Client(this.#origin, {
      bodyTimeout: 0,
      headersTimeout: 0,
      allowH2: false,
    });
    const client = this.#client;
    const received: Received = { statusCode: 0, headers: {}, chunks: [] };
    let bytes = 0;
    return new Promise((resolve, reject) => {
      // A request is never aborted alone: the connection goes with it, and the next request opens another.
      const giveUp = (error: unknown): void => {
        reject(error);
        void this.close();
      };
      signal.addEventListener('abort', () => giveUp(signal.reason), { once: true });
      client.dispatch(
        {
          ...request,
          headers: { ...request.headers, 'accept-encoding': 'br, gzip' },
        },
        {
          onRequestStart() {},
          onResponseStart(_controller, statusCode, headers) {
            received.statusCode = statusCode;
            received.headers = headers;
          },
          onResponseData(_controller, chunk) {
            bytes += chunk.length;
            if (bytes <= MAX_ANSWER_BYTES) received.chunks.push(chunk);
            else giveUp(createCodedError(TOO_LARGE, 'the answer is too large'));
          },
          onResponseEnd: () => resolve(received),
          onResponseError: (_controller, error) => reject(error),
        },
      );
    });
  }
}

async function describe({ statusCode, headers, chunks }: Received): Promise<Exchanged> {
  const encoding = String(headers['content-encoding'] ?? 'identity');
  const text = await decompress(Buffer.concat(chunks), encoding);
  if (text === undefined) return { kind: 'malformed', reason: 'answer_not_readable' };
  return { kind: 'answered', statusCode, headers, text };
}

async function decompress(bytes: Buffer, encoding: string): Promise<string | undefined> {
  if (bytes.length === 0 || encoding === 'identity') return bytes.toString();
  const unpack = Object.hasOwn(DECOMPRESSORS, encoding) ? DECOMPRESSORS[encoding] : undefined;
  try {
    return (await unpack?.(bytes, { maxOutputLength: MAX_ANSWER_BYTES }))?.toString();
  } catch {
    // Not what it says it is, or a bomb: the caller hears that the answer cannot be read.
    return undefined;
  }
}
