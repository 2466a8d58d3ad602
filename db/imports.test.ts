/** Runs of others: once under their name, each under its own number in a slot, all or none; and the order of exports. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImportedRun } from './imports.ts';
import type { Store } from './store.ts';
import { INTERVAL_MS, insertRun, makeStore, NOON_MS } from './testing/fixtures.ts';
import { generateRun } from './testing/generate.ts';
import { createRandom } from './testing/generate-observations.ts';

function makeImport(reference: string, slot = 0, service = 'facebook'): ImportedRun {
  const run = generateRun(createRandom(slot + 1), {
    service,
    vantageId: 'ru-ural-fixed',
    slotMs: NOON_MS + slot * INTERVAL_MS,
  });
  const origin = { provider: 'ooni', licence: 'CC-BY-NC-SA-4.0', reference } as const;
  return { measurement: { ...run.measurement, origin }, judgement: run.judgement };
}

function listAll(store: Store, changes: { isOwnOnly?: boolean; limit?: number } = {}): string[] {
  const query = {
    fromMs: 0,
    toMs: Number.MAX_SAFE_INTEGER,
    isOwnOnly: false,
    limit: 3,
    ...changes,
  };
  const ids: string[] = [];
  let page = store.listRunsInOrder(query);
  ids.push(...page.ids);
  while (page.after) {
    page = store.listRunsInOrder({ ...query, after: page.after });
    ids.push(...page.ids);
  }
  return ids;
}

test('a name is stored once for each service, and runs of one slot get numbers', (t) => {
  const { store } = makeStore(t);
  const runs = [makeImport('a'), makeImport('b'), makeImport('a'), makeImport('a', 0, 'instagram')];
  assert.deepEqual(store.insertImports(runs), ['inserted', 'inserted', 'duplicate', 'inserted']);
  assert.deepEqual(store.insertImports(runs.slice(0, 1)), ['duplicate']);
  assert.deepEqual(listAll(store), [
    'facebook.ru-ural-fixed.20220304T120000Z',
    'facebook.ru-ural-fixed.20220304T120000Z.1',
    'instagram.ru-ural-fixed.20220304T120000Z',
  ]);
  assert.equal(store.hasOrigin({ provider: 'ooni', reference: 'a' }), true);
  assert.equal(store.hasOrigin({ provider: 'ooni', reference: 'b' }, 'instagram'), false);
  assert.equal(store.hasOrigin({ provider: 'globalping', reference: 'a' }), false);
  assert.deepEqual(store.verify().findings, []);
});

test('a batch with one run that cannot be stored is not stored at all', (t) => {
  const { store } = makeStore(t);
  const bad = makeImport('b');
  const runs = [makeImport('a'), { ...bad, measurement: { ...bad.measurement, slotMs: 1 } }];
  assert.throws(() => store.insertImports(runs), /no whole second/);
  assert.equal(store.health().measurements, 0);
  assert.deepEqual(store.insertImports([makeImport('a')]), ['inserted'], 'and the store goes on');
  assert.deepEqual(store.verify().findings, []);
});

test('runs come oldest slot first, whatever order they were stored in, page by page without a gap', (t) => {
  const { store } = makeStore(t);
  for (const slot of [5, 1, 4, 0]) insertRun(store, { slot });
  store.insertImports([3, 2].map((slot) => makeImport(String(slot), slot)));
  const ids = listAll(store);
  assert.equal(ids.length, 6);
  assert.deepEqual(
    ids.map((id) => id.split('.')[2]),
    ['1200', '1205', '1210', '1215', '1220', '1225'].map((time) => `20220304T${time}00Z`),
  );
  assert.deepEqual(listAll(store, { limit: 100 }), ids);
  assert.equal(listAll(store, { isOwnOnly: true }).length, 4);
});
