/** Listing measurements in short, with the verdicts in force. */
import type { Confidence, FunctionId, Mark, Mechanism, Verdict } from '../probes/types.ts';
import { unpackMarks } from './codes.ts';
import type { Connection } from './connection.ts';
import { formatMeasurementId } from './measurement-id.ts';
import { CURRENT_JUDGEMENT } from './samples.ts';
import { listVantages } from './vantages.ts';

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
  readonly functions: Readonly<
    Partial<Record<FunctionId, { readonly verdict: Verdict; readonly mechanism?: Mechanism }>>
  >;
};

/** Which measurements to list. */
export type MeasurementQuery = {
  readonly service?: string;
  readonly vantageId?: string;
  readonly countryCode?: string;
  readonly verdict?: Verdict;
  /** First slot, included. */
  readonly fromMs?: number;
  /** Last slot, not included. */
  readonly toMs?: number;
  /** Of these vantages nothing from the slot on. */
  readonly hidden?: readonly { readonly vantageId: string; readonly fromMs: number }[];
  readonly limit: number;
  /** `nextCursor` of the page before. One that is malformed gives the first page. */
  readonly before?: string;
};

/** A page of measurements, newest slot first. */
export type MeasurementPage = {
  readonly rows: readonly MeasurementSummary[];
  /** Absent on the last page. */
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
};

function toSummary(connection: Connection, row: CurrentRow): MeasurementSummary {
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
    functions,
  };
}

/** Lists measurements, newest slot first. */
export function listMeasurements(connection: Connection, query: MeasurementQuery): MeasurementPage {
  const conditions: string[] = [];
  const values: number[] = [];
  const add = (condition: string, ...parameters: number[]) => {
    conditions.push(condition);
    values.push(...parameters);
  };
  const { words } = connection;
  if (query.service !== undefined)
    add('m.service_id = ?', words.find('service', query.service) ?? -1);
  if (query.vantageId !== undefined)
    add('m.vantage_id = ?', words.find('vantage', query.vantageId) ?? -1);
  if (query.countryCode !== undefined) {
    const ids = listVantages(connection)
      .filter((vantage) => vantage.countryCode === query.countryCode)
      .map((vantage) => words.find('vantage', vantage.id) ?? -1);
    add(`m.vantage_id IN (${ids.map(() => '?').join(', ')})`, ...ids);
  }
  if (query.fromMs !== undefined) add('m.slot_ms >= ?', query.fromMs);
  if (query.toMs !== undefined) add('m.slot_ms < ?', query.toMs);
  for (const { vantageId, fromMs } of query.hidden ?? [])
    add(
      'NOT (m.vantage_id = ? AND m.slot_ms >= ?)',
      words.find('vantage', vantageId) ?? -1,
      fromMs,
    );
  const cursor = /^(\d{1,15})-(\d{1,15})$/.exec(query.before ?? '');
  if (cursor) add('(m.slot_ms, m.entry) < (?, ?)', Number(cursor[1]), Number(cursor[2]));
  const join = query.verdict
    ? `JOIN judgement_verdict v ON v.judgement_entry = ${CURRENT_JUDGEMENT} AND v.function = 0 AND v.verdict = ?`
    : '';
  if (query.verdict) values.unshift(connection.codes.verdict.toCode(query.verdict));
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  return connection.read(() => {
    const rows = connection
      .prepare<number[], CurrentRow>(
        `SELECT m.*, ${CURRENT_JUDGEMENT} AS judgement_entry FROM measurement m ${join} ${where}
         ORDER BY m.slot_ms DESC, m.entry DESC LIMIT ?`,
      )
      .all(...values, query.limit + 1);
    const page = rows.slice(0, query.limit);
    const last = page.at(-1);
    return {
      rows: page.map((row) => toSummary(connection, row)),
      ...(rows.length > page.length && last ? { nextCursor: `${last.slot_ms}-${last.entry}` } : {}),
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
    const latest = connection.prepare<[number, number], CurrentRow>(
      `SELECT m.*, ${CURRENT_JUDGEMENT} AS judgement_entry FROM measurement m
       WHERE m.service_id = ? AND m.vantage_id = ? ORDER BY m.slot_ms DESC, m.seq DESC LIMIT 1`,
    );
    return pairs
      .flatMap(({ service_id, vantage_id }) => latest.get(service_id, vantage_id) ?? [])
      .map((row) => toSummary(connection, row))
      .sort((a, b) => (`${a.service} ${a.vantageId}` < `${b.service} ${b.vantageId}` ? -1 : 1));
  });
}
