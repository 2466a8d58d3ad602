/** Measurements for exports as columns, page by page (batch-pages.ts). */
import { FUNCTIONS } from '../probes/types.ts';
import {
  JUDGEMENT_AS_OF,
  type MeasurementBatchQuery,
  makeUpdatedSql,
  type Pair,
  readPages,
} from './batch-pages.ts';
import { unpackMarks } from './codes.ts';
import type { Connection } from './connection.ts';
import { type Batch, type Cells, orderCells } from './dictionary/batch.ts';
import type { CellValue, RowOf } from './dictionary/column.ts';
import { DATA_LICENCE } from './dictionary/licence.ts';
import { MEASUREMENTS } from './dictionary/measurements.ts';

/** Rows per read: a few milliseconds of work, and half a megabyte of text at most. */
const PAGE_ROWS = 500;
/** Bits for one verdict in the packed column; codes of verdicts are below. */
const VERDICT_BITS = 3;
const VERDICT_MASK = 2 ** VERDICT_BITS - 1;

/** Positions in a raw row, in the order of the statement. */
const [SLOT, SEQ, INTERVAL, STARTED, ELAPSED, LOOP, MARKS_AT, PROVENANCE] = [
  0, 1, 2, 3, 4, 5, 6, 7,
];
const [VERDICT, MECHANISM, CONFIDENCE, RULE, RULESET, REVISION, FUNCTION_BITS] = [
  8, 9, 10, 11, 12, 13, 14,
];
const [PROVIDER, LICENCE, REFERENCE] = [15, 16, 17];
type Raw = readonly (number | string | null)[];

/** The statement for one page of one pair; the SQL for benchmarks and for `count` hangs on it too. */
function makePageSql(query: MeasurementBatchQuery, connection: Connection): string {
  const verdicts = query.verdicts?.map((one) => connection.codes.verdict.toCode(one));
  return `
  SELECT m.slot_ms, m.seq, m.interval_ms, m.started_at_ms, m.elapsed_ms, m.loop_delay_ms, m.marks, m.provenance_id,
    v.verdict, v.mechanism, v.confidence, v.rule_id, j.ruleset_id, j.revision,
    (SELECT SUM(f.verdict << (${VERDICT_BITS} * f.function)) FROM judgement_verdict f
     WHERE f.judgement_entry = v.judgement_entry AND f.function > 0),
    o.provider, o.licence, o.reference
  FROM measurement m
  JOIN judgement_verdict v ON v.judgement_entry = ${JUDGEMENT_AS_OF} AND v.function = 0
  LEFT JOIN judgement j ON j.entry = v.judgement_entry
  LEFT JOIN measurement_origin o ON o.entry = m.entry
  WHERE m.service_id = @serviceId AND m.vantage_id = @vantageNumber AND m.slot_ms >= @fromMs AND m.slot_ms < @toMs
    AND (m.slot_ms, m.seq) > (@afterSlotMs, @afterSeq) AND m.stored_at_ms < @asOfMs
    ${verdicts ? `AND v.verdict IN (${verdicts.join(', ')})` : ''}
    ${query.isOwnOnly ? 'AND o.entry IS NULL' : ''}
    ${makeUpdatedSql(query)}
  ORDER BY m.slot_ms, m.seq LIMIT ${PAGE_ROWS}`;
}

/** Turns numbers into words, remembering what was looked up. */
function createReader(connection: Connection) {
  const { codes, words } = connection;
  const names = <T>(read: (code: number) => T) => {
    const known = new Map<number, T>();
    return (code: number): T => {
      const found = known.get(code) ?? read(code);
      known.set(code, found);
      return found;
    };
  };
  const provenances = connection.prepare<
    [number],
    {
      software_version: string;
      probe_version: string;
      schema_version: number;
      config_hash: string;
    }
  >('SELECT * FROM provenance WHERE id = ?');
  return {
    toStamp: createStampWriter(),
    verdict: names((code) => codes.verdict.toName(code)),
    mechanism: names((code) => codes.mechanism.toName(code)),
    confidence: names((code) => codes.confidence.toName(code)),
    marks: names((bits): readonly string[] => unpackMarks(bits, codes)),
    rule: names((id) => words.name('rule', id)),
    ruleset: names((id) => words.name('ruleset', id)),
    provenance: names((id) => provenances.get(id)),
    functionCodes: FUNCTIONS.map((name) => codes.function.toCode(name)),
  };
}
type Reader = ReturnType<typeof createReader>;

const same = (value: CellValue): Cells => ({ kind: 'same', value });
const each = (values: readonly CellValue[]): Cells => ({ kind: 'each', values });

/** One value for all rows when they agree, as they nearly always do. */
function squeeze(rows: readonly Raw[], at: number, read: (raw: Raw[number]) => CellValue): Cells {
  const first = rows[0]?.[at] ?? null;
  return rows.every((row) => row[at] === first)
    ? same(read(first))
    : each(rows.map((row) => read(row[at] ?? null)));
}

type NamedCells = Readonly<Record<keyof RowOf<typeof MEASUREMENTS>, Cells>>;

/** Verdicts about functions, unpacked from one number per row. */
function toFunctionCells({ functionCodes, verdict }: Reader, rows: readonly Raw[]) {
  const read = (code: number) => (packed: Raw[number]) => {
    const bits = Math.floor(Number(packed ?? 0) / 2 ** (VERDICT_BITS * code)) % (VERDICT_MASK + 1);
    return bits === 0 ? null : verdict(bits);
  };
  return Object.fromEntries(
    FUNCTIONS.map((name, index) => [
      `verdict_${name}`,
      squeeze(rows, FUNCTION_BITS, read(functionCodes[index] ?? 0)),
    ]),
  ) as Pick<NamedCells, `verdict_${(typeof FUNCTIONS)[number]}`>; // one per function, as made here
}

/** Writes slots as ids have them, e.g. `20220304T120000Z`; the day is worked out once for all slots in it. */
function createStampWriter(): (slotMs: number) => string {
  let knownMs = Number.NaN;
  let day = '';
  return (slotMs) => {
    const dayMs = Math.floor(slotMs / DAY_MS) * DAY_MS;
    if (dayMs !== knownMs) {
      knownMs = dayMs;
      day = new Date(dayMs).toISOString().slice(0, 10).replaceAll('-', '');
    }
    const seconds = Math.floor((slotMs - dayMs) / 1_000);
    const [hour, minute] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
    // The leading 1 keeps zeros in front, and is cut off.
    return `${day}T${String(1_000_000 + hour * 10_000 + minute * 100 + (seconds % 60)).slice(1)}Z`;
  };
}
const DAY_MS = 86_400_000;

function toBatch(
  reader: Reader,
  { service, vantage }: Pair,
  rows: readonly Raw[],
  isBlurred: boolean,
): Batch {
  const ids: string[] = [];
  const rounds: string[] = [];
  for (const row of rows) {
    const round = `${vantage.id}.${reader.toStamp(Number(row[SLOT]))}`;
    rounds.push(round);
    ids.push(`${service}.${round}${row[SEQ] === 0 ? '' : `.${row[SEQ]}`}`);
  }
  const word = (read: (code: number) => string) => (code: Raw[number]) =>
    code === null ? null : read(Number(code));
  const from = <T extends CellValue>(
    read: (of: NonNullable<ReturnType<Reader['provenance']>>) => T,
  ) =>
    squeeze(rows, PROVENANCE, (id) => {
      const found = reader.provenance(Number(id));
      return found ? read(found) : null;
    });
  const raw = (at: number) => squeeze(rows, at, (value) => value);
  const named: NamedCells = {
    id: each(ids),
    round_id: each(rounds),
    service: same(service),
    vantage_id: same(vantage.id),
    country: same(vantage.countryCode),
    asn: same(vantage.asn === 0 ? null : vantage.asn),
    network_name: same(vantage.networkName),
    network_type: same(vantage.access),
    vantage_kind: same(vantage.kind),
    vantage_role: same(vantage.role),
    scheduled_at: raw(SLOT),
    seq: raw(SEQ),
    interval_ms: raw(INTERVAL),
    started_at: raw(isBlurred ? SLOT : STARTED),
    duration_ms: raw(ELAPSED),
    loop_delay_ms: raw(LOOP),
    marks: squeeze(rows, MARKS_AT, (bits) => reader.marks(Number(bits))),
    verdict: squeeze(rows, VERDICT, word(reader.verdict)),
    mechanism: squeeze(rows, MECHANISM, word(reader.mechanism)),
    confidence: squeeze(rows, CONFIDENCE, word(reader.confidence)),
    rule_id: squeeze(rows, RULE, word(reader.rule)),
    ...toFunctionCells(reader, rows),
    ruleset_version: squeeze(rows, RULESET, word(reader.ruleset)),
    revision: squeeze(rows, REVISION, (revision) => revision ?? 1),
    provider: raw(PROVIDER),
    licence: squeeze(rows, LICENCE, (licence) => licence ?? DATA_LICENCE.name),
    provider_reference: raw(REFERENCE),
    software_version: from((one) => one.software_version),
    probe_version: from((one) => one.probe_version),
    schema_version: from((one) => one.schema_version),
    config_hash: from((one) => one.config_hash),
  };
  return orderCells(MEASUREMENTS, rows.length, named);
}

/** Measurements in batches, each read by itself; memory stays the same however many there are. */
export function* readMeasurementBatches(
  connection: Connection,
  query: MeasurementBatchQuery,
): Generator<Batch> {
  const reader = createReader(connection);
  const statement = connection.database
    .prepare<unknown[], Raw>(makePageSql(query, connection))
    .raw();
  const pages = readPages(connection, query, {
    pageRows: PAGE_ROWS,
    read: (bounds) => statement.all(bounds),
    keyOf: (row) => [Number(row[SLOT]), Number(row[SEQ])],
  });
  for (const { pair, rows } of pages)
    yield toBatch(reader, pair, rows, query.cuts.has(pair.vantage.id));
}

/** When anything that a revision has was stored last; 0 in an empty store. */
export function readLastStoredMs(connection: Connection): number {
  const row = connection
    .prepare<[], { lastMs: number | null }>(
      `SELECT MAX(at) AS lastMs FROM (
         SELECT (SELECT stored_at_ms FROM judgement ORDER BY entry DESC LIMIT 1) AS at
         UNION ALL SELECT (SELECT stored_at_ms FROM announcement_revision ORDER BY entry DESC LIMIT 1)
         UNION ALL SELECT (SELECT stored_at_ms FROM vantage_revision ORDER BY entry DESC LIMIT 1)
         UNION ALL SELECT (SELECT stored_at_ms FROM incident_log ORDER BY entry DESC LIMIT 1)
         UNION ALL SELECT (SELECT built_at_ms FROM ledger_revision ORDER BY revision DESC LIMIT 1))`,
    )
    .get();
  return row?.lastMs ?? 0;
}
