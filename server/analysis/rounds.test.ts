/** Runs read from the store are those that the rounds give, each round of the head as it was judged. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatMeasurementId } from '../../db/measurement-id.ts';
import { INTERVAL_MS, makeStore, NOON_MS } from '../../db/testing/fixtures.ts';
import { generateRun } from '../../db/testing/generate.ts';
import { createRandom } from '../../db/testing/generate-observations.ts';
import { TEST_RULES } from '../../probes/testing/observations.ts';
import type { Confidence } from '../../probes/types.ts';
import { findEpisodes } from './episodes.ts';
import { toRuns } from './rounds.ts';
import type { Round } from './types.ts';

const SLOTS = 300;
const VANTAGE = 'ru-volga-fixed';

test('runs of the store', (t) => {
  const { store } = makeStore(t);
  const random = createRandom(7);
  const rounds: (Round & { intervalMs: number })[] = [];
  for (let slot = 0; slot < SLOTS; slot += 1) {
    if (random() < 0.1) continue;
    // A restriction in the middle, with a good round now and then, and a change of means.
    const isBad = random() < (slot > 100 && slot < 250 ? 0.9 : 0.15);
    const scenario = !isBad ? 'ok' : random() < 0.05 ? 'offline' : slot < 200 ? 'reset' : 'drop';
    const slotMs = NOON_MS + slot * INTERVAL_MS;
    const key = { service: 'facebook', vantageId: VANTAGE, slotMs };
    // Of several runs in a slot the last one counts.
    const runs = random() < 0.2 ? 3 : 1;
    for (let seq = 0; seq < runs; seq += 1) {
      const { measurement, judgement } = generateRun(random, { ...key, seq, scenario });
      const confidence: Confidence = random() < 0.5 ? 'high' : 'medium';
      const service = { ...judgement.service, confidence };
      store.insertMeasurement(measurement, { ...judgement, service });
      if (seq < runs - 1) continue;
      const { verdict: state, mechanism } = service;
      rounds.push({
        slotMs,
        intervalMs: INTERVAL_MS,
        state,
        ...(mechanism === undefined ? {} : { mechanism }),
        confidence,
        measurementId: formatMeasurementId({ ...key, seq }),
      });
    }
  }
  const expected = toRuns(rounds, INTERVAL_MS, 4).map((run) => ({
    ...run,
    head: run.head.map(({ slotMs, confidence, measurementId }) => [
      slotMs,
      confidence,
      measurementId,
    ]),
    last: run.last.measurementId,
  }));
  assert.ok(expected.some(({ count }) => count > 4));
  const query = { service: 'facebook', vantageIds: [VANTAGE], headRounds: 4, closingRounds: 0 };
  const lane = store.listLaneRuns(query).find((one) => one.function === 'service');
  const stored = lane?.runs.map((run) => ({
    ...run,
    // A state that is followed at once by another is cut there; by then its own length has been read.
    intervalMs: INTERVAL_MS,
    head: run.head.map(({ slotMs, confidence, measurementId }) => [
      slotMs,
      confidence,
      measurementId,
    ]),
    last: run.last.measurementId,
  }));
  assert.deepEqual(stored, expected);

  const calm = expected.findLast((run) => run.state === 'ok' && run.count >= 5);
  const [startMs = 0] = calm?.head[0] ?? [];
  const from = { atMs: Number(startMs) + 1, calmRounds: 5, calmMs: 4 * INTERVAL_MS };
  const [later] = store.listLaneRuns({ ...query, from });
  assert.equal(later?.runs[0]?.head[0]?.slotMs, startMs, 'a lane starts with its latest calm run');
  const briefly = store.listLaneRuns({ ...query, closingRounds: 3 });
  const heads = (lanes: typeof briefly): number =>
    lanes.flatMap((one) => one.runs).reduce((sum, run) => sum + run.head.length, 0);
  const whole = store.listLaneRuns(query);
  assert.ok(heads(briefly) < heads(whole), 'some heads are left out');
  for (const [index, one] of whole.entries()) {
    const { detector } = TEST_RULES;
    assert.deepEqual(findEpisodes(briefly[index] ?? one, detector), findEpisodes(one, detector));
  }
  const none = { ...from, calmRounds: SLOTS };
  assert.equal(store.listLaneRuns({ ...query, from: none })[0]?.runs.length, expected.length);
});
