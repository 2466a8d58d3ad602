/**
 * Turns the spans or buckets of a lane into pixel columns. Screen, picture and table all use this one function,
 * so they cannot disagree. A column keeps its counts; its body is the state that covers most of it, and its
 * strip names the worst state that is more than chance. Time without a span is `no_data` and nothing else.
 */
import type { LaneState, Verdict } from '../probes/types.ts';
import {
  findDominant,
  findOnly,
  findWorst,
  KINDS,
  NO_DATA,
  NO_STRIP,
  type Tally,
  WORST_OF,
} from './column-states.ts';
import { STATES } from './palette.ts';

/** What columns need of a span of a lane; `count` measurements are spread evenly from `fromMs` on. */
export type ColumnSpan = {
  readonly fromMs: number;
  /** Exclusive. */
  readonly untilMs: number;
  readonly state: LaneState;
  readonly count: number;
};

/** Counts per verdict of one hour or day. */
export type ColumnBucket = {
  readonly startMs: number;
  readonly counts: Readonly<Record<Verdict, number>>;
};

/** Equal slices of a time range, left to right. Read single columns with `columnAt`. */
export type Columns = {
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  readonly width: number;
  /** Index into STATES of the state that covers most of the column. */
  readonly dominant: Uint8Array;
  /** Index into STATES of the worst state worth a strip; NO_STRIP when none is worse than the body. */
  readonly worst: Uint8Array;
  /** Index into STATES of the worst state that occurs at all, however short; `no_data` only where nothing else is. */
  readonly severest: Uint8Array;
  /** Measurements per column and state: `counts[column * STATES.length + state]`. */
  readonly counts: Uint32Array;
  /** Milliseconds per column and state, the same way; lanes side by side add up. Only where shares were asked for. */
  readonly coveredMs?: Float64Array;
};

/** Several lanes that are shown as one row, e.g. all vantages of a network. */
export type LaneSet = {
  readonly lanes: readonly (readonly ColumnSpan[])[];
  /** Where any of them was measured: sorted, not overlapping. */
  readonly measured: readonly Pick<ColumnSpan, 'fromMs' | 'untilMs'>[];
};

/** One column, spelt out. */
export type Column = {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly dominant: LaneState;
  readonly worst?: LaneState;
  readonly severest: LaneState;
  /** Measurements per state; only states that occur. */
  readonly counts: Readonly<Partial<Record<LaneState, number>>>;
  readonly total: number;
};

/**
 * What the body of a column says: the state of most of the time, the worst that occurred, or the share of each state.
 * The default comes first.
 */
export const AGGREGATES = ['dominant', 'worst', 'share'] as const;
export type Aggregate = (typeof AGGREGATES)[number];

const INDEX = Object.fromEntries(STATES.map((state, index) => [state, index])) as Readonly<
  Record<LaneState, number>
>;

/** Index of the first span that ends after `atMs`; spans are sorted and do not overlap. */
function firstEndingAfter(spans: readonly { readonly untilMs: number }[], atMs: number): number {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle]?.untilMs ?? 0) > atMs) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Number of the span's measurements that start before `atMs`. */
function countBefore(span: ColumnSpan, atMs: number): number {
  const share = (atMs - span.fromMs) / (span.untilMs - span.fromMs);
  // The small slack keeps a sample that starts exactly at a column's edge in the column it opens.
  return Math.min(span.count, Math.max(0, Math.ceil(share * span.count - 1e-9)));
}

function addSpan(tally: Tally, span: ColumnSpan, weight: number): void {
  const { fromMs, columnMs, width, coveredMs, counts, states } = tally;
  const startMs = Math.max(span.fromMs, fromMs);
  const endMs = Math.min(span.untilMs, fromMs + width * columnMs);
  if (!(endMs > startMs)) return;
  const state = INDEX[span.state];
  const first = Math.min(width - 1, Math.floor((startMs - fromMs) / columnMs));
  if (
    span.fromMs === startMs &&
    endMs === span.untilMs &&
    endMs <= fromMs + (first + 1) * columnMs
  ) {
    // Most runs of a long range lie inside one column.
    const cell = first * KINDS + state;
    coveredMs[cell] = (coveredMs[cell] ?? 0) + (endMs - startMs) * weight;
    counts[cell] = (counts[cell] ?? 0) + span.count;
    states[first] = (states[first] ?? 0) | (1 << state);
    return;
  }
  let before = countBefore(span, startMs);
  for (let column = first; column < width; column += 1) {
    const leftMs = fromMs + column * columnMs;
    if (leftMs >= endMs) break;
    const rightMs = column === width - 1 ? endMs : Math.min(endMs, leftMs + columnMs);
    const cell = column * KINDS + state;
    const overlapMs = rightMs - Math.max(startMs, leftMs);
    if (overlapMs > 0) coveredMs[cell] = (coveredMs[cell] ?? 0) + overlapMs * weight;
    states[column] = (states[column] ?? 0) | (1 << state);
    if (span.count === 0) continue;
    const until = countBefore(span, rightMs);
    counts[cell] = (counts[cell] ?? 0) + until - before;
    before = until;
  }
}

/** Room that one call after the other works in: new room for each lane of each drawing is a sixth of its time. */
let scratch = new Float64Array(0);

function clearScratch(size: number): Float64Array {
  if (scratch.length < size) scratch = new Float64Array(size);
  else scratch.fill(0, 0, size);
  return scratch;
}

function openTally(fromMs: number, toMs: number, width: number): Tally {
  return {
    fromMs,
    columnMs: (toMs - fromMs) / width,
    width,
    coveredMs: clearScratch(width * KINDS),
    counts: new Uint32Array(width * KINDS),
    states: new Uint8Array(width),
  };
}

function closeTally(tally: Tally, toMs: number, hasShares: boolean): Columns {
  const dominant = new Uint8Array(tally.width);
  const worst = new Uint8Array(tally.width);
  const severest = new Uint8Array(tally.width);
  for (let column = 0; column < tally.width; column += 1) {
    const only = findOnly(tally, column);
    const state = only ?? findDominant(tally, column);
    dominant[column] = state;
    worst[column] = only === undefined ? findWorst(tally, column, state) : NO_STRIP;
    severest[column] = WORST_OF[tally.states[column] ?? 0] ?? NO_DATA;
  }
  const { fromMs, width, counts, coveredMs } = tally;
  const made = { fromMs, toMs, width, dominant, worst, severest, counts };
  return hasShares ? { ...made, coveredMs: coveredMs.slice(0, width * KINDS) } : made;
}

function addLane(tally: Tally, spans: readonly ColumnSpan[], toMs: number): void {
  for (let index = firstEndingAfter(spans, tally.fromMs); index < spans.length; index += 1) {
    const span = spans[index];
    if (!span || span.fromMs >= toMs) break;
    if (span.state !== 'no_data') addSpan(tally, span, 1);
  }
}

function measureColumns({ measured }: LaneSet, tally: Tally, toMs: number): Float64Array {
  const { fromMs, columnMs, width } = tally;
  const measuredMs = new Float64Array(width);
  for (let index = firstEndingAfter(measured, fromMs); index < measured.length; index += 1) {
    const one = measured[index];
    if (!one || one.fromMs >= toMs) break;
    const startMs = Math.max(one.fromMs, fromMs);
    const endMs = Math.min(one.untilMs, toMs);
    const first = Math.min(width - 1, Math.floor((startMs - fromMs) / columnMs));
    for (let column = first; column < width; column += 1) {
      const leftMs = fromMs + column * columnMs;
      if (leftMs >= endMs) break;
      const overlapMs = Math.min(endMs, leftMs + columnMs) - Math.max(startMs, leftMs);
      if (overlapMs > 0) measuredMs[column] = (measuredMs[column] ?? 0) + overlapMs;
    }
  }
  return measuredMs;
}

/** Puts lanes together to be shown as one row; costs a sort, so make a set once and keep it. */
export function gatherLanes(lanes: readonly (readonly ColumnSpan[])[]): LaneSet {
  // A single lane says itself where it was measured.
  if (lanes.length < 2) return { lanes, measured: [] };
  const sorted = lanes
    .flat()
    .filter(({ state }) => state !== 'no_data')
    .toSorted((a, b) => a.fromMs - b.fromMs);
  const measured: { fromMs: number; untilMs: number }[] = [];
  for (const { fromMs, untilMs } of sorted) {
    const last = measured.at(-1);
    if (last && fromMs <= last.untilMs) last.untilMs = Math.max(last.untilMs, untilMs);
    else measured.push({ fromMs, untilMs });
  }
  return { lanes, measured };
}

/**
 * Bins spans (sorted by `fromMs`, not overlapping) into `width` columns of [fromMs, toMs). Of a set every lane counts
 * alike, and only where none of them was measured there is no data.
 */
export function columns(
  from: readonly ColumnSpan[] | LaneSet,
  fromMs: number,
  toMs: number,
  width: number,
  hasShares = false,
): Columns {
  const tally = openTally(fromMs, toMs, width);
  if (!('lanes' in from)) {
    addLane(tally, from, toMs);
    return closeTally(tally, toMs, hasShares);
  }
  for (const lane of from.lanes) addLane(tally, lane, toMs);
  if (from.lanes.length < 2) return closeTally(tally, toMs, hasShares);
  const measuredMs = measureColumns(from, tally, toMs);
  return closeTally({ ...tally, measuredMs }, toMs, hasShares);
}

/** Bins buckets of `bucketMs` each (sorted by `startMs`) the same way; inside a bucket the order of verdicts is unknown. */
export function bucketColumns(
  buckets: readonly ColumnBucket[],
  bucketMs: number,
  fromMs: number,
  toMs: number,
  width: number,
  hasShares = false,
): Columns {
  const tally = openTally(fromMs, toMs, width);
  for (const { startMs, counts } of buckets) {
    const untilMs = startMs + bucketMs;
    if (untilMs <= fromMs || startMs >= toMs) continue;
    let total = 0;
    for (const state of STATES) if (state !== 'no_data') total += counts[state];
    for (const state of STATES) {
      if (state === 'no_data' || counts[state] === 0) continue;
      const count = counts[state];
      addSpan(tally, { fromMs: startMs, untilMs, state, count }, count / total);
    }
  }
  return closeTally(tally, toMs, hasShares);
}

/** Spells out one column; `index` from 0 to `width - 1`. */
export function columnAt(from: Columns, index: number): Column {
  const columnMs = (from.toMs - from.fromMs) / from.width;
  const counts: Partial<Record<LaneState, number>> = {};
  let total = 0;
  STATES.forEach((state, at) => {
    const count = from.counts[index * KINDS + at] ?? 0;
    if (count > 0) counts[state] = count;
    total += count;
  });
  const worst = STATES[from.worst[index] ?? NO_STRIP];
  return {
    fromMs: from.fromMs + index * columnMs,
    untilMs: from.fromMs + (index + 1) * columnMs,
    dominant: STATES[from.dominant[index] ?? NO_DATA] ?? 'no_data',
    ...(worst ? { worst } : {}),
    severest: STATES[from.severest[index] ?? NO_DATA] ?? 'no_data',
    counts,
    total,
  };
}

/** The state of a column's body; of shares it is the dominant one, which names the column in words. */
export function bodyOf(from: Columns, index: number, aggregate: Aggregate): number {
  return (aggregate === 'worst' ? from.severest : from.dominant)[index] ?? NO_DATA;
}
