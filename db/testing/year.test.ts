/** The quick way to fill a store gives the lanes that measuring would have given. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStore } from '../open.ts';
import { createHandClock, makeFolder } from './fixtures.ts';
import { fillYears } from './year.ts';

const DAY_MS = 86_400_000;
const TO_MS = Date.UTC(2026, 10, 28);

test('lanes and buckets are those that the measurements give', (t) => {
  const file = join(
    makeFolder(t, () => store.close()),
    'year.db',
  );
  const range = { fromMs: TO_MS - 3 * DAY_MS, toMs: TO_MS };
  const total = fillYears({
    file,
    ...range,
    vantages: 8,
    intervalMs: 1_800_000,
    missingRatios: [0, 0.1],
    changeRatio: 0.05,
    hasMeasurements: true,
  });
  const store = openStore({ file, mode: 'write', clock: createHandClock(TO_MS) });
  const read = () => [
    store.listLanes(range),
    store.listBuckets({ ...range, resolution: 'hour' }),
    store.listBuckets({ ...range, resolution: 'day' }),
  ];
  const filled = read();
  const counted = store.listLanes(range).flatMap(({ spans }) => spans);
  assert.equal(
    counted.reduce((sum, { count }) => sum + count, 0),
    total,
  );
  assert.ok(counted.length > 100);
  store.rebuild();
  assert.deepEqual(read(), filled);
});
