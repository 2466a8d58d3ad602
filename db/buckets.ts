/** Counts per verdict, hour and day of each lane: which tables there are, and adding to them. */
import { VERDICTS } from '../probes/types.ts';
import type { Connection } from './connection.ts';

/** Rows that one statement adds at most: enough for all lanes of a service. */
const MAX_ROWS = 8;

/** Adds counts to several buckets at once, which costs a third of one statement for each. */
function makeCountSql(table: string, rows: number): string {
  const row = `(?, ?${', ?'.repeat(VERDICTS.length)})`;
  const add = VERDICTS.map((name) => `${name} = ${name} + excluded.${name}`).join(', ');
  return `INSERT INTO ${table} (lane_id, start_ms, ${VERDICTS.join(', ')})
    VALUES ${Array(rows).fill(row).join(', ')} ON CONFLICT (lane_id, start_ms) DO UPDATE SET ${add}`;
}

/** The statements for one row up to the most. */
function makeCountSqls(table: string): string[] {
  return Array.from({ length: MAX_ROWS }, (_, index) => makeCountSql(table, index + 1));
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

/** What is added to one bucket of a lane: a count, which may be negative, for each of `VERDICTS`. */
export type BucketChange = {
  readonly laneId: number;
  readonly startMs: number;
  readonly counts: readonly number[];
};

/** Adds to buckets of one table; no bucket may come twice. */
export function writeCounts(
  connection: Connection,
  { countSqls }: Pick<(typeof BUCKETS)[number], 'countSqls'>,
  changes: readonly BucketChange[],
): void {
  for (let first = 0; first < changes.length; first += MAX_ROWS) {
    const rows = changes.slice(first, first + MAX_ROWS);
    const sql = countSqls[rows.length - 1];
    if (sql === undefined) continue;
    const values = rows.flatMap(({ laneId, startMs, counts }) => [laneId, startMs, ...counts]);
    connection.prepare(sql).run(...values);
  }
}
