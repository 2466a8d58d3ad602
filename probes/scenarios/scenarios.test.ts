/** Every scenario of the bench, each as a test of its own; a few run at the same time. */
import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { loadConfig } from '../../config/load.ts';
import { listScenarios } from './catalogue.ts';
import { compareRuns, type ScenarioResult } from './compare.ts';
import { MAX_WORLDS } from './run-all.ts';
import { runScenario } from './run-scenario.ts';
import { openStage } from './stage.ts';

const { services, rules, fingerprints } = loadConfig({ file: 'config/reachline.yaml' });
const scenarios = listScenarios(services);
const results: ScenarioResult[] = [];

test('ids are unique and every choice of ours has its reason', () => {
  assert.equal(new Set(scenarios.map(({ id }) => id)).size, scenarios.length);
  const numbers = (letter: string): Set<string> =>
    new Set(scenarios.flatMap(({ id }) => new RegExp(`^${letter}(\\d+)`).exec(id)?.[1] ?? []));
  assert.equal(numbers('A').size, 50);
  assert.equal(numbers('R').size, 27);
  for (const { id, expect, because } of scenarios)
    if (expect.verdict === 'likely_blocked') assert.ok(because, id);
});

suite('scenarios', { concurrency: MAX_WORLDS }, async () => {
  const stage = await openStage();
  const { signal } = new AbortController();
  for (const scenario of scenarios)
    test(`${scenario.id} ${scenario.name}: ${scenario.expect.verdict}`, async () => {
      const runs = await runScenario(scenario, { stage, rules, fingerprints, signal });
      const result = compareRuns(scenario, runs, 0);
      results.push(result);
      assert.deepEqual(result.differences, []);
    });
  after(() => stage.close());
});

test('no false alarm', () => {
  assert.deepEqual(
    results.filter(({ isFalseAlarm }) => isFalseAlarm).map(({ id }) => id),
    [],
  );
});
