/**
 * The batches of an agent's spool. A batch is stored with its number before it is sent, so that a number never stands
 * for other bytes, whenever the process dies.
 */
import type { Batch } from '../probes/agent/batch.ts';
import type {
  Acknowledgement,
  BatchBounds,
  DroppedRow,
  NextBatch,
  Outbox,
  SealedBatch,
} from '../probes/agent/outbox.ts';
import type { SpoolCertificates } from './spool-certificates.ts';
import type { SpoolFile } from './spool-file.ts';

/** The server has no certificate that we believed it to have: the measurement goes once more, with all of them. */
const MISSING_CERTIFICATE = /^missing_certificate/;

type Row = {
  id: number;
  service: string;
  slot_ms: number;
  seq: number;
  head: string;
  dictionary: string;
  evidence: Buffer;
  has_returned: number;
};

/** What of a measurement travels beside its evidence. */
export type SpoolHead = Omit<Batch['measurements'][number], 'evidence'>;

function toDropped({ service, slot_ms, seq }: Row, reason: string): DroppedRow {
  return { service, slotMs: slot_ms, seq, reason };
}

/** Gives measurements out in the order in which they came. Every method may throw a StoreError. */
export class SpoolOutbox implements Outbox {
  readonly #file: SpoolFile;
  readonly #certificates: SpoolCertificates;

  constructor(file: SpoolFile, certificates: SpoolCertificates) {
    this.#file = file;
    this.#certificates = certificates;
  }

  countPending(): number {
    return this.#file.get<{ n: number }>('SELECT count(*) AS n FROM measurement')?.n ?? 0;
  }

  getSealed(): SealedBatch | undefined {
    return this.#file.get<{ sequence: number; body: Buffer; count: number }>(
      'SELECT sequence, body, count FROM batch',
    );
  }

  takeNext({ maxMeasurements, maxBytes, maxCertificates }: BatchBounds): NextBatch | undefined {
    const waiting = this.#file.all<Row>(
      'SELECT * FROM measurement WHERE batch IS NULL AND is_aside = 0 ORDER BY id LIMIT ?',
      maxMeasurements,
    );
    const [first] = waiting;
    if (!first) return undefined;
    const certificates = new Map<string, Uint8Array>();
    const taken: Row[] = [];
    let bytes = 0;
    for (const row of waiting) {
      const added = this.#certificates
        .listUnknown(row.id)
        .filter(({ sha256 }) => !certificates.has(sha256));
      const size = added.reduce((sum, { der }) => sum + der.length, row.evidence.length);
      const isFull = bytes + size > maxBytes || certificates.size + added.length > maxCertificates;
      // One batch speaks one dictionary; rows of an older version of this program come first and alone.
      if (taken.length > 0 && (isFull || row.dictionary !== first.dictionary)) break;
      for (const { sha256, der } of added) certificates.set(sha256, der);
      bytes += size;
      taken.push(row);
    }
    const measurements = taken.map(({ head, evidence }) => ({
      ...(JSON.parse(head) as SpoolHead),
      evidence,
    }));
    return {
      rowIds: taken.map(({ id }) => id),
      batch: { dictionary: first.dictionary, measurements, certificates },
    };
  }

  seal(rowIds: readonly number[], body: Uint8Array): SealedBatch {
    return this.#file.write(() => {
      const sequence = this.#file.readState().next_sequence;
      const count = rowIds.length;
      this.#file.run(
        'INSERT INTO batch (sequence, body, count) VALUES (?, ?, ?)',
        sequence,
        body,
        count,
      );
      for (const id of rowIds)
        this.#file.run('UPDATE measurement SET batch = ? WHERE id = ?', sequence, id);
      this.#file.run('UPDATE state SET next_sequence = ?', sequence + 1);
      return { sequence, body, count };
    });
  }

  acknowledge({ sequence, refused, atMs, clockOffsetMs }: Acknowledgement): readonly DroppedRow[] {
    const reasons = new Map(refused.map(({ index, reason }) => [index, reason]));
    return this.#file.write(() => {
      const dropped: DroppedRow[] = [];
      for (const [index, row] of this.#listBatch(sequence).entries()) {
        const reason = reasons.get(index);
        if (reason === undefined) this.#certificates.setKnown(row.id, true);
        else if (MISSING_CERTIFICATE.test(reason) && row.has_returned === 0) {
          this.#certificates.setKnown(row.id, false);
          this.#file.run(
            'UPDATE measurement SET batch = NULL, has_returned = 1 WHERE id = ?',
            row.id,
          );
          continue;
        } else dropped.push(toDropped(row, reason));
        this.#file.run('DELETE FROM measurement WHERE id = ?', row.id);
      }
      this.#file.run('DELETE FROM batch WHERE sequence = ?', sequence);
      this.#file.run(
        'UPDATE state SET last_delivery_ms = ?, clock_offset_ms = ?',
        atMs,
        clockOffsetMs,
      );
      return dropped;
    });
  }

  dissolve(sequence: number, nextSequence = 0): void {
    this.#file.write(() => {
      this.#file.run('UPDATE measurement SET batch = NULL WHERE batch = ?', sequence);
      this.#file.run('DELETE FROM batch WHERE sequence = ?', sequence);
      this.#file.run('UPDATE state SET next_sequence = max(next_sequence, ?)', nextSequence);
    });
  }

  setAside(sequence: number): void {
    this.#file.write(() => {
      this.#file.run('UPDATE measurement SET is_aside = 1, batch = NULL WHERE batch = ?', sequence);
      this.#file.run('DELETE FROM batch WHERE sequence = ?', sequence);
    });
  }

  dropAside(): readonly DroppedRow[] {
    return this.#file.write(() => {
      const rows = this.#file.all<Row>('SELECT * FROM measurement WHERE is_aside = 1 ORDER BY id');
      this.#file.run('DELETE FROM measurement WHERE is_aside = 1');
      return rows.map((row) => toDropped(row, 'the server cannot read it'));
    });
  }

  restoreAside(): void {
    this.#file.write(() =>
      this.#file.run('UPDATE measurement SET is_aside = 0 WHERE is_aside = 1'),
    );
  }

  #listBatch(sequence: number): Row[] {
    return this.#file.all<Row>('SELECT * FROM measurement WHERE batch = ? ORDER BY id', sequence);
  }
}
