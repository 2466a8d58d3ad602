/** Reads everything append-only back in the order of storing, with the digests that it should have. */
import { hash } from 'node:crypto';
import type { Connection } from './connection.ts';
import {
  digestCertificate,
  digestEvent,
  digestIncidentEntry,
  digestJudgement,
  digestMeasurement,
  digestRevision,
  type JudgementEntry,
} from './entries.ts';
import {
  type JudgementRow,
  type ReadVerdict,
  readJudgement,
  SELECT_JUDGEMENT,
} from './judgement-reader.ts';
import { formatMeasurementId } from './measurement-id.ts';

/** An append-only row as it is now. */
export type ReadEntry = {
  readonly entry: number;
  /** What it is, for people. */
  readonly where: string;
  /** Recomputed from its content. */
  readonly digest: Buffer;
  /** Absent when its table keeps none. */
  readonly storedDigest?: Buffer;
  /** Plain words, without a full stop. */
  readonly problems: readonly string[];
  /** Compressed parts; those of judgements with the verdict columns. */
  readonly packed: readonly {
    readonly dictionaryId: number;
    readonly content: Uint8Array;
    readonly verdicts?: readonly ReadVerdict[];
  }[];
};

type MeasurementRow = {
  entry: number;
  measured_entry: number | null;
  service: string;
  vantage: string;
  slot_ms: number;
  seq: number;
  interval_ms: number;
  started_at_ms: number;
  elapsed_ms: number;
  loop_delay_ms: number;
  marks: number;
  stored_at_ms: number;
  digest: Buffer;
  software_version: string;
  probe_version: string;
  schema_version: number;
  config_hash: string;
  dictionary_id: number;
  content: Buffer;
};

/**
 * The rows of a statement one by one. It begins with the first row that is asked for and is ended in any case, also when
 * a row cannot be read, as a flipped bit may have it: while it runs the connection is busy.
 */
function* stream<Row>(statement: { iterate: () => IterableIterator<Row> }): Generator<Row> {
  const rows = statement.iterate();
  try {
    yield* rows;
  } finally {
    rows.return?.();
  }
}

function nameMeasurement(row: MeasurementRow): string {
  try {
    const { service, vantage: vantageId, slot_ms: slotMs, seq } = row;
    return `measurement ${formatMeasurementId({ service, vantageId, slotMs, seq })}`;
  } catch {
    return `measurement with entry ${row.entry}`;
  }
}

function* readMeasurements(connection: Connection): Generator<ReadEntry> {
  const rows = connection.database.prepare<[], MeasurementRow>(
    `SELECT e.entry, m.entry AS measured_entry, s.name AS service, v.name AS vantage, e.slot_ms, e.seq,
         m.interval_ms, m.started_at_ms, m.elapsed_ms, m.loop_delay_ms, m.marks, m.stored_at_ms, m.digest,
         p.software_version, p.probe_version, p.schema_version, p.config_hash, e.dictionary_id, e.content
       FROM evidence e
       LEFT JOIN measurement m ON m.service_id = e.service_id AND m.vantage_id = e.vantage_id
         AND m.slot_ms = e.slot_ms AND m.seq = e.seq
       LEFT JOIN service s ON s.id = e.service_id
       LEFT JOIN vantage v ON v.id = e.vantage_id
       LEFT JOIN provenance p ON p.id = m.provenance_id
       ORDER BY e.entry`,
  );
  const first = connection.database.prepare<[number], JudgementRow>(
    `${SELECT_JUDGEMENT} WHERE j.entry = ?`,
  );
  for (const row of stream(rows)) {
    const judgementRow = first.get(row.entry);
    const judgement = judgementRow && readJudgement(connection, judgementRow);
    const { entry, service, vantage, seq, marks, content } = row;
    const problems: string[] = [];
    if (row.measured_entry !== entry) problems.push('Its facts are missing');
    if (!judgement || judgementRow.revision !== 1 || judgementRow.digest !== null)
      problems.push('Its first judgement is missing or damaged');
    const fallback: JudgementEntry = {
      entry,
      measurementEntry: entry,
      revision: 1,
      storedAtMs: row.stored_at_ms,
      rulesetVersion: '',
      dictionaryId: 0,
      verdicts: [],
      content: new Uint8Array(),
    };
    yield {
      entry,
      where: nameMeasurement(row),
      digest: digestMeasurement(
        {
          entry,
          storedAtMs: row.stored_at_ms,
          service,
          vantageId: vantage,
          slotMs: row.slot_ms,
          seq,
          intervalMs: row.interval_ms,
          startedAtMs: row.started_at_ms,
          elapsedMs: row.elapsed_ms,
          loopDelayMs: row.loop_delay_ms,
          marks,
          provenance: [
            row.software_version,
            row.probe_version,
            row.schema_version,
            row.config_hash,
          ],
          dictionaryId: row.dictionary_id,
          content,
        },
        judgement ?? fallback,
      ),
      storedDigest: row.digest ?? Buffer.alloc(0),
      problems,
      packed: [{ dictionaryId: row.dictionary_id, content }, ...(judgement ? [judgement] : [])],
    };
  }
}

function* readJudgements(connection: Connection): Generator<ReadEntry> {
  const rows = connection.database.prepare<[], JudgementRow>(
    `${SELECT_JUDGEMENT} WHERE j.revision <> 1 OR j.entry <> j.measurement_entry ORDER BY j.entry`,
  );
  for (const row of stream(rows)) {
    const judgement = readJudgement(connection, row);
    yield {
      entry: row.entry,
      where: `judgement ${row.revision} of the measurement with entry ${row.measurement_entry}`,
      digest: digestJudgement(judgement),
      storedDigest: row.digest ?? Buffer.alloc(0),
      problems: [],
      packed: [judgement],
    };
  }
}

function* readCertificates(connection: Connection): Generator<ReadEntry> {
  const rows = connection.database.prepare<
    [],
    { entry: number; sha256: Buffer; der: Buffer; stored_at_ms: number }
  >('SELECT entry, sha256, der, stored_at_ms FROM certificate ORDER BY entry');
  for (const row of stream(rows))
    yield {
      entry: row.entry,
      where: `certificate ${row.sha256.toString('hex')}`,
      digest: digestCertificate(row.entry, row.stored_at_ms, row.der),
      problems: hash('sha256', row.der, 'buffer').equals(row.sha256)
        ? []
        : ['Its bytes do not give its SHA-256'],
      packed: [],
    };
}

function* readRevisions(
  connection: Connection,
  kind: 'vantage' | 'announcement',
): Generator<ReadEntry> {
  const author = kind === 'vantage' ? "''" : 'r.author';
  const rows = connection.database.prepare<
    [],
    {
      entry: number;
      storedAtMs: number;
      name: string;
      revision: number;
      author: string;
      json: string;
      digest: Buffer;
    }
  >(
    `SELECT r.entry, r.stored_at_ms AS storedAtMs, o.name, r.revision, ${author} AS author, r.json, r.digest
       FROM ${kind}_revision r LEFT JOIN ${kind} o ON o.id = r.${kind}_id ORDER BY r.entry`,
  );
  for (const { digest, ...row } of stream(rows))
    yield {
      entry: row.entry,
      where: `revision ${row.revision} of the ${kind} ${row.name}`,
      digest: digestRevision(kind, row),
      storedDigest: digest,
      problems: [],
      packed: [],
    };
}

function* readEvents(connection: Connection): Generator<ReadEntry> {
  const rows = connection.database.prepare<
    [],
    {
      entry: number;
      storedAtMs: number;
      atMs: number;
      kind: string;
      detail: string;
      digest: Buffer;
    }
  >(
    `SELECT entry, stored_at_ms AS storedAtMs, at_ms AS atMs, kind, detail, digest FROM event
       ORDER BY entry`,
  );
  for (const { digest, ...row } of stream(rows))
    yield {
      entry: row.entry,
      where: `event with entry ${row.entry}`,
      digest: digestEvent(row),
      storedDigest: digest,
      problems: [],
      packed: [],
    };
}

function* readIncidentEntries(connection: Connection): Generator<ReadEntry> {
  const rows = connection.database.prepare<
    [],
    Parameters<typeof digestIncidentEntry>[0] & { digest: Buffer }
  >(
    `SELECT entry, name, kept, at_ms AS atMs, kind, text, measurement_ids AS measurementIds,
         stored_at_ms AS storedAtMs, digest FROM incident_log ORDER BY entry`,
  );
  for (const { digest, ...row } of stream(rows))
    yield {
      entry: row.entry,
      where: `entry ${row.entry} in the log of the incident ${row.name}`,
      digest: digestIncidentEntry(row),
      storedDigest: digest,
      problems: [],
      packed: [],
    };
}

/** All append-only rows by entry, read as a stream. */
export function* listEntries(connection: Connection): Generator<ReadEntry> {
  const sources = [
    readMeasurements(connection),
    readJudgements(connection),
    readCertificates(connection),
    readRevisions(connection, 'vantage'),
    readRevisions(connection, 'announcement'),
    readEvents(connection),
    readIncidentEntries(connection),
  ];
  try {
    const heads = sources.map((source) => source.next());
    for (;;) {
      let lowest = -1;
      let found: ReadEntry | undefined;
      for (const [index, head] of heads.entries())
        if (!head.done && (!found || head.value.entry < found.entry)) {
          found = head.value;
          lowest = index;
        }
      const source = sources[lowest];
      if (!found || !source) return;
      yield found;
      heads[lowest] = source.next();
    }
  } finally {
    // An iterated statement keeps the connection busy until it is ended.
    for (const source of sources) source.return(undefined);
  }
}
