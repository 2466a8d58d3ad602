/**
 * Limits on what one client, or about one address, may be asked: token buckets in memory. Keys are hashed with a salt
 * that is made anew every day, so that nothing here says who asked, and nothing outlives the process.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Clock } from '../../probes/clock.ts';

/** Takes one token of a key; false when there is none left. */
export type RateLimit = ((key: string) => boolean) & {
  /** True while there is one; takes none. */
  readonly hasRoom: (key: string) => boolean;
  /** How long until there is one; 0 while there is. */
  readonly waitMs: (key: string) => number;
};

export type RateLimitOptions = {
  readonly clock: Pick<Clock, 'nowMs' | 'monotonicMs'>;
  /** So many at once. */
  readonly size: number;
  /** One more after each of these. */
  readonly refillMs: number;
};

const DAY_MS = 86_400_000;
/** Beyond that the keys not seen for longest are forgotten: 100 bytes each. */
const MAX_KEYS = 20_000;

/** Makes a limit; every key begins with a full bucket. */
export function createRateLimit({ clock, size, refillMs }: RateLimitOptions): RateLimit {
  const buckets = new Map<string, { readonly tokens: number; readonly atMs: number }>();
  let salt = randomBytes(32);
  let day = Math.floor(clock.nowMs() / DAY_MS);
  /** What a key has now. */
  function look(key: string): { readonly hashed: string; readonly filled: number } {
    const today = Math.floor(clock.nowMs() / DAY_MS);
    if (today !== day) {
      day = today;
      salt = randomBytes(32);
      buckets.clear();
    }
    const hashed = createHmac('sha256', salt).update(key).digest('base64').slice(0, 22);
    const nowMs = clock.monotonicMs();
    const { tokens, atMs } = buckets.get(hashed) ?? { tokens: size, atMs: nowMs };
    const filled = Math.min(size, tokens + (nowMs - atMs) / refillMs);
    return { hashed, filled };
  }

  function take(key: string): boolean {
    const { hashed, filled } = look(key);
    buckets.delete(hashed);
    buckets.set(hashed, {
      tokens: filled >= 1 ? filled - 1 : filled,
      atMs: clock.monotonicMs(),
    });
    const [oldest] = buckets.keys();
    if (buckets.size > MAX_KEYS && oldest !== undefined) buckets.delete(oldest);
    return filled >= 1;
  }

  return Object.assign(take, {
    hasRoom: (key: string) => look(key).filled >= 1,
    waitMs: (key: string) => Math.ceil(Math.max(0, 1 - look(key).filled) * refillMs),
  });
}
