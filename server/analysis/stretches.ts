/** Stretches of time in which something held of a lane, added to as its runs come. */
import type { LaneRun } from './types.ts';

/** Both ends included. */
export type Stretch = { readonly fromMs: number; readonly untilMs: number };

/** Adds a run that reaches to `untilMs`; one that goes on from the run before makes its stretch longer. */
export function addStretch(stretches: Stretch[], run: LaneRun, untilMs: number): void {
  const last = run.isContinued ? stretches.pop() : undefined;
  const fromMs = last?.fromMs ?? (run.head[0] ?? run.last).slotMs;
  stretches.push({ fromMs, untilMs });
}

/** Finds the first stretch, by time, that ends at or after an instant; -1 when none does. Ends are in order. */
export function findFrom(stretches: readonly Stretch[], atMs: number): number {
  let low = 0;
  let high = stretches.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((stretches[middle]?.untilMs ?? 0) < atMs) low = middle + 1;
    else high = middle;
  }
  return low < stretches.length ? low : -1;
}
