/** Opens the store: one writer at a time, nothing damaged, nothing from the future, every migration applied. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type Database from 'better-sqlite3';
import { Connection, type ConnectionMode, openDatabase, type WallClock } from './connection.ts';
import { holdLock } from './lock.ts';
import { assertKnownSchema, migrate, readMigrations, schemaVersion } from './migrate.ts';
import { checkPages, removePagesFile } from './page-digests.ts';
import { Store } from './store.ts';
import { corruptError, StoreError, toStoreError } from './store-error.ts';

/** What to open. */
export type OpenOptions = {
  readonly file: string;
  readonly mode: ConnectionMode;
  readonly clock: WallClock;
};

/** A larger file is not read whole when the server starts (about 0.2 s at this size); `verify` does so. */
const MAX_CHECKED_BYTES = 128 * 1024 * 1024;

/**
 * Makes a folder and those above it, one by one: the runtime's own recursion never ends where the system denies a
 * folder under a parent that is there, as in /proc (Node 26.10), and then not even Ctrl-C gets through.
 */
function makeFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  const parent = dirname(folder);
  if (parent !== folder) makeFolder(parent);
  mkdirSync(folder);
}

/** Makes the folder of a database file. @throws StoreError when it cannot be made. */
export function prepareFolder(file: string): void {
  try {
    makeFolder(dirname(file));
  } catch (error) {
    throw new StoreError(
      'unwritable',
      file,
      `The folder ${dirname(file)} cannot be made (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown'}).`,
      'Make it, or choose another with --data.',
      { cause: error },
    );
  }
}

/** Looks at an existing file without changing it. @throws StoreError when it must not be written to. */
function inspect(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found || found.size === 0) return;
  const isSmall = found.size <= MAX_CHECKED_BYTES;
  const pages = isSmall ? checkPages(file) : undefined;
  if (
    pages?.kind === 'compared' &&
    (pages.damaged.length > 0 || pages.pages !== pages.expectedPages)
  )
    throw corruptError(
      file,
      `${pages.damaged.length} of its pages were changed since it was closed`,
    );
  const database = openDatabase(file, 'read');
  try {
    if (isSmall && pages?.kind !== 'compared') {
      const result = database.pragma('quick_check(1)', { simple: true });
      if (result !== 'ok') throw corruptError(file, String(result));
    }
    assertKnownSchema(file, database, readMigrations());
  } catch (error) {
    throw toStoreError(error, file);
  } finally {
    database.close();
  }
}

function openForWriting({ file, clock }: OpenOptions): Store {
  prepareFolder(file);
  const releaseLock = holdLock(file);
  let database: Database.Database | undefined;
  try {
    inspect(file);
    removePagesFile(file);
    database = openDatabase(file, 'write');
    migrate(file, database);
    const connection = new Connection(file, 'write', database, clock);
    connection.write(() => connection.evidence.addShipped());
    return new Store(connection, releaseLock);
  } catch (error) {
    database?.close();
    releaseLock();
    throw toStoreError(error, file);
  }
}

function openForReading({ file, clock }: OpenOptions): Store {
  if (!statSync(file, { throwIfNoEntry: false }))
    throw new StoreError(
      'missing',
      file,
      `There is no database ${file}.`,
      'Start Reachline once to make it, or check the path given with --data.',
    );
  const database = openDatabase(file, 'read');
  try {
    const migrations = readMigrations();
    assertKnownSchema(file, database, migrations);
    if (schemaVersion(database) < migrations.length)
      throw new StoreError(
        'missing',
        file,
        `The database ${file} has schema ${schemaVersion(database)}, older than this version of Reachline needs.`,
        'Start Reachline once: it makes a backup and brings the database up to date.',
      );
    return new Store(new Connection(file, 'read', database, clock), () => {});
  } catch (error) {
    database.close();
    throw toStoreError(error, file);
  }
}

/**
 * Opens the database for one process that writes, or for any number that read. Makes it when it is not there.
 * @throws StoreError with the cause and what to do
 */
export function openStore(options: OpenOptions): Store {
  return options.mode === 'write' ? openForWriting(options) : openForReading(options);
}
