/** Writes a month of one lane as bytes; what they mean is told in lane-runs.ts, which reads them. */
import {
  GOES_ON,
  LONG,
  type MonthRange,
  type MonthRuns,
  RUNS_LAYOUT,
  type Run,
  SINGLE,
  STARTS_BEFORE,
} from './lane-runs.ts';
import { BytesError, ByteWriter } from './varint.ts';

/** The grid on which all runs begin and end, and the distance of measurements, a multiple of its step. */
type Grid = { readonly stepMs: number; readonly intervalMs: number };

function greatestDivisor(a: number, b: number): number {
  let [large, small] = [a, b];
  while (small > 0) [large, small] = [small, large % small];
  return large;
}

/** The distance of measurements in most of the runs; any would do, this one leaves fewest exceptions. */
function findInterval(runs: readonly Run[]): number {
  const votes = new Map<number, number>();
  let best = 1_000;
  for (const { fromMs, untilMs, count } of runs) {
    const intervalMs = (untilMs - fromMs) / count;
    if (!Number.isInteger(intervalMs)) continue;
    const own = (votes.get(intervalMs) ?? 0) + 1;
    votes.set(intervalMs, own);
    if (own > (votes.get(best) ?? 0)) best = intervalMs;
  }
  return best;
}

/** Finds the coarsest grid. @throws BytesError when the runs overlap or leave the month. */
function findGrid(runs: readonly Run[], range: MonthRange): Grid {
  const intervalMs = findInterval(runs);
  let stepMs = greatestDivisor(range.untilMs - range.fromMs, intervalMs);
  let reachedMs = range.fromMs;
  for (const { fromMs, untilMs } of runs) {
    if (fromMs < reachedMs || untilMs <= fromMs || untilMs > range.untilMs)
      throw new BytesError('runs overlap or leave their month');
    reachedMs = untilMs;
    for (const offsetMs of [fromMs - range.fromMs, untilMs - range.fromMs])
      if (offsetMs % stepMs > 0) stepMs = greatestDivisor(offsetMs, stepMs);
  }
  return { stepMs, intervalMs };
}

/** A list of the runs whose value is not the usual one. */
class OddList {
  readonly #writer = new ByteWriter();
  #size = 0;
  #last = -1;

  add(place: number, value: number): void {
    this.#writer.add(place - this.#last);
    this.#writer.add(value);
    this.#last = place;
    this.#size += 1;
  }

  writeTo(writer: ByteWriter): void {
    writer.add(this.#size);
    writer.addBytes(this.#writer.toBytes());
  }
}

/** The lists of a month, filled while its runs pass by once: there are tens of thousands in a year of lanes. */
class MonthLists {
  readonly #grid: Grid;
  readonly #states = new ByteWriter();
  readonly #lengths = new ByteWriter();
  readonly #rests = new ByteWriter();
  readonly #places = new ByteWriter();
  readonly #details = new Map<number, number>();
  readonly #counts = new OddList();
  readonly #seqs = new OddList();
  #size = 0;
  #measured = 0;

  constructor(grid: Grid) {
    this.#grid = grid;
  }

  addStretch(lengthMs: number, state: number): void {
    const steps = lengthMs / this.#grid.stepMs;
    this.#size += 1;
    this.#states.add(steps === 1 ? SINGLE + state : state);
    if (steps === 1) return;
    this.#lengths.addByte(Math.min(LONG, steps));
    if (steps >= LONG) this.#rests.add(steps - LONG);
  }

  addRun({ fromMs, untilMs, state, mechanism, confidence, count, firstSeq }: Run): void {
    const lengthMs = untilMs - fromMs;
    this.addStretch(lengthMs, state);
    const detail = mechanism * 4 + confidence;
    const place = this.#details.get(detail) ?? this.#details.size;
    this.#details.set(detail, place);
    this.#places.add(place);
    if (count * this.#grid.intervalMs !== lengthMs) this.#counts.add(this.#measured, count);
    if (firstSeq > 0) this.#seqs.add(this.#measured, firstSeq);
    this.#measured += 1;
  }

  toBytes(flags: number): Uint8Array<ArrayBuffer> {
    const { stepMs, intervalMs } = this.#grid;
    const writer = new ByteWriter();
    for (const number of [RUNS_LAYOUT, stepMs, intervalMs / stepMs, flags, this.#size])
      writer.add(number);
    for (const list of [this.#states, this.#lengths, this.#rests]) writer.addBytes(list.toBytes());
    writer.add(this.#details.size);
    for (const detail of this.#details.keys()) writer.add(detail);
    writer.addBytes(this.#places.toBytes());
    this.#counts.writeTo(writer);
    this.#seqs.writeTo(writer);
    return writer.toBytes();
  }
}

/** Writes a month. @throws BytesError when the runs overlap or leave the month. */
export function encodeMonth(
  { runs, startsBefore, goesOn }: MonthRuns,
  range: MonthRange,
): Uint8Array<ArrayBuffer> {
  const lists = new MonthLists(findGrid(runs, range));
  let reachedMs = range.fromMs;
  for (const run of runs) {
    if (run.fromMs > reachedMs) lists.addStretch(run.fromMs - reachedMs, 0);
    lists.addRun(run);
    reachedMs = run.untilMs;
  }
  if (range.untilMs > reachedMs) lists.addStretch(range.untilMs - reachedMs, 0);
  return lists.toBytes((startsBefore ? STARTS_BEFORE : 0) + (goesOn ? GOES_ON : 0));
}
