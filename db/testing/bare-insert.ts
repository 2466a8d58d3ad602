/** The facts, evidence and judgements of measurements through bare prepared statements: what benchmarks compare with. */
import type { Measurement } from '../../probes/types.ts';
import { openDatabase } from '../connection.ts';
import { CURRENT_DICTIONARY_ID, readShippedDictionary } from '../evidence.ts';
import { migrate } from '../migrate.ts';

/** A measurement with everything packed. */
export type BareRow = {
  readonly measurement: Measurement;
  readonly evidence: Uint8Array;
  readonly judgement: Uint8Array;
  /** How many verdicts the judgement has. */
  readonly verdicts: number;
};

const LANE_TABLES = ['lane', 'span', 'bucket_hour', 'bucket_day'] as const;

/** Rows of the tables that are derived: lanes, spans and counts. */
export type LaneRows = Readonly<
  Record<(typeof LANE_TABLES)[number], readonly (readonly unknown[])[]>
>;

/** Reads the derived rows of a closed store, so that bare statements can write the same. */
export function readLaneRows(file: string): LaneRows {
  const database = openDatabase(file, 'read');
  const read = (table: string): unknown[][] =>
    database.prepare(`SELECT * FROM ${table}`).raw().all() as unknown[][]; // with raw() every row is a list
  try {
    const [lane, span, bucketHour, bucketDay] = LANE_TABLES.map(read);
    return {
      lane: lane ?? [],
      span: span ?? [],
      bucket_hour: bucketHour ?? [],
      bucket_day: bucketDay ?? [],
    };
  } finally {
    database.close();
  }
}

/** Parts the rows evenly over so many batches; all lanes come with the first. */
export function shareLaneRows(rows: LaneRows, batches: number): LaneRows[] {
  const part = (table: (typeof LANE_TABLES)[number], index: number) => {
    const all = rows[table];
    const at = (n: number): number => Math.floor((all.length * n) / batches);
    return all.slice(at(index), at(index + 1));
  };
  return Array.from({ length: batches }, (_, index) => ({
    lane: index === 0 ? rows.lane : [],
    span: part('span', index),
    bucket_hour: part('bucket_hour', index),
    bucket_day: part('bucket_day', index),
  }));
}

/** Tables of the schema of today in a new file, synchronous = FULL, without digests. */
export type BareTables = {
  /** One transaction, on disk when this returns. */
  readonly insertBatch: (rows: readonly BareRow[], derived?: LaneRows) => void;
  readonly close: () => void;
};

/** Vantages and services that derived rows may name. */
const MAX_WORDS = 1_000;

/** Makes the file and prepares the statements. */
export function openBareTables(file: string): BareTables {
  const database = openDatabase(file, 'write');
  migrate(file, database);
  const { content, sha256 } = readShippedDictionary();
  database.prepare('INSERT INTO dictionary VALUES (?, ?, ?)').run(1, sha256, content);
  for (const table of ['service', 'vantage', 'rule', 'ruleset'])
    for (let id = 1; id <= MAX_WORDS; id += 1)
      database.prepare(`INSERT INTO ${table} (id, name) VALUES (?, ?)`).run(id, `x${id}`);
  database.prepare("INSERT INTO provenance VALUES (1, 'x', 'x', 1, 'x')").run();
  const measurement = database.prepare(
    'INSERT INTO measurement VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const evidence = database.prepare('INSERT INTO evidence VALUES (?, ?, ?, ?, ?, ?, ?)');
  const judgement = database.prepare('INSERT INTO judgement VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  const verdict = database.prepare('INSERT INTO judgement_verdict VALUES (?, ?, ?, ?, ?, ?)');
  const certificate = database.prepare('INSERT INTO certificate VALUES (?, ?, ?, ?)');
  const seen = new Set<string>();
  const digest = Buffer.alloc(16);
  let entry = 0;
  const insert = ({ measurement: m, ...packed }: BareRow): void => {
    for (const [name, der] of m.certificates) {
      if (seen.has(name)) continue;
      seen.add(name);
      entry += 1;
      certificate.run(entry, Buffer.from(name, 'hex'), der, m.slotMs);
    }
    entry += 1;
    const key = [1, 1, m.slotMs, entry];
    const facts = [m.intervalMs, m.startedAtMs, m.elapsedMs, m.loopDelayMs, 16, 1, m.slotMs];
    measurement.run(...key, entry, ...facts, digest);
    evidence.run(entry, ...key, CURRENT_DICTIONARY_ID, packed.evidence);
    judgement.run(entry, entry, 1, 1, CURRENT_DICTIONARY_ID, packed.judgement, m.slotMs, null);
    for (let code = 0; code < packed.verdicts; code += 1) verdict.run(entry, code, 1, null, 3, 1);
  };
  const derive = LANE_TABLES.map((table) => {
    const columns = database.prepare(`SELECT * FROM ${table}`).columns().length;
    const values = Array(columns).fill('?').join(', ');
    return [table, database.prepare(`INSERT INTO ${table} VALUES (${values})`)] as const;
  });
  const insertAll = database.transaction((rows: readonly BareRow[], derived?: LaneRows) => {
    for (const row of rows) insert(row);
    if (!derived) return;
    for (const [table, statement] of derive)
      for (const values of derived[table]) statement.run(...values);
  });
  return {
    insertBatch: (rows, derived) => insertAll.immediate(rows, derived),
    close: () => void database.close(),
  };
}
