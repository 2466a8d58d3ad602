/** The runs of a lane as samples: one per slot, the last run that judged the lane's function. */
import type { Connection } from './connection.ts';
import type { Sample } from './spans.ts';

/** A lane in numbers. */
export type LaneNumbers = {
  readonly serviceId: number;
  readonly vantageId: number;
  readonly functionCode: number;
};

/** The judgement in force of a measurement `m`: the newest revision; the first shares the measurement's entry. */
export const CURRENT_JUDGEMENT = `COALESCE(
  (SELECT MAX(again.entry) FROM judgement again WHERE again.measurement_entry = m.entry AND again.revision > 1),
  m.entry)`;

const FROM_LANE = `
  FROM measurement m
  JOIN judgement_verdict v ON v.judgement_entry = ${CURRENT_JUDGEMENT} AND v.function = ?
  WHERE m.service_id = ? AND m.vantage_id = ?`;

const SELECT_SAMPLE = `
  SELECT m.slot_ms AS slotMs, m.seq, m.interval_ms AS intervalMs, v.verdict, v.mechanism, v.confidence
  ${FROM_LANE}`;

type Scope = readonly [functionCode: number, serviceId: number, vantageId: number];

function toScope(lane: LaneNumbers): Scope {
  return [lane.functionCode, lane.serviceId, lane.vantageId];
}

/** The sample of a slot, as if the entry `exceptEntry` were not there. */
export function findSample(
  connection: Connection,
  lane: LaneNumbers,
  slotMs: number,
  exceptEntry = 0,
): Sample | undefined {
  return connection
    .prepare<[...Scope, number, number], Sample>(
      `${SELECT_SAMPLE} AND m.slot_ms = ? AND m.entry <> ? ORDER BY m.seq DESC LIMIT 1`,
    )
    .get(...toScope(lane), slotMs, exceptEntry);
}

/** The last sample before a slot. */
export function findSampleBefore(
  connection: Connection,
  lane: LaneNumbers,
  slotMs: number,
): Sample | undefined {
  return connection
    .prepare<[...Scope, number], Sample>(
      `${SELECT_SAMPLE} AND m.slot_ms < ? ORDER BY m.slot_ms DESC, m.seq DESC LIMIT 1`,
    )
    .get(...toScope(lane), slotMs);
}

/** The first sample after a slot. */
export function findSampleAfter(
  connection: Connection,
  lane: LaneNumbers,
  slotMs: number,
): Sample | undefined {
  return connection
    .prepare<[...Scope, number], Sample>(
      `${SELECT_SAMPLE} AND m.slot_ms > ? ORDER BY m.slot_ms ASC, m.seq DESC LIMIT 1`,
    )
    .get(...toScope(lane), slotMs);
}

/** How many slots from `fromMs` to `toMs`, both included, have a sample. */
export function countSamples(
  connection: Connection,
  lane: LaneNumbers,
  fromMs: number,
  toMs: number,
): number {
  const row = connection
    .prepare<[...Scope, number, number], { count: number }>(
      `SELECT COUNT(DISTINCT m.slot_ms) AS count ${FROM_LANE} AND m.slot_ms BETWEEN ? AND ?`,
    )
    .get(...toScope(lane), fromMs, toMs);
  return row?.count ?? 0;
}

/** All samples of a lane by slot, from one on, read as a stream. */
export function* listSamples(
  connection: Connection,
  lane: LaneNumbers,
  fromMs = Number.MIN_SAFE_INTEGER,
): Generator<Sample> {
  const rows = connection.database
    .prepare<[...Scope, number], Sample>(
      `${SELECT_SAMPLE} AND m.slot_ms >= ? ORDER BY m.slot_ms, m.seq`,
    )
    .iterate(...toScope(lane), fromMs);
  let last: Sample | undefined;
  try {
    for (const row of rows) {
      if (last && last.slotMs !== row.slotMs) yield last;
      last = row;
    }
  } finally {
    // A row that cannot be read does not end the statement, which would keep the connection busy.
    rows.return?.();
  }
  if (last) yield last;
}
