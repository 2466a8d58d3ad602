/** One process at a time: a lock that ends with the process that holds it, however it ends. */
import Database from 'better-sqlite3';
import { toStoreError } from './store-error.ts';

/**
 * Holds `<file>.lock` until the returned function is called. It is an SQLite file with an exclusive transaction, since
 * the operating system ends that one with the process; a file with a process id would outlive it.
 * @throws StoreError of kind `locked` when another process holds it
 */
export function holdLock(file: string): () => void {
  let lock: Database.Database | undefined;
  try {
    lock = new Database(`${file}.lock`, { timeout: 0 });
    lock.exec('BEGIN EXCLUSIVE');
    const held = lock;
    return () => held.close();
  } catch (error) {
    lock?.close();
    throw toStoreError(error, file);
  }
}
