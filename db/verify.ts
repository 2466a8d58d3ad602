/**
 * Checks a database from its bytes to its meaning and says in plain words what differs. Reads only, on a
 * connection of its own, and never throws: a damaged file gives findings.
 */
import { existsSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { CODE_TABLES } from './codes.ts';
import { Connection, openDatabase, type WallClock } from './connection.ts';
import { CURRENT_DICTIONARY_ID, readShippedDictionary } from './evidence.ts';
import { assertKnownSchema, readMigrations, schemaVersion } from './migrate.ts';
import { checkPages, pagesFileOf } from './page-digests.ts';
import { verifyAnnouncements, verifyLanes, verifyOrigins } from './verify-derived.ts';
import { verifyEntries } from './verify-entries.ts';
import { verifyIncidents } from './verify-incidents.ts';
import { Findings, REMEDY, type VerifyProgress, type VerifyReport } from './verify-report.ts';

function verifyPages(file: string, findings: Findings): string | undefined {
  const check = checkPages(file, (done, total) => findings.count(done, total));
  switch (check.kind) {
    case 'absent':
      return 'The file was not closed since it was last opened for writing, so there are no page digests to compare.';
    case 'unreadable':
      findings.add(pagesFileOf(file), `${check.reason}.`, REMEDY.restore);
      return undefined;
    case 'compared':
      findings.count(check.pages);
      if (check.pages !== check.expectedPages)
        findings.add(
          file,
          `It has ${check.pages} pages; it had ${check.expectedPages} when it was closed.`,
          REMEDY.restore,
        );
      for (const page of check.damaged)
        findings.add(`page ${page} of ${file}`, 'Its bytes were changed.', REMEDY.restore);
      return undefined;
    default:
      return check satisfies never;
  }
}

function verifyStructure(database: Database.Database, findings: Findings): undefined {
  const rows = database.pragma('integrity_check') as { integrity_check: string }[];
  for (const { integrity_check: problem } of rows)
    if (problem !== 'ok') findings.add('the structure of the file', `${problem}.`, REMEDY.restore);
  const orphans = database.pragma('foreign_key_check') as { table: string; parent: string }[];
  for (const { table, parent } of orphans)
    findings.add(
      `table ${table}`,
      `A row refers to a row of ${parent} that is not there.`,
      REMEDY.restore,
    );
  const evidenceless = database
    .prepare<[], { count: number }>(
      `SELECT (SELECT COUNT(*) FROM measurement) - (SELECT COUNT(*) FROM evidence) AS count`,
    )
    .get();
  if (evidenceless?.count !== 0)
    findings.add('table measurement', 'Some measurements have no evidence.', REMEDY.restore);
  findings.count(rows.length + orphans.length);
  return undefined;
}

type SchemaRow = { type: string; name: string; tbl_name: string; sql: string | null };

/** Tables, indexes and fixed codes of a database as one text per thing, by name. */
function describeSchema(database: Database.Database): Map<string, string> {
  const things = database
    .prepare<[], SchemaRow>('SELECT type, name, tbl_name, sql FROM sqlite_schema')
    .all()
    .map((row) => [`${row.type} ${row.name}`, JSON.stringify(row)] as const);
  const codes = CODE_TABLES.map((table) => {
    const rows = database.prepare(`SELECT code, name FROM ${table} ORDER BY code`).all();
    return [`rows of ${table}`, JSON.stringify(rows)] as const;
  });
  return new Map([...things, ...codes]);
}

function verifySchema(file: string, database: Database.Database, findings: Findings): undefined {
  const migrations = readMigrations();
  assertKnownSchema(file, database, migrations);
  const fresh = new Database(':memory:');
  try {
    const applied = migrations.slice(0, schemaVersion(database));
    for (const { sql } of applied) fresh.exec(sql);
    const [expected, stored] = [describeSchema(fresh), describeSchema(database)];
    for (const name of new Set([...expected.keys(), ...stored.keys()]))
      if (expected.get(name) !== stored.get(name))
        findings.add(name, 'It is not what the migrations make.', REMEDY.restore);
    const names = database.prepare('SELECT number, name FROM schema_migration ORDER BY number');
    const expectedNames = applied.map(({ number, name }) => ({ number, name }));
    if (JSON.stringify(names.all()) !== JSON.stringify(expectedNames))
      findings.add('table schema_migration', 'It names other migrations.', REMEDY.restore);
    findings.count(expected.size);
  } finally {
    fresh.close();
  }
  verifyDictionaries(database, findings);
  return undefined;
}

function verifyDictionaries(database: Database.Database, findings: Findings): void {
  const shipped = readShippedDictionary();
  const rows = database
    .prepare<[], { id: number; sha256: Buffer; content: Buffer }>('SELECT * FROM dictionary')
    .all();
  for (const { id, sha256, content } of rows)
    if (
      id !== CURRENT_DICTIONARY_ID ||
      !sha256.equals(shipped.sha256) ||
      !content.equals(shipped.content)
    )
      findings.add(
        `dictionary ${id}`,
        'It is not the one that was shipped; what was compressed with it cannot be trusted.',
        REMEDY.restore,
      );
}

function openForReading(file: string, findings: Findings): Database.Database | undefined {
  let database: Database.Database | undefined;
  findings.run('structure', 'lines of SQLite’s own check', () => {
    database = openDatabase(file, 'read');
    // One snapshot for all checks, whatever another process writes meanwhile.
    database.exec('BEGIN');
    return verifyStructure(database, findings);
  });
  return database;
}

/** Checks the database in a file. Never throws; `onProgress` is called now and then. */
export function verifyFile(
  file: string,
  options: { readonly clock: WallClock; readonly onProgress?: VerifyProgress },
): VerifyReport {
  const findings = new Findings(options.onProgress ?? (() => {}));
  findings.run('pages', 'pages', () => {
    if (existsSync(file) && statSync(file).isFile()) return verifyPages(file, findings);
    findings.add(file, 'There is no such database.', 'Check the path.');
    return undefined;
  });
  const database = openForReading(file, findings);
  if (!database) return findings.report(file);
  try {
    findings.run('schema', 'tables, indexes and code tables', () =>
      verifySchema(file, database, findings),
    );
    let connection: Connection | undefined;
    const withConnection = (check: (connection: Connection, findings: Findings) => undefined) => {
      connection ??= new Connection(file, 'read', database, options.clock);
      return check(connection, findings);
    };
    findings.run('entries', 'entries', () => withConnection(verifyEntries));
    findings.run('lanes', 'lanes', () => withConnection(verifyLanes));
    findings.run('origins', 'measurements of others', () => withConnection(verifyOrigins));
    findings.run('announcements', 'announcements', () => withConnection(verifyAnnouncements));
    findings.run('incidents', 'incidents', () => withConnection(verifyIncidents));
  } finally {
    database.close();
  }
  return findings.report(file);
}
