/** Reading lanes: spans, counts per bucket, and changes. Holes between measured spans are read as `no_data`. */
import type { Confidence, LaneState, Mechanism, Vantage, Verdict } from '../probes/types.ts';
import { BUCKETS, bucketStart } from './buckets.ts';
import type { LaneFunction } from './codes.ts';
import type { Connection } from './connection.ts';
import { countSlots } from './count-slots.ts';
import { formatMeasurementId } from './measurement-id.ts';
import type { LaneNumbers } from './samples.ts';
import type { SpanRow } from './spans.ts';
import { isBorrowed, listVantages } from './vantages.ts';

/** Which lane. */
export type LaneKey = {
  readonly service: string;
  readonly vantageId: string;
  readonly function: LaneFunction;
};

/** A stretch of one state. `no_data` ones have neither mechanism, confidence nor measurements. */
export type LaneSpan = {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly state: LaneState;
  readonly mechanism?: Mechanism;
  /** Of the last measurement in the span. */
  readonly confidence?: Confidence;
  /** Slots with a measurement in this stretch: of a span that the range cuts, those inside the range. */
  readonly count: number;
  readonly firstMeasurementId?: string;
  readonly lastMeasurementId?: string;
};

/** A lane over a range: spans sorted by `fromMs`, adjacent, covering the range exactly. */
export type Lane = LaneKey & { readonly vantage: Vantage; readonly spans: readonly LaneSpan[] };

/** How many slots of a bucket got which verdict. */
export type Bucket = {
  readonly startMs: number;
  readonly counts: Readonly<Record<Verdict, number>>;
};

/** Which lanes over which range; every filter left out lets all pass. */
export type LaneQuery = {
  readonly services?: readonly string[];
  readonly vantageIds?: readonly string[];
  readonly countryCodes?: readonly string[];
  readonly asns?: readonly number[];
  /** True to leave out lanes of what others measured. */
  readonly isOwnOnly?: boolean;
  /** `['service']` unless told. */
  readonly functions?: readonly LaneFunction[];
  /** Included. */
  readonly fromMs: number;
  /** Not included. */
  readonly toMs: number;
};

/** A lane as the tables know it. */
export type FoundLane = {
  readonly laneId: number;
  readonly numbers: LaneNumbers;
  readonly key: LaneKey;
  readonly vantage: Vantage;
};

type FoundRow = {
  readonly id: number;
  readonly service_id: number;
  readonly vantage_id: number;
  readonly service: string;
  readonly vantage: string;
  readonly function: number;
};

/** Which lanes there are, by service, vantage and function. */
export function findLanes(
  connection: Connection,
  query: Omit<LaneQuery, 'fromMs' | 'toMs'>,
): FoundLane[] {
  const vantages = new Map(
    listVantages(connection).map((stored): [string, Vantage] => {
      const vantage = { ...stored };
      delete vantage.lastMeasuredMs;
      return [vantage.id, vantage];
    }),
  );
  const functions = query.functions ?? ['service'];
  const lets = <T>(allowed: readonly T[] | undefined, value: T) =>
    allowed === undefined || allowed.includes(value);
  return connection
    .prepare<[], FoundRow>(
      `SELECT l.id, l.service_id, l.vantage_id, s.name AS service, v.name AS vantage, l.function FROM lane l
       JOIN service s ON s.id = l.service_id JOIN vantage v ON v.id = l.vantage_id
       ORDER BY s.name, v.name, l.function`,
    )
    .all()
    .flatMap((row) => {
      const vantage = vantages.get(row.vantage);
      const key: LaneKey = {
        service: row.service,
        vantageId: row.vantage,
        function: connection.codes.function.toName(row.function),
      };
      const isWanted =
        vantage &&
        lets(query.services, key.service) &&
        lets(query.vantageIds, key.vantageId) &&
        lets(query.countryCodes, vantage.countryCode) &&
        lets(query.asns, vantage.asn) &&
        !(query.isOwnOnly === true && isBorrowed(vantage)) &&
        functions.includes(key.function);
      const numbers = {
        serviceId: row.service_id,
        vantageId: row.vantage_id,
        functionCode: row.function,
      };
      return isWanted ? [{ laneId: row.id, numbers, key, vantage }] : [];
    });
}

function toLaneSpan(connection: Connection, key: LaneKey, row: SpanRow): LaneSpan {
  const { codes } = connection;
  return {
    fromMs: row.from_ms,
    untilMs: row.until_ms,
    state: codes.verdict.toName(row.verdict),
    ...(row.mechanism === null ? {} : { mechanism: codes.mechanism.toName(row.mechanism) }),
    confidence: codes.confidence.toName(row.confidence),
    count: row.count,
    firstMeasurementId: formatMeasurementId({ ...key, slotMs: row.from_ms, seq: row.first_seq }),
    lastMeasurementId: formatMeasurementId({
      ...key,
      slotMs: row.last_slot_ms,
      seq: row.last_seq,
    }),
  };
}

/** Clips the spans to the range and fills every hole, so that the result covers the range. */
function coverRange(
  spans: readonly LaneSpan[],
  fromMs: number,
  toMs: number,
  count: (fromMs: number, toMs: number) => number,
): LaneSpan[] {
  const covered: LaneSpan[] = [];
  const fill = (untilMs: number) => {
    const reachedMs = covered.at(-1)?.untilMs ?? fromMs;
    if (untilMs > reachedMs)
      covered.push({ fromMs: reachedMs, untilMs, state: 'no_data', count: 0 });
  };
  for (const span of spans) {
    const clipped = {
      ...span,
      fromMs: Math.max(span.fromMs, fromMs),
      untilMs: Math.min(span.untilMs, toMs),
    };
    if (clipped.untilMs <= clipped.fromMs) continue;
    fill(clipped.fromMs);
    const isWhole = clipped.fromMs === span.fromMs && clipped.untilMs === span.untilMs;
    covered.push(isWhole ? span : { ...clipped, count: count(clipped.fromMs, clipped.untilMs) });
  }
  fill(toMs);
  return covered;
}

/** Lanes with their spans, by service, vantage and function. */
export function listLanes(connection: Connection, query: LaneQuery): Lane[] {
  return connection.read(() => {
    const spans = connection.prepare<[number, number, number, number, number], SpanRow>(
      `SELECT * FROM span WHERE lane_id = ? AND from_ms < ? AND until_ms > ? AND from_ms >=
         COALESCE((SELECT MAX(from_ms) FROM span WHERE lane_id = ? AND from_ms <= ?), 0)
       ORDER BY from_ms`,
    );
    return findLanes(connection, query).map((lane) => ({
      ...lane.key,
      vantage: lane.vantage,
      spans: coverRange(
        spans
          .all(lane.laneId, query.toMs, query.fromMs, lane.laneId, query.fromMs)
          .map((row) => toLaneSpan(connection, lane.key, row)),
        query.fromMs,
        query.toMs,
        (fromMs, toMs) => countSlots(connection, lane, fromMs, toMs),
      ),
    }));
  });
}

/** Counts per hour or day of each lane; buckets without any measurement are left out. */
export function listBuckets(
  connection: Connection,
  query: LaneQuery & { readonly resolution: 'hour' | 'day' },
): (LaneKey & { readonly buckets: readonly Bucket[] })[] {
  const [hour, day] = BUCKETS;
  const { table, lengthMs } = query.resolution === 'hour' ? hour : day;
  return connection.read(() => {
    const rows = connection.prepare<
      [number, number, number],
      { start_ms: number } & Record<Verdict, number>
    >(
      `SELECT start_ms, ok, likely_blocked, blocked, impaired, down, insufficient FROM ${table}
       WHERE lane_id = ? AND start_ms >= ? AND start_ms < ? ORDER BY start_ms`,
    );
    return findLanes(connection, query).map(({ laneId, key }) => ({
      ...key,
      buckets: rows
        .all(laneId, bucketStart(query.fromMs, lengthMs), query.toMs)
        .map(({ start_ms, ok, likely_blocked, blocked, impaired, down, insufficient }) => ({
          startMs: start_ms,
          // Spelt out: with `...counts` all of this took a third longer.
          counts: { ok, likely_blocked, blocked, impaired, down, insufficient },
        })),
    }));
  });
}

/** From the first slot to the end of the newest run; empty when nothing was measured. */
export function measuredRange(connection: Connection): {
  readonly firstSlotMs?: number;
  readonly lastUntilMs?: number;
} {
  const row = connection
    .prepare<[], { first: number | null; last: number | null }>(
      `SELECT (SELECT MIN(slot_ms) FROM measurement) AS first,
         (SELECT MAX((SELECT m.slot_ms + m.interval_ms FROM measurement m
            WHERE m.service_id = l.service_id AND m.vantage_id = l.vantage_id
            ORDER BY m.slot_ms DESC, m.seq DESC LIMIT 1))
          FROM lane l WHERE l.function = 0) AS last`,
    )
    .get();
  return {
    ...(row?.first == null ? {} : { firstSlotMs: row.first }),
    ...(row?.last == null ? {} : { lastUntilMs: row.last }),
  };
}
