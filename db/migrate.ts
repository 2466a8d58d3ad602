/**
 * Brings a database to the schema of this version. Migrations are numbered SQL files that are only ever added;
 * each runs in one transaction together with its number, so that an interrupted one leaves the old schema.
 */
import { hash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { corruptError, StoreError, toStoreError } from './store-error.ts';

/** One step of the schema. */
export type Migration = {
  /** From 1, without holes. */
  readonly number: number;
  readonly name: string;
  readonly sql: string;
  /** Of the file, hex. */
  readonly sha256: string;
};

const FOLDER = join(import.meta.dirname, 'migrations');

/** Reads the migrations of a folder, by number. @throws when a number is missing or used twice. */
export function readMigrations(folder: string = FOLDER): Migration[] {
  const migrations = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => {
      const sql = readFileSync(join(folder, name), 'utf8');
      return { number: Number.parseInt(name, 10), name, sql, sha256: hash('sha256', sql) };
    });
  for (const [index, { number, name }] of migrations.entries())
    if (number !== index + 1) throw new Error(`migration ${name} should have number ${index + 1}`);
  return migrations;
}

/** The number of the newest migration that a database has. */
export function schemaVersion(database: Database.Database): number {
  return Number(database.pragma('user_version', { simple: true }));
}

/** Where a database is kept as it was before migration `number`. */
export function backupFileBefore(file: string, number: number): string {
  return `${file}.before-${number}`;
}

/** Checks that a database is not newer than this version and that no migration was changed since. @throws StoreError */
export function assertKnownSchema(
  file: string,
  database: Database.Database,
  migrations: readonly Migration[],
): void {
  const version = schemaVersion(database);
  if (version > migrations.length)
    throw new StoreError(
      'newer',
      file,
      `The database ${file} has schema ${version}; this version of Reachline knows schemas up to ${migrations.length}.`,
      `Start the newer Reachline that wrote it, or go back to the backup ${backupFileBefore(file, migrations.length + 1)}.`,
    );
  if (version === 0) return;
  const applied = database
    .prepare<[], { number: number; name: string; sha256: string }>(
      'SELECT number, name, sha256 FROM schema_migration ORDER BY number',
    )
    .all();
  if (applied.length !== version)
    throw corruptError(file, `it lists ${applied.length} migrations but has schema ${version}`);
  for (const { number, sha256 } of applied)
    if (migrations[number - 1]?.sha256 !== sha256)
      throw new StoreError(
        'changed_migration',
        file,
        `Migration ${number} of the database ${file} is not the one of this version of Reachline.`,
        'Restore the file db/migrations as it was released; a change of the schema is a new migration.',
      );
}

function isEmpty(database: Database.Database): boolean {
  return database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
}

function keepBackup(file: string, database: Database.Database, number: number): void {
  const backup = backupFileBefore(file, number);
  // One that is there is whole, since it gets its name last: an earlier attempt ended after it.
  if (existsSync(backup)) return;
  const unfinished = `${backup}.new`;
  rmSync(unfinished, { force: true });
  database.prepare('VACUUM INTO ?').run(unfinished);
  renameSync(unfinished, backup);
}

/**
 * Applies what is missing, with a backup first when the database holds anything.
 * @param isBackupKept false where a copy would keep what people had deleted
 * @throws StoreError
 */
export function migrate(
  file: string,
  database: Database.Database,
  migrations: readonly Migration[] = readMigrations(),
  isBackupKept = true,
): void {
  assertKnownSchema(file, database, migrations);
  const missing = migrations.slice(schemaVersion(database));
  const [first] = missing;
  if (!first) return;
  try {
    if (isBackupKept && !isEmpty(database)) keepBackup(file, database, first.number);
    for (const migration of missing)
      database
        .transaction(() => {
          database.exec(migration.sql);
          database
            .prepare('INSERT INTO schema_migration (number, name, sha256) VALUES (?, ?, ?)')
            .run(migration.number, migration.name, migration.sha256);
          database.pragma(`user_version = ${migration.number}`);
        })
        .immediate();
  } catch (error) {
    throw toStoreError(error, file);
  }
}
