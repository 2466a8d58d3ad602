/** Measurements that others made: stored once under the name they have there, in batches; and all runs in order, for exports. */
import type { Measurement, MeasurementJudgement, Origin } from '../probes/types.ts';
import type { Connection } from './connection.ts';
import { formatMeasurementId } from './measurement-id.ts';
import type { Evidence } from './measurement-reader.ts';
import { insertMeasurement } from './measurements.ts';
import { isBorrowed, listVantages } from './vantages.ts';

/** A measurement of others with our judgement; its `seq` is chosen when it is stored. */
export type ImportedRun = {
  readonly measurement: Measurement & { readonly origin: Origin };
  readonly judgement: MeasurementJudgement;
};

/** Tells whether a measurement of others is stored under its name there, for one service or for any. */
export function hasOrigin(
  connection: Connection,
  { provider, reference }: Pick<Origin, 'provider' | 'reference'>,
  service?: string,
): boolean {
  const serviceId = service === undefined ? undefined : connection.words.find('service', service);
  if (service !== undefined && serviceId === undefined) return false;
  const row = connection
    .prepare<[string, string, number | null], { entry: number }>(
      `SELECT entry FROM measurement_origin WHERE provider = ? AND reference = ?
       AND service_id = IFNULL(?, service_id) LIMIT 1`,
    )
    .get(provider, reference, serviceId ?? null);
  return row !== undefined;
}

/** The number of the next run of a slot. */
function nextSeq(connection: Connection, { service, vantageId, slotMs }: Measurement): number {
  const row = connection
    .prepare<[number, number, number], { seq: number }>(
      `SELECT COALESCE(MAX(seq) + 1, 0) AS seq FROM measurement
       WHERE service_id = ? AND vantage_id = ? AND slot_ms = ?`,
    )
    .get(
      connection.words.find('service', service) ?? -1,
      connection.words.find('vantage', vantageId) ?? -1,
      slotMs,
    );
  return row?.seq ?? 0;
}

/**
 * Stores runs of others in one transaction, all of them or none; on disk when this returns. One whose name is there
 * already is left as it is. @throws StoreError
 */
export function insertImports(
  connection: Connection,
  runs: readonly ImportedRun[],
): ('inserted' | 'duplicate')[] {
  return connection.write(() =>
    runs.map(({ measurement, judgement }) => {
      if (hasOrigin(connection, measurement.origin, measurement.service)) return 'duplicate';
      const seq = nextSeq(connection, measurement);
      return insertMeasurement(connection, { ...measurement, seq }, judgement);
    }),
  );
}

/** Which runs to go through, oldest slot first. */
export type RunOrderQuery = {
  readonly services?: readonly string[];
  readonly vantageIds?: readonly string[];
  /** First slot, included. */
  readonly fromMs: number;
  /** Last slot, not included. */
  readonly toMs: number;
  /** True to leave out those that others made. */
  readonly isOwnOnly: boolean;
  readonly limit: number;
  /** Where the page before ended. */
  readonly after?: RunCursor;
};

/** Place in the order of slots. */
export type RunCursor = { readonly slotMs: number; readonly entry: number };

/** A page of ids; `after` is absent on the last one. */
export type RunOrderPage = { readonly ids: readonly string[]; readonly after?: RunCursor };

/** Licences of what others measured of a service at a vantage, sorted; empty for what is ours alone. */
export function listLicences(
  connection: Connection,
  { service, vantageId }: { readonly service: string; readonly vantageId: string },
): string[] {
  const { words } = connection;
  return connection
    .prepare<[number, number], { licence: string }>(
      `SELECT DISTINCT o.licence FROM measurement m JOIN measurement_origin o ON o.entry = m.entry
     WHERE m.service_id = ? AND m.vantage_id = ? ORDER BY o.licence`,
    )
    .all(words.find('service', service) ?? -1, words.find('vantage', vantageId) ?? -1)
    .map(({ licence }) => licence);
}

/** Ids of runs, oldest slot first and by entry inside one. */
export function listRunsInOrder(connection: Connection, query: RunOrderQuery): RunOrderPage {
  const { words } = connection;
  const conditions = ['m.slot_ms >= ?', 'm.slot_ms < ?', '(m.slot_ms, m.entry) > (?, ?)'];
  const { slotMs = -1, entry = -1 } = query.after ?? {};
  const values = [query.fromMs, query.toMs, slotMs, entry];
  const isOneOf = (column: string, table: 'service' | 'vantage', names?: readonly string[]) => {
    if (names === undefined) return;
    conditions.push(`m.${column} IN (${names.map(() => '?').join(', ')})`);
    values.push(...names.map((name) => words.find(table, name) ?? -1));
  };
  isOneOf('service_id', 'service', query.services);
  isOneOf('vantage_id', 'vantage', query.vantageIds);
  if (query.isOwnOnly) conditions.push('m.entry NOT IN (SELECT entry FROM measurement_origin)');
  const rows = connection
    .prepare<
      number[],
      { service_id: number; vantage_id: number; slot_ms: number; seq: number; entry: number }
    >(
      `SELECT m.service_id, m.vantage_id, m.slot_ms, m.seq, m.entry FROM measurement m
       WHERE ${conditions.join(' AND ')} ORDER BY m.slot_ms, m.entry LIMIT ?`,
    )
    .all(...values, query.limit);
  const last = rows.at(-1);
  return {
    ids: rows.map((row) =>
      formatMeasurementId({
        service: words.name('service', row.service_id),
        vantageId: words.name('vantage', row.vantage_id),
        slotMs: row.slot_ms,
        seq: row.seq,
      }),
    ),
    ...(rows.length === query.limit && last
      ? { after: { slotMs: last.slot_ms, entry: last.entry } }
      : {}),
  };
}

/** A row of `measurement_origin`, with what the evidence of its entry says; either may be missing. */
export type OriginPair = {
  readonly entry: number;
  readonly serviceId: number;
  readonly stored?: Pick<Origin, 'provider' | 'licence' | 'reference'>;
  readonly said?: Pick<Origin, 'provider' | 'licence' | 'reference'>;
};

/** Goes through all runs that have an origin or come from a vantage of others, by entry. */
export function* listOrigins(connection: Connection): Generator<OriginPair> {
  const foreign = listVantages(connection)
    .filter(isBorrowed)
    .map(({ id }) => connection.words.find('vantage', id) ?? -1);
  const marks = foreign.map(() => '?').join(', ');
  // Page by page, so that the statement is never left open.
  const page = connection.prepare<number[], OriginRow>(
    `SELECT e.entry, e.service_id, e.dictionary_id, e.content, o.provider, o.licence, o.reference,
       o.service_id AS origin_service_id
     FROM evidence e LEFT JOIN measurement_origin o ON o.entry = e.entry
     WHERE e.entry > ? AND (o.entry IS NOT NULL OR e.vantage_id IN (${marks}))
     ORDER BY e.entry LIMIT 500`,
  );
  let last = 0;
  for (let rows = page.all(last, ...foreign); rows.length > 0; rows = page.all(last, ...foreign)) {
    for (const row of rows) yield toPair(connection, row);
    last = rows.at(-1)?.entry ?? last;
  }
}

type OriginRow = {
  entry: number;
  service_id: number;
  dictionary_id: number;
  content: Buffer;
  provider: Origin['provider'] | null;
  licence: string | null;
  reference: string | null;
  origin_service_id: number | null;
};

function toPair(connection: Connection, row: OriginRow): OriginPair {
  const { entry, provider, licence, reference } = row;
  const evidence = connection.evidence.unpack(row.dictionary_id, row.content) as Evidence;
  const hasRow = provider !== null && licence !== null && reference !== null;
  const isSameService = row.origin_service_id === row.service_id;
  const said = evidence.origin;
  return {
    entry,
    serviceId: row.service_id,
    ...(hasRow ? { stored: { provider, licence, reference: isSameService ? reference : '' } } : {}),
    ...(said
      ? { said: { provider: said.provider, licence: said.licence, reference: said.reference } }
      : {}),
  };
}

/** Makes the table of origins again from the evidence. Inside a transaction. */
export function rebuildOrigins(connection: Connection): void {
  const pairs = [...listOrigins(connection)];
  connection.prepare('DELETE FROM measurement_origin').run();
  const insert = connection.prepare(
    'INSERT INTO measurement_origin (entry, provider, licence, reference, service_id) VALUES (?, ?, ?, ?, ?)',
  );
  for (const { entry, serviceId, said } of pairs)
    if (said) insert.run(entry, said.provider, said.licence, said.reference, serviceId);
}
