import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import Database from 'better-sqlite3';
import { openStore } from './open.ts';
import { pagesFileOf } from './page-digests.ts';
import { StoreError, type StoreErrorKind } from './store-error.ts';
import { createHandClock, insertRun, makeStore, NOON_MS } from './testing/fixtures.ts';

const clock = createHandClock();

function makeClosedFile(t: TestContext): string {
  const { store, file } = makeStore(t);
  insertRun(store, { slot: 0 });
  store.close();
  return file;
}

function flipFirstBit(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}

const rows: {
  name: string;
  kind: StoreErrorKind;
  mode?: 'read' | 'write';
  prepare: (file: string) => void;
  says: RegExp;
}[] = [
  {
    name: 'a text file',
    kind: 'corrupt',
    prepare: (file) => {
      rmSync(pagesFileOf(file));
      writeFileSync(file, 'This is no database.\n'.repeat(500));
    },
    says: /not an SQLite file.*backup/,
  },
  {
    name: 'a flipped bit since it was closed',
    kind: 'corrupt',
    prepare: (file) => flipFirstBit(file, 20_000),
    says: /1 of its pages/,
  },
  {
    name: 'half a file without page digests',
    kind: 'corrupt',
    prepare: (file) => {
      rmSync(pagesFileOf(file));
      truncateSync(file, 65_536);
    },
    says: /damaged/,
  },
  {
    name: 'a schema from the future',
    kind: 'newer',
    prepare: (file) => {
      rmSync(pagesFileOf(file));
      new Database(file).exec('PRAGMA user_version = 99').close();
    },
    says: /schema 99.*newer Reachline/,
  },
  {
    name: 'a migration that was changed',
    kind: 'changed_migration',
    prepare: (file) => {
      rmSync(pagesFileOf(file));
      new Database(file).exec("UPDATE schema_migration SET sha256 = '00'").close();
    },
    says: /Migration 1/,
  },
  {
    name: 'a folder in its place',
    kind: 'unwritable',
    prepare: (file) => {
      rmSync(file);
      mkdirSync(file);
    },
    says: /cannot be opened or written/,
  },
  {
    name: 'nothing there to read',
    kind: 'missing',
    mode: 'read',
    prepare: (file) => rmSync(file),
    says: /Start Reachline once/,
  },
];
for (const row of rows)
  test(`${row.name} → ${row.kind}, with cause and remedy`, (t) => {
    const file = makeClosedFile(t);
    row.prepare(file);
    assert.throws(
      () => openStore({ file, mode: row.mode ?? 'write', clock }),
      (error) => {
        assert.ok(error instanceof StoreError, String(error));
        assert.equal(error.kind, row.kind);
        assert.match(error.message, row.says);
        assert.ok(error.message.includes(error.remedy));
        return true;
      },
    );
  });

test('a folder that cannot be made → unwritable', (t) => {
  const file = makeClosedFile(t);
  assert.throws(() => openStore({ file: join(file, 'below', 'x.db'), mode: 'write', clock }), {
    kind: 'unwritable',
  });
});

test('a damaged database is still readable, and its page digests stay as proof', (t) => {
  const file = makeClosedFile(t);
  flipFirstBit(file, 20_000);
  assert.throws(() => openStore({ file, mode: 'write', clock }), { kind: 'corrupt' });
  assert.ok(existsSync(pagesFileOf(file)));
  const store = openStore({ file, mode: 'read', clock });
  assert.equal(store.health().measurements, 1);
  store.close();
});

test('a second writer is refused until the first closes; readers are welcome', (t) => {
  const { store, file } = makeStore(t);
  insertRun(store, { slot: 0 });
  assert.throws(() => openStore({ file, mode: 'write', clock }), { kind: 'locked' });
  assert.equal(insertRun(store, { slot: 1 }), 'inserted');
  const reader = openStore({ file, mode: 'read', clock });
  assert.equal(reader.health().measurements, 2);
  const version = reader.dataVersion();
  insertRun(store, { slot: 2 });
  assert.equal(reader.dataVersion(), version + 1, 'a reader sees what was written since');
  assert.throws(() => insertRun(reader, { slot: 3 }), /opened for reading/);
  reader.close();
  store.close();
  const next = openStore({ file, mode: 'write', clock });
  assert.equal(next.health().measurements, 3);
  next.close();
});

test('opening for writing removes the page digests, closing writes them', (t) => {
  const file = makeClosedFile(t);
  assert.ok(existsSync(pagesFileOf(file)));
  {
    using store = openStore({ file, mode: 'write', clock });
    assert.equal(existsSync(pagesFileOf(file)), false);
    assert.equal(insertRun(store, { slot: 1 }), 'inserted');
  }
  assert.ok(existsSync(pagesFileOf(file)));
});

test('a failed insert leaves the store usable', (t) => {
  const { store, clock: handClock, file } = makeStore(t);
  insertRun(store, { slot: 0 });
  const blocker = new Database(file);
  blocker.exec('CREATE TRIGGER stop BEFORE INSERT ON bucket_day BEGIN SELECT RAISE(ABORT, 1); END');
  assert.throws(() => insertRun(store, { slot: 1, service: 'whatsapp', scenario: 'reset' }));
  blocker.exec('DROP TRIGGER stop');
  blocker.close();
  handClock.set(NOON_MS + 60_000);
  assert.equal(insertRun(store, { slot: 1, service: 'whatsapp', scenario: 'reset' }), 'inserted');
  assert.deepEqual(store.verify().findings, []);
});

test('a folder that the system denies under a parent that is there → one message, no endless loop', {
  skip: process.platform !== 'linux',
}, () => {
  assert.throws(
    () => openStore({ file: '/proc/reachline/reachline.db', mode: 'write', clock }),
    (error) => error instanceof StoreError && error.kind === 'unwritable',
  );
});
