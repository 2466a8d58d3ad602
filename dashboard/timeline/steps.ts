/** Where the keyboard's cursor goes: from change to change, or from sample to sample. Pure. */
import type { TimelineSpan } from './data.ts';
import { runIndexAt } from './runs.ts';

/** What the cursor may move over: the part of the runs that is in sight. */
export type Walk = {
  readonly runs: readonly TimelineSpan[];
  readonly fromMs: number;
  /** Not included. */
  readonly toMs: number;
};

export type Step = 'previous' | 'next' | 'first' | 'last';

/** Start of the run that a step leads to, or of its part in sight; undefined for a lane without runs. */
export function stepChange(
  { runs, fromMs, toMs }: Walk,
  atMs: number,
  step: Step,
): number | undefined {
  const first = runIndexAt(runs, fromMs);
  const last = runIndexAt(runs, toMs - 1);
  const current = runIndexAt(runs, atMs);
  const wanted = { previous: current - 1, next: current + 1, first, last }[step];
  const run = runs[Math.min(last, Math.max(first, wanted))];
  return run && Math.max(run.fromMs, fromMs);
}

/** Time from one sample of a run to the next; runs that stand for several lanes have the schedule's. */
function sampleMs({ fromMs, untilMs, count }: TimelineSpan, intervalMs: number): number {
  return count > 0 ? (untilMs - fromMs) / count : intervalMs;
}

/** Time of the sample before or after; in a hole it goes on by the interval of the schedule. */
export function stepSample(
  { runs, fromMs, toMs }: Walk,
  atMs: number,
  direction: -1 | 1,
  intervalMs: number,
): number {
  const index = runIndexAt(runs, atMs);
  const run = runs[index];
  if (!run) return atMs;
  const step = sampleMs(run, intervalMs);
  const number = Math.floor((atMs - run.fromMs) / step + 1e-6) + direction;
  const wanted = run.fromMs + number * step;
  const neighbour = runs[index + direction];
  const isLeft = wanted < run.fromMs - 1e-3;
  const isRight = wanted >= run.untilMs - 1e-3;
  const next =
    isRight && neighbour
      ? neighbour.fromMs
      : isLeft && neighbour
        ? Math.max(neighbour.fromMs, neighbour.untilMs - sampleMs(neighbour, intervalMs))
        : wanted;
  return Math.min(toMs - 1, Math.max(fromMs, Math.round(next)));
}
