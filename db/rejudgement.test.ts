/** Judging stored measurements again: revisions, what follows from them, and the controls that they may use. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatMeasurementId } from './measurement-id.ts';
import type { Store } from './store.ts';
import { INTERVAL_MS, insertRun, makeStore, NOON_MS } from './testing/fixtures.ts';
import { GENERATED_SCENARIOS, generateRun } from './testing/generate.ts';
import { createRandom, type Scenario } from './testing/generate-observations.ts';

const LANE = { service: 'instagram', vantageId: 'ru-volga-fixed' } as const;
const toSlotMs = (slot: number): number => NOON_MS + slot * INTERVAL_MS;
const toId = (slot: number, seq = 0): string =>
  formatMeasurementId({ ...LANE, slotMs: toSlotMs(slot), seq });

function judgementOf(scenario: Scenario, ruleset: string) {
  const { judgement } = generateRun(createRandom(1), { ...LANE, slotMs: NOON_MS, scenario });
  return { ...judgement, rulesetVersion: ruleset };
}

function countAll(store: Store): number {
  return store
    .listBuckets({ fromMs: 0, toMs: NOON_MS * 2, resolution: 'day', functions: ['service'] })
    .flatMap(({ buckets }) => buckets)
    .flatMap(({ counts }) => Object.values(counts))
    .reduce((sum, count) => sum + count, 0);
}

test('judged again: the old revision stays, the new one is in force, spans and counts follow', (t) => {
  const { store } = makeStore(t);
  for (let slot = 0; slot < 5; slot += 1) insertRun(store, { ...LANE, slot, scenario: 'reset' });
  const first = store.getMeasurement(toId(2))?.judgement;
  assert.equal(store.addJudgement(toId(2), judgementOf('ok', '2')), 2);
  const stored = store.getMeasurement(toId(2));
  assert.deepEqual(
    stored?.revisions.map(({ revision }) => revision),
    [2, 1],
  );
  assert.deepEqual(stored?.revisions[1]?.judgement, first);
  assert.equal(stored?.judgement.service.verdict, 'ok');
  const [lane] = store.listLanes({ fromMs: NOON_MS, toMs: toSlotMs(5) });
  assert.deepEqual(
    lane?.spans.map(({ state, count }) => [state, count]),
    [
      ['blocked', 2],
      ['ok', 1],
      ['blocked', 2],
    ],
  );
  assert.equal(countAll(store), 5);
  assert.deepEqual(store.verify().findings, []);
});

test('several judgements at once are all stored or none', (t) => {
  const { store } = makeStore(t);
  for (const slot of [0, 1]) insertRun(store, { ...LANE, slot });
  const judgement = judgementOf('reset', '2');
  const ids = [toId(0), 'no id', toId(9), toId(1)];
  assert.deepEqual(store.addJudgements(ids.map((id) => ({ id, judgement }))), [
    2,
    undefined,
    undefined,
    2,
  ]);
  const version = store.dataVersion();
  const broken = { ...judgement, service: { ...judgement.service, verdict: 'none' } };
  assert.throws(() =>
    store.addJudgements([
      { id: toId(0), judgement },
      { id: toId(1), judgement: broken as unknown as typeof judgement },
    ]),
  );
  assert.equal(store.dataVersion(), version);
  assert.equal(store.getMeasurement(toId(0))?.revisions.length, 2);
  assert.deepEqual(store.verify().findings, []);
});

const NUM_RUNS = 60;
test(`any history judged again in any way equals a rebuild (${NUM_RUNS} histories)`, (t) => {
  const scenario = fc.constantFrom(...GENERATED_SCENARIOS.slice(0, 3));
  const run = fc.record({
    slot: fc.integer({ min: 0, max: 9 }),
    seq: fc.integer({ min: 0, max: 1 }),
    intervalMs: fc.constantFrom(INTERVAL_MS, 2 * INTERVAL_MS),
    scenario,
  });
  const runs = fc.uniqueArray(run, {
    selector: ({ slot, seq }) => `${slot} ${seq}`,
    minLength: 1,
    maxLength: 14,
  });
  const again = fc.array(
    fc.record({ index: fc.nat(13), scenario, hasFunctions: fc.boolean(), isLow: fc.boolean() }),
    { maxLength: 14 },
  );
  fc.assert(
    fc.property(runs, again, (history, rejudged) => {
      const { store } = makeStore(t);
      for (const each of history) insertRun(store, { ...LANE, ...each });
      for (const { index, scenario: now, hasFunctions, isLow } of rejudged) {
        const chosen = history[index % history.length];
        assert.ok(chosen);
        const judgement = judgementOf(now, '2');
        store.addJudgement(toId(chosen.slot, chosen.seq), {
          ...judgement,
          ...(hasFunctions ? {} : { functions: {} }),
          ...(isLow ? { service: { ...judgement.service, confidence: 'low' } } : {}),
        });
      }
      assert.deepEqual(store.verify().findings, []);
      const query = { fromMs: 0, toMs: NOON_MS * 2 };
      const before = [store.listLanes(query), store.listBuckets({ ...query, resolution: 'hour' })];
      store.rebuild();
      const after = [store.listLanes(query), store.listBuckets({ ...query, resolution: 'hour' })];
      assert.deepEqual(after, before);
      store.close();
    }),
    { numRuns: NUM_RUNS },
  );
});

test('a long stretch judged again from either end, there and back, keeps its counts', (t) => {
  const { store } = makeStore(t);
  const slots = Array.from({ length: 60 }, (_, slot) => slot);
  for (const slot of slots) insertRun(store, { ...LANE, slot, scenario: 'reset' });
  for (const order of [slots, slots.toReversed()])
    for (const ruleset of ['2', '3']) {
      const judgement = judgementOf(ruleset === '2' ? 'ok' : 'reset', ruleset);
      store.addJudgements(order.map((slot) => ({ id: toId(slot), judgement })));
      const [lane] = store.listLanes({ fromMs: NOON_MS, toMs: toSlotMs(60) });
      assert.deepEqual(
        lane?.spans.map(({ count }) => count),
        [60],
      );
    }
  assert.deepEqual(store.verify().findings, []);
});

const WINDOW_MS = 6 * INTERVAL_MS;
const CONTROL = 'pl-vistula-fixed';
const controlRows = [
  { name: 'none was measured', slots: [], expected: [] },
  { name: 'the nearest of several, before or after', slots: [1, 4, 9], expected: [4] },
  { name: 'a later one counts too', slots: [7], expected: [7] },
  { name: 'one outside the window does not', slots: [30], expected: [] },
];
for (const { name, slots, expected } of controlRows)
  test(`controls: ${name}`, (t) => {
    const { store } = makeStore(t);
    for (const slot of slots) insertRun(store, { slot, vantageId: CONTROL });
    insertRun(store, { slot: 5 });
    insertRun(store, { slot: 5, service: 'whatsapp', vantageId: CONTROL });
    insertRun(store, { slot: 5, vantageId: 'ua-dnipro-fixed' });
    const run = { service: 'facebook', vantageId: 'ru-volga-fixed', startedAtMs: toSlotMs(5) };
    const found = store.findControls(run, WINDOW_MS);
    assert.deepEqual(
      found.map(({ measurement }) => [measurement.vantageId, measurement.slotMs]),
      expected.map((slot) => [CONTROL, toSlotMs(slot)]),
    );
    assert.deepEqual(
      found.map(({ id }) => id),
      store.listControlIds(run, WINDOW_MS),
    );
  });

test('a control is none of its own, and an unknown service has none', (t) => {
  const { store } = makeStore(t);
  insertRun(store, { slot: 5, vantageId: CONTROL });
  const at = { startedAtMs: toSlotMs(5), vantageId: CONTROL };
  assert.deepEqual(store.findControls({ ...at, service: 'facebook' }, WINDOW_MS), []);
  assert.deepEqual(
    store.findControls({ ...at, vantageId: 'ru-volga-fixed', service: 'none' }, WINDOW_MS),
    [],
  );
});
