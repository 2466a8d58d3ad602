/**
 * Announcements: each change of a record is a revision that stays; the other tables hold what of the newest one
 * is searched. The JSON form of config/announcement.ts is the record.
 */
import type { Announcement } from '../config/announcement.ts';
import type { Connection } from './connection.ts';
import { digestRevision } from './entries.ts';

/** One state of a record. */
export type AnnouncementRevision = {
  /** From 1. */
  readonly revision: number;
  readonly storedAtMs: number;
  /** Who made it, as the record says; empty when it does not. */
  readonly author: string;
  readonly announcement: Announcement;
};

/** A record with its history and with the records that point to it. */
export type StoredAnnouncement = {
  readonly announcement: Announcement;
  readonly revision: number;
  /** Newest first. */
  readonly revisions: readonly AnnouncementRevision[];
  readonly linkedFrom: Announcement['links'];
};

/** Whether records that no person has accepted yet are given too; they are not for the public. */
export type ReviewFilter = { readonly includeUnreviewed?: boolean };

const UNREVIEWED = ['draft', 'needs_review'];

/** JSON with keys in alphabetical order, so that two equal records have one text. */
export function toCanonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

type Cell = string | number | null;

/** The searched columns of a record, by table, without the number of the announcement. */
export type DerivedRows = {
  readonly announcement: readonly Cell[];
  readonly announcement_service: readonly (readonly Cell[])[];
  readonly announcement_region: readonly (readonly Cell[])[];
  readonly announcement_source: readonly (readonly Cell[])[];
  readonly announcement_link: readonly (readonly Cell[])[];
};

/** Columns that `deriveRows` fills, by table. */
export const DERIVED_COLUMNS = {
  announcement: [
    'status',
    'confidence',
    'action_kind',
    'measure_kind',
    'title',
    'announced_earliest_ms',
    'announced_latest_ms',
    'effective_earliest_ms',
    'effective_latest_ms',
    'lifted_earliest_ms',
    'lifted_latest_ms',
  ],
  announcement_service: ['position', 'service', 'is_exempt'],
  announcement_region: ['position', 'code'],
  announcement_source: ['position', 'kind', 'ref', 'publisher', 'published_at'],
  announcement_link: ['position', 'rel', 'other_name'],
} as const;

/** Tables with several rows per record. */
export const DERIVED_TABLES = [
  'announcement_service',
  'announcement_region',
  'announcement_source',
  'announcement_link',
] as const;

function toInstants(point: Announcement['effective_at']): Cell[] {
  return [point?.earliest, point?.latest].map((text) => {
    const instantMs = text == null ? Number.NaN : Date.parse(text);
    return Number.isNaN(instantMs) ? null : instantMs;
  });
}

/** The searched columns of a record. */
export function deriveRows(record: Announcement): DerivedRows {
  return {
    announcement: [
      record.status,
      record.confidence,
      record.action_kind,
      record.measure_kind ?? null,
      record.title,
      ...toInstants(record.announced_at),
      ...toInstants(record.effective_at),
      ...toInstants(record.lifted_at),
    ],
    announcement_service: [
      ...record.services_in_scope.map((service) => [service, 0]),
      ...record.services_exempt.map(({ service }) => [service, 1]),
    ].map((cells, position) => [position, ...cells]),
    announcement_region: record.regions.codes.map((code, position) => [position, code]),
    announcement_source: record.sources.map((source, position) => [
      position,
      source.kind,
      source.ref,
      source.publisher ?? null,
      source.published_at ?? null,
    ]),
    announcement_link: record.links.map(({ rel, id }, position) => [position, rel, id]),
  };
}

function insertRevision(
  connection: Connection,
  announcementId: number,
  revision: number,
  record: Announcement,
  json: string,
): void {
  const storedAtMs = connection.clock.nowMs();
  const author = record.review?.created_by ?? '';
  const entry = connection.chain.nextEntry();
  const digest = digestRevision('announcement', {
    entry,
    storedAtMs,
    name: record.id,
    revision,
    author,
    json,
  });
  connection
    .prepare(
      `INSERT INTO announcement_revision (entry, announcement_id, revision, author, json, stored_at_ms, digest)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(entry, announcementId, revision, author, json, storedAtMs, digest);
  connection.chain.append(digest, storedAtMs);
}

function writeDerivedRows(
  connection: Connection,
  announcementId: number,
  revision: number,
  record: Announcement,
): void {
  const rows = deriveRows(record);
  const columns = DERIVED_COLUMNS.announcement;
  connection
    .prepare(
      `UPDATE announcement SET revision = ?, ${columns.map((name) => `${name} = ?`).join(', ')} WHERE id = ?`,
    )
    .run(revision, ...rows.announcement, announcementId);
  for (const table of DERIVED_TABLES) {
    connection.prepare(`DELETE FROM ${table} WHERE announcement_id = ?`).run(announcementId);
    const names = DERIVED_COLUMNS[table];
    const insert = connection.prepare(
      `INSERT INTO ${table} (announcement_id, ${names.join(', ')}) VALUES (?${', ?'.repeat(names.length)})`,
    );
    for (const row of rows[table]) insert.run(announcementId, ...row);
  }
}

/** Brings the stored records up to the given ones. Records that are not given stay as they are. */
export function syncAnnouncements(
  connection: Connection,
  announcements: readonly Announcement[],
): { inserted: number; updated: number; unchanged: number } {
  const counts = { inserted: 0, updated: 0, unchanged: 0 };
  const find = connection.prepare<[string], { id: number; revision: number; json: string }>(
    `SELECT a.id, a.revision, r.json FROM announcement a
     JOIN announcement_revision r ON r.announcement_id = a.id AND r.revision = a.revision WHERE a.name = ?`,
  );
  connection.write(() => {
    for (const record of announcements) {
      const json = toCanonicalJson(record);
      const found = find.get(record.id);
      if (found?.json === json) {
        counts.unchanged += 1;
        continue;
      }
      const announcementId =
        found?.id ??
        Number(
          connection
            .prepare(
              `INSERT INTO announcement (name, revision, status, confidence, action_kind, title)
               VALUES (?, 0, '', '', '', '')`,
            )
            .run(record.id).lastInsertRowid,
        );
      const revision = (found?.revision ?? 0) + 1;
      insertRevision(connection, announcementId, revision, record, json);
      writeDerivedRows(connection, announcementId, revision, record);
      counts[found ? 'updated' : 'inserted'] += 1;
    }
  });
  return counts;
}

/** Writes the searched columns of every record again, inside a transaction of the caller. */
export function rederiveAnnouncements(connection: Connection): void {
  const newest = connection
    .prepare<[], { announcement_id: number; revision: number; json: string }>(
      `SELECT announcement_id, revision, json FROM announcement_revision r WHERE revision =
         (SELECT MAX(revision) FROM announcement_revision WHERE announcement_id = r.announcement_id)`,
    )
    .all();
  for (const { announcement_id, revision, json } of newest)
    writeDerivedRows(connection, announcement_id, revision, JSON.parse(json) as Announcement);
}

type CurrentRow = { id: number; name: string; revision: number; status: string };

function isVisible(status: string, filter: ReviewFilter): boolean {
  return filter.includeUnreviewed === true || !UNREVIEWED.includes(status);
}

function toStored(
  connection: Connection,
  row: CurrentRow,
  filter: ReviewFilter,
): StoredAnnouncement[] {
  const revisions = connection
    .prepare<[number], { revision: number; stored_at_ms: number; author: string; json: string }>(
      `SELECT revision, stored_at_ms, author, json FROM announcement_revision WHERE announcement_id = ?
       ORDER BY revision DESC`,
    )
    .all(row.id)
    .map((each) => ({
      revision: each.revision,
      storedAtMs: each.stored_at_ms,
      author: each.author,
      announcement: JSON.parse(each.json) as Announcement,
    }))
    .filter((each) => isVisible(each.announcement.status, filter));
  const [current] = revisions;
  if (!current) return [];
  const linkedFrom = connection
    .prepare<[string], Announcement['links'][number] & { status: string }>(
      `SELECT l.rel, a.name AS id, a.status FROM announcement_link l
       JOIN announcement a ON a.id = l.announcement_id WHERE l.other_name = ?
       ORDER BY a.announced_earliest_ms, a.name, l.position`,
    )
    .all(row.name)
    .filter((each) => isVisible(each.status, filter))
    .map(({ rel, id }) => ({ rel, id }));
  return [
    { announcement: current.announcement, revision: current.revision, revisions, linkedFrom },
  ];
}

/** All records by the earliest time of their announcement. */
export function listAnnouncements(
  connection: Connection,
  filter: ReviewFilter = {},
): StoredAnnouncement[] {
  return connection.read(() =>
    connection
      .prepare<[], CurrentRow>(
        `SELECT id, name, revision, status FROM announcement
         ORDER BY announced_earliest_ms IS NULL, announced_earliest_ms, name`,
      )
      .all()
      .filter((row) => isVisible(row.status, filter))
      .flatMap((row) => toStored(connection, row, filter)),
  );
}

/** One record by its id. */
export function getAnnouncement(
  connection: Connection,
  id: string,
  filter: ReviewFilter = {},
): StoredAnnouncement | undefined {
  return connection.read(() => {
    const row = connection
      .prepare<[string], CurrentRow>(
        'SELECT id, name, revision, status FROM announcement WHERE name = ?',
      )
      .get(id);
    return row && isVisible(row.status, filter) ? toStored(connection, row, filter)[0] : undefined;
  });
}
