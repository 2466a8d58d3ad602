/** Recomputes what is derived, lanes and the searched columns of announcements, and compares it with what is stored. */
import { isDeepStrictEqual } from 'node:util';
import { Announcement } from '../config/announcement.ts';
import { DERIVED_COLUMNS, DERIVED_TABLES, type DerivedRows, deriveRows } from './announcements.ts';
import { BUCKETS } from './buckets.ts';
import type { Connection } from './connection.ts';
import { listOrigins } from './imports.ts';
import { deriveLane, listMeasuredLanes } from './lane-rebuild.ts';
import type { LaneNumbers } from './samples.ts';
import type { SpanRow } from './spans.ts';
import { type Findings, REMEDY } from './verify-report.ts';

const LIST_SPANS = `SELECT from_ms, until_ms, verdict, mechanism, confidence, count, first_seq, last_slot_ms, last_seq
  FROM span WHERE lane_id = ? ORDER BY from_ms`;

function countDifferences<T>(expected: readonly T[], stored: readonly T[]): number {
  const length = Math.max(expected.length, stored.length);
  let differences = 0;
  for (let index = 0; index < length; index += 1)
    if (!isDeepStrictEqual(expected[index], stored[index])) differences += 1;
  return differences;
}

type StoredLane = LaneNumbers & { readonly id: number };

function verifyLane(connection: Connection, findings: Findings, lane: StoredLane): void {
  const { words, codes } = connection;
  const where = `lane ${words.name('service', lane.serviceId)} from ${words.name('vantage', lane.vantageId)} (${codes.function.toName(lane.functionCode)})`;
  const derived = deriveLane(connection, lane);
  const spans = connection
    .prepare<[number], SpanRow>(LIST_SPANS)
    .all(lane.id)
    .map((row) => ({ ...row }));
  const differences = countDifferences(sortKeys(derived.spans), sortKeys(spans));
  if (differences > 0)
    findings.add(
      where,
      `${differences} of its spans differ from the measurements.`,
      REMEDY.rebuild,
    );
  for (const { table } of BUCKETS) {
    const names = codes.verdict.names;
    const expected = [...derived.buckets[table]].map(([startMs, counts]) => [
      startMs,
      ...names.map((name) => counts.get(codes.verdict.toCode(name)) ?? 0),
    ]);
    const stored = connection
      .prepare<[number], Record<string, number>>(
        `SELECT * FROM ${table} WHERE lane_id = ? ORDER BY start_ms`,
      )
      .all(lane.id)
      .map((row) => [row['start_ms'], ...names.map((name) => row[name])]);
    const bucketDifferences = countDifferences<unknown>(expected, stored);
    if (bucketDifferences > 0)
      findings.add(
        where,
        `${bucketDifferences} rows of ${table} differ from the measurements.`,
        REMEDY.rebuild,
      );
  }
}

function sortKeys(rows: readonly SpanRow[]): unknown[] {
  return rows.map((row) => Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Checks that lanes, spans and buckets are what the measurements give. */
export function verifyLanes(connection: Connection, findings: Findings): undefined {
  const stored = connection
    .prepare<[], StoredLane>(
      `SELECT id, service_id AS serviceId, vantage_id AS vantageId, function AS functionCode FROM lane
       ORDER BY 2, 3, 4`,
    )
    .all();
  const expected = listMeasuredLanes(connection);
  const toText = (lane: LaneNumbers) =>
    [lane.serviceId, lane.vantageId, lane.functionCode].join(' ');
  if (!isDeepStrictEqual(stored.map(toText), expected.map(toText)))
    findings.add(
      'the list of lanes',
      `It has ${stored.length} lanes where the measurements give ${expected.length}, or other ones.`,
      REMEDY.rebuild,
    );
  for (const [index, lane] of stored.entries()) {
    verifyLane(connection, findings, lane);
    findings.count(index + 1, stored.length);
  }
  return undefined;
}

function readDerivedRows(connection: Connection, announcementId: number): DerivedRows {
  const select = (table: keyof typeof DERIVED_COLUMNS, key: string, order: string) =>
    connection
      .prepare<[number], Record<string, string | number | null>>(
        `SELECT ${DERIVED_COLUMNS[table].join(', ')} FROM ${table} WHERE ${key} = ? ORDER BY ${order}`,
      )
      .all(announcementId)
      .map((row) => Object.values(row));
  const [announcement = []] = select('announcement', 'id', 'id');
  const [service, region, source, link] = DERIVED_TABLES.map((table) =>
    select(table, 'announcement_id', 'position'),
  );
  return {
    announcement,
    announcement_service: service ?? [],
    announcement_region: region ?? [],
    announcement_source: source ?? [],
    announcement_link: link ?? [],
  };
}

/** Checks that records are whole and that what is searched of them is what they say. */
export function verifyAnnouncements(connection: Connection, findings: Findings): undefined {
  const rows = connection
    .prepare<[], { id: number; name: string; revision: number; json: string | null }>(
      `SELECT a.id, a.name, a.revision, r.json FROM announcement a LEFT JOIN announcement_revision r
         ON r.announcement_id = a.id
         AND r.revision = (SELECT MAX(revision) FROM announcement_revision WHERE announcement_id = a.id)
         AND r.revision = a.revision
       ORDER BY a.id`,
    )
    .all();
  for (const [index, row] of rows.entries()) {
    findings.count(index + 1, rows.length);
    const where = `announcement ${row.name}`;
    if (row.json === null) {
      findings.add(where, `Its revision ${row.revision} is missing.`, REMEDY.restore);
      continue;
    }
    const record = JSON.parse(row.json) as Announcement;
    if (record.id !== row.name || !Announcement.safeParse(record).success)
      findings.add(where, 'Its newest revision is no announcement of this name.', REMEDY.restore);
    else if (!isDeepStrictEqual(deriveRows(record), readDerivedRows(connection, row.id)))
      findings.add(where, 'The columns that are searched differ from the record.', REMEDY.rebuild);
  }
  return undefined;
}

/** Checks that measurements of others are found under the names that their evidence tells. */
export function verifyOrigins(connection: Connection, findings: Findings): undefined {
  let checked = 0;
  for (const { entry, stored, said } of listOrigins(connection)) {
    checked += 1;
    findings.count(checked);
    if (!isDeepStrictEqual(stored, said))
      findings.add(
        `origin of entry ${entry}`,
        'The name under which it is found differs from its evidence.',
        REMEDY.rebuild,
      );
  }
  return undefined;
}
