/** An export while probes write and a backup is taken: no lock stops any of them, and no row is lost. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate as yieldToEvents } from 'node:timers/promises';
import { createApp } from '../app.ts';
import { createSample, SAMPLE_INTERVAL_MS, SAMPLE_START_MS } from '../testing/sample.ts';
import { createFixedClock, openSampleApp } from '../testing/sample-app.ts';
import { formatRevision } from './revision.ts';

const SLOTS = 200;
const MORE_SLOTS = 150;
const MINUTE_MS = 60_000;

test('an export runs while measurements are stored and a backup is taken', async (t) => {
  let nowMs = SAMPLE_START_MS + SLOTS * SAMPLE_INTERVAL_MS;
  const sample = openSampleApp({
    slots: SLOTS,
    clock: { ...createFixedClock(0), nowMs: () => nowMs },
  });
  t.after(() => sample.close());
  const { store, config } = sample;
  const stored = store.health().measurements;
  const revision = formatRevision(nowMs + MINUTE_MS);
  nowMs += 2 * MINUTE_MS;
  const info = { version: '0.1.0', isSimulated: true, startedAtMs: nowMs };
  const app = createApp({ store, config, clock: createFixedClock(nowMs + MINUTE_MS), info });
  // So that the revision asked for is a past one.
  const first = createSample({
    service: 'facebook',
    vantageId: 'ua-dnipro-fixed',
    slotMs: SAMPLE_START_MS + SLOTS * SAMPLE_INTERVAL_MS,
    verdict: 'ok',
  });
  store.insertMeasurement(first.measurement, first.judgement);
  const response = await app.request(
    `http://test/api/v1/exports/measurements.jsonl?rev=${revision}`,
  );
  assert.equal(response.status, 200);
  const reader = response.body?.getReader();
  assert.ok(reader);
  const decoder = new TextDecoder();
  const head = await reader.read();
  let text = decoder.decode(head.value, { stream: true });
  // The thread waits for its reader; meanwhile others write into the same lanes, and the whole is copied.
  const backup = store.backupTo(join(store.file, '..', 'copy.db'));
  for (let slot = 1; slot <= MORE_SLOTS; slot += 1) {
    const run = createSample({
      service: 'facebook',
      vantageId: 'ua-dnipro-fixed',
      slotMs: SAMPLE_START_MS + (SLOTS + slot) * SAMPLE_INTERVAL_MS,
      verdict: 'ok',
    });
    assert.equal(store.insertMeasurement(run.measurement, run.judgement), 'inserted');
    if (slot % 20 === 0) await yieldToEvents();
    if (slot % 50 === 0) {
      const next = await reader.read();
      text += decoder.decode(next.value, { stream: true });
    }
  }
  await backup;
  for (let next = await reader.read(); !next.done; next = await reader.read())
    text += decoder.decode(next.value, { stream: true });
  const ids = text
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { id: string }).id);
  assert.equal(ids.length, stored);
  assert.equal(new Set(ids).size, stored);
  assert.equal(store.health().measurements, stored + MORE_SLOTS + 1);
});
