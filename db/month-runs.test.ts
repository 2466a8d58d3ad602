/** Lanes by the month: the same runs as the lanes themselves, and a version that changes with what is touched. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { FoundLane } from './lanes.ts';
import { formatMeasurementId } from './measurement-id.ts';
import type { MonthPart } from './month-runs.ts';
import { openStore } from './open.ts';
import type { Store } from './store.ts';
import { createHandClock, makeStore } from './testing/fixtures.ts';
import { GENERATED_SCENARIOS, generateRun } from './testing/generate.ts';
import { createRandom, type Scenario } from './testing/generate-observations.ts';

/** Four runs a day, so that a few hundred runs lie in several months. */
const INTERVAL_MS = 6 * 3_600_000;
const FIRST_MS = Date.UTC(2022, 0, 20);
const SLOTS = 4 * 60;

const MONTHS: readonly MonthPart[] = Array.from({ length: 5 }, (_, month) => ({
  fromMs: Date.UTC(2021, 11 + month, 1),
  untilMs: Date.UTC(2021, 12 + month, 1),
}));

type Change = {
  readonly slot: number;
  readonly seq: number;
  readonly scenario: Scenario;
  readonly isAgain: boolean;
  readonly isLate: boolean;
};

const change = fc.record<Change>({
  // Most of them near the ends of months, where runs are cut.
  slot: fc.oneof(
    fc.nat({ max: SLOTS }),
    fc.integer({ min: 46, max: 50 }),
    fc.integer({ min: 158, max: 162 }),
  ),
  seq: fc.constantFrom(0, 0, 1),
  scenario: fc.constantFrom(...GENERATED_SCENARIOS.slice(0, 4)),
  isAgain: fc.boolean(),
  isLate: fc.boolean(),
});

function apply(store: Store, { slot, seq, scenario, isAgain, isLate }: Change): void {
  // A late one lies off the grid, as one whose interval was another then.
  const slotMs = FIRST_MS + slot * INTERVAL_MS + (isLate ? 3_600_000 : 0);
  const common = { service: 'facebook', vantageId: 'ru-volga-fixed', slotMs, seq };
  const { measurement, judgement } = generateRun(createRandom(slot + 1), {
    ...common,
    intervalMs: INTERVAL_MS,
    scenario,
  });
  const inserted = store.insertMeasurement(measurement, judgement);
  if (isAgain && inserted === 'duplicate')
    store.addJudgement(formatMeasurementId(common), judgement);
}

/** The runs of all months, put together where one goes on in the next. */
function joinMonths(store: Store, lane: FoundLane) {
  const joined: { fromMs: number; untilMs: number; state: number; count: number }[] = [];
  let isOpen = false;
  for (const part of MONTHS) {
    const { runs, startsBefore, goesOn } = store.getLaneMonth(lane, part);
    assert.equal(startsBefore, isOpen, 'both ends of a cut say so');
    for (const [index, { fromMs, untilMs, state, count }] of runs.entries()) {
      const last = joined.at(-1);
      if (index === 0 && isOpen && last) {
        last.untilMs = untilMs;
        last.count += count;
      } else joined.push({ fromMs, untilMs, state, count });
    }
    isOpen = goesOn;
  }
  return joined;
}

function readAll(store: Store, lane: FoundLane) {
  return MONTHS.map((part) =>
    JSON.stringify([store.getLaneMonth(lane, part), store.listLaneHours(lane, part)]),
  );
}

suite('months of lanes', () => {
  test('hold what the lanes hold, whatever came when; only touched months change their version', (t) => {
    fc.assert(
      fc.property(
        fc.array(change, { minLength: 1, maxLength: 30 }),
        fc.constantFrom(20, 30, 140),
        fc.nat({ max: 60 }),
        (changes, firstSlot, length) => {
          const { store } = makeStore(t);
          for (let slot = firstSlot; slot < firstSlot + length; slot += 1)
            apply(store, { slot, seq: 0, scenario: 'ok', isAgain: false, isLate: false });
          apply(store, { slot: 0, seq: 0, scenario: 'ok', isAgain: false, isLate: false });
          const [lane] = store.findLanes({ services: ['facebook'] });
          assert.ok(lane);
          for (const one of changes) {
            const before = readAll(store, lane);
            const versions = MONTHS.map((part) => store.getMonthVersion(lane, part));
            apply(store, one);
            readAll(store, lane).forEach((content, index) => {
              const part = MONTHS[index];
              assert.ok(part);
              const isSame = store.getMonthVersion(lane, part) === versions[index];
              if (isSame)
                assert.ok(content === before[index], `month ${index} changed, its version did not`);
            });
          }
          const range = { fromMs: MONTHS[0]?.fromMs ?? 0, toMs: MONTHS.at(-1)?.untilMs ?? 0 };
          const [whole] = store.listLanes(range);
          const expected = whole?.spans.filter(({ state }) => state !== 'no_data') ?? [];
          assert.deepEqual(
            joinMonths(store, lane).map(({ fromMs, untilMs, count }) => [fromMs, untilMs, count]),
            expected.map(({ fromMs, untilMs, count }) => [fromMs, untilMs, count]),
          );
          store.close();
        },
      ),
      { numRuns: 25 },
    );
  });

  test('a run in the middle of a month leaves the others as they were', (t) => {
    const { store } = makeStore(t);
    for (let slot = 0; slot < SLOTS; slot += 1)
      apply(store, { slot, seq: 0, scenario: 'ok', isAgain: false, isLate: false });
    const [lane] = store.findLanes({ services: ['facebook'] });
    assert.ok(lane);
    const versions = () => MONTHS.map((part) => store.getMonthVersion(lane, part));
    const before = versions();
    apply(store, { slot: 100, seq: 1, scenario: 'reset', isAgain: false, isLate: false });
    assert.deepEqual(
      versions().map((version, index) => version !== before[index]),
      [false, false, true, false, false],
    );
    store.rebuild();
    assert.ok(versions().every((version, index) => version !== before[index]));
  });

  test('a reader beside the writer takes every change for a change of all months', (t) => {
    const { store, file } = makeStore(t);
    const ok = { seq: 0, scenario: 'ok', isAgain: false, isLate: false } as const;
    apply(store, { slot: 0, ...ok });
    const reader = openStore({ file, mode: 'read', clock: createHandClock() });
    t.after(() => reader.close());
    const [lane] = reader.findLanes({ services: ['facebook'] });
    const [, january] = MONTHS;
    assert.ok(lane && january);
    const before = reader.getMonthVersion(lane, january);
    apply(store, { slot: 200, ...ok });
    assert.notEqual(reader.getMonthVersion(lane, january), before);
  });

  test('the first measurement of a run that began earlier is found', (t) => {
    const { store } = makeStore(t);
    for (const slot of [0, 1, 2])
      apply(store, { slot, seq: 0, scenario: 'ok', isAgain: false, isLate: false });
    const [lane] = store.findLanes({ services: ['facebook'] });
    assert.ok(lane);
    assert.deepEqual(store.findRunStart(lane, FIRST_MS + INTERVAL_MS), {
      slotMs: FIRST_MS,
      seq: 0,
    });
    assert.equal(store.findRunStart(lane, FIRST_MS), undefined);
    assert.equal(store.findRunStart(lane, FIRST_MS + 3 * INTERVAL_MS), undefined);
  });
});
