/**
 * The hash chain over everything append-only. Each entry has a digest of its content; each hour of storing has a
 * running digest over its entries, which starts from the digest of the hour before. Whoever changes one bit of
 * an entry changes every later hour.
 */
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import type { Statements } from './statements.ts';

export const HOUR_MS = 3_600_000;

/** 128 bits are kept of an entry's digest: enough against chance and forgery, half the room. */
const ENTRY_DIGEST_BYTES = 16;

/** A field of an entry as it goes into the digest. */
export type DigestField = string | number | null;

/** Digest of one entry: its fields as JSON, then its compressed parts byte by byte. */
export function digestEntry(
  kind: string,
  fields: readonly DigestField[],
  parts: readonly Uint8Array[] = [],
): Buffer {
  const head = JSON.stringify([kind, ...fields, ...parts.map((part) => part.byteLength)]);
  const digest = hash('sha256', Buffer.concat([Buffer.from(head), ...parts]), 'buffer');
  return digest.subarray(0, ENTRY_DIGEST_BYTES);
}

/** Digest with which an hour starts, before its first entry. */
export function startHour(hourMs: number, previousDigest: Uint8Array | undefined): Buffer {
  const previous = previousDigest ? Buffer.from(previousDigest).toString('hex') : '';
  return hash('sha256', `reachline ${hourMs} ${previous}`, 'buffer');
}

/** Digest of an hour after one more entry. */
export function extendHour(hourDigest: Uint8Array, entryDigest: Uint8Array): Buffer {
  return hash('sha256', Buffer.concat([hourDigest, entryDigest]), 'buffer');
}

/** A row of `chain_hour`. */
export type ChainHour = {
  readonly hour_ms: number;
  readonly first_entry: number;
  readonly last_entry: number;
  readonly digest: Uint8Array;
};

/** Numbers entries and keeps the digest of the running hour, inside the write transactions of one connection. */
export class Chain {
  readonly #statements: Statements;
  #head: ChainHour | undefined;
  #isLoaded = false;
  #isDirty = false;
  #pendingEntry: number | undefined;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** Forgets what was kept in memory; to be called when a transaction was rolled back. */
  reset(): void {
    this.#head = undefined;
    this.#isLoaded = false;
    this.#isDirty = false;
    this.#pendingEntry = undefined;
  }

  /** The number of the next entry. The caller appends its digest before it asks for another. */
  nextEntry(): number {
    assert(this.#pendingEntry === undefined, 'the entry before has no digest yet');
    this.#load();
    this.#pendingEntry = (this.#head?.last_entry ?? 0) + 1;
    return this.#pendingEntry;
  }

  /** Adds the digest of the entry that `nextEntry` numbered. */
  append(entryDigest: Uint8Array, storedAtMs: number): void {
    const entry = this.#pendingEntry;
    assert(entry !== undefined, 'no entry was numbered');
    this.#pendingEntry = undefined;
    const clockHourMs = Math.floor(storedAtMs / HOUR_MS) * HOUR_MS;
    const head = this.#head;
    // A clock that steps back must not reopen an hour that others were chained to.
    if (head && head.hour_ms >= clockHourMs) {
      this.#head = { ...head, last_entry: entry, digest: extendHour(head.digest, entryDigest) };
    } else {
      this.flush();
      this.#head = {
        hour_ms: clockHourMs,
        first_entry: entry,
        last_entry: entry,
        digest: extendHour(startHour(clockHourMs, head?.digest), entryDigest),
      };
    }
    this.#isDirty = true;
  }

  /** Writes the running hour; the last step of a write transaction. */
  flush(): void {
    assert(this.#pendingEntry === undefined, 'an entry was numbered but has no digest');
    if (!this.#isDirty || !this.#head) return;
    const { hour_ms, first_entry, last_entry, digest } = this.#head;
    this.#statements
      .prepare(
        `INSERT INTO chain_hour (hour_ms, first_entry, last_entry, digest) VALUES (?, ?, ?, ?)
         ON CONFLICT (hour_ms) DO UPDATE SET last_entry = excluded.last_entry, digest = excluded.digest`,
      )
      .run(hour_ms, first_entry, last_entry, digest);
    this.#isDirty = false;
  }

  #load(): void {
    if (this.#isLoaded) return;
    this.#head = this.#statements
      .prepare<[], ChainHour>('SELECT * FROM chain_hour ORDER BY hour_ms DESC LIMIT 1')
      .get();
    this.#isLoaded = true;
  }
}
