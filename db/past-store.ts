/**
 * The store as it was at a revision: what was stored before an instant, judged as it was then. Nothing of it is written
 * to the file. What is derived is taken over from the store as far as nothing changed since, and derived again from
 * there on: a revision of last week costs the week, not the years before it.
 */

import { VERDICTS } from '../probes/types.ts';
import { rederiveAnnouncements } from './announcements.ts';
import { BUCKETS, bucketStart } from './buckets.ts';
import { HOUR_MS } from './chain.ts';
import type { LaneFunction } from './codes.ts';
import { Connection, openDatabase, type WallClock } from './connection.ts';
import type { Incident } from './incident-types.ts';
import { replaceAllIncidents } from './incidents.ts';
import { createPastSchema, KEPT_TABLES } from './past-schema.ts';
import { findSampleAfter, type LaneNumbers, listSamples } from './samples.ts';
import { buildSpans, type Sample } from './spans.ts';
import { Store } from './store.ts';

/** Which lanes are to be read; every filter left out lets all pass. */
export type LaneScope = {
  readonly services?: readonly string[];
  readonly vantageIds?: readonly string[];
  readonly functions?: readonly LaneFunction[];
};

type LaneRow = LaneNumbers & { readonly laneId: number };

/** Nothing changed: everything is kept. */
const ALL_MS = Number.MAX_SAFE_INTEGER;
const DAY_MS = 24 * HOUR_MS;

/** A store of the past; made by `openPastStore`. Lanes read as empty until `focus` names them. */
export class PastStore {
  readonly store: Store;
  readonly revisionMs: number;
  readonly #connection: Connection;
  /** The first slot that changed since the revision, by service and vantage in numbers. */
  readonly #changed = new Map<string, number>();
  /** Entries before it are known to be older, or were looked at. */
  #nextEntry: number;

  constructor(connection: Connection, revisionMs: number) {
    this.#connection = connection;
    this.revisionMs = revisionMs;
    createPastSchema(connection.database, revisionMs);
    rederiveAnnouncements(connection);
    // An hour of the chain holds nothing that was stored after it, whatever the clock did.
    const hourMs = Math.floor(revisionMs / HOUR_MS) * HOUR_MS;
    const row = connection
      .prepare<[number], { first: number | null }>(
        'SELECT MIN(first_entry) AS first FROM chain_hour WHERE hour_ms >= ?',
      )
      .get(hourMs);
    this.#nextEntry = row?.first ?? ALL_MS;
    connection.read(() => {
      this.#noteChanges();
      this.#findLanes();
    });
    this.store = new Store(connection, () => {});
  }

  /**
   * Makes the lanes of a scope readable, all of one snapshot, which is held until `release`. Those of an earlier scope
   * read as empty again.
   */
  focus(scope: LaneScope): void {
    this.release();
    const { database } = this.#connection;
    database.exec('BEGIN');
    for (const { table } of KEPT_TABLES) database.exec(`DELETE FROM past_${table}`);
    database.exec('DELETE FROM past_lane_kept');
    this.#noteChanges();
    for (const lane of this.#listLanes(scope)) this.#prepareLane(lane);
  }

  /** Lets go of the snapshot, which would keep the log of the store from being moved into it. */
  release(): void {
    const { database } = this.#connection;
    if (database.inTransaction) database.exec('COMMIT');
  }

  /** Puts incidents in the place of those that were put there before; there are none at first. */
  putIncidents(incidents: readonly Incident[], rules: string): void {
    replaceAllIncidents(this.#connection, incidents, rules);
  }

  [Symbol.dispose](): void {
    this.release();
    this.store.close();
  }

  /** Finds the lanes that there were: one of which nothing is older than the first change may have come with it. */
  #findLanes(): void {
    const connection = this.#connection;
    const insert = connection.prepare('INSERT INTO past_lane SELECT * FROM main.lane WHERE id = ?');
    const hasOlder = connection.prepare<[number, number]>(
      'SELECT 1 FROM main.span WHERE lane_id = ? AND from_ms < ? LIMIT 1',
    );
    const lanes = connection
      .prepare<[], LaneRow>(
        `SELECT id AS laneId, service_id AS serviceId, vantage_id AS vantageId, function AS functionCode
         FROM main.lane ORDER BY id`,
      )
      .all();
    for (const lane of lanes) {
      const changedMs = this.#changed.get(`${lane.serviceId} ${lane.vantageId}`);
      const isOld =
        changedMs === undefined ||
        hasOlder.get(lane.laneId, changedMs) !== undefined ||
        findSampleAfter(connection, lane, changedMs - 1) !== undefined;
      if (isOld) insert.run(lane.laneId);
    }
  }

  /** Looks at what was stored since the last look. */
  #noteChanges(): void {
    const rows = this.#connection
      .prepare<[number, number], { service_id: number; vantage_id: number; slot_ms: number }>(
        `SELECT e.service_id, e.vantage_id, MIN(e.slot_ms) AS slot_ms
         FROM main.judgement j JOIN main.evidence e ON e.entry = j.measurement_entry
         WHERE j.entry >= ? AND j.stored_at_ms >= ? GROUP BY e.service_id, e.vantage_id`,
      )
      .all(this.#nextEntry, this.revisionMs);
    for (const { service_id, vantage_id, slot_ms } of rows) {
      const key = `${service_id} ${vantage_id}`;
      this.#changed.set(key, Math.min(slot_ms, this.#changed.get(key) ?? slot_ms));
    }
    const newest = this.#connection
      .prepare<[], { entry: number | null }>('SELECT MAX(entry) AS entry FROM main.judgement')
      .get();
    if (newest?.entry != null && this.#nextEntry !== ALL_MS) this.#nextEntry = newest.entry + 1;
  }

  #listLanes({ services, vantageIds, functions }: LaneScope): LaneRow[] {
    const { codes } = this.#connection;
    return this.#connection
      .prepare<[], LaneRow & { service: string; vantage: string }>(
        `SELECT l.id AS laneId, l.service_id AS serviceId, l.vantage_id AS vantageId, l.function AS functionCode,
           s.name AS service, v.name AS vantage
         FROM lane l JOIN service s ON s.id = l.service_id JOIN vantage v ON v.id = l.vantage_id`,
      )
      .all()
      .filter(
        ({ service, vantage, functionCode }) =>
          (services === undefined || services.includes(service)) &&
          (vantageIds === undefined || vantageIds.includes(vantage)) &&
          (functions === undefined || functions.includes(codes.function.toName(functionCode))),
      );
  }

  /** Derives a lane from the first change on: what lies before is in the store as it was. */
  #prepareLane(lane: LaneRow): void {
    const changedMs = this.#changed.get(`${lane.serviceId} ${lane.vantageId}`);
    if (changedMs === undefined) {
      this.#keepBefore(lane.laneId, [ALL_MS, ALL_MS, ALL_MS]);
      return;
    }
    const connection = this.#connection;
    // The span before the change goes on or ends with it; what begins earlier ended before.
    const { fromMs: spanMs } = connection
      .prepare<[number, number], { fromMs: number | null }>(
        'SELECT MAX(from_ms) AS fromMs FROM main.span WHERE lane_id = ? AND from_ms < ?',
      )
      .get(lane.laneId, changedMs) ?? { fromMs: null };
    const spanFromMs = spanMs ?? Number.MIN_SAFE_INTEGER;
    const hourMs = bucketStart(changedMs, HOUR_MS);
    const dayMs = bucketStart(changedMs, DAY_MS);
    this.#keepBefore(lane.laneId, [spanFromMs, hourMs, dayMs]);
    // Read whole before anything is written: a statement under way keeps the connection busy.
    const samples = [...listSamples(connection, lane, Math.min(spanFromMs, dayMs))];
    this.#writeSpans(
      lane.laneId,
      samples.filter(({ slotMs }) => slotMs >= spanFromMs),
    );
    for (const bucket of BUCKETS) {
      const fromMs = bucket.table === 'bucket_hour' ? hourMs : dayMs;
      this.#writeBuckets(
        lane.laneId,
        bucket,
        samples.filter(({ slotMs }) => slotMs >= fromMs),
      );
    }
  }

  #keepBefore(laneId: number, bounds: readonly number[]): void {
    this.#connection
      .prepare('INSERT INTO past_lane_kept VALUES (?, ?, ?, ?)')
      .run(laneId, ...bounds);
  }

  #writeSpans(laneId: number, samples: readonly Sample[]): void {
    const insert = this.#connection.prepare(
      `INSERT INTO past_span (lane_id, from_ms, until_ms, verdict, mechanism, confidence, count, first_seq,
         last_slot_ms, last_seq)
       VALUES (@laneId, @from_ms, @until_ms, @verdict, @mechanism, @confidence, @count, @first_seq,
         @last_slot_ms, @last_seq)`,
    );
    for (const span of buildSpans(samples)) insert.run({ laneId, ...span });
  }

  #writeBuckets(
    laneId: number,
    { table, lengthMs }: (typeof BUCKETS)[number],
    samples: readonly Sample[],
  ): void {
    const { codes } = this.#connection;
    const counts = new Map<number, number[]>();
    for (const { slotMs, verdict } of samples) {
      const startMs = bucketStart(slotMs, lengthMs);
      const bucket = counts.get(startMs) ?? VERDICTS.map(() => 0);
      counts.set(startMs, bucket);
      const at = VERDICTS.indexOf(codes.verdict.toName(verdict));
      bucket[at] = (bucket[at] ?? 0) + 1;
    }
    const insert = this.#connection.prepare(
      `INSERT INTO past_${table} (lane_id, start_ms, ${VERDICTS.join(', ')})
       VALUES (?, ?${', ?'.repeat(VERDICTS.length)})`,
    );
    for (const [startMs, bucket] of counts) insert.run(laneId, startMs, ...bucket);
  }
}

/**
 * Opens a store of the past on a connection of its own.
 * @throws StoreError when there is no such database
 */
export function openPastStore({
  file,
  revisionMs,
  clock,
}: {
  readonly file: string;
  readonly revisionMs: number;
  readonly clock: WallClock;
}): PastStore {
  const database = openDatabase(file, 'read');
  try {
    return new PastStore(new Connection(file, 'read', database, clock), revisionMs);
  } catch (error) {
    database.close();
    throw error;
  }
}
