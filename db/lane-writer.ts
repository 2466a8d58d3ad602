/**
 * Keeps spans and buckets right while measurements arrive, in any order: the tables always equal what
 * `rebuildLanes` would make of the measurements.
 */
import assert from 'node:assert/strict';
import { FUNCTIONS, VERDICTS } from '../probes/types.ts';
import type { Connection } from './connection.ts';
import {
  countSamples,
  findSample,
  findSampleAfter,
  findSampleBefore,
  type LaneNumbers,
} from './samples.ts';
import { joinSpans, type Sample, type SpanRow, startSpan } from './spans.ts';

/** Adds counts to buckets of several lanes at once, which costs a third of one statement per lane. */
function makeCountSql(table: string, lanes: number): string {
  const row = `(?, ?${', ?'.repeat(VERDICTS.length)})`;
  const add = VERDICTS.map((name) => `${name} = ${name} + excluded.${name}`).join(', ');
  return `INSERT INTO ${table} (lane_id, start_ms, ${VERDICTS.join(', ')})
    VALUES ${Array(lanes).fill(row).join(', ')} ON CONFLICT (lane_id, start_ms) DO UPDATE SET ${add}`;
}

/** The statements for 1 lane up to all of a service: the service itself and each function. */
function makeCountSqls(table: string): string[] {
  return Array.from({ length: FUNCTIONS.length + 1 }, (_, index) => makeCountSql(table, index + 1));
}

/** Buckets start at whole UTC hours and days. Their columns are named like the verdicts. */
export const BUCKETS = [
  { table: 'bucket_hour', lengthMs: 3_600_000, countSqls: makeCountSqls('bucket_hour') },
  { table: 'bucket_day', lengthMs: 86_400_000, countSqls: makeCountSqls('bucket_day') },
] as const;

/** The start of the bucket that holds a slot. */
export function bucketStart(slotMs: number, lengthMs: number): number {
  return Math.floor(slotMs / lengthMs) * lengthMs;
}

/** Writes a span. */
export function insertSpan(connection: Connection, laneId: number, span: SpanRow): void {
  connection
    .prepare(
      `INSERT INTO span (lane_id, from_ms, until_ms, verdict, mechanism, confidence, count,
         first_seq, last_slot_ms, last_seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      laneId,
      span.from_ms,
      span.until_ms,
      span.verdict,
      span.mechanism,
      span.confidence,
      span.count,
      span.first_seq,
      span.last_slot_ms,
      span.last_seq,
    );
}

/** The span that starts at or before an instant, the nearest one. */
function findSpan(connection: Connection, laneId: number, atMs: number): SpanRow | undefined {
  return connection
    .prepare<[number, number], SpanRow>(
      'SELECT * FROM span WHERE lane_id = ? AND from_ms <= ? ORDER BY from_ms DESC LIMIT 1',
    )
    .get(laneId, atMs);
}

/** One more sample of a verdict in a lane, or one less. */
type Count = { readonly laneId: number; readonly verdict: number; readonly change: 1 | -1 };

function countInBuckets(connection: Connection, slotMs: number, counts: readonly Count[]): void {
  if (counts.length === 0) return;
  for (const { countSqls, lengthMs } of BUCKETS) {
    const sql = countSqls[counts.length - 1];
    assert(sql !== undefined, 'more lanes than a service has functions');
    const startMs = bucketStart(slotMs, lengthMs);
    const values: number[] = [];
    for (const { laneId, verdict, change } of counts) {
      const name = connection.codes.verdict.toName(verdict);
      values.push(laneId, startMs);
      for (const each of VERDICTS) values.push(each === name ? change : 0);
    }
    connection.prepare(sql).run(...values);
  }
}

function removeEmptyBuckets(connection: Connection, laneId: number, slotMs: number): void {
  const isEmpty = VERDICTS.map((name) => `${name} = 0`).join(' AND ');
  for (const { table, lengthMs } of BUCKETS)
    connection
      .prepare(`DELETE FROM ${table} WHERE lane_id = ? AND start_ms = ? AND ${isEmpty}`)
      .run(laneId, bucketStart(slotMs, lengthMs));
}

/** The newest span of a lane, from memory when it was written or read before. */
function findLastSpan(connection: Connection, laneId: number): SpanRow | undefined {
  const cached = connection.lastSpans.get(laneId);
  if (cached) return cached;
  const last = connection
    .prepare<[number], SpanRow>(
      'SELECT * FROM span WHERE lane_id = ? ORDER BY from_ms DESC LIMIT 1',
    )
    .get(laneId);
  if (last) connection.lastSpans.set(laneId, last);
  return last;
}

/** The usual case: the sample is newer than all others of its lane. */
function appendSample(
  connection: Connection,
  laneId: number,
  last: SpanRow | undefined,
  sample: Sample,
): void {
  const [first, second] = last ? joinSpans(last, startSpan(sample)) : [startSpan(sample)];
  if (!first) return;
  connection.lastSpans.set(laneId, second ?? first);
  if (!last) insertSpan(connection, laneId, first);
  else if (second) {
    if (first.until_ms !== last.until_ms)
      connection
        .prepare('UPDATE span SET until_ms = ? WHERE lane_id = ? AND from_ms = ?')
        .run(first.until_ms, laneId, first.from_ms);
    insertSpan(connection, laneId, second);
  } else
    connection
      .prepare(
        `UPDATE span SET until_ms = ?, confidence = ?, count = ?, last_slot_ms = ?, last_seq = ?
         WHERE lane_id = ? AND from_ms = ?`,
      )
      .run(
        first.until_ms,
        first.confidence,
        first.count,
        first.last_slot_ms,
        first.last_seq,
        laneId,
        first.from_ms,
      );
}

/** The samples of a span without those of one slot, which are at one of its ends or must be counted. */
function countWithout(span: SpanRow, slotMs: number, count: () => number): number {
  // Judging a long stretch again takes one end after the other: counting would take the square of its length.
  return slotMs === span.from_ms || slotMs === span.last_slot_ms ? span.count - 1 : count();
}

/** The part of a span up to `end`, the last sample before the slot, as if nothing followed. */
function cutAfter(
  connection: Connection,
  lane: LaneNumbers,
  span: SpanRow,
  end: Sample,
  slotMs: number,
): SpanRow {
  const isWhole = span.last_slot_ms === end.slotMs;
  const count = () => countSamples(connection, lane, span.from_ms, end.slotMs);
  return {
    ...span,
    until_ms: end.slotMs + end.intervalMs,
    confidence: end.confidence,
    last_slot_ms: end.slotMs,
    last_seq: end.seq,
    count: isWhole ? span.count : countWithout(span, slotMs, count),
  };
}

/** The part of a span from `start` on, the first sample after the slot. */
function cutBefore(
  connection: Connection,
  lane: LaneNumbers,
  span: SpanRow,
  start: Sample,
  slotMs: number,
): SpanRow {
  if (span.from_ms === start.slotMs) return span;
  const count = () => countSamples(connection, lane, start.slotMs, span.last_slot_ms);
  return {
    ...span,
    from_ms: start.slotMs,
    first_seq: start.seq,
    count: countWithout(span, slotMs, count),
  };
}

/** Late, repeated or judged anew: cuts the spans around the slot and joins them again with what it holds now. */
function spliceSample(
  connection: Connection,
  laneId: number,
  lane: LaneNumbers,
  slotMs: number,
  sample: Sample | undefined,
): void {
  connection.lastSpans.delete(laneId);
  const before = findSampleBefore(connection, lane, slotMs);
  const after = findSampleAfter(connection, lane, slotMs);
  const left = before && findSpan(connection, laneId, before.slotMs);
  const right = after && findSpan(connection, laneId, after.slotMs);
  connection
    .prepare('DELETE FROM span WHERE lane_id = ? AND from_ms BETWEEN ? AND ?')
    .run(laneId, left?.from_ms ?? slotMs, right?.from_ms ?? slotMs);
  const pieces: SpanRow[] = [];
  if (before && left) pieces.push(cutAfter(connection, lane, left, before, slotMs));
  if (sample) pieces.push(startSpan(sample));
  if (after && right) pieces.push(cutBefore(connection, lane, right, after, slotMs));
  const joined: SpanRow[] = [];
  for (const piece of pieces) {
    const last = joined.pop();
    joined.push(...(last ? joinSpans(last, piece) : [piece]));
  }
  for (const span of joined) insertSpan(connection, laneId, span);
}

/** What a run says of one lane. */
export type LaneSample = { readonly lane: LaneNumbers; readonly sample: Sample };

/** Takes in a new run with one sample per lane; its measurement and verdicts are already in their tables. */
export function addSamples(
  connection: Connection,
  entry: number,
  slotMs: number,
  samples: readonly LaneSample[],
): void {
  const counts: Count[] = [];
  for (const { lane, sample } of samples) {
    const laneId = connection.words.internLane(lane.serviceId, lane.vantageId, lane.functionCode);
    const last = findLastSpan(connection, laneId);
    if (!last || slotMs > last.last_slot_ms) {
      appendSample(connection, laneId, last, sample);
      counts.push({ laneId, verdict: sample.verdict, change: 1 });
    } else replaceSample(connection, lane, slotMs, findSample(connection, lane, slotMs, entry));
  }
  countInBuckets(connection, slotMs, counts);
}

function isSameSample(a: Sample, b: Sample): boolean {
  return (
    a.seq === b.seq &&
    a.intervalMs === b.intervalMs &&
    a.verdict === b.verdict &&
    a.mechanism === b.mechanism &&
    a.confidence === b.confidence
  );
}

/** Takes in that a slot may now hold another sample than `before`. */
export function replaceSample(
  connection: Connection,
  lane: LaneNumbers,
  slotMs: number,
  before: Sample | undefined,
): void {
  const laneId = connection.words.internLane(lane.serviceId, lane.vantageId, lane.functionCode);
  const now = findSample(connection, lane, slotMs);
  if (before && now && isSameSample(before, now)) return;
  spliceSample(connection, laneId, lane, slotMs, now);
  if (now) countInBuckets(connection, slotMs, [{ laneId, verdict: now.verdict, change: 1 }]);
  if (!before) return;
  countInBuckets(connection, slotMs, [{ laneId, verdict: before.verdict, change: -1 }]);
  removeEmptyBuckets(connection, laneId, slotMs);
}
