/**
 * Shares of states in columns, for whoever asked `columns` for them. Of the measured time, not of counts: columns
 * shorter than the interval hold the middle of a run and no start of a measurement.
 */
import type { Columns } from './columns.ts';
import { LOOKS, STATES } from './palette.ts';

const KINDS = STATES.length;

/** Indices of STATES by severity, worst first, without `no_data`. */
const BY_SEVERITY = STATES.map((state, index) => ({ state, index }))
  .filter(({ state }) => state !== 'no_data')
  .toSorted((a, b) => LOOKS[b.state].severity - LOOKS[a.state].severity)
  .map(({ index }) => index);

/** One state of stacked shares: from which step to which it reaches in each column; of no length where it is not. */
export type ShareLayer = {
  /** Index into STATES. */
  readonly state: number;
  readonly fromStep: Uint8Array;
  readonly toStep: Uint8Array;
};

/**
 * Stacks the shares that states have in the measured time of each column, in whole steps, the worst state lowest; only
 * states that occur. What occurs gets a step at least. Time, not counts: columns shorter than the interval hold the
 * middle of a run and no start of a measurement.
 */
export function stackShares(from: Columns, steps: number): ShareLayer[] {
  const { width, coveredMs = new Float64Array(0) } = from;
  const reached = new Uint8Array(width);
  const reachedMs = new Float64Array(width);
  const totalMs = new Float64Array(width);
  for (let column = 0; column < width; column += 1)
    for (const state of BY_SEVERITY)
      totalMs[column] = (totalMs[column] ?? 0) + (coveredMs[column * KINDS + state] ?? 0);
  return BY_SEVERITY.flatMap((state) => {
    const fromStep = new Uint8Array(width);
    const toStep = new Uint8Array(width);
    let isUsed = false;
    for (let column = 0; column < width; column += 1) {
      const ownMs = coveredMs[column * KINDS + state] ?? 0;
      const low = reached[column] ?? 0;
      if (ownMs === 0) continue;
      isUsed = true;
      // Rounding the sum, not each share, so that all of them together reach the top.
      const sumMs = (reachedMs[column] ?? 0) + ownMs;
      reachedMs[column] = sumMs;
      const wanted = Math.round((sumMs / (totalMs[column] ?? sumMs)) * steps);
      const high = Math.min(steps, Math.max(low + 1, wanted));
      fromStep[column] = low;
      toStep[column] = high;
      reached[column] = high;
    }
    return isUsed ? [{ state, fromStep, toStep }] : [];
  });
}

/** Share of the measured time of a column that was not plainly fine, 0 to 1; undefined where nothing was measured. */
export function troubledShare(from: Columns, index: number): number | undefined {
  let totalMs = 0;
  let okMs = 0;
  for (const state of BY_SEVERITY) {
    const coveredMs = from.coveredMs?.[index * KINDS + state] ?? 0;
    totalMs += coveredMs;
    if (STATES[state] === 'ok') okMs = coveredMs;
  }
  return totalMs === 0 ? undefined : (totalMs - okMs) / totalMs;
}
