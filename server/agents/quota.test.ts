import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunFacts } from '../../db/measurements.ts';
import { makeStore } from '../../db/testing/fixtures.ts';
import { generateRun } from '../../db/testing/generate.ts';
import { createRandom } from '../../db/testing/generate-observations.ts';
import { createQuota } from './quota.ts';

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 10, 1);
const SCHEDULE = { schedule: { intervalSeconds: 300 } };

const { measurement } = generateRun(createRandom(1), {
  service: 'facebook',
  vantageId: 'ru-volga-fixed',
  slotMs: START_MS,
  scenario: 'ok',
});
const { observations: _o, certificates: _c, ...FACTS } = measurement;

function at(slotMs: number, rest: Partial<RunFacts> = {}): RunFacts {
  return { ...FACTS, slotMs, intervalMs: 300_000, ...rest };
}

/** How many of a stream of measurements are taken. */
function countTaken(stored: { all: number; regular: number }, facts: readonly RunFacts[]): number {
  const quota = createQuota(SCHEDULE, { countDay: () => ({ ...stored }) });
  return facts.filter((one) => quota(one) === undefined).length;
}

function repeat(count: number, rest: Partial<RunFacts> = {}): RunFacts[] {
  return Array.from({ length: count }, (_, index) => at(START_MS + index, rest));
}

test('a day takes twice what the schedule makes, each service and each day by itself', () => {
  const rows = [
    { says: 'nothing there', stored: { all: 0, regular: 0 }, facts: repeat(700), taken: 600 },
    {
      says: 'a day sent again',
      stored: { all: 288, regular: 288 },
      facts: repeat(288),
      taken: 288,
    },
    { says: 'a full day', stored: { all: 600, regular: 600 }, facts: repeat(3), taken: 0 },
    {
      says: 'a day that an older configuration filled by the minute',
      stored: { all: 1_440, regular: 0 },
      facts: repeat(200),
      taken: 200,
    },
    {
      says: 'by the minute',
      stored: { all: 0, regular: 0 },
      facts: repeat(3_000, { intervalMs: 60_000 }),
      taken: 2_904,
    },
    {
      says: 'by the minute after others',
      stored: { all: 2_903, regular: 500 },
      facts: repeat(3, { intervalMs: 60_000 }),
      taken: 1,
    },
    {
      says: 'another day and another service',
      stored: { all: 600, regular: 599 },
      facts: [
        at(START_MS),
        at(START_MS),
        at(START_MS + DAY_MS),
        at(START_MS, { service: 'instagram' }),
      ],
      taken: 3,
    },
  ];
  for (const { says, stored, facts, taken } of rows)
    assert.equal(countTaken(stored, facts), taken, says);
});

test('the store counts one service, one vantage and one day', (t) => {
  const { store } = makeStore(t);
  const insert = (
    slotMs: number,
    rest: { seq?: number; service?: string; vantageId?: string } = {},
  ) => {
    const { vantageId = 'ru-volga-fixed', service = 'facebook', seq = 0 } = rest;
    const run = generateRun(createRandom(1), { service, vantageId, slotMs, seq, scenario: 'ok' });
    store.insertMeasurement(run.measurement, run.judgement);
  };
  insert(START_MS - 300_000);
  insert(START_MS);
  insert(START_MS, { seq: 1 });
  insert(START_MS + DAY_MS - 300_000);
  insert(START_MS + DAY_MS);
  insert(START_MS, { service: 'instagram' });
  const query = { service: 'facebook', vantageId: 'ru-volga-fixed', dayMs: START_MS };
  assert.deepEqual(store.countDay({ ...query, regularMs: 300_000 }), { all: 3, regular: 3 });
  assert.deepEqual(store.countDay({ ...query, regularMs: 600_000 }), { all: 3, regular: 0 });
  assert.deepEqual(store.countDay({ ...query, vantageId: 'nobody', regularMs: 1 }), {
    all: 0,
    regular: 0,
  });
});
