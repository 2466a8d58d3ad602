/** The vantages that measurements came from. A vantage is never removed; what it is, is kept with revisions. */
import type { Vantage } from '../probes/types.ts';
import type { Connection } from './connection.ts';
import { digestRevision } from './entries.ts';

/** A vantage as it is now, with the slot of its newest measurement. */
export type StoredVantage = Vantage & { lastMeasuredMs?: number };

/** Kinds of vantages whose measurements others made. */
const BORROWED_KINDS: ReadonlySet<Vantage['kind']> = new Set(['import', 'globalping']);

/** True for vantages whose measurements others made, under licences of their own. */
export function isBorrowed({ kind }: Pick<Vantage, 'kind'>): boolean {
  return BORROWED_KINDS.has(kind);
}

/** Exactly the public fields: configuration may hold more, such as resolvers, which are never stored. */
function toJson(vantage: Vantage): string {
  const { id, kind, countryCode, asn, networkName, access, role, note, publishDelayMinutes } =
    vantage;
  const delay = publishDelayMinutes === undefined ? {} : { publishDelayMinutes };
  return JSON.stringify({ id, kind, countryCode, asn, networkName, access, role, note, ...delay });
}

/** Adds vantages that are new and a revision of those that changed; leaves all others alone. */
export function syncVantages(connection: Connection, vantages: readonly Vantage[]): void {
  const current = connection.prepare<[number], { revision: number; json: string }>(
    'SELECT revision, json FROM vantage_revision WHERE vantage_id = ? ORDER BY revision DESC LIMIT 1',
  );
  connection.write(() => {
    for (const vantage of vantages) {
      const vantageId = connection.words.intern('vantage', vantage.id);
      const last = current.get(vantageId);
      const json = toJson(vantage);
      if (last?.json === json) continue;
      const storedAtMs = connection.clock.nowMs();
      const revision = (last?.revision ?? 0) + 1;
      const entry = connection.chain.nextEntry();
      const digest = digestRevision('vantage', {
        entry,
        storedAtMs,
        name: vantage.id,
        revision,
        author: '',
        json,
      });
      connection
        .prepare(
          `INSERT INTO vantage_revision (entry, vantage_id, revision, json, stored_at_ms, digest)
           VALUES (?, ?, ?, ?, ?, ?)`,
        )
        .run(entry, vantageId, revision, json, storedAtMs, digest);
      connection.chain.append(digest, storedAtMs);
    }
  });
}

/** The ids that were read last, and the newest revision at that time. */
const controlIds = new WeakMap<Connection, { readonly newest: number; readonly ids: string[] }>();

/** Ids of the control vantages, by id; read again only when a vantage changed. */
export function listControlVantageIds(connection: Connection): readonly string[] {
  const { newest = 0 } =
    connection
      .prepare<[], { newest: number }>(
        'SELECT COALESCE(MAX(entry), 0) AS newest FROM vantage_revision',
      )
      .get() ?? {};
  const known = controlIds.get(connection);
  if (known?.newest === newest) return known.ids;
  const ids = listVantages(connection)
    .filter(({ role }) => role === 'control')
    .map(({ id }) => id);
  controlIds.set(connection, { newest, ids });
  return ids;
}

/** All vantages by id. */
export function listVantages(connection: Connection): StoredVantage[] {
  const rows = connection
    .prepare<[], { json: string; last_slot_ms: number | null }>(
      `SELECT r.json, (
         SELECT MAX((SELECT m.slot_ms FROM measurement m
           WHERE m.service_id = l.service_id AND m.vantage_id = l.vantage_id
           ORDER BY m.slot_ms DESC LIMIT 1))
         FROM lane l WHERE l.vantage_id = v.id AND l.function = 0) AS last_slot_ms
       FROM vantage v JOIN vantage_revision r ON r.vantage_id = v.id
         AND r.revision = (SELECT MAX(revision) FROM vantage_revision WHERE vantage_id = v.id)
       ORDER BY v.name`,
    )
    .all();
  return rows.map(({ json, last_slot_ms }) => ({
    ...(JSON.parse(json) as Vantage),
    ...(last_slot_ms === null ? {} : { lastMeasuredMs: last_slot_ms }),
  }));
}
