/** How many slots of a lane have a sample, without reading each of them. */
import { BUCKETS } from './buckets.ts';
import type { Connection } from './connection.ts';
import { countSamples, type LaneNumbers } from './samples.ts';

/** Counts slots of a lane, `toMs` excluded: whole days and hours from the buckets, the rest from the runs. */
export function countSlots(
  connection: Connection,
  lane: { readonly laneId: number; readonly numbers: LaneNumbers },
  fromMs: number,
  toMs: number,
): number {
  const [hour, day] = BUCKETS;
  const countIn = (
    level: typeof hour | typeof day | undefined,
    from: number,
    to: number,
  ): number => {
    if (to <= from) return 0;
    if (level === undefined) return countSamples(connection, lane.numbers, from, to - 1);
    const { table, lengthMs } = level;
    const first = Math.ceil(from / lengthMs) * lengthMs;
    const last = Math.floor(to / lengthMs) * lengthMs;
    const finer = level === day ? hour : undefined;
    if (last <= first) return countIn(finer, from, to);
    const row = connection
      .prepare<[number, number, number], { count: number | null }>(
        `SELECT SUM(ok + likely_blocked + blocked + impaired + down + insufficient) AS count
         FROM ${table} WHERE lane_id = ? AND start_ms >= ? AND start_ms < ?`,
      )
      .get(lane.laneId, first, last);
    return countIn(finer, from, first) + (row?.count ?? 0) + countIn(finer, last, to);
  };
  return countIn(day, fromMs, toMs);
}
