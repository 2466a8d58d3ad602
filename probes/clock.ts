/** Time as an argument: a wall clock for timestamps, a monotonic one for durations, and waiting that can be aborted. */
import { setTimeout as delay } from 'node:timers/promises';

/** What the rest of the code may know of time. Tests and the lab inject their own. */
export type Clock = {
  /** Wall clock, epoch milliseconds UTC. May step in either direction. */
  readonly nowMs: () => number;
  /** Monotonic milliseconds with sub-millisecond fractions; never goes back, stands still in no step. */
  readonly monotonicMs: () => number;
  /** Resolves after `ms`, or at once when the signal aborts. Never rejects. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
};

/** The machine's own clocks. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  async sleep(ms, signal) {
    if (signal?.aborted) return;
    try {
      await delay(Math.max(0, ms), undefined, signal ? { signal } : {});
    } catch (error) {
      // An abort ends the wait early, which is what the caller asked for; anything else is a bug.
      if (!signal?.aborted) throw error;
    }
  },
};
