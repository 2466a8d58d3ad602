/**
 * Where an agent keeps what it measured until its server has acknowledged it: a small database of its own, with the
 * last plan, so that it can measure for a month without any server.
 */
import { statSync } from 'node:fs';
import type { Measurement } from '../probes/types.ts';
import { openDatabase, type WallClock } from './connection.ts';
import { compressJson, readShippedDictionary } from './evidence.ts';
import { toEvidence } from './measurement-reader.ts';
import { SpoolCertificates } from './spool-certificates.ts';
import { openSpoolFile, SpoolFile } from './spool-file.ts';
import { type SpoolHead, SpoolOutbox } from './spool-outbox.ts';
import { StoreError, toStoreError } from './store-error.ts';

/** How much is kept while no server can be reached. */
export type SpoolLimits = { readonly maxAgeMs: number; readonly maxBytes: number };

/** The server takes nothing older than a month; half a gigabyte is more than a month of the default configuration. */
const SPOOL_LIMITS: SpoolLimits = { maxAgeMs: 30 * 86_400_000, maxBytes: 512 * 1024 * 1024 };

export type SpoolOptions = {
  readonly file: string;
  readonly clock: WallClock;
  readonly limits?: SpoolLimits;
};

/** What a spool tells of itself. */
export type SpoolStatus = {
  readonly pending: number;
  readonly bytes: number;
  readonly lastDeliveryMs?: number;
  /** How far the agent's clock was ahead of the server's. */
  readonly clockOffsetMs?: number;
  readonly isSilenced: boolean;
};

/** For whom the measurements are: another server or another vantage must not get them. */
export type SpoolOwner = { readonly instance: string; readonly vantageId: string };

/** Of what is too old, at most so many go with each new row: a clock that was set wrong must not empty the spool. */
const MAX_EXPIRED_AT_ONCE = 10;
/** So many go at once when there is no room left. */
const CROWDED_ROWS = 50;

function toHead(measurement: Measurement): SpoolHead {
  const { service, slotMs, seq, intervalMs, startedAtMs } = measurement;
  const { elapsedMs, loopDelayMs, marks, provenance } = measurement;
  const times = { slotMs, seq, intervalMs, startedAtMs, elapsedMs, loopDelayMs };
  return { service, ...times, marks, provenance };
}

/** The open spool. One process at a time may write. Every method may throw a StoreError. */
export class Spool {
  readonly outbox: SpoolOutbox;
  readonly #file: SpoolFile;
  readonly #certificates: SpoolCertificates;
  readonly #clock: WallClock;
  readonly #limits: SpoolLimits;
  readonly #dictionary = readShippedDictionary();

  constructor(file: SpoolFile, clock: WallClock, limits: SpoolLimits = SPOOL_LIMITS) {
    this.#file = file;
    this.#clock = clock;
    this.#limits = limits;
    this.#certificates = new SpoolCertificates(file.statements);
    this.outbox = new SpoolOutbox(file, this.#certificates);
  }

  /**
   * Says for whom the measurements are. When that changes, numbers begin anew.
   * @throws StoreError when measurements for another vantage still wait
   */
  claim({ instance, vantageId }: SpoolOwner): void {
    this.#file.write(() => {
      const { instance: before, vantage } = this.#file.readState();
      if (before === instance && vantage === vantageId) return;
      const pending = this.outbox.countPending();
      if (vantage !== '' && vantage !== vantageId && pending > 0)
        throw new StoreError(
          'locked',
          this.#file.path,
          `${pending} measurements of the vantage ${vantage} were not delivered yet, and the token is for ${vantageId}.`,
          'Give the new vantage its own folder with --data.',
        );
      this.#file.run('UPDATE measurement SET batch = NULL');
      this.#file.run('DELETE FROM batch');
      this.#certificates.forgetKnown();
      this.#file.run(
        `UPDATE state SET instance = ?, vantage = ?, next_sequence = 1, plan = NULL, is_silenced = 0,
           last_delivery_ms = NULL, clock_offset_ms = NULL`,
        instance,
        vantageId,
      );
    });
  }

  /** Takes a measurement in. Gives how many older ones had to go for it. */
  add(measurement: Measurement): { readonly expired: number } {
    const { service, slotMs, seq, certificates } = measurement;
    const { content, sha256 } = this.#dictionary;
    const head = JSON.stringify(toHead(measurement));
    const evidence = compressJson(JSON.stringify(toEvidence(measurement)), content);
    const values = [service, slotMs, seq, head, sha256.toString('hex'), evidence];
    return this.#file.write(() => {
      const expired = this.#makeRoom();
      const { changes, lastInsertRowid } = this.#file.run(
        `INSERT OR IGNORE INTO measurement (service, slot_ms, seq, head, dictionary, evidence)
         VALUES (?, ?, ?, ?, ?, ?)`,
        ...values,
      );
      this.#file.run('UPDATE state SET last_slot_ms = ?, last_seq = ?', slotMs, seq);
      if (changes > 0)
        this.#certificates.add(Number(lastInsertRowid), certificates, this.#clock.nowMs());
      return { expired };
    });
  }

  /** The last slot that was measured, so that the same is not numbered alike again. */
  getLastSlot(): { readonly slotMs: number; readonly seq: number } | undefined {
    const { last_slot_ms: slotMs, last_seq: seq } = this.#file.readState();
    return slotMs === null || seq === null ? undefined : { slotMs, seq };
  }

  /** The plan as it came from the server, as JSON. */
  getPlan(): string | undefined {
    return this.#file.readState().plan ?? undefined;
  }

  setPlan(json: string): void {
    this.#file.write(() => this.#file.run('UPDATE state SET plan = ?', json));
  }

  /** Keeps whether the server wants nothing of this vantage. */
  setSilenced(isSilenced: boolean): void {
    this.#file.write(() => this.#file.run('UPDATE state SET is_silenced = ?', Number(isSilenced)));
  }

  readStatus(): SpoolStatus {
    const { last_delivery_ms, clock_offset_ms, is_silenced } = this.#file.readState();
    return {
      pending: this.outbox.countPending(),
      bytes: this.#file.countBytes(),
      isSilenced: is_silenced !== 0,
      ...(last_delivery_ms === null ? {} : { lastDeliveryMs: last_delivery_ms }),
      ...(clock_offset_ms === null ? {} : { clockOffsetMs: clock_offset_ms }),
    };
  }

  close(): void {
    this.#file.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** The oldest go first; what is on its way stays. */
  #makeRoom(): number {
    const { maxAgeMs, maxBytes } = this.#limits;
    const nowMs = this.#clock.nowMs();
    this.#certificates.dropUnused(nowMs);
    let expired = this.#file.run(
      // The plus keeps SQLite from walking over everything that waits.
      `DELETE FROM measurement WHERE id IN
         (SELECT id FROM measurement WHERE slot_ms < ? AND +batch IS NULL ORDER BY slot_ms LIMIT ?)`,
      nowMs - maxAgeMs,
      MAX_EXPIRED_AT_ONCE,
    ).changes;
    while (this.#file.countBytes() > maxBytes) {
      const { changes } = this.#file.run(
        `DELETE FROM measurement WHERE id IN
           (SELECT id FROM measurement WHERE batch IS NULL ORDER BY id LIMIT ?)`,
        CROWDED_ROWS,
      );
      if (changes === 0) break;
      expired += changes;
    }
    return expired;
  }
}

/**
 * Opens the spool for the one process that writes, and makes it when it is not there.
 * @throws StoreError, of kind `locked` when another agent has it open
 */
export function openSpool({ file, clock, limits }: SpoolOptions): Spool {
  const spool = new Spool(openSpoolFile(file), clock, limits);
  // What a server could not read it is asked to read anew.
  spool.outbox.restoreAside();
  return spool;
}

/** What a spool tells of itself while its agent may be running; undefined when there is none. */
export function readSpoolStatus(file: string, clock: WallClock): SpoolStatus | undefined {
  if (!statSync(file, { throwIfNoEntry: false })) return undefined;
  const database = openDatabase(file, 'read');
  try {
    return new Spool(new SpoolFile(database), clock).readStatus();
  } catch (error) {
    throw toStoreError(error, file);
  } finally {
    database.close();
  }
}
