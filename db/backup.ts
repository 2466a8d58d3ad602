/** A whole copy of a database while it is in use. */
import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Connection } from './connection.ts';
import { openDatabase } from './connection.ts';
import { removePagesFile, writePagesFile } from './page-digests.ts';
import { StoreError, toStoreError } from './store-error.ts';

/**
 * Copies the database to `file` with its page digests, replacing what was there only when the copy is whole.
 * Writing goes on meanwhile. @throws StoreError
 */
export async function backupTo(connection: Connection, file: string): Promise<void> {
  if (resolve(file) === resolve(connection.file))
    throw new StoreError(
      'unwritable',
      file,
      'A backup cannot replace the database it is made of.',
      'Name another file.',
    );
  // SQLite's driver tells this without a code.
  if (statSync(dirname(resolve(file)), { throwIfNoEntry: false })?.isDirectory() !== true)
    throw unwritable(file, 'its folder is not there');
  const unfinished = `${file}.new`;
  try {
    rmSync(unfinished, { force: true });
    await connection.database.backup(unfinished);
    // Gives the copy a life without a write-ahead log beside it, so that it is one file.
    const copy = openDatabase(unfinished, 'write');
    copy.pragma('journal_mode = DELETE');
    copy.close();
    removePagesFile(file);
    renameSync(unfinished, file);
    writePagesFile(file);
  } catch (error) {
    if (existsSync(unfinished)) rmSync(unfinished);
    throw toBackupError(error, file);
  }
}

function toBackupError(error: unknown, file: string): unknown {
  const known = toStoreError(error, file);
  if (known instanceof StoreError || !(error instanceof Error && 'code' in error)) return known;
  return unwritable(file, String(error.code), error);
}

function unwritable(file: string, why: string, cause?: unknown): StoreError {
  return new StoreError(
    'unwritable',
    file,
    `The backup ${file} cannot be written (${why}).`,
    'Check that the folder exists, that this user may write to it and that there is room.',
    { cause },
  );
}
