/**
 * What was concluded of incidents: append-only and part of the hash chain. When late data changes a conclusion, the
 * earlier entries stay and a revision says which of them no longer hold, and why.
 */
import type { Connection } from './connection.ts';
import { digestIncidentEntry } from './entries.ts';
import type { IncidentEntry } from './incident-types.ts';

/** An entry as it is stored. */
export type StoredIncidentEntry = IncidentEntry & {
  /** When we concluded it, unlike `atMs`, which is the time that it is about. */
  readonly storedAtMs: number;
  /** Of a revision: how many of the entries that held before still do. */
  readonly kept?: number;
};

type Row = {
  readonly at_ms: number;
  readonly kept: number | null;
  readonly kind: IncidentEntry['kind'];
  readonly text: string;
  readonly measurement_ids: string;
  readonly stored_at_ms: number;
};

/** Everything ever concluded of an incident, in the order of concluding; empty when there never was one. */
export function listIncidentLog(connection: Connection, name: string): StoredIncidentEntry[] {
  return connection
    .prepare<[string], Row>('SELECT * FROM incident_log WHERE name = ? ORDER BY entry')
    .all(name)
    .map((row) => ({
      atMs: row.at_ms,
      kind: row.kind,
      text: row.text,
      measurementIds: JSON.parse(row.measurement_ids) as string[],
      storedAtMs: row.stored_at_ms,
      ...(row.kept === null ? {} : { kept: row.kept }),
    }));
}

/** The entries that still hold: without revisions and what they took back. */
export function listHolding(log: readonly StoredIncidentEntry[]): IncidentEntry[] {
  const holding: IncidentEntry[] = [];
  for (const { storedAtMs: _, kept, ...entry } of log)
    if (kept === undefined) holding.push(entry);
    else holding.length = Math.min(holding.length, kept);
  return holding;
}

/** Adds an entry, inside a transaction of the caller. */
export function appendIncidentEntry(
  connection: Connection,
  name: string,
  { atMs, kind, text, measurementIds, kept }: IncidentEntry & { readonly kept?: number },
): void {
  const storedAtMs = connection.clock.nowMs();
  const entry = connection.chain.nextEntry();
  const row = {
    entry,
    name,
    kept: kept ?? null,
    atMs,
    kind,
    text,
    measurementIds: JSON.stringify(measurementIds),
    storedAtMs,
  };
  const digest = digestIncidentEntry(row);
  connection
    .prepare(
      `INSERT INTO incident_log (entry, name, kept, at_ms, kind, text, measurement_ids, stored_at_ms, digest)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(entry, name, row.kept, atMs, kind, text, row.measurementIds, storedAtMs, digest);
  connection.chain.append(digest, storedAtMs);
}
