/**
 * How many of several lanes were measured at each time, so that fewer vantages cannot be read as fewer blocks. Page and
 * canvas use this one function, as they do with columns.
 */
import type { ColumnSpan } from './columns.ts';
import type { Say } from './i18n/say.ts';

/** Coverage of equal slices of a range, left to right. */
export type Coverage = {
  readonly lanes: number;
  /** Share of the lanes' time that measurements cover, 0 to 1, by slice. */
  readonly shares: Float64Array;
  /** Lanes with any measurement in the slice. */
  readonly measured: Uint16Array;
};

/** From here on a slice counts as whole: rounding at its edges is no gap. */
const WHOLE_SHARE = 0.995;

/** Adds up what the spans of every lane (sorted, not overlapping) cover in `width` slices of [fromMs, toMs). */
export function coverageOf(
  lanes: readonly (readonly ColumnSpan[])[],
  fromMs: number,
  toMs: number,
  width: number,
): Coverage {
  const sliceMs = (toMs - fromMs) / width;
  const coveredMs = new Float64Array(width);
  const measured = new Uint16Array(width);
  for (const spans of lanes) {
    let counted = -1;
    for (const { fromMs: startMs, untilMs, state } of spans) {
      if (state === 'no_data' || untilMs <= fromMs) continue;
      if (startMs >= toMs) break;
      const first = Math.max(0, Math.floor((startMs - fromMs) / sliceMs));
      const end = Math.min(untilMs, toMs);
      for (let slice = first; slice < width; slice += 1) {
        const leftMs = fromMs + slice * sliceMs;
        if (leftMs >= end) break;
        const overlapMs = Math.min(end, leftMs + sliceMs) - Math.max(startMs, leftMs);
        if (overlapMs <= 0) continue;
        coveredMs[slice] = (coveredMs[slice] ?? 0) + overlapMs;
        if (slice > counted) measured[slice] = (measured[slice] ?? 0) + 1;
        counted = Math.max(counted, slice);
      }
    }
  }
  const wholeMs = sliceMs * Math.max(1, lanes.length);
  return {
    lanes: lanes.length,
    shares: coveredMs.map((ms) => Math.min(1, ms / wholeMs)),
    measured,
  };
}

/** Height of a slice in whole steps: `steps` only where everything was measured, 0 only where nothing was. */
export function toSteps(share: number, steps: number): number {
  if (share >= WHOLE_SHARE) return steps;
  return share === 0 ? 0 : Math.min(steps - 1, Math.max(1, Math.round(share * steps)));
}

/** One slice in words, e.g. `4 of 5 lanes measured, 72 % of the time covered`. */
export function describeSlice(
  { lanes, shares, measured }: Coverage,
  slice: number,
  say: Pick<Say, 'text'>,
): string {
  const share = shares[slice] ?? 0;
  const counted = say.text('timeline.lanes_measured', { n: measured[slice] ?? 0, total: lanes });
  if (share >= WHOLE_SHARE) return counted;
  const percent = share === 0 ? 0 : Math.max(1, Math.round(share * 100));
  return say.text('timeline.lanes_covered', { counted, percent });
}
