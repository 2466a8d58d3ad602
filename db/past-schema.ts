/**
 * What the temporary schema of a store of the past holds: views of everything append-only without what came later, and
 * tables for what is derived of it. SQLite looks for a name there first (https://www.sqlite.org/lang_naming.html), so all
 * that reads a store reads the past with the same SQL.
 */
import type Database from 'better-sqlite3';

/** Append-only tables with the column that says when a row was stored. */
const APPEND_ONLY = {
  measurement: 'stored_at_ms',
  judgement: 'stored_at_ms',
  vantage_revision: 'stored_at_ms',
  announcement_revision: 'stored_at_ms',
  incident_log: 'stored_at_ms',
  event: 'stored_at_ms',
  ledger_revision: 'built_at_ms',
} as const;

/** Tables that are seen as of a revision. */
export const PAST_VIEWS: readonly string[] = Object.keys(APPEND_ONLY);

/** Derived tables that are filled anew, with the columns and keys that they have in the store. */
const FILLED_TABLES = [
  'incident',
  'incident_episode',
  'announcement_service',
  'announcement_region',
  'announcement_source',
  'announcement_link',
] as const;

/**
 * Derived tables of which a lane keeps what lies before the first slot that changed since; the rest is in `past_…`. A
 * lane that is not in `past_lane_kept` reads as empty.
 */
export const KEPT_TABLES = [
  { table: 'span', start: 'from_ms', keep: 'span_before_ms' },
  { table: 'bucket_hour', start: 'start_ms', keep: 'hour_before_ms' },
  { table: 'bucket_day', start: 'start_ms', keep: 'day_before_ms' },
] as const;

/** Makes the temporary schema. `revisionMs` is the instant before which everything counts that was stored. */
export function createPastSchema(database: Database.Database, revisionMs: number): void {
  if (!Number.isSafeInteger(revisionMs)) throw new RangeError('a revision is a whole number of ms');
  // Tables of the temporary schema cannot refer to those of the store.
  database.pragma('foreign_keys = OFF');
  database.pragma('temp_store = MEMORY');
  for (const [table, column] of Object.entries(APPEND_ONLY))
    database.exec(
      `CREATE TEMP VIEW ${table} AS SELECT * FROM main.${table} WHERE ${column} < ${revisionMs}`,
    );
  createLaneTables(database);
  for (const table of FILLED_TABLES) {
    const sql = database
      .prepare<[string], string>('SELECT sql FROM main.sqlite_schema WHERE name = ?')
      .pluck()
      .get(table);
    database.exec((sql ?? '').replace('CREATE TABLE', 'CREATE TEMP TABLE'));
  }
  database.exec(
    `CREATE TEMP TABLE announcement AS SELECT * FROM main.announcement
     WHERE id IN (SELECT announcement_id FROM announcement_revision)`,
  );
}

function createLaneTables(database: Database.Database): void {
  database.exec(
    `CREATE TEMP TABLE past_lane AS SELECT * FROM main.lane LIMIT 0;
     CREATE TEMP VIEW lane AS SELECT * FROM past_lane;
     CREATE TEMP TABLE past_lane_kept (
       lane_id INTEGER PRIMARY KEY, ${KEPT_TABLES.map(({ keep }) => `${keep} INTEGER NOT NULL`).join(', ')})`,
  );
  for (const { table, start, keep } of KEPT_TABLES)
    database.exec(
      `CREATE TEMP TABLE past_${table} AS SELECT * FROM main.${table} LIMIT 0;
       CREATE UNIQUE INDEX past_${table}_key ON past_${table} (lane_id, ${start});
       CREATE TEMP VIEW ${table} AS
         SELECT * FROM main.${table} kept WHERE kept.${start} <
           (SELECT ${keep} FROM past_lane_kept WHERE lane_id = kept.lane_id)
         UNION ALL SELECT * FROM past_${table}`,
    );
}
