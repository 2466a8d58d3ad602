/** Every scenario through every kind of proxy: the verdict is that of a direct look, unless a written reason says why not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from '../../config/load.ts';
import { CLAIM } from '../testing/claims.ts';
import { listScenarios } from './catalogue.ts';
import { listExcusedVerdicts, listMediumDifferences } from './media-differences.ts';
import { MEDIA } from './medium.ts';
import { runAll } from './run-all.ts';

const { services, rules, fingerprints } = loadConfig({ file: 'config/reachline.yaml' });
const scenarios = listScenarios(services);

/** Both proxies, and both places where names are resolved; `reachline scenarios --medium` runs the other pairs too. */
const TRIED = MEDIA.filter((one) => one === 'socks5' || one === 'http-proxy-far');

for (const medium of TRIED)
  test(`${medium}: ${scenarios.length} scenarios, no claim that is worse, no difference without a reason`, async (t) => {
    const { signal } = new AbortController();
    const results = await runAll(scenarios, { rules, fingerprints, signal, medium });
    const excused = listExcusedVerdicts(medium);
    const others = results.filter(({ id }) => !excused.includes(id));
    const worse = others.filter(
      ({ verdict, expected }) => CLAIM[verdict] > CLAIM[expected.verdict],
    );
    assert.deepEqual(
      worse.map(({ id, verdict, ruleIds }) => `${id} ${verdict} ${ruleIds.join()}`),
      [],
    );
    const changed = others.filter(({ isVerdictExact }) => !isVerdictExact);
    assert.deepEqual(
      changed.map(({ id, verdict }) => `${id} ${verdict}`),
      [],
    );
    const differences = listMediumDifferences(medium, results);
    const unexplained = differences.filter(({ why }) => why === undefined);
    assert.deepEqual(
      unexplained.map(({ id, difference }) => `${id}: ${difference}`),
      [],
    );
    const exact = results.filter(({ isVerdictExact }) => isVerdictExact).length;
    t.diagnostic(`${exact} of ${results.length} verdicts exact, ${differences.length} differences`);
  });
