/**
 * The ends of lanes while a transaction appends to them: spans grow and counts add up in memory and are written once,
 * however many runs a batch brings.
 */
import { VERDICTS } from '../probes/types.ts';
import { BUCKETS, bucketStart, writeCounts } from './buckets.ts';
import type { Connection } from './connection.ts';
import { joinSpans, type Sample, type SpanRow, startSpan } from './spans.ts';

/** The newest span of a lane as it is in memory. */
type Tail = { readonly row: SpanRow; readonly isStored: boolean };

/** Counts of one bucket of a lane, in the order of `VERDICTS`. */
type Counts = { readonly laneId: number; readonly startMs: number; readonly counts: number[] };

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

/** Made for one transaction; nothing is in the tables before `flush`. */
export class LaneTails {
  readonly #connection: Connection;
  readonly #tails = new Map<number, Tail>();
  readonly #counts = BUCKETS.map(() => new Map<string, Counts>());

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Appends a sample that is newer than all others of its lane; false when it is not, and nothing is done. */
  append(laneId: number, sample: Sample): boolean {
    const before = this.#tails.get(laneId);
    const last = before?.row ?? this.#findLast(laneId);
    if (last && sample.slotMs <= last.last_slot_ms) return false;
    const own = startSpan(sample);
    const [first = own, second] = last ? joinSpans(last, own) : [own];
    const isStored = last !== undefined && (before?.isStored ?? true);
    if (second && (before || first.until_ms !== last?.until_ms))
      this.#write(laneId, { row: first, isStored });
    const tail = second ? { row: second, isStored: false } : { row: first, isStored };
    this.#tails.set(laneId, tail);
    // The run before may reach less far now, or further.
    const changedMs = last?.last_slot_ms ?? sample.slotMs;
    this.#connection.laneChanges.note(
      laneId,
      changedMs,
      Math.max(own.until_ms, last?.until_ms ?? 0),
    );
    this.#connection.lastSpans.set(laneId, tail.row);
    this.#count(laneId, sample);
    return true;
  }

  /** Writes everything that was appended. To be called before the tables are read, and at the end. */
  flush(): void {
    for (const [laneId, tail] of this.#tails) this.#write(laneId, tail);
    this.#tails.clear();
    for (const [index, counts] of this.#counts.entries()) {
      const bucket = BUCKETS[index];
      if (bucket) writeCounts(this.#connection, bucket, [...counts.values()]);
      counts.clear();
    }
  }

  /** The newest span that is stored, from memory when it was written or read before. */
  #findLast(laneId: number): SpanRow | undefined {
    const { lastSpans } = this.#connection;
    const cached = lastSpans.get(laneId);
    if (cached) return cached;
    return this.#connection
      .prepare<[number], SpanRow>(
        'SELECT * FROM span WHERE lane_id = ? ORDER BY from_ms DESC LIMIT 1',
      )
      .get(laneId);
  }

  #write(laneId: number, { row, isStored }: Tail): void {
    if (!isStored) return insertSpan(this.#connection, laneId, row);
    this.#connection
      .prepare(
        `UPDATE span SET until_ms = ?, confidence = ?, count = ?, last_slot_ms = ?, last_seq = ?
         WHERE lane_id = ? AND from_ms = ?`,
      )
      .run(
        row.until_ms,
        row.confidence,
        row.count,
        row.last_slot_ms,
        row.last_seq,
        laneId,
        row.from_ms,
      );
  }

  #count(laneId: number, { slotMs, verdict }: Sample): void {
    const position = VERDICTS.indexOf(this.#connection.codes.verdict.toName(verdict));
    for (const [index, { lengthMs }] of BUCKETS.entries()) {
      const startMs = bucketStart(slotMs, lengthMs);
      const key = `${laneId} ${startMs}`;
      const bucket = this.#counts[index];
      const found = bucket?.get(key);
      const counts = found?.counts ?? VERDICTS.map(() => 0);
      counts[position] = (counts[position] ?? 0) + 1;
      if (!found) bucket?.set(key, { laneId, startMs, counts });
    }
  }
}
