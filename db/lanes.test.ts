import assert from 'node:assert/strict';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import type { Store } from './store.ts';
import { INTERVAL_MS, insertRun, makeStore, NOON_MS } from './testing/fixtures.ts';
import { GENERATED_SCENARIOS, generateRun, generateSeries } from './testing/generate.ts';
import { createRandom } from './testing/generate-observations.ts';

const HOUR_MS = 3_600_000;
const ONE_LANE = { vantageIds: ['ru-volga-fixed'], services: ['facebook'] };

function spansOf(store: Store, fromSlot: number, toSlot: number): [string, number, number][] {
  const [lane] = store.listLanes({
    ...ONE_LANE,
    fromMs: NOON_MS + fromSlot * INTERVAL_MS,
    toMs: NOON_MS + toSlot * INTERVAL_MS,
  });
  const toSlotNumber = (ms: number) => (ms - NOON_MS) / INTERVAL_MS;
  return (lane?.spans ?? []).map(({ state, fromMs, untilMs }) => [
    state,
    toSlotNumber(fromMs),
    toSlotNumber(untilMs),
  ]);
}

test('spans cover the range, and holes are no_data', (t) => {
  const { store } = makeStore(t);
  for (const slot of [1, 2, 5]) insertRun(store, { slot });
  insertRun(store, { slot: 6, scenario: 'reset' });
  assert.deepEqual(spansOf(store, 0, 10), [
    ['no_data', 0, 1],
    ['ok', 1, 3],
    ['no_data', 3, 5],
    ['ok', 5, 6],
    ['blocked', 6, 7],
    ['no_data', 7, 10],
  ]);
  assert.deepEqual(spansOf(store, 2, 6), [
    ['ok', 2, 3],
    ['no_data', 3, 5],
    ['ok', 5, 6],
  ]);
});

test('a span that the range cuts counts what lies inside', (t) => {
  const { store } = makeStore(t);
  const slots = 30 * 12; // 30 hours of five minutes: part of a day, whole hours, parts of hours
  for (let slot = 0; slot < slots; slot += 1) insertRun(store, { slot });
  for (const [from, to] of [
    [0, slots],
    [1, slots],
    [5, 7],
    [7, 200],
    [100, slots - 1],
    [13, 300],
  ] as const) {
    const [lane] = store.listLanes({
      ...ONE_LANE,
      fromMs: NOON_MS + from * INTERVAL_MS,
      toMs: NOON_MS + to * INTERVAL_MS,
    });
    assert.deepEqual(
      lane?.spans.map(({ count }) => count),
      [to - from],
      `${from} to ${to}`,
    );
  }
});

test('a span names its measurements, mechanism and confidence', (t) => {
  const { store } = makeStore(t);
  insertRun(store, { slot: 0, scenario: 'reset' });
  insertRun(store, { slot: 1, scenario: 'reset' });
  const [lane] = store.listLanes({
    ...ONE_LANE,
    fromMs: NOON_MS,
    toMs: NOON_MS + 2 * INTERVAL_MS,
  });
  assert.deepEqual(lane?.spans, [
    {
      fromMs: NOON_MS,
      untilMs: NOON_MS + 2 * INTERVAL_MS,
      state: 'blocked',
      mechanism: 'tls.reset.sni',
      confidence: 'high',
      count: 2,
      firstMeasurementId: 'facebook.ru-volga-fixed.20220304T120000Z',
      lastMeasurementId: 'facebook.ru-volga-fixed.20220304T120500Z',
    },
  ]);
  assert.equal(lane?.vantage.countryCode, 'RU');
});

const filterRows = [
  { name: 'service', filter: { services: ['whatsapp'] }, expected: 2 },
  { name: 'country', filter: { countryCodes: ['RU'] }, expected: 3 },
  { name: 'network', filter: { asns: [64499] }, expected: 3 },
  { name: 'vantage and function', filter: { functions: ['web', 'links'] as const }, expected: 8 },
  { name: 'a country without vantages', filter: { countryCodes: ['XX'] }, expected: 0 },
];
for (const row of filterRows)
  test(`lanes by ${row.name}: ${row.expected}`, (t) => {
    const { store } = makeStore(t);
    for (const vantageId of ['ru-volga-fixed', 'ua-dnipro-fixed'])
      for (const service of ['facebook', 'instagram', 'whatsapp'])
        insertRun(store, { slot: 0, service, vantageId });
    const lanes = store.listLanes({
      ...row.filter,
      fromMs: NOON_MS,
      toMs: NOON_MS + INTERVAL_MS,
    });
    assert.equal(lanes.length, row.expected);
  });

test('buckets count every verdict of the hour and of the day', (t) => {
  const { store } = makeStore(t);
  for (const slot of [0, 1, 12]) insertRun(store, { slot });
  insertRun(store, { slot: 2, scenario: 'reset' });
  const none = { ok: 0, likely_blocked: 0, blocked: 0, impaired: 0, down: 0, insufficient: 0 };
  const query = { ...ONE_LANE, fromMs: NOON_MS, toMs: NOON_MS + 2 * HOUR_MS };
  const [hours] = store.listBuckets({ ...query, resolution: 'hour' });
  assert.deepEqual(hours?.buckets, [
    { startMs: NOON_MS, counts: { ...none, ok: 2, blocked: 1 } },
    { startMs: NOON_MS + HOUR_MS, counts: { ...none, ok: 1 } },
  ]);
  const [days] = store.listBuckets({ ...query, resolution: 'day' });
  assert.deepEqual(days?.buckets, [
    { startMs: NOON_MS - 12 * HOUR_MS, counts: { ...none, ok: 3, blocked: 1 } },
  ]);
});

test('a later run of the same slot takes the place of the earlier one', (t) => {
  const { store } = makeStore(t);
  for (const slot of [0, 1, 2]) insertRun(store, { slot });
  insertRun(store, { slot: 1, seq: 1, scenario: 'reset' });
  assert.deepEqual(spansOf(store, 0, 3), [
    ['ok', 0, 1],
    ['blocked', 1, 2],
    ['ok', 2, 3],
  ]);
  insertRun(store, { slot: 1, seq: 2 });
  assert.deepEqual(spansOf(store, 0, 3), [['ok', 0, 3]]);
  assert.equal(store.verify().isSound, true);
});

test('a judgement made anew changes the lane', (t) => {
  const { store } = makeStore(t);
  for (const slot of [0, 1, 2]) insertRun(store, { slot });
  const { judgement } = generateRun(createRandom(1), {
    service: 'facebook',
    vantageId: 'ru-volga-fixed',
    slotMs: NOON_MS,
    scenario: 'down',
  });
  const id = 'facebook.ru-volga-fixed.20220304T120500Z';
  assert.equal(store.addJudgement(id, { ...judgement, rulesetVersion: '2' }), 2);
  assert.deepEqual(spansOf(store, 0, 3), [
    ['ok', 0, 1],
    ['down', 1, 2],
    ['ok', 2, 3],
  ]);
  assert.equal(store.addJudgement(id, { ...judgement, functions: {}, rulesetVersion: '3' }), 3);
  const stored = store.getMeasurement(id);
  assert.deepEqual(
    stored?.revisions.map(({ revision, judgement: each }) => [revision, each.rulesetVersion]),
    [
      [3, '3'],
      [2, '2'],
      [1, '2026.11.1'],
    ],
  );
  assert.equal(store.listMeasurements({ limit: 5, verdicts: ['down'] }).rows[0]?.id, id);
  assert.deepEqual(store.verify().findings, []);
});

/** Spans and buckets by lane names, since lanes are numbered as they are met. */
function dumpDerived(file: string): unknown[] {
  const database = new Database(file, { readonly: true });
  try {
    return ['span', 'bucket_hour', 'bucket_day'].map((table) =>
      database
        .prepare(
          `SELECT s.name, v.name, l.function, t.* FROM ${table} t JOIN lane l ON l.id = t.lane_id
           JOIN service s ON s.id = l.service_id JOIN vantage v ON v.id = l.vantage_id`,
        )
        .raw()
        .all()
        .map((row) => JSON.stringify((row as unknown[]).toSpliced(3, 1)))
        .sort(),
    );
  } finally {
    database.close();
  }
}

test('any order and any repetition give the same spans and buckets', (t) => {
  const step = fc.record({
    slot: fc.integer({ min: 0, max: 14 }),
    seq: fc.integer({ min: 0, max: 1 }),
    scenario: fc.constantFrom(...GENERATED_SCENARIOS.slice(0, 4)),
    intervalMs: fc.constantFrom(INTERVAL_MS, INTERVAL_MS, 2 * INTERVAL_MS),
  });
  const history = fc
    .uniqueArray(step, { selector: ({ slot, seq }) => `${slot} ${seq}`, maxLength: 14 })
    .chain((steps) =>
      fc.tuple(
        fc.constant(steps),
        fc.shuffledSubarray([...steps, ...steps.map((each) => ({ ...each }))], {
          minLength: steps.length * 2,
        }),
      ),
    );
  fc.assert(
    fc.property(history, ([steps, shuffled]) => {
      const inOrder = makeStore(t);
      const sorted = steps.toSorted((a, b) => a.slot - b.slot || a.seq - b.seq);
      for (const each of sorted) insertRun(inOrder.store, { ...each, service: 'instagram' });
      const anyOrder = makeStore(t);
      for (const each of shuffled) insertRun(anyOrder.store, { ...each, service: 'instagram' });
      const expected = dumpDerived(inOrder.file);
      assert.deepEqual(dumpDerived(anyOrder.file), expected);
      anyOrder.store.rebuild();
      assert.deepEqual(dumpDerived(anyOrder.file), expected);
      inOrder.store.close();
      anyOrder.store.close();
    }),
    { numRuns: 40 },
  );
});

test('a rebuild of a month gives what was stored run by run', (t) => {
  const { store, file } = makeStore(t);
  const series = generateSeries({
    seed: 3,
    services: ['facebook'],
    vantageIds: ['ru-volga-fixed', 'ua-dnipro-fixed'],
    fromMs: NOON_MS,
    toMs: NOON_MS + 30 * 24 * HOUR_MS,
    intervalMs: 6 * HOUR_MS,
    missingRatio: 0.1,
    changeRatio: 0.2,
  });
  for (const { measurement, judgement } of series) store.insertMeasurement(measurement, judgement);
  const before = dumpDerived(file);
  store.rebuild();
  assert.deepEqual(dumpDerived(file), before);
});

test('range goes from the first slot to the end of the last span', (t) => {
  const { store } = makeStore(t);
  assert.deepEqual(store.range(), {});
  for (const slot of [3, 1]) insertRun(store, { slot });
  assert.deepEqual(store.range(), {
    firstSlotMs: NOON_MS + INTERVAL_MS,
    lastUntilMs: NOON_MS + 4 * INTERVAL_MS,
  });
});
