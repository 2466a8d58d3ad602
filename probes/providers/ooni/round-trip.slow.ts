/** What is exported and read back is judged as before: scenarios of the lab, with real sockets and real silences. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listScenarios } from '../../scenarios/catalogue.ts';
import { openStage } from '../../scenarios/stage.ts';
import { CONFIG } from './testing/judged-lines.ts';
import { judgeWith, passThrough, toVerdicts } from './testing/pass-through.ts';
import { runPair } from './testing/scenario-pairs.ts';

/** One of each family: names, addresses, handshakes, pages, slowness, the vantage's own trouble, nothing wrong. */
const SCENARIOS = [
  'A1',
  'A4',
  'A10',
  'A11',
  'A18',
  'A20',
  'A27',
  'A33',
  'A40',
  'A41',
  'A42',
  'A45',
  'A46',
  'A48',
  'C4',
];

for (const scenario of listScenarios(CONFIG.services).filter(({ id }) => SCENARIOS.includes(id)))
  test(`${scenario.id} ${scenario.name}: the same verdicts after export and import`, async (t) => {
    const stage = await openStage();
    t.after(() => stage.close());
    const pair = await runPair(scenario, stage, t.signal);
    const before = judgeWith(pair, scenario.service);
    const imported = passThrough(pair, scenario.service);
    const after = judgeWith({ measurement: imported, controls: [] }, scenario.service);
    assert.deepEqual(toVerdicts(after), toVerdicts(before));
    assert.deepEqual(after.service.verdict, before.service.verdict);
    // What this vantage saw is there to the last field, its certificates too.
    const own = imported.observations.filter(({ role }) => role !== 'control');
    assert.deepEqual(own, JSON.parse(JSON.stringify(pair.measurement.observations)));
    assert.deepEqual(
      [...imported.certificates.keys()].length >= pair.measurement.certificates.size,
      true,
    );
  });
