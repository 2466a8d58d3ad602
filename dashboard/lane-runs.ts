/**
 * A month of one lane as bytes: runs of one state on the lane's own grid of slots. States, lengths, and what a run says
 * beyond its state (mechanism, confidence) are lists of their own, since like things side by side compress better: a
 * year of 36 lanes takes 30 % less than with state and length of each run in one number. Nothing is left out: time
 * without a measurement is a run too. Written by the server, read by the browser and by anyone else.
 *
 * Numbers, in this order (varint.ts): the layout, 1 · milliseconds of a grid step · grid steps from one measurement to
 * the next · whether the first run began before the month (1) and the last goes on after it (2) · how many runs · their
 * states, plus 8 for a run of a single step · the steps of each longer run, 255 standing for that many or more, as one
 * byte each · for each such 255 how many more they are · how many details, each `mechanism * 4 + confidence` · for each
 * run other than no_data the place of its detail in that list · how many runs hold another number of measurements than
 * their length tells, for each how many runs it comes after the one before and that number · the same for runs whose
 * first measurement is not the first of its slot.
 */
import type { LaneState } from '../probes/types.ts';
import { ByteReader, BytesError } from './varint.ts';

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

/** Added to the state of a run of a single step: a slot that was missed, or failed once. */
export const SINGLE = 8;
/** The most that a length says in its byte. */
export const LONG = 255;
/** Flags of a month. */
export const STARTS_BEFORE = 1;
export const GOES_ON = 2;

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

/** A month of so many runs, all without data yet. */
function openMonth(size: number, flags: number, { fromMs }: MonthRange): ReadMonth {
  return {
    fromMs: new Float64Array(size).fill(fromMs),
    state: new Uint8Array(size),
    mechanism: new Uint32Array(size),
    confidence: new Uint8Array(size),
    count: new Float64Array(size),
    firstSeq: new Float64Array(size),
    startsBefore: flags % 2 === STARTS_BEFORE,
    goesOn: flags >= GOES_ON,
  };
}

/** Reads the runs themselves, which must fill the month. */
function readRuns(reader: ByteReader, range: MonthRange, grid: Grid): ReadMonth {
  const flags = reader.read();
  if (flags > STARTS_BEFORE + GOES_ON) throw new BytesError(`unknown flags ${flags}`);
  const size = reader.readCount('runs');
  const month = openMonth(size, flags, range);
  const lengths = new Float64Array(size).fill(1);
  const longer: number[] = [];
  for (let index = 0; index < size; index += 1) {
    const value = reader.read();
    const state = value % SINGLE;
    if (value >= 2 * SINGLE || state >= RUN_STATES.length)
      throw new BytesError(`unknown state ${value}`);
    if (value < SINGLE) longer.push(index);
    month.state[index] = state;
  }
  reader.readBytes(longer.length).forEach((steps, place) => {
    lengths[longer[place] ?? 0] = steps;
  });
  for (const index of longer) if (lengths[index] === LONG) lengths[index] = LONG + reader.read();
  let atMs = range.fromMs;
  for (let index = 0; index < size; index += 1) {
    const steps = lengths[index] ?? 0;
    if (steps === 0) throw new BytesError('a run is empty');
    month.fromMs[index] = atMs;
    month.count[index] = month.state[index] === 0 ? 0 : steps / grid.perMeasurement;
    atMs += steps * grid.stepMs;
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
  if (bytes.length === 0) return openMonth(1, 0, range);
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
