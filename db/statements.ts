/** Prepared statements of one database, made once per SQL text. */
import type Database from 'better-sqlite3';

/** Keeps what it prepared. Not for `iterate`, which keeps a statement busy. */
export class Statements {
  readonly #database: Database.Database;
  readonly #prepared = new Map<string, Database.Statement<unknown[], unknown>>();

  constructor(database: Database.Database) {
    this.#database = database;
  }

  /** The statement of this text; types of parameters and rows are what the caller knows of its own SQL. */
  prepare<Parameters extends readonly unknown[] = unknown[], Row = unknown>(
    sql: string,
  ): Database.Statement<[...Parameters], Row> {
    let statement = this.#prepared.get(sql);
    if (!statement) {
      statement = this.#database.prepare<unknown[], unknown>(sql);
      this.#prepared.set(sql, statement);
    }
    return statement as unknown as Database.Statement<[...Parameters], Row>;
  }
}
