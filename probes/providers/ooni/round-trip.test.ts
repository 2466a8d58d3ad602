/** What is exported and read back is judged as before, and a line is what OONI's tools ask for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { measurementOf } from '../../testing/observations.ts';
import type { Measurement } from '../../types.ts';
import { readLine } from './read-line.ts';
import { CONFIG, CONTEXT } from './testing/judged-lines.ts';
import { judgeWith, passThrough, toVerdicts, VANTAGE } from './testing/pass-through.ts';
import { withRealUrls } from './testing/real-urls.ts';
import { toOoniMeasurement } from './write-line.ts';

test('a hundred odd runs: the same verdicts after export and import', () => {
  const [service] = CONFIG.services;
  assert.ok(service);
  const fate = fc.constantFrom<readonly [string, string] | undefined>(
    undefined,
    ['dns', 'dns_nxdomain_error'],
    ['dns', 'generic_timeout_error'],
    ['tcp', 'connection_refused'],
    ['tcp', 'unknown_failure'],
    ['tls', 'connection_reset'],
    ['tls', 'ssl_unknown_authority'],
    ['http', 'generic_timeout_error'],
  );
  const fates = fc.array(fate, {
    minLength: service.targets.length,
    maxLength: service.targets.length,
  });
  const toRun = (chosen: readonly (readonly [string, string] | undefined)[]): Measurement => ({
    ...measurementOf(
      service.targets.map(({ id, kind }, index) => {
        const one = chosen[index];
        const isFit =
          one !== undefined && (kind === 'https' || one[0] === 'dns' || one[0] === 'tcp');
        return { targetId: id, kind, ...(isFit ? { fails: one as ['dns', string] } : {}) };
      }),
    ),
  });
  fc.assert(
    fc.property(fates, fates, fc.boolean(), (own, other, hasControl) => {
      const measurement = withRealUrls(toRun(own));
      const controls = hasControl ? [withRealUrls(toRun(other))] : [];
      const pair = { measurement, controls };
      const imported = passThrough(pair, service);
      const after = judgeWith({ measurement: imported, controls: [] }, service);
      assert.deepEqual(toVerdicts(after), toVerdicts(judgeWith(pair, service)));
    }),
    { numRuns: 100 },
  );
});

test('a line carries what OONI’s tools ask for', () => {
  const measurement = withRealUrls(
    measurementOf([{ targetId: 'facebook.web.www', fails: ['tls', 'connection_reset'] }]),
  );
  const [service] = CONFIG.services;
  assert.ok(service);
  const judgement = judgeWith({ measurement, controls: [] }, service);
  const line = toOoniMeasurement({
    id: 'facebook.x.20220304T120000Z',
    measurement,
    judgement,
    vantage: VANTAGE,
    controls: [],
  });
  for (const key of [
    'annotations',
    'data_format_version',
    'extensions',
    'input',
    'measurement_start_time',
    'measurement_uid',
    'probe_asn',
    'probe_cc',
    'probe_ip',
    'report_id',
    'software_name',
    'software_version',
    'test_keys',
    'test_name',
    'test_runtime',
    'test_start_time',
    'test_version',
  ])
    assert.ok(Object.hasOwn(line, key), `${key} is missing`);
  assert.equal(line['probe_ip'], '127.0.0.1');
  assert.equal(line['test_name'], 'reachline');
  assert.equal(line['probe_asn'], 'AS64496');
  assert.match(String(line['measurement_start_time']), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  assert.equal(String(line['report_id']).split('_').length, 6);
  const keys = line['test_keys'] as Record<string, Record<string, unknown>[]>;
  assert.equal(keys['network_events'], null);
  const [tcp] = (keys['tcp_connect'] ?? []).filter((one) =>
    JSON.stringify(one).includes('facebook.web.www'),
  );
  const [tls] = (keys['tls_handshakes'] ?? []).filter((one) =>
    JSON.stringify(one).includes('facebook.web.www'),
  );
  assert.deepEqual(tcp?.['status'], { success: true, failure: null });
  assert.ok(
    tcp && !Object.hasOwn(tcp, 'failure'),
    'a failure of a connection stands in its status alone',
  );
  assert.equal(tls?.['failure'], 'connection_reset');
  assert.equal(tls?.['transaction_id'], tcp['transaction_id']);
  assert.equal(typeof tls?.['t0'], 'number');
});

test('a control may not stand among what the vantage saw', () => {
  const measurement = withRealUrls(measurementOf([{ targetId: 'facebook.web.www' }]));
  const [service] = CONFIG.services;
  assert.ok(service);
  const judgement = judgeWith({ measurement, controls: [] }, service);
  const line = JSON.stringify(
    toOoniMeasurement({ id: 'x', measurement, judgement, vantage: VANTAGE, controls: [] }),
  ).replace('"role":"target"', '"role":"control"');
  const result = readLine(line, CONTEXT);
  assert.equal(result.kind, 'bad');
});
