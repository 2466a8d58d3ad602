/**
 * A month of one lane by the hour, as bytes: how many slots of each hour got which verdict. For ranges so long, or
 * lanes so many, that single slots are finer than any screen. Hours that are alike in a row are one number.
 *
 * Numbers, in this order (varint.ts): the layout, 2 · how many kinds of hour, for each its six counts in the order of
 * RUN_STATES · how many rows of like hours, each `length * (kinds + 1) + kind`, where kind 0 is an hour without data.
 */
import { type MonthRange, RUN_STATES } from './lane-runs.ts';
import { ByteReader, BytesError, ByteWriter } from './varint.ts';

/** The first number of a month of hours. */
const HOURS_LAYOUT = 2;

const HOUR_MS = 3_600_000;
const VERDICTS = RUN_STATES.length - 1;

/** One hour: its start and counts in the order of RUN_STATES without `no_data`. */
export type HourCounts = { readonly startMs: number; readonly counts: readonly number[] };

/** Writes a month of hours, sorted by start; those that are missing have no data. @throws BytesError when one is outside. */
export function encodeHours(
  hours: readonly HourCounts[],
  range: MonthRange,
): Uint8Array<ArrayBuffer> {
  const size = (range.untilMs - range.fromMs) / HOUR_MS;
  const kindOf = new Uint32Array(size);
  const kinds = new Map<string, { readonly number: number; readonly counts: readonly number[] }>();
  for (const { startMs, counts } of hours) {
    const index = (startMs - range.fromMs) / HOUR_MS;
    if (!Number.isInteger(index) || index < 0 || index >= size || counts.length !== VERDICTS)
      throw new BytesError('an hour is none of its month');
    if (counts.every((count) => count === 0)) continue;
    const key = counts.join();
    const kind = kinds.get(key) ?? { number: kinds.size + 1, counts };
    kinds.set(key, kind);
    kindOf[index] = kind.number;
  }
  const rows: number[] = [];
  for (let start = 0; start < size; ) {
    let end = start + 1;
    while (end < size && kindOf[end] === kindOf[start]) end += 1;
    rows.push((end - start) * (kinds.size + 1) + (kindOf[start] ?? 0));
    start = end;
  }
  const writer = new ByteWriter();
  writer.add(HOURS_LAYOUT);
  writer.add(kinds.size);
  for (const { counts } of kinds.values()) for (const count of counts) writer.add(count);
  writer.add(rows.length);
  for (const row of rows) writer.add(row);
  return writer.toBytes();
}

/** Hours in a row with the same counts; empty counts mean that there are no data. */
export type HourRow = {
  readonly fromMs: number;
  readonly hours: number;
  /** In the order of RUN_STATES without `no_data`. */
  readonly counts: readonly number[];
};

/** Reads a month of hours, which the rows cover; no bytes at all are a month without data. @throws BytesError */
export function decodeHours(bytes: Uint8Array, range: MonthRange): readonly HourRow[] {
  const size = (range.untilMs - range.fromMs) / HOUR_MS;
  if (bytes.length === 0) return [{ fromMs: range.fromMs, hours: size, counts: [] }];
  const reader = new ByteReader(bytes);
  const layout = reader.read();
  if (layout !== HOURS_LAYOUT) throw new BytesError(`unknown layout ${layout}`);
  const kinds = Array.from({ length: reader.readCount('kinds of hour') }, () =>
    Array.from({ length: VERDICTS }, () => reader.read()),
  );
  const rows: HourRow[] = [];
  let at = 0;
  for (let rest = reader.readCount('rows'); rest > 0; rest -= 1) {
    const row = reader.read();
    const kind = row % (kinds.length + 1);
    const hours = (row - kind) / (kinds.length + 1);
    if (hours === 0 || at + hours > size) throw new BytesError('the hours are not their month');
    rows.push({
      fromMs: range.fromMs + at * HOUR_MS,
      hours,
      counts: kind === 0 ? [] : (kinds[kind - 1] ?? []),
    });
    at += hours;
  }
  if (at !== size) throw new BytesError('the hours are fewer than their month');
  reader.end();
  return rows;
}
