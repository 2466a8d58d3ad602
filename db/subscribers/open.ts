/** Opens the database of the subscribers: one process at a time, readable by this user alone. */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase, type WallClock } from '../connection.ts';
import { holdLock } from '../lock.ts';
import { migrate, readMigrations } from '../migrate.ts';
import { prepareFolder } from '../open.ts';
import { toStoreError } from '../store-error.ts';
import { createSecretBox } from './secret-box.ts';
import { SubscriberConnection } from './subscriber-connection.ts';
import { Subscribers } from './subscribers.ts';

const MIGRATIONS = join(import.meta.dirname, 'migrations');
const OWNER_ONLY = 0o600;

/** What to open. */
export type SubscriberOptions = {
  readonly file: string;
  /** 256 bit, from `loadSubscriberKey`. */
  readonly key: Uint8Array;
  readonly clock: WallClock;
  /** False for a command beside a running server: SQLite alone keeps the two apart. */
  readonly isExclusive?: boolean;
  /** How long to wait for another process's transaction; as for every database unless told. */
  readonly busyTimeoutMs?: number;
};

/** Name of the database and of its key inside a data folder. */
export function subscriberFiles(dataFolder: string): {
  readonly file: string;
  readonly keyFile: string;
} {
  return { file: join(dataFolder, 'subscribers.db'), keyFile: join(dataFolder, 'subscribers.key') };
}

/**
 * Opens it, and makes it when it is not there.
 * @throws StoreError with the cause and what to do
 */
export function openSubscribers(options: SubscriberOptions): Subscribers {
  const { file, key, clock, isExclusive = true, busyTimeoutMs } = options;
  prepareFolder(file);
  const releaseLock = isExclusive ? holdLock(file) : () => undefined;
  const database = openDatabase(file, 'write');
  try {
    chmodSync(file, OWNER_ONLY);
    if (busyTimeoutMs !== undefined) database.pragma(`busy_timeout = ${busyTimeoutMs}`);
    // No copy is kept before a migration: it would outlive the addresses of those who leave.
    migrate(file, database, readMigrations(MIGRATIONS), false);
    const connection = new SubscriberConnection(file, database, clock, createSecretBox(key));
    return new Subscribers(connection, releaseLock);
  } catch (error) {
    database.close();
    releaseLock();
    throw toStoreError(error, file);
  }
}
