/**
 * The history of a vantage: when it was silent, what it was called, what its runs were marked with, how far its clock
 * was off. Everything is bounded by `toMs`, so that a reader who may not know the newest can be answered without it.
 */
import type { Mark, Vantage } from '../probes/types.ts';
import { unpackMarks } from './codes.ts';
import type { Connection } from './connection.ts';
import type { VantageRange } from './vantage-coverage.ts';

/** More silences than this in a range are a vantage that is hardly ever there; the newest are kept. */
const MAX_SILENCES = 200;
const MAX_NETWORK_CHANGES = 50;

/** A range of one vantage's history. */
export type HistoryRange = Omit<VantageRange, 'vantageIds'> & {
  /** Batches that came earlier tell nothing of its clock. */
  readonly clockFromMs: number;
  /** How many intervals after a run the next one may start before the time between counts as silence. */
  readonly silentIntervals: number;
};

/** A time in which a vantage measured nothing. */
export type Silence = {
  /** When the first missed run was due. */
  readonly fromMs: number;
  /** Slot of the first run after it; absent while it lasts. */
  readonly untilMs?: number;
};

/** How a vantage was described from a time on. */
export type VantageRevision = {
  readonly revision: number;
  readonly storedAtMs: number;
  readonly vantage: Vantage;
};

/** How far the clock of an agent was ahead of ours, as its batches told. */
export type ClockFacts = {
  readonly batches: number;
  readonly newestOffsetMs: number;
  /** When the newest batch came. */
  readonly newestAtMs: number;
  /** The largest in either direction, with its sign. */
  readonly largestOffsetMs: number;
};

/** The history of one vantage. */
export type VantageHistory = {
  /** Newest first. */
  readonly revisions: readonly VantageRevision[];
  /** Newest first. */
  readonly silences: readonly Silence[];
  /** Runs that carry each mark; only marks that occur. */
  readonly markCounts: Readonly<Partial<Record<Mark, number>>>;
  /** Slots of runs during which the network changed, newest first. */
  readonly networkChangesMs: readonly number[];
  /** Absent without a batch in the range. */
  readonly clock?: ClockFacts;
};

type Stretch = { from_ms: number; until_ms: number; last_slot_ms: number };

/** Times without any run, from stretches sorted by `from_ms` that may overlap; newest first. */
export function findSilences(
  stretches: Iterable<Stretch>,
  { toMs, silentIntervals }: Pick<HistoryRange, 'toMs' | 'silentIntervals'>,
): Silence[] {
  const silences: Silence[] = [];
  let seen: { untilMs: number; slotMs: number; intervalMs: number } | undefined;
  const isLong = (nextMs: number) =>
    seen !== undefined && nextMs - seen.slotMs > silentIntervals * seen.intervalMs;
  for (const { from_ms, until_ms, last_slot_ms } of stretches) {
    // A span that the range cuts short has no length to tell its interval by.
    if (seen !== undefined && from_ms > seen.untilMs && isLong(from_ms))
      silences.push({ fromMs: seen.untilMs, untilMs: from_ms });
    if (seen === undefined || until_ms > seen.untilMs)
      seen = { untilMs: until_ms, slotMs: last_slot_ms, intervalMs: until_ms - last_slot_ms };
  }
  if (seen !== undefined && seen.untilMs < toMs && isLong(toMs))
    silences.push({ fromMs: seen.untilMs });
  return silences.toReversed().slice(0, MAX_SILENCES);
}

function listSilences(connection: Connection, vantageId: number, range: HistoryRange): Silence[] {
  const { fromMs, toMs } = range;
  const rows = connection
    .prepare<[number, number, number], Stretch>(
      `SELECT n.from_ms, n.until_ms, n.last_slot_ms FROM lane l JOIN span n ON n.lane_id = l.id
       WHERE l.vantage_id = ? AND l.function = 0 AND n.from_ms < ? AND n.until_ms > ? ORDER BY n.from_ms`,
    )
    .all(vantageId, toMs, fromMs);
  // Where a span goes on beyond the range nobody was silent at its end.
  return findSilences(
    rows.map((row) => (row.until_ms > toMs ? { ...row, until_ms: toMs } : row)),
    range,
  );
}

function countMarks(
  connection: Connection,
  vantageId: number,
  fromMs: number,
  toMs: number,
): VantageHistory['markCounts'] {
  const rows = connection
    .prepare<[number, number, number], { marks: number; count: number }>(
      `SELECT m.marks, COUNT(*) AS count FROM lane l JOIN measurement m
         ON m.service_id = l.service_id AND m.vantage_id = l.vantage_id
       WHERE l.vantage_id = ? AND l.function = 0 AND m.slot_ms >= ? AND m.slot_ms < ? AND m.marks <> 0
       GROUP BY m.marks`,
    )
    .all(vantageId, fromMs, toMs);
  const counts: Partial<Record<Mark, number>> = {};
  for (const { marks, count } of rows)
    for (const mark of unpackMarks(marks, connection.codes))
      counts[mark] = (counts[mark] ?? 0) + count;
  return counts;
}

function listNetworkChanges(
  connection: Connection,
  vantageId: number,
  fromMs: number,
  toMs: number,
): number[] {
  return connection
    .prepare<[number, number, number, number, number], { slot_ms: number }>(
      `SELECT DISTINCT m.slot_ms FROM lane l JOIN measurement m
         ON m.service_id = l.service_id AND m.vantage_id = l.vantage_id
       WHERE l.vantage_id = ? AND l.function = 0 AND m.slot_ms >= ? AND m.slot_ms < ? AND m.marks & ?
       ORDER BY m.slot_ms DESC LIMIT ?`,
    )
    .all(
      vantageId,
      fromMs,
      toMs,
      connection.codes.mark.toCode('network_changed'),
      MAX_NETWORK_CHANGES,
    )
    .map((row) => row.slot_ms);
}

function readClock(
  connection: Connection,
  vantageId: number,
  fromMs: number,
  toMs: number,
): ClockFacts | undefined {
  type Row = { batches: number; offset: number; at: number; least: number; most: number };
  // SQLite takes the bare column from the row that gave the only MAX; the extremes are asked apart for that reason.
  const own = 'vantage_id = ? AND received_at_ms >= ? AND received_at_ms < ?';
  const row = connection
    .prepare<[number, number, number], Omit<Row, 'least' | 'most'>>(
      `SELECT COUNT(*) AS batches, MAX(received_at_ms) AS at, clock_offset_ms AS offset FROM agent_batch WHERE ${own}`,
    )
    .get(vantageId, fromMs, toMs);
  const extremes = connection
    .prepare<[number, number, number], Pick<Row, 'least' | 'most'>>(
      `SELECT MIN(clock_offset_ms) AS least, MAX(clock_offset_ms) AS most FROM agent_batch WHERE ${own}`,
    )
    .get(vantageId, fromMs, toMs);
  if (row === undefined || extremes === undefined || row.batches === 0) return undefined;
  return {
    batches: row.batches,
    newestOffsetMs: row.offset,
    newestAtMs: row.at,
    largestOffsetMs: -extremes.least > extremes.most ? extremes.least : extremes.most,
  };
}

function listRevisions(connection: Connection, vantageId: number): VantageRevision[] {
  return connection
    .prepare<[number], { revision: number; stored_at_ms: number; json: string }>(
      'SELECT revision, stored_at_ms, json FROM vantage_revision WHERE vantage_id = ? ORDER BY revision DESC',
    )
    .all(vantageId)
    .map(({ revision, stored_at_ms, json }) => ({
      revision,
      storedAtMs: stored_at_ms,
      vantage: JSON.parse(json) as Vantage,
    }));
}

/** The history of a vantage in a range; undefined when there is no such vantage. */
export function getVantageHistory(
  connection: Connection,
  id: string,
  range: HistoryRange,
): VantageHistory | undefined {
  const { fromMs, toMs, clockFromMs } = range;
  return connection.read(() => {
    const vantageId = connection.words.find('vantage', id);
    const revisions = vantageId === undefined ? [] : listRevisions(connection, vantageId);
    if (vantageId === undefined || revisions.length === 0) return undefined;
    const clock = readClock(connection, vantageId, clockFromMs, toMs);
    return {
      revisions,
      silences: listSilences(connection, vantageId, range),
      markCounts: countMarks(connection, vantageId, fromMs, toMs),
      networkChangesMs: listNetworkChanges(connection, vantageId, fromMs, toMs),
      ...(clock === undefined ? {} : { clock }),
    };
  });
}

/** How many runs of a vantage have a slot from `fromMs` on. */
export function countRunsFrom(connection: Connection, id: string, fromMs: number): number {
  const vantageId = connection.words.find('vantage', id) ?? -1;
  return (
    connection
      .prepare<[number, number], { count: number }>(
        `SELECT COUNT(*) AS count FROM lane l JOIN measurement m
           ON m.service_id = l.service_id AND m.vantage_id = l.vantage_id
         WHERE l.vantage_id = ? AND l.function = 0 AND m.slot_ms >= ?`,
      )
      .get(vantageId, fromMs)?.count ?? 0
  );
}
