/**
 * Where in a lane a verdict may be found: the spans that say it, and slots with several runs, of which a span knows the
 * last one alone. Lists by verdict go from one to the next instead of looking at every run.
 */
import type { Connection } from './connection.ts';

/** Slots, both included. */
export type Stretch = { readonly fromMs: number; readonly toMs: number };

/** Finds the last stretch that begins at or before a slot. */
export type FindStretch = (
  lane: { readonly serviceId: number; readonly vantageId: number },
  atMs: number,
) => Stretch | undefined;

/** Looks for verdicts and mechanisms of services, in codes; each that is left out lets all pass. */
export function createFindStretch(
  connection: Connection,
  {
    verdicts,
    mechanisms,
  }: {
    readonly verdicts?: readonly number[] | undefined;
    readonly mechanisms?: readonly number[] | undefined;
  },
): FindStretch {
  const isOneOf = (column: string, codes: readonly number[] | undefined) =>
    codes === undefined ? '' : `AND n.${column} IN (${codes.join(', ')})`;
  const findSpan = connection.prepare<[number, number, number], Stretch>(
    `SELECT n.from_ms AS fromMs, n.last_slot_ms AS toMs FROM lane l JOIN span n ON n.lane_id = l.id
     WHERE l.service_id = ? AND l.vantage_id = ? AND l.function = 0 AND n.from_ms <= ?
       ${isOneOf('verdict', verdicts)} ${isOneOf('mechanism', mechanisms)}
     ORDER BY n.from_ms DESC LIMIT 1`,
  );
  const findAgain = connection.prepare<[number, number, number], { slotMs: number | null }>(
    `SELECT MAX(slot_ms) AS slotMs FROM measurement
     WHERE service_id = ? AND vantage_id = ? AND seq > 0 AND slot_ms <= ?`,
  );
  return ({ serviceId, vantageId }, atMs) => {
    const span = findSpan.get(serviceId, vantageId, atMs);
    const again = findAgain.get(serviceId, vantageId, atMs)?.slotMs ?? undefined;
    const spanToMs = span === undefined ? undefined : Math.min(span.toMs, atMs);
    if (again !== undefined && (spanToMs === undefined || again > spanToMs))
      return { fromMs: again, toMs: again };
    return span && spanToMs !== undefined ? { fromMs: span.fromMs, toMs: spanToMs } : undefined;
  };
}
