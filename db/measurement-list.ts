/** Listing measurements in short, with the verdicts in force. */
import type { Confidence, FunctionId, Mark, Mechanism, Verdict } from '../probes/types.ts';
import { unpackMarks } from './codes.ts';
import type { Connection } from './connection.ts';
import { formatMeasurementId } from './measurement-id.ts';
import { CURRENT_JUDGEMENT } from './samples.ts';
import { listVantages } from './vantages.ts';
import { createFindStretch, type FindStretch, type Stretch } from './verdict-stretches.ts';

/** A measurement without its evidence, with the verdicts in force. */
export type MeasurementSummary = {
  readonly id: string;
  readonly service: string;
  readonly vantageId: string;
  readonly slotMs: number;
  readonly seq: number;
  readonly intervalMs: number;
  readonly startedAtMs: number;
  readonly elapsedMs: number;
  readonly marks: readonly Mark[];
  readonly verdict: Verdict;
  readonly mechanism?: Mechanism;
  readonly confidence: Confidence;
  readonly ruleId: string;
  /** Of what others measured; absent where it is ours. */
  readonly licence?: string;
  readonly functions: Readonly<
    Partial<Record<FunctionId, { readonly verdict: Verdict; readonly mechanism?: Mechanism }>>
  >;
};

/** Which measurements to list; every filter left out lets all pass. */
export type MeasurementQuery = {
  readonly services?: readonly string[];
  readonly vantageIds?: readonly string[];
  readonly countryCodes?: readonly string[];
  readonly asns?: readonly number[];
  /** In force. */
  readonly verdicts?: readonly Verdict[];
  readonly mechanisms?: readonly Mechanism[];
  /** True to leave out what others measured. */
  readonly isOwnOnly?: boolean;
  /** First slot, included. */
  readonly fromMs?: number;
  /** Last slot, not included. */
  readonly toMs?: number;
  /** Of these vantages nothing from the slot on. */
  readonly hidden?: readonly { readonly vantageId: string; readonly fromMs: number }[];
  readonly limit: number;
  /** `nextCursor` of the page before. One that is malformed gives the first page. */
  readonly before?: string;
  /** How many rows may be looked at for one page, so that no question holds up what else there is to do. */
  readonly maxScanned?: number;
};

/** A page of measurements, newest slot first. */
export type MeasurementPage = {
  readonly rows: readonly MeasurementSummary[];
  /** Absent on the last page. A page that ended because it had looked at enough may be short, even empty. */
  readonly nextCursor?: string;
};

type CurrentRow = {
  service_id: number;
  vantage_id: number;
  slot_ms: number;
  seq: number;
  entry: number;
  interval_ms: number;
  started_at_ms: number;
  elapsed_ms: number;
  marks: number;
  judgement_entry: number;
  verdict: number;
  mechanism: number | null;
};

function toSummary(
  connection: Connection,
  row: Omit<CurrentRow, 'verdict' | 'mechanism'>,
): MeasurementSummary {
  const { codes, words } = connection;
  const verdicts = connection
    .prepare<
      [number],
      {
        function: number;
        verdict: number;
        mechanism: number | null;
        confidence: number;
        rule_id: number;
      }
    >('SELECT * FROM judgement_verdict WHERE judgement_entry = ? ORDER BY function')
    .all(row.judgement_entry);
  const functions: Partial<Record<FunctionId, { verdict: Verdict; mechanism?: Mechanism }>> = {};
  let verdict: Verdict = 'insufficient';
  let mechanism: Mechanism | undefined;
  let confidence: Confidence = 'low';
  let ruleId = '';
  for (const each of verdicts) {
    const name = codes.function.toName(each.function);
    const said = {
      verdict: codes.verdict.toName(each.verdict),
      ...(each.mechanism === null ? {} : { mechanism: codes.mechanism.toName(each.mechanism) }),
    };
    if (name !== 'service') {
      functions[name] = said;
      continue;
    }
    ({ verdict, mechanism } = { mechanism: undefined, ...said });
    confidence = codes.confidence.toName(each.confidence);
    ruleId = words.name('rule', each.rule_id);
  }
  const licence = connection
    .prepare<[number], { licence: string }>(
      'SELECT licence FROM measurement_origin WHERE entry = ?',
    )
    .get(row.entry)?.licence;
  const key = {
    service: words.name('service', row.service_id),
    vantageId: words.name('vantage', row.vantage_id),
    slotMs: row.slot_ms,
    seq: row.seq,
  };
  return {
    id: formatMeasurementId(key),
    ...key,
    intervalMs: row.interval_ms,
    startedAtMs: row.started_at_ms,
    elapsedMs: row.elapsed_ms,
    marks: unpackMarks(row.marks, codes),
    verdict,
    ...(mechanism === undefined ? {} : { mechanism }),
    confidence,
    ruleId,
    ...(licence === undefined ? {} : { licence }),
    functions,
  };
}

/** A row that a page ends with. */
type Position = { readonly slot_ms: number; readonly entry: number };

/** Rows of one lane that have been read and not yet taken, newest first. */
type Feed = {
  readonly serviceId: number;
  readonly vantageId: number;
  /** Not included. */
  readonly toMs: number;
  rows: CurrentRow[];
  taken: number;
  isDrained: boolean;
};

/** Rows read of a lane at once, when many lanes share a page. */
const LEAST_ROWS = 8;
const MAX_SCANNED = 20_000;

const makeFeedSql = (isOwnOnly: boolean) => `
  SELECT m.*, v.verdict, v.mechanism, v.judgement_entry
  FROM measurement m JOIN judgement_verdict v ON v.judgement_entry = ${CURRENT_JUDGEMENT} AND v.function = 0
  WHERE m.service_id = ? AND m.vantage_id = ? AND m.slot_ms >= ? AND m.slot_ms < ?
    AND m.slot_ms <= ? AND (m.slot_ms < ? OR m.entry < ?)
    ${isOwnOnly ? 'AND NOT EXISTS (SELECT 1 FROM measurement_origin o WHERE o.entry = m.entry)' : ''}
  ORDER BY m.slot_ms DESC, m.entry DESC LIMIT ?`;

/** The lanes that a query names, each with where it ends. */
function openFeeds(connection: Connection, query: MeasurementQuery): Feed[] {
  const { words } = connection;
  const lets = <T>(allowed: readonly T[] | undefined, value: T): boolean =>
    allowed === undefined || allowed.includes(value);
  const toMs = query.toMs ?? Number.MAX_SAFE_INTEGER;
  const ends = new Map<number, number>();
  for (const { id, countryCode, asn } of listVantages(connection)) {
    const number = words.find('vantage', id);
    const isWanted =
      lets(query.vantageIds, id) && lets(query.countryCodes, countryCode) && lets(query.asns, asn);
    if (number === undefined || !isWanted) continue;
    const hidden = (query.hidden ?? []).filter(({ vantageId }) => vantageId === id);
    ends.set(number, Math.min(toMs, ...hidden.map(({ fromMs }) => fromMs)));
  }
  const services = query.services?.map((name) => words.find('service', name));
  return connection
    .prepare<[], { service_id: number; vantage_id: number }>(
      'SELECT service_id, vantage_id FROM lane WHERE function = 0',
    )
    .all()
    .flatMap(({ service_id: serviceId, vantage_id: vantageId }) => {
      const endMs = ends.get(vantageId);
      return endMs === undefined || !lets(services, serviceId)
        ? []
        : [{ serviceId, vantageId, toMs: endMs, rows: [], taken: 0, isDrained: false }];
    });
}

/** Where no verdict is asked for. */
const EVERYTHING: Stretch = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER - 1 };

/** Reads lanes side by side in the order of their newest rows. Each goes through its own key, so none is searched for. */
function createMerge(
  connection: Connection,
  query: MeasurementQuery,
  rowsAtOnce: number,
  findStretch: FindStretch = (_lane, atMs) => (atMs < 0 ? undefined : EVERYTHING),
) {
  const feeds = openFeeds(connection, query);
  const read = connection.prepare<number[], CurrentRow>(makeFeedSql(query.isOwnOnly === true));
  const cursor = /^(\d{1,15})-(\d{1,15})$/.exec(query.before ?? '');
  const start: Position = {
    slot_ms: cursor ? Number(cursor[1]) : Number.MAX_SAFE_INTEGER,
    entry: cursor ? Number(cursor[2]) : 0,
  };
  const { fromMs = 0 } = query;
  const atOnce = Math.max(LEAST_ROWS, Math.ceil(rowsAtOnce / Math.max(1, feeds.length)));
  const peek = (feed: Feed): CurrentRow | undefined => {
    if (feed.taken < feed.rows.length || feed.isDrained) return feed.rows[feed.taken];
    const { serviceId, vantageId, toMs } = feed;
    let { slot_ms, entry } = feed.rows.at(-1) ?? start;
    feed.taken = 0;
    for (;;) {
      const stretch = findStretch(feed, Math.min(slot_ms, toMs - 1));
      feed.isDrained = stretch === undefined || stretch.toMs < fromMs;
      if (stretch === undefined || feed.isDrained) break;
      const from = Math.max(fromMs, stretch.fromMs);
      const to = Math.min(toMs, stretch.toMs + 1);
      feed.rows = read.all(serviceId, vantageId, from, to, slot_ms, slot_ms, entry, atOnce);
      if (feed.rows.length > 0) return feed.rows[0];
      // Nothing is left of it; the one before ends earlier.
      [slot_ms, entry] = [stretch.fromMs - 1, Number.MAX_SAFE_INTEGER];
    }
    feed.rows = [];
    return undefined;
  };
  /** The next row of all, or undefined when there are no more. */
  return (): CurrentRow | undefined => {
    let newest: { readonly feed: Feed; readonly row: CurrentRow } | undefined;
    for (const feed of feeds) {
      const row = peek(feed);
      if (row === undefined) continue;
      const isNewer =
        newest === undefined ||
        row.slot_ms > newest.row.slot_ms ||
        (row.slot_ms === newest.row.slot_ms && row.entry > newest.row.entry);
      if (isNewer) newest = { feed, row };
    }
    if (newest !== undefined) newest.feed.taken += 1;
    return newest?.row;
  };
}

/** Lists measurements, newest slot first. */
export function listMeasurements(connection: Connection, query: MeasurementQuery): MeasurementPage {
  const { codes } = connection;
  const verdicts = query.verdicts?.map((name) => codes.verdict.toCode(name));
  const mechanisms = query.mechanisms?.map((name) => codes.mechanism.toCode(name));
  const isFiltered = verdicts !== undefined || mechanisms !== undefined;
  const isWanted = (row: CurrentRow): boolean =>
    (verdicts === undefined || verdicts.includes(row.verdict)) &&
    (mechanisms === undefined || (row.mechanism !== null && mechanisms.includes(row.mechanism)));
  const { limit, maxScanned = MAX_SCANNED } = query;
  return connection.read(() => {
    const next = isFiltered
      ? createMerge(
          connection,
          query,
          limit + 1,
          createFindStretch(connection, { verdicts, mechanisms }),
        )
      : createMerge(connection, query, limit + 1);
    const page: CurrentRow[] = [];
    let last: Position | undefined;
    let row = next();
    for (let scanned = 0; row !== undefined && page.length < limit; scanned += 1) {
      if (isFiltered && scanned >= maxScanned) break;
      if (isWanted(row)) page.push(row);
      last = row;
      row = next();
    }
    return {
      rows: page.map((each) => toSummary(connection, each)),
      ...(row !== undefined && last !== undefined
        ? { nextCursor: `${last.slot_ms}-${last.entry}` }
        : {}),
    };
  });
}

/** The newest measurement of every service and vantage that ever had one, by service and vantage. */
export function latestMeasurements(connection: Connection): MeasurementSummary[] {
  return connection.read(() => {
    const pairs = connection
      .prepare<[], { service_id: number; vantage_id: number }>(
        'SELECT service_id, vantage_id FROM lane WHERE function = 0',
      )
      .all();
    const latest = connection.prepare<[number, number], Omit<CurrentRow, 'verdict' | 'mechanism'>>(
      `SELECT m.*, ${CURRENT_JUDGEMENT} AS judgement_entry FROM measurement m
       WHERE m.service_id = ? AND m.vantage_id = ? ORDER BY m.slot_ms DESC, m.seq DESC LIMIT 1`,
    );
    return pairs
      .flatMap(({ service_id, vantage_id }) => latest.get(service_id, vantage_id) ?? [])
      .map((row) => toSummary(connection, row))
      .sort((a, b) => (`${a.service} ${a.vantageId}` < `${b.service} ${b.vantageId}` ? -1 : 1));
  });
}
