/**
 * The API of Globalping: starts measurements, waits for their results, asks what is left of the allowance.
 * Keeps to its guidelines for clients: one name of ours in every request, compression, and polling with ETags, never
 * sooner than half a second after the last answer.
 */
import type { z } from 'zod';
import type { Clock } from '../../clock.ts';
import type { RateState } from './budget.ts';
import { ApiConnection, type Exchanged, type Headers } from './exchange.ts';
import { Answer, Created, Limits } from './schema.ts';

/** The platform asks for half a second between answer and next question; later ones may wait longer. */
const FIRST_POLL_MS = 500;
const POLL_GROWTH = 1.5;
const MAX_POLL_MS = 5_000;
/** Tests end after at most 30 s; what is not done then is given up. */
const MAX_WAIT_MS = 60_000;
/** A request that takes longer is given up. */
const REQUEST_BUDGET_MS = 20_000;
/** When the platform does not say how long to wait. */
const DEFAULT_RETRY_MS = 60_000;
const MAX_RETRY_MS = 3_600_000;
/** What may be sent back as it came. */
const PRINTABLE = /^[\x21-\x7e]{1,200}$/;

/** Where measurements run: a filter, or the probes of an earlier measurement, in the same order. */
export type Locations =
  | {
      readonly kind: 'filter';
      readonly country: string;
      readonly tag?: 'eyeball-network' | 'datacenter-network';
      readonly probes: number;
    }
  | { readonly kind: 'same_as'; readonly measurementId: string };

/** One measurement to be made. */
export type TestRequest = {
  readonly locations: Locations;
  readonly target: string;
} & (
  | { readonly type: 'http'; readonly path: string; readonly port: number }
  /** `resolver`: an address asked over TCP; the probe's own over UDP unless given. */
  | { readonly type: 'dns'; readonly resolver?: string }
);

/** Why there is no answer to a request. */
export type Refusal =
  /** The allowance is used up, or requests came too fast. */
  | { readonly kind: 'limited'; readonly retryAfterMs: number }
  /** No probe fits, or those of the earlier measurement are gone. */
  | { readonly kind: 'no_probes' }
  /** The platform cannot be reached, is broken, or does not let us in; `reason` is a code or a status. */
  | { readonly kind: 'unavailable'; readonly reason: string }
  /** What came is not what the public description says. */
  | { readonly kind: 'malformed'; readonly reason: string }
  | { readonly kind: 'interrupted' };

export type ApiOutcome<T> =
  | { readonly kind: 'ok'; readonly value: T; readonly rate: RateState }
  | Refusal;

export type ClientOptions = {
  /** e.g. `https://api.globalping.io`. */
  readonly apiUrl: string;
  readonly token?: string;
  /** Names this software and where it is found. */
  readonly userAgent: string;
  readonly clock: Clock;
  /** How long a request may take; 20 s unless given. */
  readonly requestBudgetMs?: number;
};

/** Owns one kept-alive connection to the API; close it. Every method never rejects. */
export class GlobalpingClient {
  readonly #connection: ApiConnection;
  readonly #basePath: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #clock: Clock;

  constructor({ apiUrl, token, userAgent, clock, requestBudgetMs }: ClientOptions) {
    const url = new URL(apiUrl);
    this.#connection = new ApiConnection(url.origin, clock, requestBudgetMs ?? REQUEST_BUDGET_MS);
    this.#basePath = url.pathname.replace(/\/+$/, '');
    this.#headers = {
      accept: 'application/json',
      'user-agent': userAgent,
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    };
    this.#clock = clock;
  }

  /** Starts a measurement. */
  async create(request: TestRequest, signal: AbortSignal): Promise<ApiOutcome<Created>> {
    const exchanged = await this.#connection.call(
      {
        method: 'POST',
        path: `${this.#basePath}/v1/measurements`,
        headers: { ...this.#headers, 'content-type': 'application/json' },
        body: JSON.stringify(toBody(request)),
      },
      signal,
    );
    return read(exchanged, 202, Created);
  }

  /** Asks until a measurement is done, or a minute is over; then what is there is given. */
  async waitFor(measurementId: string, signal: AbortSignal): Promise<ApiOutcome<Answer>> {
    const giveUpMs = this.#clock.monotonicMs() + MAX_WAIT_MS;
    let pauseMs = FIRST_POLL_MS;
    let etag: string | undefined;
    let last: ApiOutcome<Answer> = { kind: 'malformed', reason: 'not_modified_at_first' };
    for (;;) {
      await this.#clock.sleep(pauseMs, signal);
      if (signal.aborted) return { kind: 'interrupted' };
      const exchanged = await this.#connection.call(this.#toPoll(measurementId, etag), signal);
      const isUnchanged = exchanged.kind === 'answered' && exchanged.statusCode === 304;
      if (!isUnchanged) {
        last = read(exchanged, 200, Answer);
        if (exchanged.kind === 'answered') etag = readHeader(exchanged.headers, 'etag');
      }
      const isInProgress = last.kind === 'ok' && last.value.status === 'in-progress';
      pauseMs = Math.min(pauseMs * POLL_GROWTH, MAX_POLL_MS);
      // Asked too fast: the same measurement may be had a little later, when that is soon enough.
      if (last.kind === 'limited') pauseMs = last.retryAfterMs;
      const isOver = this.#clock.monotonicMs() + pauseMs >= giveUpMs;
      if (isOver || !(isInProgress || last.kind === 'limited')) return last;
    }
  }

  /** What is left of the allowance, as the platform counts it. */
  async getLimits(signal: AbortSignal): Promise<ApiOutcome<RateState>> {
    const exchanged = await this.#connection.call(
      { method: 'GET', path: `${this.#basePath}/v1/limits`, headers: this.#headers },
      signal,
    );
    const limits = read(exchanged, 200, Limits);
    if (limits.kind !== 'ok') return limits;
    const { limit, remaining, reset } = limits.value.rateLimit.measurements.create;
    const rate = { limit, remaining, resetMs: reset * 1000 };
    return { kind: 'ok', value: rate, rate };
  }

  /** Closes the connection and ends what is under way. */
  async close(): Promise<void> {
    await this.#connection.close();
  }

  #toPoll(measurementId: string, etag: string | undefined) {
    return {
      method: 'GET',
      path: `${this.#basePath}/v1/measurements/${measurementId}`,
      headers: { ...this.#headers, ...(etag ? { 'if-none-match': etag } : {}) },
    } as const;
  }
}

/** The body of a request in the words of the API. */
function toBody(request: TestRequest): unknown {
  const { locations, type, target } = request;
  const where =
    locations.kind === 'same_as'
      ? { locations: locations.measurementId }
      : {
          limit: locations.probes,
          locations: [
            { country: locations.country, ...(locations.tag ? { tags: [locations.tag] } : {}) },
          ],
        };
  if (request.type === 'dns') {
    const { resolver } = request;
    const how = resolver === undefined ? {} : { resolver, protocol: 'TCP' };
    return { type, target, ...where, measurementOptions: { query: { type: 'A' }, ...how } };
  }
  const [path = '/', query] = request.path.split('?', 2);
  return {
    type,
    target,
    ...where,
    measurementOptions: {
      protocol: 'HTTPS',
      port: request.port,
      request: { method: 'GET', path, ...(query === undefined ? {} : { query }) },
    },
  };
}

function read<T>(exchanged: Exchanged, status: number, schema: z.ZodType<T>): ApiOutcome<T> {
  if (exchanged.kind !== 'answered') return exchanged;
  const { statusCode, headers, text } = exchanged;
  if (statusCode !== status) return toRefusal(statusCode, headers);
  const parsed = schema.safeParse(parseJson(text));
  if (!parsed.success) return { kind: 'malformed', reason: 'answer_of_another_shape' };
  return { kind: 'ok', value: parsed.data, rate: readRate(headers) };
}

function toRefusal(statusCode: number, headers: Headers): Refusal {
  if (statusCode === 429) return { kind: 'limited', retryAfterMs: readRetryAfter(headers) };
  if (statusCode === 422) return { kind: 'no_probes' };
  return { kind: 'unavailable', reason: `status_${statusCode}` };
}

/** How long to wait after a 429: what is said, within bounds. */
function readRetryAfter(headers: Headers): number {
  const seconds = readNumber(headers, 'retry-after') ?? readNumber(headers, 'x-ratelimit-reset');
  if (seconds === undefined) return DEFAULT_RETRY_MS;
  return Math.min(Math.max(seconds, 1) * 1000, MAX_RETRY_MS);
}

function readRate(headers: Headers): RateState {
  const limit = readNumber(headers, 'x-ratelimit-limit');
  const remaining = readNumber(headers, 'x-ratelimit-remaining');
  const reset = readNumber(headers, 'x-ratelimit-reset');
  return {
    ...(limit === undefined ? {} : { limit }),
    ...(remaining === undefined ? {} : { remaining }),
    ...(reset === undefined ? {} : { resetMs: Math.min(reset * 1000, MAX_RETRY_MS) }),
  };
}

function readHeader(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' && PRINTABLE.test(value) ? value : undefined;
}

function readNumber(headers: Headers, name: string): number | undefined {
  const text = readHeader(headers, name);
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the schema refuses what is no object.
    return undefined;
  }
}
