/** Which state a column of time says, by what lies in it: the only one, the one of most of the time, or the worst. */
import { LOOKS, STATES } from './palette.ts';

/** In `Columns.worst`: no state is worse than the body. */
export const NO_STRIP = 255;

/** Fewer samples than this are chance, unless they say `blocked`. */
const STRIP_MIN_SAMPLES = 2;
/** A smaller share than this is chance: isolated failures of 1 % would otherwise paint most of a year. */
const STRIP_MIN_SHARE = 0.05;

/** How many states there are, hence cells per column. */
export const KINDS = STATES.length;
/** Index of `no_data`. */
export const NO_DATA = STATES.indexOf('no_data');
const BLOCKED = STATES.indexOf('blocked');
const SEVERITY = STATES.map((state) => LOOKS[state].severity);

/** What a row of columns adds up to, and by which its states are told. */
export type Tally = {
  readonly fromMs: number;
  readonly columnMs: number;
  readonly width: number;
  /** Milliseconds of each column in which any of several lanes was measured; absent for one lane, whose states add up to it. */
  readonly measuredMs?: Float64Array;
  /** Milliseconds of each column that each state covers. */
  readonly coveredMs: Float64Array;
  readonly counts: Uint32Array;
  /** States that occur in each column, a bit each. */
  readonly states: Uint8Array;
};

/** The state of a column that holds no other and no hole, as nearly all do. */
export function findOnly(tally: Tally, column: number): number | undefined {
  const { states, coveredMs, columnMs, measuredMs } = tally;
  const found = states[column] ?? 0;
  if (found === 0) return NO_DATA;
  if ((found & (found - 1)) !== 0) return undefined;
  const state = 31 - Math.clz32(found);
  const ownMs = measuredMs?.[column] ?? coveredMs[column * KINDS + state] ?? 0;
  const isWhole = ownMs * 2 > columnMs;
  return isWhole || state === NO_DATA ? state : undefined;
}

/** The state that covers most of a column; of two alike the worse. What no span covers is `no_data`. */
export function findDominant(tally: Tally, column: number): number {
  let statesMs = 0;
  for (let state = 0; state < KINDS; state += 1)
    if (state !== NO_DATA) statesMs += tally.coveredMs[column * KINDS + state] ?? 0;
  // Lanes that were measured side by side share the time in which any of them was.
  const measuredMs = tally.measuredMs?.[column] ?? statesMs;
  const scale = statesMs > 0 ? measuredMs / statesMs : 1;
  const holeMs = tally.columnMs - measuredMs;
  let best = NO_DATA;
  // Rounding leaves crumbs; a hole must be a thousandth of the column to count as one.
  let bestMs = holeMs > tally.columnMs * 1e-3 ? holeMs : 0;
  for (let state = 0; state < KINDS; state += 1) {
    if (state === NO_DATA) continue;
    const coveredMs = (tally.coveredMs[column * KINDS + state] ?? 0) * scale;
    if (coveredMs === 0 || coveredMs < bestMs) continue;
    if (coveredMs > bestMs || (SEVERITY[state] ?? 0) > (SEVERITY[best] ?? 0)) {
      best = state;
      bestMs = coveredMs;
    }
  }
  return best;
}

/** The worst state that is more than chance; NO_STRIP when none is worse than the body. */
export function findWorst(tally: Tally, column: number, dominant: number): number {
  let total = 0;
  for (let state = 0; state < KINDS; state += 1) total += tally.counts[column * KINDS + state] ?? 0;
  let worst = NO_STRIP;
  let worstSeverity = SEVERITY[dominant] ?? 0;
  for (let state = 0; state < KINDS; state += 1) {
    const cell = column * KINDS + state;
    const count = tally.counts[cell] ?? 0;
    const isSure = state === BLOCKED && (count > 0 || (tally.coveredMs[cell] ?? 0) > 0);
    const isShare = count >= STRIP_MIN_SAMPLES && count >= total * STRIP_MIN_SHARE;
    if (state === NO_DATA || (!isSure && !isShare)) continue;
    const severity = SEVERITY[state] ?? 0;
    if (severity > worstSeverity) {
      worst = state;
      worstSeverity = severity;
    }
  }
  return worst;
}

/** The worst state of each set of states, by its bits. */
export const WORST_OF = Uint8Array.from({ length: 1 << KINDS }, (_, found) =>
  STATES.reduce(
    (worst, _state, state) =>
      state !== NO_DATA &&
      (found & (1 << state)) !== 0 &&
      (worst === NO_DATA || (SEVERITY[state] ?? 0) > (SEVERITY[worst] ?? 0))
        ? state
        : worst,
    NO_DATA,
  ),
);
