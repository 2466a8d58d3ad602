/**
 * Reading lanes month by month in the numbers of the tables, for answers that hold years of them: no words, no ids,
 * one row per run. What a month says depends on the measurements up to its end alone, so that it stays as it is once
 * the month is over.
 */
import { VERDICTS } from '../probes/types.ts';
import { readDataVersion } from './audit.ts';
import type { Connection } from './connection.ts';
import { countSlots } from './count-slots.ts';
import type { FoundLane } from './lanes.ts';
import { findSampleBefore } from './samples.ts';

/** Part of a month, or all of it. */
export type MonthPart = {
  readonly fromMs: number;
  /** Not included. */
  readonly untilMs: number;
};

/** A run in codes of the database. */
export type MonthRun = MonthPart & {
  /** Code of the verdict. */
  readonly state: number;
  /** Code of the mechanism; 0 when there is none. */
  readonly mechanism: number;
  /** Code of the confidence of the last measurement in it; 0 when it goes on in the next month. */
  readonly confidence: number;
  readonly count: number;
  /** Of the first measurement; 0 when the run began before. */
  readonly firstSeq: number;
};

/** The runs of one lane in a month, by time; holes between them have no data. */
export type LaneMonth = {
  readonly runs: readonly MonthRun[];
  /** Whether the first run is the rest of one from before. */
  readonly startsBefore: boolean;
  /** Whether the last run has a rest after it. */
  readonly goesOn: boolean;
};

type Row = readonly [
  fromMs: number,
  untilMs: number,
  verdict: number,
  mechanism: number | null,
  confidence: number,
  count: number,
  firstSeq: number,
  lastSlotMs: number,
];

/** The part of a span that lies in the month and is shown. */
function cutRun(
  connection: Connection,
  lane: FoundLane,
  row: Row,
  part: MonthPart,
  shownUntilMs: number,
): MonthRun {
  const [from, until, state, mechanism, confidence, count, firstSeq, lastSlotMs] = row;
  const fromMs = Math.max(from, part.fromMs);
  const untilMs = Math.min(until, shownUntilMs);
  const run = { fromMs, untilMs, state, mechanism: mechanism ?? 0 };
  if (fromMs === from && untilMs === until) return { ...run, confidence, count, firstSeq };
  const intervalMs = until - lastSlotMs;
  const isRegular = count * intervalMs === until - from && from % intervalMs === 0;
  const isEven = isRegular && fromMs % intervalMs === 0 && untilMs % intervalMs === 0;
  // On the grid of their interval, as nearly all are, runs without a missed or doubled slot need no counting.
  const inside = isEven
    ? (untilMs - fromMs) / intervalMs
    : countSlots(connection, lane, fromMs, untilMs);
  return {
    ...run,
    confidence: inside === 0 ? 0 : findConfidence(connection, lane, row, part, shownUntilMs),
    count: inside,
    firstSeq: fromMs === from ? firstSeq : 0,
  };
}

/** Of the last measurement that is shown; not said of a run that goes on in the next month, which says it. */
function findConfidence(
  connection: Connection,
  lane: FoundLane,
  [, , , , confidence, , , lastSlotMs]: Row,
  part: MonthPart,
  shownUntilMs: number,
): number {
  if (lastSlotMs < shownUntilMs) return confidence;
  if (shownUntilMs === part.untilMs) return 0;
  return findSampleBefore(connection, lane.numbers, shownUntilMs)?.confidence ?? 0;
}

/** The runs of a lane in a month, as if there were nothing from `shownUntilMs` on. */
export function getLaneMonth(
  connection: Connection,
  lane: FoundLane,
  part: MonthPart,
  shownUntilMs = part.untilMs,
): LaneMonth {
  return connection.read(() => {
    const rows = connection
      .prepare<[number, number, number, number, number], Row>(
        `SELECT from_ms, until_ms, verdict, mechanism, confidence, count, first_seq, last_slot_ms
         FROM span WHERE lane_id = ? AND from_ms < ? AND until_ms > ? AND from_ms >=
           COALESCE((SELECT MAX(from_ms) FROM span WHERE lane_id = ? AND from_ms <= ?), 0)
         ORDER BY from_ms`,
      )
      .raw()
      .all(lane.laneId, shownUntilMs, part.fromMs, lane.laneId, part.fromMs);
    const first = rows[0];
    const last = rows.at(-1);
    return {
      runs: rows.map((row) => cutRun(connection, lane, row, part, shownUntilMs)),
      startsBefore: first !== undefined && first[0] < part.fromMs,
      goesOn: last !== undefined && shownUntilMs === part.untilMs && last[1] > part.untilMs,
    };
  });
}

/** Counts of one hour, in the order of the codes of verdicts. */
export type HourRow = { readonly startMs: number; readonly counts: readonly number[] };

/** The hours of a lane in a month, by time; hours without any measurement are left out. */
export function listLaneHours(
  connection: Connection,
  { laneId }: FoundLane,
  { fromMs, untilMs }: MonthPart,
): HourRow[] {
  return connection
    .prepare<[number, number, number], readonly number[]>(
      `SELECT start_ms AS hour_ms, ${VERDICTS.join(', ')} FROM bucket_hour
       WHERE lane_id = ? AND start_ms >= ? AND start_ms < ? ORDER BY start_ms`,
    )
    .raw()
    .all(laneId, fromMs, untilMs)
    .map(([startMs = 0, ...counts]) => ({ startMs, counts }));
}

/** The first measurement of the run that is under way at an instant and began before it. */
export function findRunStart(
  connection: Connection,
  { laneId }: FoundLane,
  atMs: number,
): { readonly slotMs: number; readonly seq: number } | undefined {
  return connection
    .prepare<[number, number, number], { slotMs: number; seq: number }>(
      `SELECT slotMs, seq FROM (
         SELECT from_ms AS slotMs, until_ms, first_seq AS seq FROM span
         WHERE lane_id = ? AND from_ms < ? ORDER BY from_ms DESC LIMIT 1
       ) WHERE until_ms > ?`,
    )
    .get(laneId, atMs, atMs);
}

/** Grows whenever the month of a lane may read differently. Holds while the process runs. */
export function getMonthVersion(
  connection: Connection,
  lane: FoundLane,
  { fromMs }: MonthPart,
): number {
  // Another process may write what a reader reads, and tells nobody.
  return connection.mode === 'read'
    ? readDataVersion(connection)
    : connection.laneChanges.version(lane.laneId, fromMs);
}
