/** The stages of a measurement at a glance: what the plain visit met, whatever the closer look found elsewhere. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { StoredMeasurement } from '../../db/measurement-reader.ts';
import type { Observation, Purpose } from '../../probes/types.ts';
import { speak } from '../i18n/catalogue.ts';
import { renderLadder } from './ladder.ts';

const say = speak('en', 'UTC');

let lastId = 0;

function resolve(isOk: boolean, attempt: number, purpose?: Purpose): Observation {
  const outcome = isOk
    ? { kind: 'ok', value: { rcode: 'NOERROR', addresses: ['157.240.1.35'] } }
    : { kind: 'failed', failure: { code: 'dns_nxdomain_error', attribution: 'resolver' } };
  const input = {
    host: 'web.whatsapp.com',
    recordType: 'A',
    resolver: 'network',
    transport: 'udp',
  };
  lastId += 1;
  return {
    id: lastId,
    targetId: 'whatsapp.web.web',
    role: 'target',
    operation: 'dns',
    attempt,
    startedMs: 0,
    elapsedMs: 4,
    input,
    outcome,
    ...(purpose === undefined ? {} : { purpose }),
  } as unknown as Observation;
}

async function draw(observations: readonly Observation[]): Promise<string> {
  const stored = { measurement: { observations }, judgement: { targets: {} } };
  const ladder = renderLadder(
    {
      stored: stored as unknown as StoredMeasurement,
      serviceName: 'WhatsApp',
      certificates: [],
      rawJson: '',
    },
    'target',
    say,
  );
  return (await ladder).toString();
}

suite('the stages at a glance', () => {
  /** observations, what the stage says, what it must not say */
  const rows = [
    {
      name: 'a name that another resolver gives stays one that this network does not give',
      observations: [resolve(false, 1), resolve(false, 2), resolve(true, 2, 'dns_view')],
      says: /stage-failed[\s\S]*dns_nxdomain_error[\s\S]*×2/,
      hides: /stage-ok/,
    },
    {
      name: 'a second plain try that passes counts, and the first one is told',
      observations: [resolve(false, 1), resolve(true, 2)],
      says: /stage-ok[\s\S]*dns_nxdomain_error/,
      hides: /stage-failed/,
    },
  ];
  for (const { name, observations, says, hides } of rows)
    test(name, async () => {
      const drawn = await draw(observations);
      assert.match(drawn, says);
      assert.doesNotMatch(drawn, hides);
    });
});
