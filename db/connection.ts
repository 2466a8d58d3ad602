/** One open database: prepared statements kept, transactions, and what every part of the store needs at hand. */
import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import { Chain } from './chain.ts';
import { type Codes, loadCodes } from './codes.ts';
import { EvidenceCodec } from './evidence.ts';
import { LaneChanges } from './lane-changes.ts';
import type { SpanRow } from './spans.ts';
import { Statements } from './statements.ts';
import { toStoreError } from './store-error.ts';
import { Words } from './words.ts';

/** The wall clock, epoch milliseconds UTC. */
export type WallClock = { readonly nowMs: () => number };

export type ConnectionMode = 'write' | 'read';

/** How long a statement waits for another process's transaction. */
const BUSY_TIMEOUT_MS = 5000;

/**
 * Pages in the write-ahead log before they are moved into the database, 16 MiB. Each insert touches the same pages
 * of spans, buckets and chain again; with SQLite's 1000 inserting is about a tenth slower (insert.bench.ts).
 */
const CHECKPOINT_PAGES = 4000;

/** Opens the file and sets what every connection needs. @throws StoreError */
export function openDatabase(file: string, mode: ConnectionMode): Database.Database {
  let database: Database.Database | undefined;
  try {
    database = new Database(file, {
      readonly: mode === 'read',
      fileMustExist: mode === 'read',
      timeout: BUSY_TIMEOUT_MS,
    });
    database.pragma('trusted_schema = OFF');
    database.pragma('cell_size_check = ON');
    database.pragma('foreign_keys = ON');
    if (mode === 'write') {
      database.pragma('secure_delete = ON');
      database.pragma('journal_mode = WAL');
      // FULL, not WAL's usual NORMAL: an acknowledged row must survive a power cut.
      database.pragma('synchronous = FULL');
      database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    }
    return database;
  } catch (error) {
    database?.close();
    throw toStoreError(error, file);
  }
}

/** An open, migrated database. Owns the handle: closing it is the end of every statement. */
export class Connection {
  readonly file: string;
  readonly mode: ConnectionMode;
  readonly database: Database.Database;
  readonly clock: WallClock;
  readonly codes: Codes;
  readonly words: Words;
  readonly chain: Chain;
  readonly evidence: EvidenceCodec;
  /** The newest span of each lane, by lane number, as the running transaction leaves it. */
  readonly lastSpans = new Map<number, SpanRow>();
  readonly laneChanges = new LaneChanges();
  readonly #statements: Statements;
  readonly #transaction: Database.Transaction<(work: () => void) => void>;

  constructor(file: string, mode: ConnectionMode, database: Database.Database, clock: WallClock) {
    this.file = file;
    this.mode = mode;
    this.database = database;
    this.clock = clock;
    this.codes = loadCodes(database);
    this.#statements = new Statements(database);
    this.words = new Words(this.#statements);
    this.chain = new Chain(this.#statements);
    this.evidence = new EvidenceCodec(this.#statements);
    this.#transaction = database.transaction((work: () => void) => work());
  }

  /** A prepared statement, made once per text. Not for `iterate`, which would keep it busy. */
  prepare<Parameters extends readonly unknown[] = unknown[], Row = unknown>(
    sql: string,
  ): Database.Statement<[...Parameters], Row> {
    return this.#statements.prepare<Parameters, Row>(sql);
  }

  /** Runs the work in one transaction that is on disk when this returns. @throws StoreError */
  write<T>(work: () => T): T {
    assert(this.mode === 'write', 'this store was opened for reading');
    let result: { value: T } | undefined;
    try {
      this.#transaction.immediate(() => {
        result = { value: work() };
        this.chain.flush();
      });
    } catch (error) {
      // What was remembered of the transaction went away with it.
      this.forget();
      this.chain.reset();
      throw toStoreError(error, this.file);
    }
    assert(result, 'the transaction did not run');
    return result.value;
  }

  /** Runs several reads on one snapshot. @throws StoreError */
  read<T>(work: () => T): T {
    if (this.database.inTransaction) return work();
    let result: { value: T } | undefined;
    try {
      this.#transaction.deferred(() => {
        result = { value: work() };
      });
    } catch (error) {
      throw toStoreError(error, this.file);
    }
    assert(result, 'the transaction did not run');
    return result.value;
  }

  /** Forgets rows that are kept in memory; they are read again when needed. */
  forget(): void {
    this.words.reset();
    this.evidence.reset();
    this.lastSpans.clear();
  }

  close(): void {
    this.database.close();
  }
}
