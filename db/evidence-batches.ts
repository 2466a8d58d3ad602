/**
 * Measurements with their evidence for exports, page by page (batch-pages.ts), with the judgements that were in
 * force at an instant. A page is a read of its own; evidence is unpacked one measurement after the other.
 */
import type { Measurement, MeasurementJudgement, Vantage } from '../probes/types.ts';
import {
  JUDGEMENT_AS_OF,
  type MeasurementBatchQuery,
  makeUpdatedSql,
  readPages,
} from './batch-pages.ts';
import type { Connection } from './connection.ts';
import { formatMeasurementId } from './measurement-id.ts';
import type { Evidence } from './measurement-reader.ts';

/** One measurement, without its certificates. */
export type JudgedMeasurement = {
  readonly id: string;
  readonly measurement: Omit<Measurement, 'certificates' | 'marks' | 'loopDelayMs'>;
  readonly judgement: MeasurementJudgement;
  readonly vantage: Vantage;
};

/** Which measurements; their verdicts are no filter here. */
export type EvidenceQuery = Omit<MeasurementBatchQuery, 'verdicts'>;

/** Evidence of 5 KB each: some milliseconds of work. */
const PAGE_ROWS = 100;

type Row = {
  readonly slot_ms: number;
  readonly seq: number;
  readonly interval_ms: number;
  readonly started_at_ms: number;
  readonly elapsed_ms: number;
  readonly dictionary_id: number;
  readonly content: Uint8Array;
  readonly judgement_dictionary_id: number;
  readonly judgement: Uint8Array;
  readonly software_version: string;
  readonly probe_version: string;
  readonly schema_version: number;
  readonly config_hash: string;
};

function makePageSql(query: EvidenceQuery): string {
  return `
  SELECT m.slot_ms, m.seq, m.interval_ms, m.started_at_ms, m.elapsed_ms, e.dictionary_id, e.content,
    j.dictionary_id AS judgement_dictionary_id, j.content AS judgement, p.software_version, p.probe_version,
    p.schema_version, p.config_hash
  FROM measurement m JOIN evidence e ON e.entry = m.entry JOIN provenance p ON p.id = m.provenance_id
  JOIN judgement j ON j.entry = ${JUDGEMENT_AS_OF}
  WHERE m.service_id = @serviceId AND m.vantage_id = @vantageNumber AND m.slot_ms >= @fromMs AND m.slot_ms < @toMs
    AND (m.slot_ms, m.seq) > (@afterSlotMs, @afterSeq) AND m.stored_at_ms < @asOfMs
    ${query.isOwnOnly ? 'AND NOT EXISTS (SELECT 1 FROM measurement_origin o WHERE o.entry = m.entry)' : ''}
    ${makeUpdatedSql(query)}
  ORDER BY m.slot_ms, m.seq LIMIT ${PAGE_ROWS}`;
}

function toJudged(
  { evidence }: Connection,
  { service, vantage }: { readonly service: string; readonly vantage: Vantage },
  row: Row,
): JudgedMeasurement {
  const key = { service, vantageId: vantage.id, slotMs: row.slot_ms, seq: row.seq };
  const { observations, origin } = evidence.unpack(row.dictionary_id, row.content) as Evidence; // written by toEvidence
  return {
    id: formatMeasurementId(key),
    vantage,
    judgement: evidence.unpack(row.judgement_dictionary_id, row.judgement) as MeasurementJudgement,
    measurement: {
      ...key,
      intervalMs: row.interval_ms,
      startedAtMs: row.started_at_ms,
      elapsedMs: row.elapsed_ms,
      observations,
      ...(origin === undefined ? {} : { origin }),
      provenance: {
        softwareVersion: row.software_version,
        probeVersion: row.probe_version,
        schemaVersion: row.schema_version,
        configHash: row.config_hash,
      },
    },
  };
}

/** Reads measurements page by page; memory stays the same however many there are. */
export function* readEvidenceBatches(
  connection: Connection,
  query: EvidenceQuery,
): Generator<JudgedMeasurement[]> {
  const statement = connection.database.prepare<unknown[], Row>(makePageSql(query));
  const pages = readPages(connection, query, {
    pageRows: PAGE_ROWS,
    read: (bounds) => statement.all(bounds),
    keyOf: (row) => [row.slot_ms, row.seq],
  });
  for (const { pair, rows } of pages) yield rows.map((row) => toJudged(connection, pair, row));
}
