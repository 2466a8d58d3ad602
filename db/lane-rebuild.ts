/** What spans and buckets must be, computed from the measurements alone: for `verify` and for a rebuild. */
import { VERDICTS } from '../probes/types.ts';
import { BUCKETS, bucketStart } from './buckets.ts';
import type { Connection } from './connection.ts';
import { insertSpan } from './lane-tails.ts';
import { type LaneNumbers, listSamples } from './samples.ts';
import { buildSpans, type SpanRow } from './spans.ts';

/** The counts of one lane per bucket start and verdict code. */
export type BucketCounts = Map<number, Map<number, number>>;

/** What the derived tables of a lane must hold, computed from its measurements alone. */
export function deriveLane(
  connection: Connection,
  lane: LaneNumbers,
): { spans: SpanRow[]; buckets: Record<(typeof BUCKETS)[number]['table'], BucketCounts> } {
  const samples = [...listSamples(connection, lane)];
  const count = (lengthMs: number): BucketCounts => {
    const counts: BucketCounts = new Map();
    for (const { slotMs, verdict } of samples) {
      const startMs = bucketStart(slotMs, lengthMs);
      const bucket = counts.get(startMs) ?? new Map<number, number>();
      bucket.set(verdict, (bucket.get(verdict) ?? 0) + 1);
      counts.set(startMs, bucket);
    }
    return counts;
  };
  const [hour, day] = BUCKETS;
  return {
    spans: buildSpans(samples),
    buckets: { bucket_hour: count(hour.lengthMs), bucket_day: count(day.lengthMs) },
  };
}

/** Every lane that the measurements imply. */
export function listMeasuredLanes(connection: Connection): LaneNumbers[] {
  return connection.database
    .prepare<[], LaneNumbers>(
      `SELECT m.service_id AS serviceId, m.vantage_id AS vantageId, v.function AS functionCode
       FROM measurement m JOIN judgement_verdict v ON v.judgement_entry = m.entry
       UNION
       SELECT e.service_id, e.vantage_id, v.function
       FROM judgement j JOIN evidence e ON e.entry = j.measurement_entry
       JOIN judgement_verdict v ON v.judgement_entry = j.entry
       WHERE j.revision > 1
       ORDER BY 1, 2, 3`,
    )
    .all();
}

/** Empties lanes, spans and buckets and makes them again, inside a transaction of the caller. */
export function rebuildLanes(connection: Connection): void {
  for (const table of ['span', 'bucket_hour', 'bucket_day', 'lane'])
    connection.prepare(`DELETE FROM ${table}`).run();
  connection.forget();
  connection.laneChanges.noteAll();
  for (const lane of listMeasuredLanes(connection)) {
    const laneId = connection.words.internLane(lane.serviceId, lane.vantageId, lane.functionCode);
    const derived = deriveLane(connection, lane);
    for (const span of derived.spans) insertSpan(connection, laneId, span);
    for (const { table, countSqls } of BUCKETS)
      for (const [startMs, counts] of derived.buckets[table])
        connection
          .prepare(countSqls[0] ?? '')
          .run(
            laneId,
            startMs,
            ...VERDICTS.map((name) => counts.get(connection.codes.verdict.toCode(name)) ?? 0),
          );
  }
}
