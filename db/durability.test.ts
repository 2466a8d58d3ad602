import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import Database from 'better-sqlite3';
import { openDatabase } from './connection.ts';
import { parseMeasurementId } from './measurement-id.ts';
import { backupFileBefore, migrate, readMigrations, schemaVersion } from './migrate.ts';
import { openStore } from './open.ts';
import {
  createHandClock,
  INTERVAL_MS,
  insertRun,
  makeFolder,
  makeStore,
  NOON_MS,
} from './testing/fixtures.ts';

const KILLS = 12;
const clock = createHandClock();

/** Starts a child of this folder's testing/ and kills it at the latest when the test ends. */
function start(t: TestContext, script: string, ...values: string[]): ChildProcess {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'testing', script), ...values], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

/** Collects whole lines until there are `count`, kills the child, and gives all lines that came. */
async function killAfterLines(child: ChildProcess, count: number): Promise<string[]> {
  let text = '';
  const closed = once(child, 'close');
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    if (text.split('\n').length > count) child.kill('SIGKILL');
  }
  await closed;
  return text.split('\n').slice(0, -1);
}

test(`${KILLS} kills while writing: every acknowledged measurement is there and the sums are right`, async (t) => {
  const file = join(makeFolder(t), 'reachline.db');
  const acknowledged: string[] = [];
  for (let kill = 0; kill < KILLS; kill += 1) {
    const last = acknowledged.at(-1);
    const key = last === undefined ? undefined : parseMeasurementId(last);
    // One past the last acknowledged run, which may itself be stored without its acknowledgement.
    const nextSlot = key ? (key.slotMs - NOON_MS) / INTERVAL_MS + 1 : 0;
    const child = start(t, 'insert-loop.ts', file, String(nextSlot));
    acknowledged.push(...(await killAfterLines(child, 1 + ((kill * 7) % 13))));
  }
  assert.ok(acknowledged.length >= KILLS);
  const store = openStore({ file, mode: 'write', clock });
  t.after(() => store.close());
  for (const id of acknowledged) assert.ok(store.getMeasurement(id), `${id} is missing`);
  assert.deepEqual(store.verify().findings, []);
  const [lane] = store.listBuckets({ fromMs: NOON_MS, toMs: NOON_MS * 2, resolution: 'day' });
  const counted = (lane?.buckets ?? [])
    .flatMap(({ counts }) => Object.values(counts))
    .reduce((sum, count) => sum + count, 0);
  assert.equal(counted, store.health().measurements);
});

/** Number of the newest migration. */
const CURRENT = readMigrations().length;

test('a migration that is killed leaves the old schema, and a backup beside it', async (t) => {
  const { store, file } = makeStore(t);
  insertRun(store, { slot: 0 });
  store.close();
  const child = start(t, 'migrate-slowly.ts', file);
  assert.deepEqual(await killAfterLines(child, 1), ['migrating']);
  const again = openStore({ file, mode: 'write', clock });
  assert.equal(again.health().schemaVersion, CURRENT);
  assert.equal(again.health().measurements, 1);
  assert.deepEqual(again.verify().findings, []);
  again.close();
  const backup = openStore({ file: backupFileBefore(file, CURRENT + 1), mode: 'read', clock });
  assert.equal(backup.health().measurements, 1);
  backup.close();
});

test('a migration runs once, keeps what is there, and its backup holds the old state', (t) => {
  const { store, file } = makeStore(t);
  insertRun(store, { slot: 0 });
  store.close();
  const next = {
    number: CURRENT + 1,
    name: 'test.sql',
    sql: 'CREATE TABLE added (id INTEGER PRIMARY KEY) STRICT;',
    sha256: 'of the test',
  };
  const database = openDatabase(file, 'write');
  t.after(() => database.close());
  migrate(file, database, [...readMigrations(), next]);
  migrate(file, database, [...readMigrations(), next]);
  assert.equal(schemaVersion(database), CURRENT + 1);
  assert.equal(database.prepare('SELECT COUNT(*) FROM measurement').pluck().get(), 1);
  const backup = new Database(backupFileBefore(file, CURRENT + 1), { readonly: true });
  assert.equal(schemaVersion(backup), CURRENT);
  backup.close();
});

test('a migration with a mistake changes nothing', (t) => {
  const { store, file } = makeStore(t);
  store.close();
  const database = openDatabase(file, 'write');
  t.after(() => database.close());
  const sql = 'CREATE TABLE added (id INTEGER PRIMARY KEY) STRICT; INSERT INTO nowhere VALUES (1);';
  assert.throws(
    () =>
      migrate(file, database, [
        ...readMigrations(),
        { number: CURRENT + 1, name: 'x', sql, sha256: '' },
      ]),
    /nowhere/,
  );
  assert.equal(schemaVersion(database), CURRENT);
  assert.equal(
    database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'added'").get(),
    undefined,
  );
});

test('a new database is migrated without a backup', (t) => {
  const { store, file } = makeStore(t);
  assert.equal(store.health().schemaVersion, readMigrations().length);
  assert.equal(existsSync(backupFileBefore(file, 1)), false);
});

test('migrations are numbered without holes', (t) => {
  const folder = makeFolder(t);
  for (const name of ['0001-first.sql', '0003-third.sql']) writeFileSync(join(folder, name), '');
  assert.throws(() => readMigrations(folder), /should have number 2/);
});
