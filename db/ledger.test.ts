/** The ledger in the store: what says nothing new adds nothing, and every revision stays readable. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import Database from 'better-sqlite3';
import type { LedgerInputs } from './ledger.ts';
import type { LedgerContent } from './ledger-types.ts';
import { openStore } from './open.ts';

const INPUTS: LedgerInputs = {
  announcements: ['ru-example-order@1'],
  episodesSha256: 'ab'.repeat(32),
  rulesVersion: '1',
};
const CONTENT: LedgerContent = {
  schemaVersion: 1,
  rules: { version: '1', leadMs: 1, followMs: 2, graceMs: 3 },
  groups: [],
  unannounced: [],
  skipped: [],
};

function openFolder(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'reachline-ledger-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const clock = { atMs: Date.UTC(2022, 2, 4, 12), nowMs: () => clock.atMs };
  return { file: join(folder, 'reachline.db'), clock };
}

test('nothing was built: nothing is there', (t) => {
  const { file, clock } = openFolder(t);
  using store = openStore({ file, mode: 'write', clock });
  assert.equal(store.getLedger(), undefined);
  assert.deepEqual(store.listLedgerRevisions({ limit: 10 }), []);
});

test('the same content adds no revision, another does, and the earlier one stays', (t) => {
  const { file, clock } = openFolder(t);
  using store = openStore({ file, mode: 'write', clock });
  assert.deepEqual(store.saveLedger(CONTENT, INPUTS), { revision: 1, isNew: true });
  clock.atMs += 60_000;
  // The order of keys is no change, and neither are inputs that lead to the same content.
  const { schemaVersion, ...rest } = CONTENT;
  assert.deepEqual(
    store.saveLedger({ ...rest, schemaVersion }, { ...INPUTS, episodesSha256: 'cd'.repeat(32) }),
    { revision: 1, isNew: false },
  );
  const changed: LedgerContent = {
    ...CONTENT,
    skipped: [{ announcementId: 'a', reason: 'no_time' }],
  };
  assert.deepEqual(store.saveLedger(changed, INPUTS), { revision: 2, isNew: true });
  assert.deepEqual(store.getLedger()?.content, changed);
  const first = store.getLedger(1);
  assert.deepEqual(first?.content, CONTENT);
  assert.deepEqual(first.inputs, INPUTS);
  assert.equal(first.builtAtMs, Date.UTC(2022, 2, 4, 12));
  assert.match(first.contentSha256, /^[0-9a-f]{64}$/);
  assert.equal(store.getLedger(3), undefined);
  assert.deepEqual(
    store.listLedgerRevisions({ limit: 10 }).map(({ revision }) => revision),
    [2, 1],
  );
});

test('content that was changed in the file is not passed on', (t) => {
  const { file, clock } = openFolder(t);
  using store = openStore({ file, mode: 'write', clock });
  store.saveLedger(CONTENT, INPUTS);
  const database = new Database(file);
  database.prepare("UPDATE ledger_revision SET content_sha256 = x'00'").run();
  database.close();
  assert.throws(() => store.getLedger(), /Revision 1 of the ledger is not what was stored/);
});

test('the schema is the one that the migrations make', (t) => {
  const { file, clock } = openFolder(t);
  using store = openStore({ file, mode: 'write', clock });
  store.saveLedger(CONTENT, INPUTS);
  const report = store.verify();
  assert.deepEqual(report.findings, []);
});
