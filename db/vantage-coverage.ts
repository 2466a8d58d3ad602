/**
 * How much each vantage measured, and how often its own network worked. Bounded by `toMs`, so that a reader who may not
 * know the newest can be answered without it.
 */
import type { Mechanism } from '../probes/types.ts';
import type { Connection } from './connection.ts';

const DAY_MS = 86_400_000;
/** What the judge says when neutral hosts failed too, so that nothing can be said of any service. */
const OWN_TROUBLE = [
  'network.outage',
  'network.captive_portal',
] as const satisfies readonly Mechanism[];

/** A half-open range: `fromMs` is in it, `toMs` not. Which vantages; all unless given. */
export type VantageRange = {
  readonly vantageIds?: readonly string[];
  readonly fromMs: number;
  readonly toMs: number;
};

/** How much one vantage measured. */
export type VantageCoverage = {
  readonly vantageId: string;
  /** Slot of the first run of each service, over all time; services that were never measured are missing. */
  readonly firstSlots: readonly { readonly service: string; readonly slotMs: number }[];
  /** Slots measured of all services, by UTC day; days without any are left out. Sorted. */
  readonly days: readonly { readonly startMs: number; readonly measured: number }[];
  /** Runs of services in the range, cut to it in proportion. */
  readonly runs: number;
  /** Of these, the runs in which the service was reachable. */
  readonly okRuns: number;
  /** Of these, the runs in which the vantage's own network failed the neutral hosts. */
  readonly cutOffRuns: number;
};

/** The chosen vantages by their numbers. */
function listNumbers(
  connection: Connection,
  ids: readonly string[] | undefined,
): Map<number, string> {
  const rows = connection
    .prepare<[], { id: number; name: string }>('SELECT id, name FROM vantage ORDER BY name')
    .all();
  return new Map(
    rows
      .filter(({ name }) => ids === undefined || ids.includes(name))
      .map(({ id, name }) => [id, name]),
  );
}

type Day = { vantage_id: number; start_ms: number; measured: number };

/** Slots per day: whole days from their buckets, the day that `toMs` cuts from its hours. */
function listDays(connection: Connection, fromMs: number, toMs: number): Day[] {
  const total = 'SUM(b.ok + b.likely_blocked + b.blocked + b.impaired + b.down + b.insufficient)';
  const select = (table: string, start: string) =>
    `SELECT l.vantage_id, ${start} AS start_ms, ${total} AS measured
     FROM lane l JOIN ${table} b ON b.lane_id = l.id
     WHERE l.function = 0 AND b.start_ms >= ? AND b.start_ms < ? GROUP BY l.vantage_id, b.start_ms / ${DAY_MS}`;
  const firstDayMs = Math.floor(fromMs / DAY_MS) * DAY_MS;
  const lastDayMs = Math.floor(toMs / DAY_MS) * DAY_MS;
  const whole = connection
    .prepare<[number, number], Day>(select('bucket_day', 'b.start_ms'))
    .all(firstDayMs, lastDayMs);
  const cut = connection
    .prepare<[number, number], Day>(select('bucket_hour', `(b.start_ms / ${DAY_MS}) * ${DAY_MS}`))
    .all(lastDayMs, toMs);
  return [...whole, ...cut].toSorted((a, b) => a.start_ms - b.start_ms);
}

type Runs = { vantage_id: number; runs: number; ok: number; cut_off: number };

function countRuns(connection: Connection, fromMs: number, toMs: number): Runs[] {
  const { verdict, mechanism } = connection.codes;
  const codes = OWN_TROUBLE.map((name) => mechanism.toCode(name)).join(', ');
  // A span that the range cuts counts in proportion: its runs lie evenly in it.
  const share = `n.count * 1.0 * (MIN(n.until_ms, @toMs) - MAX(n.from_ms, @fromMs)) / (n.until_ms - n.from_ms)`;
  return connection
    .prepare<[Readonly<Record<'fromMs' | 'toMs', number>>], Runs>(
      `SELECT l.vantage_id, SUM(${share}) AS runs,
         SUM(CASE WHEN n.verdict = ${verdict.toCode('ok')} THEN ${share} ELSE 0 END) AS ok,
         SUM(CASE WHEN n.mechanism IN (${codes}) THEN ${share} ELSE 0 END) AS cut_off
       FROM lane l JOIN span n ON n.lane_id = l.id
       WHERE l.function = 0 AND n.from_ms < @toMs AND n.until_ms > @fromMs GROUP BY l.vantage_id`,
    )
    .all({ fromMs, toMs });
}

/** How much each vantage measured in a range, by id. Four queries, however many vantages there are. */
export function listCoverage(
  connection: Connection,
  { vantageIds, fromMs, toMs }: VantageRange,
): VantageCoverage[] {
  return connection.read(() => {
    const names = listNumbers(connection, vantageIds);
    const firsts = Map.groupBy(
      connection
        .prepare<[], { vantage_id: number; service: string; slotMs: number | null }>(
          `SELECT l.vantage_id, s.name AS service, (SELECT MIN(from_ms) FROM span WHERE lane_id = l.id) AS slotMs
           FROM lane l JOIN service s ON s.id = l.service_id WHERE l.function = 0 ORDER BY s.name`,
        )
        .all(),
      (row) => row.vantage_id,
    );
    const days = Map.groupBy(listDays(connection, fromMs, toMs), (row) => row.vantage_id);
    const runs = new Map(countRuns(connection, fromMs, toMs).map((row) => [row.vantage_id, row]));
    return [...names].map(([number, vantageId]) => ({
      vantageId,
      firstSlots: (firsts.get(number) ?? []).flatMap(({ service, slotMs }) =>
        slotMs === null || slotMs >= toMs ? [] : [{ service, slotMs }],
      ),
      days: (days.get(number) ?? []).map((row) => ({
        startMs: row.start_ms,
        measured: row.measured,
      })),
      runs: Math.round(runs.get(number)?.runs ?? 0),
      okRuns: Math.round(runs.get(number)?.ok ?? 0),
      cutOffRuns: Math.round(runs.get(number)?.cut_off ?? 0),
    }));
  });
}
