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

/** Tables of the schema of today in a new file, synchronous = FULL, without digests, lanes and buckets. */
export type BareTables = {
  /** One transaction, on disk when this returns. */
  readonly insertBatch: (rows: readonly BareRow[]) => void;
  readonly close: () => void;
};

/** Makes the file and prepares the statements. */
export function openBareTables(file: string): BareTables {
  const database = openDatabase(file, 'write');
  migrate(file, database);
  const { content, sha256 } = readShippedDictionary();
  database.prepare('INSERT INTO dictionary VALUES (?, ?, ?)').run(1, sha256, content);
  for (const table of ['service', 'vantage', 'rule', 'ruleset'])
    database.prepare(`INSERT INTO ${table} (id, name) VALUES (1, 'x')`).run();
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
  const insertAll = database.transaction((rows: readonly BareRow[]) => {
    for (const row of rows) insert(row);
  });
  return {
    insertBatch: (rows) => insertAll.immediate(rows),
    close: () => void database.close(),
  };
}
