/** Two brakes on starting work: a bound on how much runs at once, and a least distance between starts. */
import type { Clock } from './clock.ts';

/** Lets at most `limit` tasks run at once; the others wait in order. */
export function createLimiter(limit: number): <T>(task: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next)
        next(); // the place passes on without being given up
      else running -= 1;
    }
  };
}

/**
 * Spaces starts: each call resolves at least `spacingMs` after the one before. Probes that start together
 * falsify each other's timings. Never rejects; an abort ends the wait.
 */
export function createPacer(
  spacingMs: number,
  clock: Clock,
): (signal: AbortSignal) => Promise<void> {
  let nextMs = Number.NEGATIVE_INFINITY;
  return async (signal) => {
    if (spacingMs === 0) return;
    const nowMs = clock.monotonicMs();
    const startMs = Math.max(nowMs, nextMs);
    nextMs = startMs + spacingMs;
    if (startMs > nowMs) await clock.sleep(startMs - nowMs, signal);
  };
}
