/** The open file of an agent's spool: prepared statements, transactions, and errors that say what to do. */
import { chmodSync } from 'node:fs';
import type Database from 'better-sqlite3';
import { openDatabase } from './connection.ts';
import { holdLock } from './lock.ts';
import { SPOOL_STEPS } from './spool-schema.ts';
import { Statements } from './statements.ts';
import { applySteps } from './step-migrations.ts';
import { StoreError, toStoreError } from './store-error.ts';

/** The one row about the spool as a whole. */
export type SpoolState = {
  readonly instance: string;
  readonly vantage: string;
  readonly next_sequence: number;
  readonly last_slot_ms: number | null;
  readonly last_seq: number | null;
  readonly plan: string | null;
  readonly last_delivery_ms: number | null;
  readonly clock_offset_ms: number | null;
  readonly is_silenced: number;
};

/** An open spool file. Owns the handle and, when it writes, the lock. */
export class SpoolFile {
  readonly path: string;
  readonly statements: Statements;
  readonly #database: Database.Database;
  readonly #release: () => void;

  constructor(database: Database.Database, release: () => void = () => undefined) {
    this.path = database.name;
    this.#database = database;
    this.statements = new Statements(database);
    this.#release = release;
  }

  /** All rows of a query. */
  all<Row>(sql: string, ...values: readonly unknown[]): Row[] {
    return this.statements.prepare<unknown[], Row>(sql).all(...values);
  }

  /** The first row of a query. */
  get<Row>(sql: string): Row | undefined {
    return this.statements.prepare<[], Row>(sql).get();
  }

  run(sql: string, ...values: readonly unknown[]): Database.RunResult {
    return this.statements.prepare(sql).run(...values);
  }

  /** The row about the spool as a whole. */
  readState(): SpoolState {
    const row = this.get<SpoolState>('SELECT * FROM state');
    if (!row) throw new Error('the spool has no state');
    return row;
  }

  /** Runs the work in one transaction that is on disk when this returns. @throws StoreError */
  write<T>(work: () => T): T {
    try {
      return this.#database.transaction(work).immediate();
    } catch (error) {
      throw toStoreError(error, this.path);
    }
  }

  /** Bytes of what is in use; the file does not shrink, and freed pages are used again. */
  countBytes(): number {
    const count = (name: string): number => Number(this.#database.pragma(name, { simple: true }));
    return (count('page_count') - count('freelist_count')) * count('page_size');
  }

  close(): void {
    this.#database.close();
    this.#release();
  }
}

/**
 * Opens the file for the one process that writes, and makes it when it is not there; only this user may read it. Its
 * folder must exist.
 * @throws StoreError, of kind `locked` when another agent has it open
 */
export function openSpoolFile(file: string): SpoolFile {
  const release = holdLock(file);
  let database: Database.Database | undefined;
  try {
    database = openDatabase(file, 'write');
    chmodSync(file, 0o600);
    applySteps(database, file, SPOOL_STEPS);
    return new SpoolFile(database, release);
  } catch (error) {
    database?.close();
    release();
    throw adviseOnSpool(toStoreError(error, file), file);
  }
}

/** A damaged spool has no backup: what it held is lost, and the agent can go on without it. */
function adviseOnSpool(error: unknown, file: string): unknown {
  if (!(error instanceof StoreError) || error.kind !== 'corrupt') return error;
  const remedy = 'Move it away and start again: a new one is made. What was not delivered is lost.';
  return new StoreError('corrupt', file, `The file ${file} is damaged.`, remedy, { cause: error });
}
