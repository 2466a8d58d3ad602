/** The store of a revision reads as the store itself read then, whatever was stored since. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { FUNCTIONS } from '../probes/types.ts';
import { formatMeasurementId } from './measurement-id.ts';
import type { MeasurementSummary } from './measurement-list.ts';
import { PAST_VIEWS } from './past-schema.ts';
import { openPastStore } from './past-store.ts';
import type { Store } from './store.ts';
import { EXAMPLE_ANNOUNCEMENTS } from './testing/announcements.ts';
import { type HandClock, INTERVAL_MS, insertRun, makeStore, NOON_MS } from './testing/fixtures.ts';
import { GENERATED_SCENARIOS, GENERATED_VANTAGES, generateRun } from './testing/generate.ts';
import { createRandom, type Scenario } from './testing/generate-observations.ts';

const VANTAGE_IDS = ['ru-volga-fixed', 'ua-dnipro-fixed'] as const;
const ALL_PARTS = ['service', ...FUNCTIONS] as const;

/** Lists by verdict, page by page; they must be what looking at every row would find. */
function readByVerdict(store: Store): Record<string, unknown> {
  const all = store.listMeasurements({ limit: 500 }).rows;
  return Object.fromEntries(
    (['ok', 'blocked', 'down'] as const).map((verdict) => {
      const rows: MeasurementSummary[] = [];
      let before: string | undefined;
      do {
        const page = store.listMeasurements({
          limit: 3,
          verdicts: [verdict],
          ...(before === undefined ? {} : { before }),
        });
        rows.push(...page.rows);
        before = page.nextCursor;
      } while (before !== undefined);
      assert.deepEqual(
        rows,
        all.filter((one) => one.verdict === verdict),
      );
      return [verdict, rows];
    }),
  );
}

/** Everything that lists give of lanes, measurements and announcements. */
function readAll(store: Store, slots: number): unknown {
  const range = { fromMs: NOON_MS - INTERVAL_MS, toMs: NOON_MS + (slots + 2) * INTERVAL_MS };
  const middle = { fromMs: NOON_MS + 2 * INTERVAL_MS, toMs: NOON_MS + 5 * INTERVAL_MS };
  return {
    range: store.range(),
    vantages: store.listVantages(),
    found: store.findLanes({ functions: ALL_PARTS }),
    lanes: store.listLanes({ ...range, functions: ALL_PARTS }),
    cut: store.listLanes({ ...middle, functions: ALL_PARTS }),
    hours: store.listBuckets({ ...range, functions: ALL_PARTS, resolution: 'hour' }),
    days: store.listBuckets({ ...range, functions: ALL_PARTS, resolution: 'day' }),
    measurements: store.listMeasurements({ limit: 500 }).rows,
    ...readByVerdict(store),
    latest: store.latestMeasurements(),
    announcements: store.listAnnouncements({ includeUnreviewed: true }),
    ledger: store.listLedgerRevisions({ limit: 10 }),
    lastMeasuredMs: store.health().lastMeasuredMs,
  };
}

type Step = {
  readonly kind: 'run' | 'again' | 'vantages' | 'announcement';
  readonly slot: number;
  readonly vantage: number;
  readonly scenario: Scenario;
};

function take(store: Store, clock: HandClock, step: Step, at: number): void {
  // The vantages of the start are older.
  clock.set(NOON_MS + (at + 1) * 1_000);
  const { kind, slot, vantage, scenario } = step;
  const vantageId = VANTAGE_IDS[vantage] ?? VANTAGE_IDS[0];
  const service = slot % 2 === 0 ? 'facebook' : 'whatsapp';
  const slotMs = NOON_MS + slot * INTERVAL_MS;
  if (kind === 'run') insertRun(store, { slot, vantageId, service, scenario, seq: at % 2 });
  else if (kind === 'again') {
    const { judgement } = generateRun(createRandom(at), { service, vantageId, slotMs, scenario });
    for (const seq of [0, 1])
      store.addJudgement(formatMeasurementId({ service, vantageId, slotMs, seq }), judgement);
  } else if (kind === 'vantages')
    store.syncVantages(
      GENERATED_VANTAGES.map((one) => ({ ...one, networkName: `network ${at}`, id: one.id })),
    );
  else {
    const one = EXAMPLE_ANNOUNCEMENTS[slot % EXAMPLE_ANNOUNCEMENTS.length];
    if (one) store.syncAnnouncements([{ ...one, title: `Title ${at}` }]);
  }
}

const NUM_RUNS = 40;
const MAX_SLOT = 30;
test(`any history reads at a revision as it did then (${NUM_RUNS} histories)`, (t) => {
  const step = fc.record<Step>({
    kind: fc.constantFrom('run', 'run', 'run', 'again', 'vantages', 'announcement'),
    slot: fc.integer({ min: 0, max: MAX_SLOT }),
    vantage: fc.integer({ min: 0, max: 1 }),
    scenario: fc.constantFrom(...GENERATED_SCENARIOS.slice(0, 4)),
  });
  const steps = fc.array(step, { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(steps, steps, (before, after) => {
      const { store, clock, file } = makeStore(t);
      for (const [at, one] of before.entries()) take(store, clock, one, at);
      const expected = readAll(store, MAX_SLOT);
      const revisionMs = NOON_MS + (before.length + 1) * 1_000;
      for (const [at, one] of after.entries()) take(store, clock, one, before.length + at * 900);
      using past = openPastStore({ file, revisionMs, clock });
      past.focus({});
      assert.deepEqual(readAll(past.store, MAX_SLOT), expected);
      // What comes while it is open is not in it either.
      take(store, clock, { kind: 'run', slot: 1, vantage: 0, scenario: 'reset' }, 90_000);
      take(store, clock, { kind: 'again', slot: 2, vantage: 0, scenario: 'reset' }, 90_001);
      past.focus({});
      assert.deepEqual(readAll(past.store, MAX_SLOT), expected);
      past.release();
      store.close();
    }),
    { numRuns: NUM_RUNS, endOnFailure: true },
  );
});

test('every table that says when a row was stored is seen as of then', (t) => {
  const { file, clock } = makeStore(t);
  using past = openPastStore({ file, revisionMs: NOON_MS + 1, clock });
  const database = new Database(file, { readonly: true });
  const tables = database
    .prepare<[], string>(
      `SELECT m.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c
       WHERE m.type = 'table' AND c.name IN ('stored_at_ms', 'built_at_ms') ORDER BY m.name`,
    )
    .pluck()
    .all();
  database.close();
  // A certificate is read by its sum, which stands in evidence of then or does not.
  const unseen = tables.filter((name) => name !== 'certificate' && !PAST_VIEWS.includes(name));
  assert.deepEqual(unseen, []);
  assert.ok(tables.length > 5);
  assert.equal(past.revisionMs, NOON_MS + 1);
});

test('lanes outside of the scope read as empty, and nothing is written to the store', (t) => {
  const { store, clock, file } = makeStore(t);
  for (let slot = 0; slot < 4; slot += 1) insertRun(store, { slot });
  const version = store.dataVersion();
  using past = openPastStore({ file, revisionMs: NOON_MS + 1, clock });
  past.focus({ services: ['whatsapp'] });
  const range = { fromMs: NOON_MS, toMs: NOON_MS + 4 * INTERVAL_MS };
  const states = () =>
    past.store.listLanes(range).flatMap(({ spans }) => spans.map((s) => s.state));
  assert.deepEqual(states(), ['no_data']);
  past.focus({ services: ['facebook'], functions: ['service'] });
  assert.deepEqual(states(), ['ok']);
  assert.equal(store.dataVersion(), version);
  assert.deepEqual(store.verify().findings, []);
});
