/** Controls that arrive late: what waited is judged again, what lies outside the window is not, what is sure stays. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { loadConfig } from '../config/load.ts';
import type { Store } from '../db/store.ts';
import { createLateControls, type LateControlsDeps } from './late-controls.ts';
import { FIRST_SLOT_MS, fillJudgedBefore, openJudgedBefore } from './testing/judged-before.ts';

const config = loadConfig({ file: join(import.meta.dirname, '..', 'config', 'reachline.yaml') });
const SERVICE = config.services[0]?.id ?? '';
const SLOTS = 40;
const INTERVAL_MS = 300_000;

/** A store in which every control has come after the measurements that it bears on. */
function makeStore(t: TestContext): Store {
  const folder = mkdtempSync(join(tmpdir(), 'reachline-late-'));
  const store = openJudgedBefore(join(folder, 'reachline.db'));
  t.after(() => {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  fillJudgedBefore(store, config, SLOTS);
  return store;
}

function makeLate(store: Store, changes: Partial<LateControlsDeps> = {}) {
  const lines: string[] = [];
  const log = (_level: string, event: string, fields = {}): void => {
    lines.push(`${event} ${JSON.stringify(fields)}`);
  };
  return { late: createLateControls({ store, config, log, ...changes }), lines };
}

function controlAt(slot: number) {
  const startedAtMs = FIRST_SLOT_MS + slot * INTERVAL_MS + 1_000;
  return { service: SERVICE, vantageId: 'outside', startedAtMs };
}

function listVerdicts(store: Store): string[] {
  const rows = store.listMeasurements({ limit: 200, vantageIds: ['here'] }).rows.toReversed();
  return rows.map(({ verdict }) => verdict);
}

test('what waited around a late control is judged again, and nothing else', async (t) => {
  const store = makeStore(t);
  assert.deepEqual(new Set(listVerdicts(store)), new Set(['insufficient']));
  const { late, lines } = makeLate(store);
  late.note(controlAt(20));
  await late.settled();
  const reach = Math.floor((config.rules.controlWindowSeconds * 1000) / INTERVAL_MS);
  const expected = Array.from({ length: SLOTS }, (_, slot) =>
    Math.abs(slot - 20) <= reach ? 'blocked' : 'insufficient',
  );
  assert.deepEqual(listVerdicts(store), expected);
  assert.deepEqual(lines, [
    `judged_again {"service":"${SERVICE}","control":"outside","changed":${2 * reach + 1}}`,
  ]);
  assert.deepEqual(store.verify().findings, []);
});

test('a second control that says the same adds no revision', async (t) => {
  const store = makeStore(t);
  const { late } = makeLate(store);
  late.note(controlAt(20));
  await late.settled();
  late.note(controlAt(20));
  await late.settled();
  for (const { id } of store.listMeasurements({ limit: 200, vantageIds: ['here'] }).rows)
    assert.ok((store.getMeasurement(id)?.revisions.length ?? 0) <= 2, id);
});

test('controls that are added while others are in work are not lost', async (t) => {
  const store = makeStore(t);
  const { late } = makeLate(store);
  for (let slot = 0; slot < SLOTS; slot += 4) late.note(controlAt(slot));
  await late.settled();
  assert.deepEqual(new Set(listVerdicts(store)), new Set(['blocked']));
});

test('what comes from a vantage that is no control is left alone', async (t) => {
  const store = makeStore(t);
  const { late } = makeLate(store);
  late.note({ ...controlAt(20), vantageId: 'here' });
  await late.settled();
  assert.deepEqual(new Set(listVerdicts(store)), new Set(['insufficient']));
});

test('a stop ends what waits', async (t) => {
  const store = makeStore(t);
  const { late } = makeLate(store);
  for (let slot = 0; slot < SLOTS; slot += 4) late.note(controlAt(slot));
  await late.stop();
  assert.ok(listVerdicts(store).includes('insufficient'));
});
