/**
 * The change-point detector that OONI runs in production: a state-aware two-sided CUSUM over hourly medians (Basseville
 * and Nikiforov 1993, 2.2.5; https://github.com/ooni/data). A second signal beside our own detector, so that researchers
 * can compare alarms; nothing is concluded from it.
 */
import type { ChangePoint } from '../../config/schema.ts';
import type { LaneState, Verdict } from '../../probes/types.ts';

const HOUR_MS = 3_600_000;

/** The numbers that the sums depend on; those of the field stand in rules.yaml. */
export type CusumParameters = Omit<ChangePoint, 'historyHours' | 'followHours'>;

/** A median of an hour: 0 is clear, 1 is blocked. Hours without data are left out. */
export type HourBin = { readonly hourMs: number; readonly value: number };

/** An alarm. It is about something that began earlier. */
export type CusumChange = {
  readonly kind: 'blocked' | 'ok';
  /** The hour whose value raised it. */
  readonly alarmMs: number;
  /** The hours between which it lies: since the sum last stood at zero, and by the first hour that raised it. */
  readonly onset: { readonly afterMs?: number; readonly byMs: number };
};

/** How blocked a round says that a lane is, from 0 to 1; undefined when it says nothing. */
export function blockednessOf(state: LaneState): number | undefined {
  switch (state) {
    case 'ok':
      return 0;
    case 'impaired':
      return 0.5;
    case 'likely_blocked':
      return 0.75;
    case 'blocked':
      return 1;
    case 'down':
    case 'insufficient':
    case 'no_data':
      return undefined;
    default:
      return state satisfies never;
  }
}

/** The median of an hour from its counts of verdicts; undefined when none of them says anything. */
export function medianOfCounts(counts: Readonly<Record<Verdict, number>>): number | undefined {
  const levels = (Object.keys(counts) as Verdict[])
    .flatMap((verdict) => {
      const value = blockednessOf(verdict);
      return value === undefined || counts[verdict] === 0
        ? []
        : [{ value, count: counts[verdict] }];
    })
    .sort((a, b) => a.value - b.value);
  const total = levels.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return undefined;
  const at = (index: number): number => {
    let passed = 0;
    return levels.find(({ count }) => (passed += count) > index)?.value ?? 0;
  };
  return (at((total - 1) >> 1) + at(total >> 1)) / 2;
}

/** One of the two sums, with where it began to grow. */
type Sum = { value: number; afterMs?: number | undefined; byMs?: number | undefined };

/** Finds the changes in bins that are sorted by hour. Pure. */
export function findChanges(bins: readonly HourBin[], parameters: CusumParameters): CusumChange[] {
  const { okMean, blockedMean, expectedDelayBins } = parameters;
  const halfStep = (blockedMean - okMean) / 2;
  const threshold = expectedDelayBins * halfStep;
  const changes: CusumChange[] = [];
  let state: 'unknown' | 'ok' | 'blocked' = 'unknown';
  let [up, down]: [Sum, Sum] = [{ value: 0 }, { value: 0 }];
  let lastMs: number | undefined;
  for (const { hourMs, value } of bins) {
    const fading = fade(lastMs, hourMs, parameters);
    if (fading === 0) state = 'unknown';
    up.value *= fading;
    down.value *= fading;
    if (state !== 'blocked') grow(up, value - okMean - halfStep, hourMs, lastMs);
    if (state !== 'ok') grow(down, blockedMean - value - halfStep, hourMs, lastMs);
    lastMs = hourMs;
    const isUp = up.value > threshold;
    if (!isUp && !(down.value > threshold)) continue;
    const next = isUp ? 'blocked' : 'ok';
    const { afterMs, byMs = hourMs } = isUp ? up : down;
    // The first state is taken in silence, and no change is told twice in a row.
    if (state !== 'unknown' && changes.at(-1)?.kind !== next)
      changes.push({
        kind: next,
        alarmMs: hourMs,
        onset: { ...(afterMs === undefined ? {} : { afterMs }), byMs },
      });
    state = next;
    [up, down] = [{ value: 0 }, { value: 0 }];
  }
  return changes;
}

/** What is left of the sums after a gap: 1 for all, 0 when everything is forgotten. */
function fade(lastMs: number | undefined, hourMs: number, parameters: CusumParameters): number {
  const hours = lastMs === undefined ? 0 : (hourMs - lastMs) / HOUR_MS;
  if (hours > parameters.forgetHours) return 0;
  return hours > parameters.gapHours ? 0.5 ** (hours / parameters.halvingHours) : 1;
}

function grow(sum: Sum, step: number, hourMs: number, lastMs: number | undefined): void {
  if (sum.value === 0) {
    sum.afterMs = lastMs;
    sum.byMs = hourMs;
  }
  sum.value = Math.max(0, sum.value + step);
}
