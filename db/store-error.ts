/** Why the database cannot be used: one cause and one remedy, both fit to be shown to the operator. */
import Database from 'better-sqlite3';

/** What is wrong with the database file, in one word. */
export type StoreErrorKind =
  | 'missing'
  | 'unwritable'
  | 'corrupt'
  | 'newer'
  | 'changed_migration'
  | 'locked'
  | 'full';

/** Thrown when the database cannot be opened, read or written; `cause` keeps SQLite's own error. */
export class StoreError extends Error {
  readonly kind: StoreErrorKind;
  readonly file: string;
  /** What the operator can do, one sentence. */
  readonly remedy: string;

  constructor(
    kind: StoreErrorKind,
    file: string,
    problem: string,
    remedy: string,
    options: ErrorOptions = {},
  ) {
    super(`${problem} ${remedy}`, options);
    this.name = 'StoreError';
    this.kind = kind;
    this.file = file;
    this.remedy = remedy;
  }
}

const CORRUPT_REMEDY =
  'Stop Reachline, keep the file, see what is damaged with `reachline verify`, and put a backup in its place.';

/** Makes the error for a damaged file. */
export function corruptError(file: string, detail: string, cause?: unknown): StoreError {
  return new StoreError(
    'corrupt',
    file,
    `The database ${file} is damaged: ${detail}.`,
    CORRUPT_REMEDY,
    {
      cause,
    },
  );
}

/** Turns SQLite's code into a StoreError; other errors come back as they are. */
export function toStoreError(error: unknown, file: string): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const code = error.code;
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB')
    return corruptError(file, code === 'SQLITE_NOTADB' ? 'it is not an SQLite file' : code, error);
  if (code === 'SQLITE_FULL')
    return new StoreError(
      'full',
      file,
      `No room left on the disk of ${file}; nothing of this run was stored.`,
      'Free some space; what was stored before is intact.',
      { cause: error },
    );
  if (code.startsWith('SQLITE_BUSY'))
    return new StoreError(
      'locked',
      file,
      `Another process is using the database ${file}.`,
      'Stop the other Reachline, or give this one its own folder with --data.',
      { cause: error },
    );
  if (/^SQLITE_(CANTOPEN|READONLY|IOERR|PERM|AUTH)/.test(code))
    return new StoreError(
      'unwritable',
      file,
      `The database ${file} cannot be opened or written (${code}).`,
      'Check that the folder exists and that this user may write to it and to every file in it, or choose another with --data.',
      { cause: error },
    );
  return error;
}
