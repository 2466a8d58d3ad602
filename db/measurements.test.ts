import assert from 'node:assert/strict';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { FUNCTIONS, MARKS, MECHANISMS, VERDICTS } from '../probes/types.ts';
import { formatMeasurementId } from './measurement-id.ts';
import { readMigrations } from './migrate.ts';
import { CONFIDENCES, INTERVAL_MS, insertRun, makeStore, NOON_MS } from './testing/fixtures.ts';
import {
  GENERATED_SCENARIOS,
  GENERATED_SERVICES,
  GENERATED_VANTAGES,
  generateRun,
} from './testing/generate.ts';
import { createRandom } from './testing/generate-observations.ts';

test('a measurement comes back exactly as it went in', (t) => {
  const { store } = makeStore(t);
  let slot = 0;
  fc.assert(
    fc.property(
      fc.integer(),
      fc.constantFrom(...GENERATED_SCENARIOS),
      fc.constantFrom(...GENERATED_SERVICES),
      fc.subarray([...MARKS]),
      (seed, scenario, service, marks) => {
        slot += 1;
        const { measurement, judgement } = generateRun(createRandom(seed), {
          service,
          vantageId: 'ru-volga-fixed',
          slotMs: NOON_MS + slot * INTERVAL_MS,
          scenario,
        });
        const sent = { ...measurement, marks };
        assert.equal(store.insertMeasurement(sent, judgement), 'inserted');
        const stored = store.getMeasurement(formatMeasurementId(sent));
        assert.deepEqual(stored?.measurement, sent);
        assert.deepEqual(stored?.judgement, judgement);
        assert.equal(stored?.revisions.length, 1);
      },
    ),
    { numRuns: 60 },
  );
});

test('a second insert of the same run is a duplicate and changes nothing', (t) => {
  const { store } = makeStore(t);
  assert.equal(insertRun(store, { slot: 0 }), 'inserted');
  const version = store.dataVersion();
  assert.equal(insertRun(store, { slot: 0, scenario: 'reset' }), 'duplicate');
  assert.equal(store.dataVersion(), version);
  assert.equal(store.health().measurements, 1);
  assert.equal(store.latestMeasurements()[0]?.verdict, 'ok');
});

const refused = [
  { name: 'an unknown vantage', change: { vantageId: 'nowhere' } },
  { name: 'a slot that is no whole second', change: { slotMs: NOON_MS + 1 } },
  { name: 'a fraction as seq', change: { seq: 0.5 } },
  { name: 'an interval of 0', change: { intervalMs: 0 } },
  {
    name: 'a certificate under another name',
    change: { certificates: new Map([['00'.repeat(32), new Uint8Array([1])]]) },
  },
];
for (const row of refused)
  test(`${row.name} is refused and nothing is stored`, (t) => {
    const { store } = makeStore(t);
    const { measurement, judgement } = generateRun(createRandom(1), {
      service: 'facebook',
      vantageId: 'ru-volga-fixed',
      slotMs: NOON_MS,
    });
    assert.throws(() => store.insertMeasurement({ ...measurement, ...row.change }, judgement));
    assert.equal(store.health().measurements, 0);
    assert.equal(insertRun(store, { slot: 0 }), 'inserted');
    assert.deepEqual(store.verify().findings, []);
  });

test('neighbours are the runs before and after of the same service and vantage', (t) => {
  const { store } = makeStore(t);
  for (const slot of [2, 0, 1]) insertRun(store, { slot });
  insertRun(store, { slot: 1, seq: 1 });
  insertRun(store, { slot: 1, service: 'instagram' });
  const stored = store.getMeasurement('facebook.ru-volga-fixed.20220304T120500Z');
  assert.equal(stored?.previousId, 'facebook.ru-volga-fixed.20220304T120000Z');
  assert.equal(stored?.nextId, 'facebook.ru-volga-fixed.20220304T120500Z.1');
  const first = store.getMeasurement('facebook.ru-volga-fixed.20220304T120000Z');
  assert.equal(first?.previousId, undefined);
  assert.equal(store.getMeasurement('facebook.ru-volga-fixed.20220304T235500Z'), undefined);
  assert.equal(store.getMeasurement('no id'), undefined);
});

test('pages follow each other without gap or repetition', (t) => {
  const { store } = makeStore(t);
  for (let slot = 0; slot < 5; slot += 1)
    for (const service of ['facebook', 'whatsapp']) insertRun(store, { slot, service });
  const ids: string[] = [];
  let before: string | undefined;
  do {
    const page = store.listMeasurements({ limit: 3, ...(before ? { before } : {}) });
    ids.push(...page.rows.map(({ id }) => id));
    before = page.nextCursor;
  } while (before);
  assert.equal(ids.length, 10);
  assert.equal(new Set(ids).size, 10);
  assert.equal(ids[0]?.endsWith('20220304T122000Z'), true);
  assert.equal(ids.at(-1)?.endsWith('20220304T120000Z'), true);
});

const queryRows = [
  { name: 'service', query: { services: ['whatsapp'] }, expected: 4 },
  { name: 'unknown service', query: { services: ['none'] }, expected: 0 },
  { name: 'vantage', query: { vantageIds: ['ua-dnipro-fixed'] }, expected: 4 },
  { name: 'networks', query: { asns: [64_497, 1] }, expected: 0 },
  { name: 'country', query: { countryCodes: ['UA'] }, expected: 4 },
  { name: 'unknown country', query: { countryCodes: ['XX'] }, expected: 0 },
  { name: 'verdict', query: { verdicts: ['blocked' as const] }, expected: 2 },
  { name: 'mechanism', query: { mechanisms: ['tls.reset.sni' as const] }, expected: 2 },
  { name: 'start', query: { fromMs: NOON_MS + INTERVAL_MS }, expected: 4 },
  { name: 'end', query: { toMs: NOON_MS + INTERVAL_MS }, expected: 4 },
  {
    name: 'all together',
    query: {
      services: ['whatsapp'],
      countryCodes: ['RU'],
      verdicts: ['blocked' as const],
      fromMs: NOON_MS,
      toMs: NOON_MS + 2 * INTERVAL_MS,
    },
    expected: 1,
  },
];
for (const row of queryRows)
  test(`measurements by ${row.name}: ${row.expected}`, (t) => {
    const { store } = makeStore(t);
    for (const slot of [0, 1])
      for (const service of ['facebook', 'whatsapp'])
        for (const vantageId of ['ru-volga-fixed', 'ua-dnipro-fixed'])
          insertRun(store, {
            slot,
            service,
            vantageId,
            scenario: slot === 1 && service === 'whatsapp' ? 'reset' : 'ok',
          });
    assert.equal(store.listMeasurements({ ...row.query, limit: 50 }).rows.length, row.expected);
  });

test('the latest measurements are one per service and vantage, with what was concluded', (t) => {
  const { store } = makeStore(t);
  insertRun(store, { slot: 1, scenario: 'reset' });
  insertRun(store, { slot: 0 });
  insertRun(store, { slot: 0, service: 'whatsapp' });
  const latest = store.latestMeasurements();
  assert.deepEqual(
    latest.map(({ id, verdict, mechanism }) => [id, verdict, mechanism]),
    [
      ['facebook.ru-volga-fixed.20220304T120500Z', 'blocked', 'tls.reset.sni'],
      ['whatsapp.ru-volga-fixed.20220304T120000Z', 'ok', undefined],
    ],
  );
  assert.deepEqual(latest[0]?.functions.web, { verdict: 'blocked', mechanism: 'tls.reset.sni' });
  assert.equal(latest[0]?.ruleId, 'tls.reset.control');
  assert.deepEqual(latest[0]?.marks, ['simulated']);
});

test('vantages keep their newest state and never what is not public', (t) => {
  const { store } = makeStore(t);
  insertRun(store, { slot: 3 });
  const [first] = GENERATED_VANTAGES;
  assert.ok(first);
  const version = store.dataVersion();
  store.syncVantages(GENERATED_VANTAGES);
  assert.equal(store.dataVersion(), version);
  store.syncVantages([Object.assign({ resolvers: ['192.0.2.53'] }, first, { note: 'moved' })]);
  assert.equal(store.dataVersion(), version + 1);
  const stored = store.listVantages().find(({ id }) => id === first.id);
  assert.deepEqual(stored, {
    ...first,
    note: 'moved',
    lastMeasuredMs: NOON_MS + 3 * INTERVAL_MS,
  });
  assert.equal(store.listVantages().length, GENERATED_VANTAGES.length);
});

const codeRows = [
  { table: 'code_verdict', names: VERDICTS },
  { table: 'code_mechanism', names: MECHANISMS },
  { table: 'code_function', names: ['service', ...FUNCTIONS] },
  { table: 'code_mark', names: MARKS },
  { table: 'code_confidence', names: CONFIDENCES },
];
for (const { table, names } of codeRows)
  test(`${table} has a code for every word and no other`, (t) => {
    const { file } = makeStore(t);
    const database = new Database(file, { readonly: true });
    const stored = database.prepare<[], string>(`SELECT name FROM ${table}`).pluck().all();
    database.close();
    assert.deepEqual(stored.toSorted(), [...names].toSorted());
  });

test('health tells count, newest slot, size and schema', (t) => {
  const { store } = makeStore(t);
  insertRun(store, { slot: 1 });
  insertRun(store, { slot: 0 });
  const health = store.health();
  assert.equal(health.measurements, 2);
  assert.equal(health.lastMeasuredMs, NOON_MS + INTERVAL_MS);
  assert.ok(health.databaseBytes > 4096);
  assert.equal(health.schemaVersion, readMigrations().length);
});
