/**
 * A month of one lane as bytes: runs of one state on the lane's own grid of slots, `length * 8 + state` each, a number
 * of one or two bytes for most. What a run says beyond its state (mechanism, confidence) and what a grid cannot say
 * (slots that were skipped or measured twice) follows in lists of their own, which are nearly empty. Nothing is left
 * out: time without a measurement is a run too. Written by the server, read by the browser and by anyone else.
 *
 * Numbers, in this order (varint.ts): the layout, 1 · milliseconds of a grid step · grid steps from one measurement to
 * the next · whether the first run began before the month (1) and the last goes on after it (2) · how many runs · the
 * runs · how many details, each `mechanism * 4 + confidence` · for each run other than no_data the place of its detail
 * in that list · how many runs hold another number of measurements than their length tells, for each how many runs it
 * comes after the one before and that number · the same for runs whose first measurement is not the first of its slot.
 */
import type { LaneState } from '../probes/types.ts';
import { ByteReader, BytesError, ByteWriter } from './varint.ts';

/** States by their number in a run; the numbers are those of the database and never change. */
export const RUN_STATES = [
  'no_data',
  'ok',
  'likely_blocked',
  'blocked',
  'impaired',
  'down',
  'insufficient',
] as const satisfies readonly LaneState[];

/** Confidences by their number in a detail. */
export const RUN_CONFIDENCES = [undefined, 'low', 'medium', 'high'] as const;

/** The first number of a month of runs. */
export const RUNS_LAYOUT = 1;

/** A run in numbers. */
export type Run = {
  readonly fromMs: number;
  /** Exclusive. */
  readonly untilMs: number;
  /** Index into RUN_STATES. */
  readonly state: number;
  /** Number of the mechanism in the database; 0 when there is none. */
  readonly mechanism: number;
  /** Index into RUN_CONFIDENCES; 0 when it is not said. */
  readonly confidence: number;
  /** Measurements in it. */
  readonly count: number;
  /** Number within its slot of the first of them. */
  readonly firstSeq: number;
};

/** Where a month begins and ends. */
export type MonthRange = { readonly fromMs: number; readonly untilMs: number };

/** A month of one lane. */
export type MonthRuns = {
  /** Sorted, not overlapping, inside the month. */
  readonly runs: readonly Run[];
  readonly startsBefore: boolean;
  readonly goesOn: boolean;
};

const STARTS_BEFORE = 1;
const GOES_ON = 2;

function greatestDivisor(a: number, b: number): number {
  let [large, small] = [a, b];
  while (small > 0) [large, small] = [small, large % small];
  return large;
}

/** The measured runs and, between them, those without data. */
function coverMonth(runs: readonly Run[], { fromMs, untilMs }: MonthRange): Run[] {
  const covered: Run[] = [];
  let reachedMs = fromMs;
  const fill = (toMs: number): void => {
    if (toMs <= reachedMs) return;
    const empty = { state: 0, mechanism: 0, confidence: 0, count: 0, firstSeq: 0 };
    covered.push({ fromMs: reachedMs, untilMs: toMs, ...empty });
  };
  for (const run of runs) {
    if (run.fromMs < reachedMs || run.untilMs <= run.fromMs || run.untilMs > untilMs)
      throw new BytesError('runs overlap or leave their month');
    fill(run.fromMs);
    covered.push(run);
    reachedMs = run.untilMs;
  }
  fill(untilMs);
  return covered;
}

/** The distance of measurements in most of the runs; any number of steps would do, this one leaves fewest exceptions. */
function findInterval(runs: readonly Run[]): number {
  const votes = new Map<number, number>();
  let best = 1_000;
  for (const { fromMs, untilMs, count } of runs) {
    const intervalMs = (untilMs - fromMs) / count;
    if (!Number.isInteger(intervalMs)) continue;
    votes.set(intervalMs, (votes.get(intervalMs) ?? 0) + 1);
    if ((votes.get(intervalMs) ?? 0) > (votes.get(best) ?? 0)) best = intervalMs;
  }
  return best;
}

/** Writes those that differ as pairs: how many after the one before, and the value. */
function addOdd(writer: ByteWriter, values: readonly number[], usual: readonly number[]): void {
  const odd = values.flatMap((value, index) => (value === usual[index] ? [] : [index]));
  writer.add(odd.length);
  let before = -1;
  for (const index of odd) {
    writer.add(index - before);
    writer.add(values[index] ?? 0);
    before = index;
  }
}

/** Writes a month. @throws BytesError when the runs overlap or leave the month. */
export function encodeMonth(month: MonthRuns, range: MonthRange): Uint8Array<ArrayBuffer> {
  const covered = coverMonth(month.runs, range);
  const interval = findInterval(month.runs);
  const stepMs = covered.reduce(
    (step, { untilMs }) => greatestDivisor(untilMs - range.fromMs, step),
    greatestDivisor(range.untilMs - range.fromMs, interval),
  );
  const writer = new ByteWriter();
  writer.add(RUNS_LAYOUT);
  writer.add(stepMs);
  writer.add(interval / stepMs);
  writer.add((month.startsBefore ? STARTS_BEFORE : 0) + (month.goesOn ? GOES_ON : 0));
  writer.add(covered.length);
  for (const { fromMs, untilMs, state } of covered)
    writer.add(((untilMs - fromMs) / stepMs) * 8 + state);
  const measured = covered.filter(({ state }) => state !== 0);
  const details = measured.map(({ mechanism, confidence }) => mechanism * 4 + confidence);
  const known = [...new Set(details)];
  const places = new Map(known.map((detail, index) => [detail, index]));
  writer.add(known.length);
  for (const detail of known) writer.add(detail);
  for (const detail of details) writer.add(places.get(detail) ?? 0);
  const usual = measured.map(({ fromMs, untilMs }) => (untilMs - fromMs) / interval);
  const counts = measured.map(({ count }) => count);
  const seqs = measured.map(({ firstSeq }) => firstSeq);
  addOdd(writer, counts, usual);
  addOdd(
    writer,
    seqs,
    seqs.map(() => 0),
  );
  return writer.toBytes();
}

/** A month as it is read; arrays of one length, a place per run, no_data among them. */
export type ReadMonth = {
  readonly fromMs: Float64Array;
  /** Index into RUN_STATES. */
  readonly state: Uint8Array;
  readonly mechanism: Uint32Array;
  /** Index into RUN_CONFIDENCES. */
  readonly confidence: Uint8Array;
  readonly count: Float64Array;
  readonly firstSeq: Float64Array;
  readonly startsBefore: boolean;
  readonly goesOn: boolean;
};

type Grid = { readonly stepMs: number; readonly perMeasurement: number };

/** Reads the runs themselves, which must fill the month. */
function readRuns(reader: ByteReader, range: MonthRange, grid: Grid): ReadMonth {
  const flags = reader.read();
  if (flags > STARTS_BEFORE + GOES_ON) throw new BytesError(`unknown flags ${flags}`);
  const size = reader.readCount('runs');
  const month: ReadMonth = {
    fromMs: new Float64Array(size),
    state: new Uint8Array(size),
    mechanism: new Uint32Array(size),
    confidence: new Uint8Array(size),
    count: new Float64Array(size),
    firstSeq: new Float64Array(size),
    startsBefore: flags % 2 === STARTS_BEFORE,
    goesOn: flags >= GOES_ON,
  };
  let atMs = range.fromMs;
  for (let index = 0; index < size; index += 1) {
    const run = reader.read();
    const state = run % 8;
    const length = (run - state) / 8;
    if (state >= RUN_STATES.length) throw new BytesError(`unknown state ${state}`);
    if (length === 0) throw new BytesError('a run is empty');
    month.fromMs[index] = atMs;
    month.state[index] = state;
    month.count[index] = state === 0 ? 0 : length / grid.perMeasurement;
    atMs += length * grid.stepMs;
    if (atMs > range.untilMs) throw new BytesError('the runs are longer than their month');
  }
  if (atMs !== range.untilMs) throw new BytesError('the runs are shorter than their month');
  return month;
}

function readDetails(
  reader: ByteReader,
  month: Pick<ReadMonth, 'mechanism' | 'confidence'>,
  measured: readonly number[],
): void {
  const details = Array.from({ length: reader.readCount('details') }, () => reader.read());
  for (const index of measured) {
    const detail = details[reader.read()];
    if (detail === undefined) throw new BytesError('a run has a detail that is not listed');
    month.confidence[index] = detail % 4;
    month.mechanism[index] = Math.floor(detail / 4);
  }
}

function readOdd(reader: ByteReader, measured: readonly number[], into: Float64Array): void {
  let place = -1;
  for (let rest = reader.readCount('exceptions'); rest > 0; rest -= 1) {
    place += reader.read();
    const index = measured[place];
    if (index === undefined) throw new BytesError('an exception has no run');
    into[index] = reader.read();
  }
}

/** Reads a month; no bytes at all are a month without data. @throws BytesError when it is none of this range. */
export function decodeMonth(bytes: Uint8Array, range: MonthRange): ReadMonth {
  if (bytes.length === 0) return decodeMonth(encodeMonth(EMPTY, range), range);
  const reader = new ByteReader(bytes);
  const layout = reader.read();
  if (layout !== RUNS_LAYOUT) throw new BytesError(`unknown layout ${layout}`);
  const grid = { stepMs: reader.read(), perMeasurement: reader.read() };
  if (grid.stepMs === 0 || grid.perMeasurement === 0) throw new BytesError('the grid has no step');
  const month = readRuns(reader, range, grid);
  const measured: number[] = [];
  month.state.forEach((state, index) => {
    if (state !== 0) measured.push(index);
  });
  readDetails(reader, month, measured);
  readOdd(reader, measured, month.count);
  readOdd(reader, measured, month.firstSeq);
  reader.end();
  return month;
}

const EMPTY: MonthRuns = {
  runs: [],
  startsBefore: false,
  goesOn: false,
};
