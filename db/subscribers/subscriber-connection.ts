/** The open database of the subscribers, with the box that opens what is sealed in it. */
import type Database from 'better-sqlite3';
import type { WallClock } from '../connection.ts';
import { Statements } from '../statements.ts';
import { toStoreError } from '../store-error.ts';
import type { SecretBox } from './secret-box.ts';

/** Owns the handle: closing it is the end of every statement. */
export class SubscriberConnection {
  readonly file: string;
  readonly database: Database.Database;
  readonly clock: WallClock;
  readonly box: SecretBox;
  readonly #statements: Statements;

  constructor(file: string, database: Database.Database, clock: WallClock, box: SecretBox) {
    this.file = file;
    this.database = database;
    this.clock = clock;
    this.box = box;
    this.#statements = new Statements(database);
  }

  /** A prepared statement, made once per text. */
  prepare<Parameters extends readonly unknown[] = unknown[], Row = unknown>(
    sql: string,
  ): Database.Statement<[...Parameters], Row> {
    return this.#statements.prepare<Parameters, Row>(sql);
  }

  /** Runs reads. @throws StoreError */
  read<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw toStoreError(error, this.file);
    }
  }

  /** Runs the work in one transaction that is on disk when this returns; within another one it is part of it. @throws StoreError */
  write<T>(work: () => T): T {
    if (this.database.inTransaction) return work();
    try {
      return this.database.transaction(work).immediate();
    } catch (error) {
      throw toStoreError(error, this.file);
    }
  }
}
