/** A clock that is set wrong: timestamps are off, durations are right. */
import type { Clock } from '../clock.ts';

/** Wraps a clock so that its wall time is `byMs` later; negative is earlier. */
export function createSkewedClock(clock: Clock, byMs: number): Clock {
  return { ...clock, nowMs: () => clock.nowMs() + byMs };
}
