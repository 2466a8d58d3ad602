/** What is stored once and referred to by number: words of the configuration, provenances, lanes. */
import assert from 'node:assert/strict';
import type { Provenance } from '../probes/types.ts';
import type { Statements } from './statements.ts';

/** Tables of such words. */
const WORD_TABLES = ['service', 'vantage', 'rule', 'ruleset'] as const;
export type WordTable = (typeof WORD_TABLES)[number];

function makeMaps<Key, Value>(): Record<WordTable, Map<Key, Value>> {
  return { service: new Map(), vantage: new Map(), rule: new Map(), ruleset: new Map() };
}

/** Finds and adds words, remembering both directions: a number never changes its word. */
export class Words {
  readonly #statements: Statements;
  readonly #ids = makeMaps<string, number>();
  readonly #names = makeMaps<number, string>();
  readonly #provenances = new Map<string, number>();
  readonly #lanes = new Map<string, number>();
  readonly #certificates = new Set<string>();

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** Forgets what was kept in memory; to be called when a transaction was rolled back. */
  reset(): void {
    for (const table of WORD_TABLES) {
      this.#ids[table].clear();
      this.#names[table].clear();
    }
    this.#provenances.clear();
    this.#lanes.clear();
    this.#certificates.clear();
  }

  /** The number of a word, or undefined when it was never stored. */
  find(table: WordTable, name: string): number | undefined {
    const cached = this.#ids[table].get(name);
    if (cached !== undefined) return cached;
    const row = this.#statements
      .prepare<[string], { id: number }>(`SELECT id FROM ${table} WHERE name = ?`)
      .get(name);
    if (row) this.#remember(table, row.id, name);
    return row?.id;
  }

  /** The number of a word, added when it is new. */
  intern(table: WordTable, name: string): number {
    const found = this.find(table, name);
    if (found !== undefined) return found;
    const { lastInsertRowid } = this.#statements
      .prepare(`INSERT INTO ${table} (name) VALUES (?)`)
      .run(name);
    const id = Number(lastInsertRowid);
    this.#remember(table, id, name);
    return id;
  }

  /** The word of a number. @throws when there is none: the row that refers to it is damaged. */
  name(table: WordTable, id: number): string {
    const cached = this.#names[table].get(id);
    if (cached !== undefined) return cached;
    const row = this.#statements
      .prepare<[number], { name: string }>(`SELECT name FROM ${table} WHERE id = ?`)
      .get(id);
    assert(row, `${table} ${id} does not exist`);
    this.#remember(table, id, row.name);
    return row.name;
  }

  /** The number of a provenance, added when it is new. */
  internProvenance(provenance: Provenance): number {
    const { softwareVersion, probeVersion, schemaVersion, configHash } = provenance;
    const fields = [softwareVersion, probeVersion, schemaVersion, configHash] as const;
    const key = JSON.stringify(fields);
    const cached = this.#provenances.get(key);
    if (cached !== undefined) return cached;
    const row = this.#statements
      .prepare<typeof fields, { id: number }>(
        `SELECT id FROM provenance WHERE software_version = ? AND probe_version = ?
           AND schema_version = ? AND config_hash = ?`,
      )
      .get(...fields);
    const id =
      row?.id ??
      Number(
        this.#statements
          .prepare(
            `INSERT INTO provenance (software_version, probe_version, schema_version, config_hash)
             VALUES (?, ?, ?, ?)`,
          )
          .run(...fields).lastInsertRowid,
      );
    this.#provenances.set(key, id);
    return id;
  }

  /** The number of a lane, added when it is new. */
  internLane(serviceId: number, vantageId: number, functionCode: number): number {
    const fields = [serviceId, vantageId, functionCode] as const;
    const key = `${serviceId} ${vantageId} ${functionCode}`;
    const cached = this.#lanes.get(key);
    if (cached !== undefined) return cached;
    const row = this.#statements
      .prepare<typeof fields, { id: number }>(
        'SELECT id FROM lane WHERE service_id = ? AND vantage_id = ? AND function = ?',
      )
      .get(...fields);
    const id =
      row?.id ??
      Number(
        this.#statements
          .prepare('INSERT INTO lane (service_id, vantage_id, function) VALUES (?, ?, ?)')
          .run(...fields).lastInsertRowid,
      );
    this.#lanes.set(key, id);
    return id;
  }

  /** True when the certificate is stored or was said to be, so that the caller stores it once. */
  hasCertificate(sha256Hex: string): boolean {
    if (this.#certificates.has(sha256Hex)) return true;
    this.#certificates.add(sha256Hex);
    const row = this.#statements
      .prepare<[Buffer]>('SELECT 1 FROM certificate WHERE sha256 = ?')
      .get(Buffer.from(sha256Hex, 'hex'));
    return row !== undefined;
  }

  #remember(table: WordTable, id: number, name: string): void {
    this.#ids[table].set(name, id);
    this.#names[table].set(id, name);
  }
}
