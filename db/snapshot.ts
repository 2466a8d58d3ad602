/**
 * A database of what is public, for sharing. It is made of rows that were given out and never of tables of ours, so
 * nothing can be in it that no export shows: no batches of agents, no exact times of vantages that publish late.
 */
import { existsSync, renameSync, rmSync } from 'node:fs';
import Database from 'better-sqlite3';
import type { Batch } from './dictionary/batch.ts';
import type { CellValue, Column, Resource } from './dictionary/column.ts';

/** A snapshot that is being made. */
export type SnapshotWriter = {
  /** Adds a table with its rows. */
  readonly add: (resource: Resource, batches: Iterable<Batch>) => void;
  /** Puts the file in its place; nothing of it is there before. */
  readonly finish: (about: Readonly<Record<string, string>>) => void;
  /** Removes what was written. */
  readonly discard: () => void;
};

const TYPES = {
  string: 'TEXT',
  list: 'TEXT',
  datetime: 'TEXT',
  integer: 'INTEGER',
  boolean: 'INTEGER',
  number: 'REAL',
} as const satisfies Record<Column['type'], string>;

function toSql({ name, type, isNullable }: Column): string {
  return `"${name}" ${TYPES[type]}${isNullable ? '' : ' NOT NULL'}`;
}

function toCell({ type }: Column, value: CellValue): string | number | null {
  if (value === null) return null;
  if (type === 'datetime') return new Date(Number(value)).toISOString();
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'string' || typeof value === 'number' ? value : value.join(' ');
}

function insertRows(
  database: Database.Database,
  { name, columns }: Resource,
  batches: Iterable<Batch>,
) {
  const insert = database.prepare(
    `INSERT INTO "${name}" VALUES (${columns.map(() => '?').join(', ')})`,
  );
  for (const { cells, length } of batches)
    database.transaction(() => {
      for (let row = 0; row < length; row += 1)
        insert.run(
          columns.map((column, at) => {
            const one = cells[at];
            const value = one?.kind === 'same' ? one.value : one?.values[row];
            return toCell(column, value ?? null);
          }),
        );
    })();
}

function describeColumns(database: Database.Database, { name, columns }: Resource): void {
  const insert = database.prepare('INSERT INTO column_description VALUES (?, ?, ?, ?, ?, ?)');
  for (const { name: column, title, description, unit, values } of columns)
    insert.run(
      name,
      column,
      title,
      description,
      unit ?? null,
      values === undefined ? null : JSON.stringify(values),
    );
}

/** Starts a snapshot. */
export function createSnapshot(file: string): SnapshotWriter {
  const draft = `${file}.draft`;
  const packed = `${file}.new`;
  for (const left of [draft, packed]) rmSync(left, { force: true });
  const database = new Database(draft);
  // The draft may be lost; what is kept is the packed copy of it.
  database.pragma('journal_mode = OFF');
  database.pragma('synchronous = OFF');
  database.exec(`CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE column_description (table_name TEXT NOT NULL, column_name TEXT NOT NULL, title TEXT NOT NULL,
      description TEXT NOT NULL, unit TEXT, meanings TEXT, PRIMARY KEY (table_name, column_name)) STRICT, WITHOUT ROWID`);
  const close = () => {
    if (database.open) database.close();
    rmSync(draft, { force: true });
  };
  return {
    add(resource, batches) {
      const { name, columns } = resource;
      database.exec(`CREATE TABLE "${name}" (${columns.map(toSql).join(', ')}) STRICT`);
      describeColumns(database, resource);
      insertRows(database, resource, batches);
      if (name === 'measurements')
        database.exec('CREATE INDEX measurements_by_time ON measurements (service, scheduled_at)');
    },
    finish(about) {
      const insert = database.prepare('INSERT INTO about VALUES (?, ?)');
      for (const [name, value] of Object.entries(about)) insert.run(name, value);
      database.prepare('VACUUM INTO ?').run(packed);
      close();
      renameSync(packed, file);
    },
    discard() {
      close();
      if (existsSync(packed)) rmSync(packed);
    },
  };
}
