import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import Database from 'better-sqlite3';
import { openStore } from './open.ts';
import { pagesFileOf } from './page-digests.ts';
import { insertAnnouncements } from './testing/announcements.ts';
import { createHandClock, insertRun, makeFolder, makeStore, NOON_MS } from './testing/fixtures.ts';
import { GENERATED_SCENARIOS, generateRun } from './testing/generate.ts';
import { createRandom } from './testing/generate-observations.ts';
import { insertIncident } from './testing/incidents.ts';
import { verifyFile } from './verify.ts';

const HOUR_MS = 3_600_000;
const FLIPS = 200;
const clock = createHandClock();

/** A closed store with measurements of several hours, one of others, later judgements, announcements and events. */
function makeClosedStore(t: TestContext): string {
  const { store, clock: handClock, file } = makeStore(t);
  insertAnnouncements(store);
  for (let slot = 0; slot < 24; slot += 1) {
    handClock.set(NOON_MS + slot * 600_000);
    const scenario = GENERATED_SCENARIOS[Math.floor(slot / 3) % GENERATED_SCENARIOS.length] ?? 'ok';
    insertRun(store, { slot, service: 'instagram', scenario });
  }
  const id = 'instagram.ru-volga-fixed.20220304T120000Z';
  const judgement = store.getMeasurement(id)?.judgement;
  assert.ok(judgement);
  store.addJudgement(id, { ...judgement, rulesetVersion: '2' });
  store.recordEvent({ atMs: NOON_MS, kind: 'skipped', detail: 'one run' });
  insertIncident(store);
  const lane = { service: 'facebook', vantageId: 'ru-volga-fixed', slotMs: NOON_MS };
  const run = generateRun(createRandom(1), lane);
  const origin = { provider: 'ooni', licence: 'CC-BY-NC-SA-4.0', reference: 'one' } as const;
  store.insertImports([{ ...run, measurement: { ...run.measurement, origin } }]);
  store.close();
  return file;
}

/** Every row of every table as text, or the words of the error when they cannot be read. */
function dumpRows(file: string): string {
  let database: Database.Database | undefined;
  try {
    database = new Database(file, { readonly: true });
    const tables = database
      .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
      .pluck()
      .all();
    const rows = ['sqlite_schema', ...tables].map((table) =>
      database?.prepare(`SELECT * FROM "${table}"`).raw().all(),
    );
    return JSON.stringify(rows, (_key, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    );
  } catch (error) {
    return `cannot be read: ${String(error)}`;
  } finally {
    database?.close();
  }
}

function flipBit(bytes: Buffer, position: number): Buffer {
  const flipped = Buffer.from(bytes);
  const at = Math.floor(position / 8);
  flipped[at] = (flipped[at] ?? 0) ^ (1 << (position % 8));
  return flipped;
}

test('a sound store has no findings, closed or open, and progress is told', (t) => {
  const file = makeClosedStore(t);
  const seen = new Set<string>();
  const report = verifyFile(file, { clock, onProgress: ({ check }) => seen.add(check) });
  assert.deepEqual(report.findings, []);
  assert.equal(report.isSound, true);
  assert.deepEqual(
    [...seen],
    report.checks.map(({ check }) => check),
  );
  for (const { check, checked } of report.checks) assert.ok(checked > 0, check);
  const before = readFileSync(file);
  assert.ok(before.equals(readFileSync(file)), 'verifying changes nothing');
});

test(`each of ${FLIPS} flipped bits is found in a closed store`, (t) => {
  const file = makeClosedStore(t);
  const bytes = readFileSync(file);
  const copy = join(makeFolder(t), 'copy.db');
  copyFileSync(pagesFileOf(file), pagesFileOf(copy));
  const random = createRandom(2022);
  for (let flip = 0; flip < FLIPS; flip += 1) {
    const position = Math.floor(random() * bytes.length * 8);
    writeFileSync(copy, flipBit(bytes, position));
    const report = verifyFile(copy, { clock });
    assert.equal(report.isSound, false, `bit ${position}`);
    const page = Math.floor(position / 8 / 4096) + 1;
    assert.ok(
      report.findings.some(({ where }) => where === `page ${page} of ${copy}`),
      `page ${page} named`,
    );
  }
});

test(`without page digests every flipped bit that changes a row is found (${FLIPS} tried)`, (t) => {
  const file = makeClosedStore(t);
  const bytes = readFileSync(file);
  const expected = dumpRows(file);
  const copy = join(makeFolder(t), 'copy.db');
  const random = createRandom(1986);
  let changes = 0;
  for (let flip = 0; flip < FLIPS; flip += 1) {
    const position = Math.floor(random() * bytes.length * 8);
    for (const suffix of ['-wal', '-shm']) rmSync(copy + suffix, { force: true });
    writeFileSync(copy, flipBit(bytes, position));
    if (dumpRows(copy) === expected) continue;
    changes += 1;
    assert.equal(verifyFile(copy, { clock }).isSound, false, `bit ${position} went unnoticed`);
  }
  assert.ok(changes > FLIPS / 8, `${changes} flips changed a row`);
});

const tampered = [
  {
    name: 'a changed verdict',
    sql: 'UPDATE judgement_verdict SET verdict = 3 WHERE judgement_entry = (SELECT MIN(entry) FROM evidence)',
    where: /^measurement instagram\.ru-volga-fixed\.20220304T120000Z$/,
  },
  {
    name: 'a changed duration',
    sql: 'UPDATE measurement SET elapsed_ms = elapsed_ms + 1 WHERE seq = 0',
    where: /^measurement /,
  },
  {
    name: 'a deleted event',
    sql: 'DELETE FROM event',
    where: /^entries \d+ to \d+$/,
  },
  {
    name: 'a span that is too long',
    sql: 'UPDATE span SET until_ms = until_ms + 1 WHERE from_ms = (SELECT MAX(from_ms) FROM span)',
    where: /^lane instagram from ru-volga-fixed/,
  },
  {
    name: 'a bucket with one run too many',
    sql: 'UPDATE bucket_day SET ok = ok + 1',
    where: /^lane instagram from ru-volga-fixed/,
  },
  {
    name: 'a changed title of an announcement',
    sql: "UPDATE announcement SET title = 'Nothing happened'",
    where: /^announcement /,
  },
  {
    name: 'a changed hour of the chain',
    sql: "UPDATE chain_hour SET digest = x'00' WHERE hour_ms = (SELECT MIN(hour_ms) FROM chain_hour)",
    where: /^hour 2022-03-04T12:00:00\.000Z of the hash chain$/,
  },
  {
    name: 'a renumbered word',
    sql: "UPDATE code_verdict SET name = 'fine' WHERE code = 1",
    where: /^rows of code_verdict$/,
  },
];
for (const row of tampered)
  test(`${row.name} is found and named, with a remedy`, (t) => {
    const file = makeClosedStore(t);
    rmSync(pagesFileOf(file));
    const database = new Database(file);
    assert.ok(database.prepare(row.sql).run().changes > 0);
    database.close();
    const report = verifyFile(file, { clock });
    assert.equal(report.isSound, false);
    const finding = report.findings.find(({ where }) => row.where.test(where));
    assert.ok(finding, JSON.stringify(report.findings));
    assert.match(finding.problem, /\.$/);
    assert.match(finding.remedy, /\.$/);
  });

const unreadable = [
  { name: 'no file', make: (file: string) => rmSync(file) },
  { name: 'an empty file', make: (file: string) => truncateSync(file) },
  { name: 'half a file', make: (file: string) => truncateSync(file, 40_960) },
  { name: 'a text', make: (file: string) => writeFileSync(file, 'no database\n'.repeat(1000)) },
  {
    name: 'damaged page digests',
    make: (file: string) => writeFileSync(pagesFileOf(file), 'nothing'),
  },
];
for (const row of unreadable)
  test(`${row.name} gives a report with findings, not an exception`, (t) => {
    const file = makeClosedStore(t);
    row.make(file);
    const report = verifyFile(file, { clock });
    assert.equal(report.isSound, false);
    assert.ok(report.findings.length > 0);
  });

test('damaged spans and announcement columns are mended by a rebuild', (t) => {
  const file = makeClosedStore(t);
  rmSync(pagesFileOf(file));
  const database = new Database(file);
  database.prepare('DELETE FROM span').run();
  database.prepare('UPDATE bucket_hour SET ok = 9').run();
  database.prepare("UPDATE announcement SET title = 'Nothing happened'").run();
  database.prepare('DELETE FROM announcement_link').run();
  database.close();
  const store = openStore({ file, mode: 'write', clock });
  t.after(() => store.close());
  assert.equal(store.verify().isSound, false);
  store.rebuild();
  assert.deepEqual(store.verify().findings, []);
  assert.equal(store.listEvents({ limit: 1 })[0]?.kind, 'rebuilt');
});

test('a backup is whole, has page digests, and can be opened', async (t) => {
  const { store } = makeStore(t);
  for (const slot of [0, 1, 2]) insertRun(store, { slot });
  const backup = join(makeFolder(t), 'backup.db');
  await store.backupTo(backup);
  insertRun(store, { slot: 3 });
  const report = verifyFile(backup, { clock });
  assert.deepEqual(report.findings, []);
  assert.equal(report.checks.find(({ check }) => check === 'pages')?.note, undefined);
  await store.backupTo(backup);
  const copy = openStore({ file: backup, mode: 'read', clock });
  assert.equal(copy.health().measurements, 4);
  copy.close();
  await assert.rejects(store.backupTo(join(backup, 'below-a-file.db')), { kind: 'unwritable' });
  await assert.rejects(store.backupTo(store.file), { kind: 'unwritable' });
});

test('hours follow the clock of storing; one that steps back reopens none', (t) => {
  const { store, clock: handClock } = makeStore(t);
  insertRun(store, { slot: 0 });
  handClock.set(NOON_MS + HOUR_MS);
  insertRun(store, { slot: 1 });
  handClock.set(NOON_MS - HOUR_MS);
  insertRun(store, { slot: 2 });
  const hours = store.listChainHours({ limit: 5 });
  assert.deepEqual(
    hours.map(({ hourMs, isSealed }) => [hourMs, isSealed]),
    [
      [NOON_MS + HOUR_MS, false],
      [NOON_MS, true],
    ],
  );
  assert.deepEqual(store.verify().findings, []);
  handClock.set(NOON_MS + 5 * HOUR_MS);
  assert.equal(store.listChainHours({ limit: 1 })[0]?.isSealed, true);
});
