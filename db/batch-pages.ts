/**
 * How exports go through measurements: lane by lane in order of their slots, in pages that are short reads, so that a slow
 * reader holds no snapshot that would keep the write-ahead log from being moved. Judgements are those that were in force
 * at an instant, since they are never changed, only added to.
 */
import type { Vantage, Verdict } from '../probes/types.ts';
import type { Connection } from './connection.ts';
import { parseMeasurementId } from './measurement-id.ts';

/** Which measurements. */
export type MeasurementBatchQuery = {
  readonly services?: readonly string[];
  readonly vantageIds?: readonly string[];
  readonly countryCodes?: readonly string[];
  readonly asns?: readonly number[];
  readonly verdicts?: readonly Verdict[];
  /** First slot, included. */
  readonly fromMs: number;
  /** Last slot, not included. */
  readonly toMs: number;
  /** What was stored before this instant, and the judgements of then. */
  readonly asOfMs: number;
  /** What is new to somebody who read the revision of that instant: measured or judged again since. */
  readonly updatedSinceMs?: number;
  /** True to leave out what others measured. */
  readonly isOwnOnly: boolean;
  /** Goes on after this measurement, in the order in which they are given. */
  readonly afterId?: string;
  /** Of these vantages nothing from the slot on, and nothing finer than slots. */
  readonly cuts: ReadonlyMap<string, number>;
  /** The same for the revision of `updatedSinceMs`: what came out from behind the cut since then is new. */
  readonly cutsBefore?: ReadonlyMap<string, number>;
};

/** A service and a vantage. */
export type Pair = {
  readonly serviceId: number;
  readonly vantageNumber: number;
  readonly service: string;
  readonly vantage: Vantage;
};

/** Vantages as they were described then; one that came later is described as at first. */
function listVantagesAsOf(connection: Connection, asOfMs: number): Vantage[] {
  return connection
    .prepare<[number], { json: string }>(
      `SELECT r.json FROM vantage v JOIN vantage_revision r ON r.vantage_id = v.id AND r.revision = COALESCE(
         (SELECT MAX(revision) FROM vantage_revision WHERE vantage_id = v.id AND stored_at_ms < ?), 1)`,
    )
    .all(asOfMs)
    .map(({ json }) => JSON.parse(json) as Vantage); // written by syncVantages
}

/** Every service and vantage that the query lets pass, in the order of the export. */
function listPairs(connection: Connection, query: MeasurementBatchQuery): Pair[] {
  const vantages = new Map(listVantagesAsOf(connection, query.asOfMs).map((one) => [one.id, one]));
  const lets = <T>(allowed: readonly T[] | undefined, value: T) =>
    allowed === undefined || allowed.includes(value);
  return connection
    .prepare<[], { service_id: number; vantage_id: number; service: string; vantage: string }>(
      `SELECT l.service_id, l.vantage_id, s.name AS service, v.name AS vantage FROM lane l
       JOIN service s ON s.id = l.service_id JOIN vantage v ON v.id = l.vantage_id
       WHERE l.function = 0 ORDER BY s.name, v.name`,
    )
    .all()
    .flatMap((row) => {
      const vantage = vantages.get(row.vantage);
      const isWanted =
        vantage !== undefined &&
        lets(query.services, row.service) &&
        lets(query.vantageIds, vantage.id) &&
        lets(query.countryCodes, vantage.countryCode) &&
        lets(query.asns, vantage.asn);
      return isWanted
        ? [
            {
              serviceId: row.service_id,
              vantageNumber: row.vantage_id,
              service: row.service,
              vantage,
            },
          ]
        : [];
    });
}

/** The judgement of a measurement `m` that was in force before an instant. */
export const JUDGEMENT_AS_OF = `COALESCE(
  (SELECT MAX(again.entry) FROM judgement again
   WHERE again.measurement_entry = m.entry AND again.revision > 1 AND again.stored_at_ms < @asOfMs),
  m.entry)`;

/** The condition on what is new since a revision, for a measurement `m` and its judgement `j`. */
export function makeUpdatedSql({ updatedSinceMs }: Pick<MeasurementBatchQuery, 'updatedSinceMs'>) {
  return updatedSinceMs === undefined
    ? ''
    : `AND (m.stored_at_ms >= @updatedSinceMs OR j.stored_at_ms >= @updatedSinceMs AND j.revision > 1
         OR m.slot_ms >= @cutBeforeMs)`;
}

/** Where to go on: pairs before it are left out. */
function findStart(pairs: readonly Pair[], afterId: string | undefined) {
  const key = afterId === undefined ? undefined : parseMeasurementId(afterId);
  if (!key) return { index: 0, afterSlotMs: -1, afterSeq: -1 };
  const isBefore = ({ service, vantage }: Pair) =>
    service < key.service || (service === key.service && vantage.id < key.vantageId);
  const index = pairs.filter(isBefore).length;
  const pair = pairs[index];
  return pair?.service === key.service && pair.vantage.id === key.vantageId
    ? { index, afterSlotMs: key.slotMs, afterSeq: key.seq }
    : { index, afterSlotMs: -1, afterSeq: -1 };
}

/** What a page is read with, beside the numbers of its pair. */
export type PageBounds = Readonly<Record<string, number>>;
/** A page of one service and vantage. */
export type Page<Row> = { readonly pair: Pair; readonly rows: readonly Row[] };

/** Goes through pairs page by page; each page is a read of its own. */
export function* readPages<Row>(
  connection: Connection,
  query: MeasurementBatchQuery,
  {
    pageRows,
    read,
    keyOf,
  }: {
    readonly pageRows: number;
    readonly read: (bounds: PageBounds) => readonly Row[];
    /** Slot and number of a row. */
    readonly keyOf: (row: Row) => readonly [slotMs: number, seq: number];
  },
): Generator<Page<Row>> {
  const pairs = listPairs(connection, query);
  const start = findStart(pairs, query.afterId);
  for (const [index, pair] of pairs.entries()) {
    if (index < start.index) continue;
    const { id } = pair.vantage;
    const cutMs = query.cuts.get(id);
    let { afterSlotMs, afterSeq } =
      index === start.index ? start : { afterSlotMs: -1, afterSeq: -1 };
    for (;;) {
      const rows = read({
        serviceId: pair.serviceId,
        vantageNumber: pair.vantageNumber,
        // The index is entered at this slot: at the first of all, each page would pass over those before it.
        fromMs: Math.max(query.fromMs, afterSlotMs),
        toMs: Math.min(query.toMs, cutMs ?? query.toMs),
        afterSlotMs,
        afterSeq,
        asOfMs: query.asOfMs,
        ...(query.updatedSinceMs === undefined
          ? {}
          : {
              updatedSinceMs: query.updatedSinceMs,
              cutBeforeMs: query.cutsBefore?.get(id) ?? Number.MAX_SAFE_INTEGER,
            }),
      });
      const last = rows.at(-1);
      if (last === undefined) break;
      yield { pair, rows };
      if (rows.length < pageRows) break;
      [afterSlotMs, afterSeq] = keyOf(last);
    }
  }
}
