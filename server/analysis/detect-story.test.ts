/**
 * The story of the demo through the detector, with verdicts as the lab imposes them: every restriction is found, each
 * true onset and end lies inside the interval, and nothing is found where nothing was imposed.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { loadConfig } from '../../config/load.ts';
import { listDemoSlots } from '../../probes/lab/demo-slots.ts';
import { REGION_NETWORKS } from '../../probes/lab/region-networks.ts';
import { STORY } from '../../probes/lab/story.ts';
import { listImposed } from '../demo/imposed-restrictions.ts';
import { detectStory, listParts } from './testing/story-incidents.ts';

const config = loadConfig({ file: join(import.meta.dirname, '../../config/reachline.yaml') });
const RULES = config.rules.detector;
const VANTAGES = REGION_NETWORKS.map(({ vantage }) => vantage);
/** After the last slot of the demo. */
const END_MS = (listDemoSlots().at(-1)?.slotMs ?? 0) + 1;

for (const confidence of ['high', 'medium'] as const)
  suite(`the story, every restriction judged with ${confidence} confidence`, () => {
    for (const service of config.services)
      test(`${service.id}: all that was imposed, and nothing else`, () => {
        const incidents = detectStory(service, confidence, RULES);
        const episodes = incidents.flatMap((incident) => incident.episodes);
        let truths = 0;
        for (const vantage of VANTAGES)
          for (const part of listParts(service)) {
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
  const [incident] = detectStory(facebook, 'high', RULES);
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
