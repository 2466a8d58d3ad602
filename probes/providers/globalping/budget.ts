/**
 * How many tests may still be used. Two counters, and the stricter one holds: our own, over the last 60 minutes, and
 * the platform's, as its headers tell it.
 */
import type { Clock } from '../../clock.ts';

const HOUR_MS = 3_600_000;

/** What the platform says of its own counter. */
export type RateState = {
  /** Tests allowed in a window of the platform. */
  readonly limit?: number;
  readonly remaining?: number;
  /** Until the window of the platform begins anew. */
  readonly resetMs?: number;
};

/** Tests set aside; those that were not used are given back. */
export type Allowance = { readonly settle: (used: number) => void };

export type HourlyBudget = {
  /** Sets tests aside; undefined when there are not so many left, or when the platform asked to wait. */
  readonly take: (tests: number) => Allowance | undefined;
  /** Notes what the platform says of its counter. */
  readonly learn: (rate: RateState) => void;
  /** Lets nobody take anything for a while. */
  readonly pause: (ms: number) => void;
  /** Until something may be taken again; 0 when nothing was said against it. */
  readonly waitMs: () => number;
  /** Tests used or set aside within the last 60 minutes. */
  readonly usedTests: () => number;
};

type Entry = { readonly atMs: number; tests: number };

/**
 * Builds a budget. In no 60 minutes more than `testsPerHour` are used, whatever is taken and given back.
 * Counts on the monotonic clock, which nobody sets.
 */
export function createHourlyBudget(testsPerHour: number, clock: Clock): HourlyBudget {
  let entries: Entry[] = [];
  let pausedUntilMs = 0;
  let remaining: number | undefined;
  let resetAtMs = 0;

  function prune(): number {
    const nowMs = clock.monotonicMs();
    entries = entries.filter(({ atMs, tests }) => tests > 0 && nowMs - atMs <= HOUR_MS);
    if (nowMs >= resetAtMs) remaining = undefined;
    return entries.reduce((sum, { tests }) => sum + tests, 0);
  }

  return {
    usedTests: prune,
    take(tests) {
      const used = prune();
      const nowMs = clock.monotonicMs();
      if (nowMs < pausedUntilMs || used + tests > testsPerHour) return undefined;
      if (remaining !== undefined && tests > remaining) return undefined;
      if (remaining !== undefined) remaining -= tests;
      const entry: Entry = { atMs: nowMs, tests };
      entries.push(entry);
      return {
        settle(count) {
          // Dated when they were set aside, at most some minutes before they were used: a test that is used late must
          // not leave the window early, so what is kept counts from now.
          const kept = Math.max(0, Math.min(entry.tests, count));
          entry.tests = 0;
          if (kept > 0) entries.push({ atMs: clock.monotonicMs(), tests: kept });
        },
      };
    },
    learn(rate) {
      if (rate.remaining === undefined || rate.resetMs === undefined) return;
      remaining = rate.remaining;
      resetAtMs = clock.monotonicMs() + rate.resetMs;
    },
    pause(ms) {
      pausedUntilMs = Math.max(pausedUntilMs, clock.monotonicMs() + ms);
    },
    waitMs: () => Math.max(0, pausedUntilMs - clock.monotonicMs()),
  };
}
