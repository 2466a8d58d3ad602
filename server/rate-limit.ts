/**
 * How often one client may ask for data: a bucket of tokens per client that fills up again steadily, as the fields
 * RateLimit and RateLimit-Policy of draft-ietf-httpapi-ratelimit-headers describe. Clients are known by a hash of their
 * network with a salt that lives for a day, so nothing here says who asked.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { Clock } from '../probes/clock.ts';
import { findForwarded, isLoopback } from './proxy.ts';

const WINDOW_MS = 60_000;
const DAY_MS = 86_400_000;
/** About 2 MB; beyond that the clients that asked longest ago are forgotten, which only lets them ask more. */
const MAX_CLIENTS = 10_000;

/** Whether a request may be answered, and what to say about it. */
export type RateDecision = {
  readonly isAllowed: boolean;
  readonly headers: Readonly<Record<string, string>>;
};

type Bucket = { tokens: number; atMs: number };

/** The part of an address that one client cannot change at will: all of IPv4, the first half of IPv6. */
export function toClientNetwork(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '');
  if (!isIPv6(plain)) return plain;
  const [head = '', tail = ''] = plain.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const zeros = plain.includes('::') ? Math.max(0, 8 - left.length - right.length) : 0;
  const groups = [...left, ...Array<string>(zeros).fill('0'), ...right];
  return groups.slice(0, 4).join(':');
}

/** Who asks: the peer, or whom a web server on this machine passes on. Undefined for programs on it: these are not limited. */
export function findClient(peer: string | undefined, forwarded: string | null): string | undefined {
  if (peer === undefined) return undefined;
  if (!isLoopback(peer)) return peer;
  const client = findForwarded(peer, forwarded);
  return client === undefined || isLoopback(client) ? undefined : client;
}

/** Counts the requests of clients. */
export class RateLimit {
  /** Answers that one client may have in a minute. */
  readonly perMinute: number;
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #policy: string;
  /** By hash; those that asked last stand last. */
  readonly #buckets = new Map<string, Bucket>();
  readonly #unlimited: RateDecision;
  #salt = randomBytes(32);
  #saltDay = Number.NaN;

  constructor(perMinute: number, clock: Pick<Clock, 'nowMs'>) {
    this.perMinute = perMinute;
    this.#clock = clock;
    this.#policy = `"default";q=${perMinute};w=${WINDOW_MS / 1_000}`;
    this.#unlimited = { isAllowed: true, headers: { 'ratelimit-policy': this.#policy } };
  }

  /** Clients that are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /** Takes a token of a client, when there is one. */
  take(client: string | undefined): RateDecision {
    if (client === undefined) return this.#unlimited;
    const nowMs = this.#clock.nowMs();
    const bucket = this.#find(this.#toKey(client, nowMs), nowMs);
    const isAllowed = bucket.tokens >= 1;
    if (isAllowed) bucket.tokens -= 1;
    const refillMs = WINDOW_MS / this.perMinute;
    const left = Math.floor(bucket.tokens);
    // Until all may be asked again, or when nothing is left until the next one.
    const missing = left === 0 ? 1 - bucket.tokens : this.perMinute - bucket.tokens;
    const seconds = Math.max(1, Math.ceil((missing * refillMs) / 1_000));
    return {
      isAllowed,
      headers: {
        'ratelimit-policy': this.#policy,
        ratelimit: `"default";r=${left};t=${seconds}`,
        ...(isAllowed ? {} : { 'retry-after': String(seconds) }),
      },
    };
  }

  #toKey(client: string, nowMs: number): string {
    const day = Math.floor(nowMs / DAY_MS);
    if (day !== this.#saltDay) {
      this.#salt = randomBytes(32);
      this.#saltDay = day;
      this.#buckets.clear();
    }
    return createHmac('sha256', this.#salt).update(toClientNetwork(client)).digest('base64url');
  }

  #find(key: string, nowMs: number): Bucket {
    const held = this.#buckets.get(key);
    this.#buckets.delete(key);
    const elapsedMs = held === undefined ? 0 : Math.max(0, nowMs - held.atMs);
    const tokens =
      held === undefined
        ? this.perMinute
        : Math.min(this.perMinute, held.tokens + (elapsedMs * this.perMinute) / WINDOW_MS);
    const bucket = { tokens, atMs: nowMs };
    this.#buckets.set(key, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > MAX_CLIENTS && oldest !== undefined) this.#buckets.delete(oldest);
    return bucket;
  }
}
