/**
 * The story of the demo through the detector, with verdicts as the lab imposes them: every restriction is found, each
 * true onset and end lies inside the interval, and nothing is found where nothing was imposed.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { loadConfig } from '../../config/load.ts';
import { formatMeasurementId } from '../../db/measurement-id.ts';
import { listDemoSlots } from '../../probes/lab/demo-slots.ts';
import { REGION_NETWORKS } from '../../probes/lab/region-networks.ts';
import { expectedEffect } from '../../probes/lab/restrictions.ts';
import { STORY } from '../../probes/lab/story.ts';
import type { Confidence, Service, Vantage } from '../../probes/types.ts';
import { listImposed } from '../demo/imposed-restrictions.ts';
import { detectIncidents, splitLanes } from './detect.ts';
import { headRoundsFor } from './episodes.ts';
import { toRuns } from './rounds.ts';
import type { Incident, Part, Round, RunLane } from './types.ts';

const config = loadConfig({ file: join(import.meta.dirname, '../../config/reachline.yaml') });
const RULES = config.rules.detector;
const VANTAGES = REGION_NETWORKS.map(({ vantage }) => vantage);
const COUNTRIES = [...new Set(VANTAGES.map(({ countryCode }) => countryCode))];
const SLOTS = listDemoSlots();
/** After the last slot of the demo. */
const END_MS = (SLOTS.at(-1)?.slotMs ?? 0) + 1;

function partsOf(service: Service): Part[] {
  return ['service', ...new Set(service.targets.map((target) => target.function))];
}

function makeRound(
  service: Service,
  vantage: Vantage,
  part: Part,
  slotMs: number,
  confidence: Confidence,
): Round {
  const measurementId = formatMeasurementId({
    service: service.id,
    vantageId: vantage.id,
    slotMs,
    seq: 0,
  });
  const effect = expectedEffect(STORY, vantage.id, service, part, slotMs);
  switch (effect.effect) {
    case 'none':
      return { slotMs, state: 'ok', confidence: 'high', measurementId };
    case 'outage':
      return { slotMs, state: 'insufficient', confidence: 'low', measurementId };
    case 'down': {
      const state = vantage.role === 'control' ? 'insufficient' : 'down';
      return { slotMs, state, confidence: 'medium', measurementId };
    }
    case 'restricted': {
      const state = effect.affected === effect.total ? 'blocked' : 'impaired';
      return { slotMs, state, mechanism: effect.mechanism, confidence, measurementId };
    }
    default:
      return effect satisfies never;
  }
}

function makeLanes(service: Service, confidence: Confidence): RunLane[] {
  return VANTAGES.flatMap((vantage) =>
    partsOf(service).map((part) => {
      const rounds = SLOTS.map(({ slotMs, intervalMs }) => ({
        ...makeRound(service, vantage, part, slotMs, confidence),
        intervalMs,
      }));
      const runs = toRuns(rounds, 1, headRoundsFor(RULES));
      return { service: service.id, function: part, vantage, runs };
    }),
  );
}

function detectAll(service: Service, confidence: Confidence): Incident[] {
  const lanes = makeLanes(service, confidence);
  return COUNTRIES.flatMap((countryCode) =>
    detectIncidents({
      service: service.id,
      countryCode,
      ...splitLanes(lanes, countryCode),
      rules: RULES,
    }),
  );
}

for (const confidence of ['high', 'medium'] as const)
  suite(`the story, every restriction judged with ${confidence} confidence`, () => {
    for (const service of config.services)
      test(`${service.id}: all that was imposed, and nothing else`, () => {
        const incidents = detectAll(service, confidence);
        const episodes = incidents.flatMap((incident) => incident.episodes);
        let truths = 0;
        for (const vantage of VANTAGES)
          for (const part of partsOf(service)) {
            const where = `${vantage.id} ${part}`;
            const own = episodes.filter(
              (one) => one.vantageId === vantage.id && one.function === part,
            );
            const expected = listImposed(STORY, { networkId: vantage.id, service, part }, END_MS);
            truths += expected.length;
            assert.equal(own.length, expected.length, where);
            for (const [index, { fromMs, untilMs }] of expected.entries()) {
              const { onset, end } = own[index] ?? {};
              assert.ok(onset?.afterMs !== undefined, where);
              assert.ok(onset.afterMs < fromMs && fromMs <= onset.byMs, `${where}: onset`);
              assert.equal(end === undefined, untilMs === undefined, `${where}: whether it ended`);
              if (end && untilMs !== undefined)
                assert.ok((end.afterMs ?? 0) < untilMs && untilMs <= end.byMs, `${where}: end`);
            }
          }
        assert.ok(truths > 4);
        assert.equal(episodes.length, truths);
        assert.ok(incidents.every((one) => one.countryCode === 'RU'));
        assert.equal(incidents.length, 1, 'all of it belongs together');
      });
  });

test('the incident of Facebook as it went', () => {
  const facebook = config.services.find(({ id }) => id === 'facebook');
  assert.ok(facebook);
  const [incident] = detectAll(facebook, 'high');
  assert.ok(incident);
  assert.equal(incident.id, 'facebook-ru-20220225t1800z');
  assert.equal(incident.state, 'open');
  // Endpoints without TLS stay open on networks that reset handshakes: not all of the service is blocked everywhere.
  assert.equal(incident.severity, 'major');
  const kinds = incident.log.map(({ kind }) => kind);
  assert.equal(kinds[0], 'opened');
  assert.ok(!kinds.includes('closed') && !kinds.includes('unstable'));
  for (const kind of ['scope_changed', 'mechanism_changed', 'severity_changed'] as const)
    assert.ok(kinds.includes(kind), kind);
  const times = incident.log.map(({ atMs }) => atMs);
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
  for (const { text } of incident.log) assert.match(text, /^[A-Za-z].*\.$/);
});
