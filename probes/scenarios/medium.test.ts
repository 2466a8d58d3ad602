/** What a run through a proxy leaves behind: only observations that the medium can make, and no word of the proxy. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { loadConfig } from '../../config/load.ts';
import type { Measurement } from '../types.ts';
import { listScenarios } from './catalogue.ts';
import { MEDIA, type Medium } from './medium.ts';
import { runScenario } from './run-scenario.ts';
import { openStage, type Stage } from './stage.ts';

const { services, rules, fingerprints } = loadConfig({ file: 'config/reachline.yaml' });

suite('a run through a proxy', { concurrency: 2 }, () => {
  let stage: Stage;
  before(async () => {
    stage = await openStage();
  });
  after(() => stage.close());

  async function measure(id: string, medium: Medium): Promise<Measurement> {
    const scenario = listScenarios(services).find((one) => one.id === id);
    assert.ok(scenario);
    const { signal } = new AbortController();
    const runs = await runScenario(scenario, { stage, rules, fingerprints, signal, medium });
    return runs.at(-1)?.measurement ?? assert.fail('no run');
  }

  for (const medium of MEDIA.filter((one) => one !== 'direct'))
    test(`${medium}: a target in doubt is looked into without datagrams, and nothing names the proxy`, async () => {
      const { observations, blindSpots } = await measure('R1', medium);
      assert.ok(observations.some(({ purpose }) => purpose === 'innocuous_name'));
      assert.ok(observations.some(({ purpose }) => purpose === 'dns_view'));
      for (const { operation, input, purpose } of observations) {
        assert.ok(operation !== 'quic' && operation !== 'stun' && purpose !== 'whoami');
        if (operation === 'dns') assert.notEqual(input.transport, 'udp');
      }
      const isFar = medium.endsWith('far');
      assert.equal(blindSpots?.includes('names'), isFar);
      assert.equal(
        observations.some(({ operation, purpose }) => operation === 'dns' && !purpose),
        !isFar,
        'a name that the proxy looks up is no observation of ours',
      );
      const dialled = observations.flatMap(({ operation, input, purpose }) =>
        operation === 'tcp' && !purpose ? [input.address] : [],
      );
      assert.ok(dialled.length > 0);
      for (const address of dialled) assert.equal(/^[\d.]+$/.test(address), !isFar, address);
      assert.doesNotMatch(JSON.stringify(observations), /lab password|127\.0\.0\.1/);
    });

  test('calls over UDP are not visited, so that no doubt arises from them', async () => {
    const direct = await measure('C1', 'direct');
    const through = await measure('C1', 'socks5');
    const visits = ({ observations }: Measurement): boolean =>
      observations.some(({ operation }) => operation === 'stun');
    assert.equal(visits(direct), true);
    assert.equal(visits(through), false);
    assert.equal(direct.blindSpots, undefined);
    assert.ok(
      through.observations.every(({ attempt }) => attempt === 1),
      'nothing was tried again',
    );
  });
});
