/** Reading one measurement with all its evidence. */
import type {
  BlindSpot,
  Measurement,
  MeasurementJudgement,
  Observation,
  Origin,
} from '../probes/types.ts';
import { unpackMarks } from './codes.ts';
import type { Connection } from './connection.ts';
import { formatMeasurementId, parseMeasurementId } from './measurement-id.ts';

/** One judgement of a measurement; revision 1 was made with the measurement. */
export type JudgementRevision = {
  readonly revision: number;
  readonly storedAtMs: number;
  readonly judgement: MeasurementJudgement;
};

/** A measurement with everything that was concluded of it. */
export type StoredMeasurement = {
  readonly id: string;
  readonly storedAtMs: number;
  readonly measurement: Measurement;
  /** The judgement in force. */
  readonly judgement: MeasurementJudgement;
  /** Newest first; the first is the one in force. */
  readonly revisions: readonly JudgementRevision[];
  /** The run before in the same lane. */
  readonly previousId?: string;
  /** The run after in the same lane. */
  readonly nextId?: string;
};

type MeasurementRow = {
  service_id: number;
  vantage_id: number;
  slot_ms: number;
  seq: number;
  entry: number;
  interval_ms: number;
  started_at_ms: number;
  elapsed_ms: number;
  loop_delay_ms: number;
  marks: number;
  stored_at_ms: number;
};

function findNeighbour(
  connection: Connection,
  row: MeasurementRow,
  direction: 'before' | 'after',
): string | undefined {
  const [sign, order] = direction === 'before' ? ['<', 'DESC'] : ['>', 'ASC'];
  const found = connection
    .prepare<[number, number, number, number], { slotMs: number; seq: number }>(
      `SELECT slot_ms AS slotMs, seq FROM measurement
       WHERE service_id = ? AND vantage_id = ? AND (slot_ms, seq) ${sign} (?, ?)
       ORDER BY slot_ms ${order}, seq ${order} LIMIT 1`,
    )
    .get(row.service_id, row.vantage_id, row.slot_ms, row.seq);
  return (
    found &&
    formatMeasurementId({
      service: connection.words.name('service', row.service_id),
      vantageId: connection.words.name('vantage', row.vantage_id),
      ...found,
    })
  );
}

function listRevisions(connection: Connection, entry: number): JudgementRevision[] {
  return connection
    .prepare<
      [number, number],
      { revision: number; stored_at_ms: number; dictionary_id: number; content: Buffer }
    >(
      `SELECT revision, stored_at_ms, dictionary_id, content FROM judgement WHERE entry = ?
       UNION ALL
       SELECT revision, stored_at_ms, dictionary_id, content FROM judgement
       WHERE measurement_entry = ? AND revision > 1
       ORDER BY revision DESC`,
    )
    .all(entry, entry)
    .map((row) => ({
      revision: row.revision,
      storedAtMs: row.stored_at_ms,
      judgement: connection.evidence.unpack(row.dictionary_id, row.content) as MeasurementJudgement,
    }));
}

/** What the column `evidence.content` holds. */
export type Evidence = {
  readonly observations: readonly Observation[];
  /** SHA-256 of the certificates that the measurement brought, hex. */
  readonly certificates: readonly string[];
  readonly blindSpots?: readonly BlindSpot[];
  readonly origin?: Origin;
};

/** The part of a measurement that is packed as one. */
export function toEvidence(measurement: Measurement): Evidence {
  const { observations, certificates, blindSpots, origin } = measurement;
  return {
    observations,
    certificates: [...certificates.keys()],
    ...(blindSpots === undefined ? {} : { blindSpots }),
    ...(origin === undefined ? {} : { origin }),
  };
}

/** One measurement with its evidence, judgements and neighbours. */
export function getMeasurement(connection: Connection, id: string): StoredMeasurement | undefined {
  const key = parseMeasurementId(id);
  const serviceId = key && connection.words.find('service', key.service);
  const vantageId = key && connection.words.find('vantage', key.vantageId);
  if (!key || serviceId === undefined || vantageId === undefined) return undefined;
  return connection.read(() => {
    const row = connection
      .prepare<
        [number, number, number, number],
        MeasurementRow & {
          dictionary_id: number;
          content: Buffer;
          software_version: string;
          probe_version: string;
          schema_version: number;
          config_hash: string;
        }
      >(
        `SELECT m.*, e.dictionary_id, e.content, p.software_version, p.probe_version, p.schema_version,
           p.config_hash
         FROM measurement m JOIN evidence e ON e.entry = m.entry JOIN provenance p ON p.id = m.provenance_id
         WHERE m.service_id = ? AND m.vantage_id = ? AND m.slot_ms = ? AND m.seq = ?`,
      )
      .get(serviceId, vantageId, key.slotMs, key.seq);
    if (!row) return undefined;
    const evidence = connection.evidence.unpack(row.dictionary_id, row.content) as Evidence;
    const certificate = connection.prepare<[Buffer], { der: Buffer }>(
      'SELECT der FROM certificate WHERE sha256 = ?',
    );
    const revisions = listRevisions(connection, row.entry);
    const [current] = revisions;
    if (!current) return undefined;
    const previousId = findNeighbour(connection, row, 'before');
    const nextId = findNeighbour(connection, row, 'after');
    return {
      id,
      storedAtMs: row.stored_at_ms,
      measurement: {
        ...key,
        intervalMs: row.interval_ms,
        startedAtMs: row.started_at_ms,
        elapsedMs: row.elapsed_ms,
        loopDelayMs: row.loop_delay_ms,
        marks: unpackMarks(row.marks, connection.codes),
        observations: evidence.observations,
        certificates: new Map(
          evidence.certificates.flatMap((sha256) => {
            const found = certificate.get(Buffer.from(sha256, 'hex'));
            return found ? [[sha256, new Uint8Array(found.der)] as const] : [];
          }),
        ),
        ...(evidence.blindSpots === undefined ? {} : { blindSpots: evidence.blindSpots }),
        ...(evidence.origin === undefined ? {} : { origin: evidence.origin }),
        provenance: {
          softwareVersion: row.software_version,
          probeVersion: row.probe_version,
          schemaVersion: row.schema_version,
          configHash: row.config_hash,
        },
      },
      judgement: current.judgement,
      revisions,
      ...(previousId === undefined ? {} : { previousId }),
      ...(nextId === undefined ? {} : { nextId }),
    };
  });
}
