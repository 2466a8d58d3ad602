/** Certificates in an agent's spool: each is kept once, and sent until the server has acknowledged it. */
import type { Measurement } from '../probes/types.ts';
import type { Statements } from './statements.ts';

/** Certificates that nothing was measured with for so long are not kept. */
const CERTIFICATE_LIFE_MS = 60 * 86_400_000;

/** Tells which certificates belong to which measurement. Runs within the transaction of its caller. */
export class SpoolCertificates {
  readonly #statements: Statements;

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** Keeps the certificates of a measurement. */
  add(measurementId: number, certificates: Measurement['certificates'], nowMs: number): void {
    for (const [sha256, der] of certificates) {
      this.#statements
        .prepare(
          `INSERT INTO certificate (sha256, der, is_known, used_at_ms) VALUES (?, ?, 0, ?)
           ON CONFLICT (sha256) DO UPDATE SET used_at_ms = excluded.used_at_ms`,
        )
        .run(sha256, der, nowMs);
      this.#statements
        .prepare(
          `INSERT INTO measurement_certificate (measurement, certificate)
           SELECT ?, id FROM certificate WHERE sha256 = ?`,
        )
        .run(measurementId, sha256);
    }
  }

  /** Those of a measurement that the server may not have. */
  listUnknown(measurementId: number): { readonly sha256: string; readonly der: Buffer }[] {
    return this.#statements
      .prepare<[number], { sha256: string; der: Buffer }>(
        `SELECT c.sha256, c.der FROM measurement_certificate AS m JOIN certificate AS c ON c.id = m.certificate
         WHERE m.measurement = ? AND c.is_known = 0 ORDER BY c.id`,
      )
      .all(measurementId);
  }

  /** Notes whether the server has those of a measurement. */
  setKnown(measurementId: number, isKnown: boolean): void {
    this.#statements
      .prepare(
        `UPDATE certificate SET is_known = ?
         WHERE id IN (SELECT certificate FROM measurement_certificate WHERE measurement = ?)`,
      )
      .run(Number(isKnown), measurementId);
  }

  /** Another server has none of them. */
  forgetKnown(): void {
    this.#statements.prepare('UPDATE certificate SET is_known = 0').run();
  }

  /** Drops what nothing has needed for long. */
  dropUnused(nowMs: number): void {
    this.#statements
      .prepare(
        'DELETE FROM certificate WHERE used_at_ms < ? AND id NOT IN (SELECT certificate FROM measurement_certificate)',
      )
      .run(nowMs - CERTIFICATE_LIFE_MS);
  }
}
