/**
 * Keeps spans and buckets right while measurements arrive, in any order: the tables always equal what
 * `rebuildLanes` would make of the measurements.
 */
import { VERDICTS } from '../probes/types.ts';
import { BUCKETS, bucketStart, writeCounts } from './buckets.ts';
import type { Connection } from './connection.ts';
import { countSlots } from './count-slots.ts';
import { insertSpan, type LaneTails } from './lane-tails.ts';
import { findSample, findSampleAfter, findSampleBefore, type LaneNumbers } from './samples.ts';
import { joinSpans, type Sample, type SpanRow, startSpan } from './spans.ts';

/** The span that starts at or before an instant, the nearest one. */
function findSpan(connection: Connection, laneId: number, atMs: number): SpanRow | undefined {
  return connection
    .prepare<[number, number], SpanRow>(
      'SELECT * FROM span WHERE lane_id = ? AND from_ms <= ? ORDER BY from_ms DESC LIMIT 1',
    )
    .get(laneId, atMs);
}

/** Counts one more sample of a verdict in a lane, or one less. */
function countOne(
  connection: Connection,
  laneId: number,
  { slotMs, verdict }: Sample,
  change: 1 | -1,
): void {
  const name = connection.codes.verdict.toName(verdict);
  const counts = VERDICTS.map((each) => (each === name ? change : 0));
  for (const bucket of BUCKETS) {
    const startMs = bucketStart(slotMs, bucket.lengthMs);
    writeCounts(connection, bucket, [{ laneId, startMs, counts }]);
  }
}

function removeEmptyBuckets(connection: Connection, laneId: number, slotMs: number): void {
  const isEmpty = VERDICTS.map((name) => `${name} = 0`).join(' AND ');
  for (const { table, lengthMs } of BUCKETS)
    connection
      .prepare(`DELETE FROM ${table} WHERE lane_id = ? AND start_ms = ? AND ${isEmpty}`)
      .run(laneId, bucketStart(slotMs, lengthMs));
}

/** The samples of a span without those of one slot, which are at one of its ends or must be counted. */
function countWithout(span: SpanRow, slotMs: number, count: () => number): number {
  // Judging a long stretch again takes one end after the other: counting would take the square of its length.
  return slotMs === span.from_ms || slotMs === span.last_slot_ms ? span.count - 1 : count();
}

/** A lane with its own number and those that it is made of. */
type NumberedLane = { readonly laneId: number; readonly numbers: LaneNumbers };

/** The part of a span up to `end`, the last sample before the slot, as if nothing followed. */
function cutAfter(
  connection: Connection,
  lane: NumberedLane,
  span: SpanRow,
  end: Sample,
  slotMs: number,
): SpanRow {
  const isWhole = span.last_slot_ms === end.slotMs;
  const count = () => countSlots(connection, lane, span.from_ms, end.slotMs + 1);
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
  lane: NumberedLane,
  span: SpanRow,
  start: Sample,
  slotMs: number,
): SpanRow {
  if (span.from_ms === start.slotMs) return span;
  const count = () => countSlots(connection, lane, start.slotMs, span.last_slot_ms + 1);
  return {
    ...span,
    from_ms: start.slotMs,
    first_seq: start.seq,
    count: countWithout(span, slotMs, count),
  };
}

/** The neighbours of a slot may reach less far now, or further; beyond them nothing changes. */
function noteChange(
  connection: Connection,
  laneId: number,
  slotMs: number,
  around: readonly (Sample | undefined)[],
): void {
  const samples = around.filter((sample) => sample !== undefined);
  const fromMs = Math.min(slotMs, ...samples.map((sample) => sample.slotMs));
  const untilMs = Math.max(
    slotMs + 1,
    ...samples.map((sample) => sample.slotMs + sample.intervalMs),
  );
  connection.laneChanges.note(laneId, fromMs, untilMs);
}

/** Late, repeated or judged anew: cuts the spans around the slot and joins them again with what it holds now. */
function spliceSample(
  connection: Connection,
  laneId: number,
  lane: LaneNumbers,
  slotMs: number,
  sample: Sample | undefined,
  replaced: Sample | undefined,
): void {
  connection.lastSpans.delete(laneId);
  const before = findSampleBefore(connection, lane, slotMs);
  const after = findSampleAfter(connection, lane, slotMs);
  noteChange(connection, laneId, slotMs, [before, replaced, sample, after]);
  const left = before && findSpan(connection, laneId, before.slotMs);
  const right = after && findSpan(connection, laneId, after.slotMs);
  connection
    .prepare('DELETE FROM span WHERE lane_id = ? AND from_ms BETWEEN ? AND ?')
    .run(laneId, left?.from_ms ?? slotMs, right?.from_ms ?? slotMs);
  // Neither part holds the slot itself, whose buckets are brought up to date only after this.
  const own: NumberedLane = { laneId, numbers: lane };
  const pieces: SpanRow[] = [];
  if (before && left) pieces.push(cutAfter(connection, own, left, before, slotMs));
  if (sample) pieces.push(startSpan(sample));
  if (after && right) pieces.push(cutBefore(connection, own, right, after, slotMs));
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
  samples: readonly LaneSample[],
  tails: LaneTails,
): void {
  for (const { lane, sample } of samples) {
    const laneId = connection.words.internLane(lane.serviceId, lane.vantageId, lane.functionCode);
    if (tails.append(laneId, sample)) continue;
    // What follows reads the tables.
    tails.flush();
    const { slotMs } = sample;
    replaceSample(connection, lane, slotMs, findSample(connection, lane, slotMs, entry));
  }
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
  spliceSample(connection, laneId, lane, slotMs, now, before);
  if (now) countOne(connection, laneId, now, 1);
  if (!before) return;
  countOne(connection, laneId, before, -1);
  removeEmptyBuckets(connection, laneId, slotMs);
}
