/** Runs read from the store are those that the rounds give, each round of the head as it was judged. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunPage } from '../../db/lane-runs.ts';
import { formatMeasurementId } from '../../db/measurement-id.ts';
import { INTERVAL_MS, makeStore, NOON_MS } from '../../db/testing/fixtures.ts';
import { generateRun } from '../../db/testing/generate.ts';
import { createRandom } from '../../db/testing/generate-observations.ts';
import { TEST_RULES } from '../../probes/testing/observations.ts';
import type { Confidence } from '../../probes/types.ts';
import { makeVantage, toRuns } from '../testing/rounds.ts';
import { findEpisodes } from './testing/detect-incidents.ts';
import type { LaneRun, Round } from './types.ts';

const SLOTS = 300;
const VANTAGE = 'ru-volga-fixed';

/** A run by what the store keeps of its rounds. */
const shorten = (run: LaneRun) => ({
  ...run,
  head: run.head.map(({ slotMs, confidence, measurementId }) => [
    slotMs,
    confidence,
    measurementId,
  ]),
  last: run.last.measurementId,
});

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
  const expected = toRuns(rounds, INTERVAL_MS, 4).map(shorten);
  assert.ok(expected.some(({ count }) => count > 4));
  const query = {
    service: 'facebook',
    vantageId: VANTAGE,
    function: 'service',
    headRounds: 4,
  } as const;
  const readAll = (closingRounds: number, limit: number): LaneRun[] => {
    const runs: LaneRun[] = [];
    let page: RunPage | undefined;
    do {
      const { after } = page ?? {};
      page = store.readLaneRuns({ ...query, closingRounds, limit, ...(after ? { after } : {}) });
      runs.push(...page.runs);
    } while (!page.isEnd);
    return runs;
  };
  const whole = readAll(0, SLOTS);
  assert.deepEqual(whole.map(shorten), expected);

  assert.deepEqual(readAll(0, 1), whole, 'pages join');
  const briefly = readAll(3, 7);
  const heads = (runs: readonly LaneRun[]): number =>
    runs.reduce((sum, run) => sum + run.head.length, 0);
  assert.ok(heads(briefly) < heads(whole) / 1.2, 'some heads are left out');
  const { detector } = TEST_RULES;
  const vantage = makeVantage(VANTAGE);
  const find = (runs: readonly LaneRun[]) =>
    findEpisodes({ service: 'facebook', function: 'service', vantage, runs }, detector);
  assert.ok(find(whole).length > 1);
  assert.deepEqual(find(briefly), find(whole));
});
