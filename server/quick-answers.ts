/**
 * Answers that are known already, sent straight from the socket: the ways through Request, routing and Response cost
 * five times what sending 10 KB does. Whatever is not plain (a condition, another method, a client over its limit, a form
 * that was never compressed) goes the whole way, which is what fills this. Nothing outlives a change of the data, or the
 * minute, since some answers speak of now.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Hono } from 'hono';
import { OPEN_HEADERS } from './open-data.ts';
import { findClient, type RateLimit } from './rate-limit.ts';
import { chooseEncoding, type Encoding, type Prepared, SHARED_HEADERS } from './reply.ts';

const MINUTE_MS = 60_000;
/** Together at most 8 MB: larger answers are rare, and their bytes cost more than the way. */
const MAX_ENTRIES = 128;
const MAX_BODY_CHARACTERS = 64 * 1_024;
/** Few clients write `Accept-Encoding` in a way of their own. */
const MAX_CODINGS = 64;

/** Bytes with their headers, names and values in turn, which Node writes without looking at each. */
type Form = { readonly headers: readonly string[]; readonly body: Buffer };

type Entry = {
  readonly prepared: Prepared;
  readonly headers: readonly string[];
  readonly plain: Form;
  readonly packed: Partial<Record<Encoding, Form>>;
};

function toForm(headers: readonly string[], body: Buffer, encoding?: Encoding): Form {
  const coding = encoding === undefined ? [] : ['content-encoding', encoding];
  return { headers: [...headers, ...coding, 'content-length', String(body.length)], body };
}

/** Where answers are kept and sent from. */
export class QuickAnswers {
  readonly #dataVersion: () => number;
  readonly #nowMs: () => number;
  readonly #rateLimit: RateLimit;
  readonly #entries = new Map<string, Entry>();
  readonly #codings = new Map<string, Encoding | undefined>();
  #version = Number.NaN;
  #minute = Number.NaN;
  #isLooked = false;

  constructor(dataVersion: () => number, nowMs: () => number, rateLimit: RateLimit) {
    this.#dataVersion = dataVersion;
    this.#nowMs = nowMs;
    this.#rateLimit = rateLimit;
  }

  /** Looks once per turn of the event loop: an answer is that of its beginning at the oldest. */
  #dropOutdated(): void {
    if (this.#isLooked) return;
    this.#isLooked = true;
    setImmediate(() => {
      this.#isLooked = false;
    });
    const version = this.#dataVersion();
    const minute = Math.floor(this.#nowMs() / MINUTE_MS);
    if (version === this.#version && minute === this.#minute) return;
    this.#entries.clear();
    this.#version = version;
    this.#minute = minute;
  }

  /** Keeps what was answered to a request of the API. */
  keep(request: Request, prepared: Prepared): void {
    const address = request.url.slice(request.url.indexOf('/', 'https://'.length));
    const isPlain = request.method === 'GET' && address.startsWith('/api/');
    if (!isPlain || prepared.body.length > MAX_BODY_CHARACTERS) return;
    this.#dropOutdated();
    const [oldest] = this.#entries.keys();
    if (this.#entries.size >= MAX_ENTRIES && oldest !== undefined) this.#entries.delete(oldest);
    const headers = Object.entries({
      ...SHARED_HEADERS,
      ...OPEN_HEADERS,
      ...prepared.headers,
      ...(prepared.etag === undefined ? {} : { etag: prepared.etag }),
      'content-type': prepared.contentType,
    }).flat();
    const plain = toForm(headers, Buffer.from(prepared.body));
    this.#entries.set(address, { prepared, headers, plain, packed: {} });
  }

  #choose(header: string): Encoding | undefined {
    if (this.#codings.has(header)) return this.#codings.get(header);
    if (this.#codings.size >= MAX_CODINGS) this.#codings.clear();
    const encoding = chooseEncoding(header);
    this.#codings.set(header, encoding);
    return encoding;
  }

  /** Sends an answer when it is known; false when the request has to go the whole way. */
  answer(request: IncomingMessage, response: ServerResponse): boolean {
    if (request.method !== 'GET' || this.#entries.size === 0) return false;
    const { headers } = request;
    const hasCondition =
      headers['if-none-match'] !== undefined || headers['if-modified-since'] !== undefined;
    if (hasCondition || headers['transfer-encoding'] !== undefined) return false;
    this.#dropOutdated();
    const entry = this.#entries.get(request.url ?? '');
    if (entry === undefined) return false;
    const encoding = this.#choose(headers['accept-encoding'] ?? '');
    const form = encoding === undefined ? entry.plain : this.#findPacked(entry, encoding);
    if (form === undefined) return false;
    const forwarded = headers['x-forwarded-for'];
    const client = findClient(request.socket.remoteAddress, forwarded?.toString() ?? null);
    const decision = this.#rateLimit.take(client);
    if (!decision.isAllowed) return false;
    const rate = Object.entries(decision.headers).flat();
    response.writeHead(200, [...form.headers, ...rate]);
    response.end(form.body);
    return true;
  }

  /** The compressed form once it has been made; short answers have none. */
  #findPacked(entry: Entry, encoding: Encoding): Form | undefined {
    const packed = entry.packed[encoding];
    if (packed !== undefined) return packed;
    // Whoever asked first made it; it is taken over when it is ready.
    void entry.prepared.encoded[encoding]?.then((bytes) => {
      entry.packed[encoding] = toForm(entry.headers, bytes, encoding);
    });
    return undefined;
  }
}

const quickOf = new WeakMap<Hono, QuickAnswers>();

/** Gives an application its quick answers. */
export function setQuickAnswers(app: Hono, quick: QuickAnswers): void {
  quickOf.set(app, quick);
}

/** The quick answers of an application, for whoever listens for it. */
export function getQuickAnswers(app: Hono): QuickAnswers | undefined {
  return quickOf.get(app);
}
