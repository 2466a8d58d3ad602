/** A proxy that fails is told once, with what it said, and so is its return. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFailure } from '../probes/failure.ts';
import type { Measurement, Observation } from '../probes/types.ts';
import { createProxyWatch } from './proxy-watch.ts';

const refused = {
  outcome: {
    kind: 'failed',
    failure: createFailure('tcp', 'proxy_failed', {
      attribution: 'vantage',
      raw: 'PROXY_LOGIN_REFUSED',
    }),
  },
} as Observation;
const passed = { outcome: { kind: 'ok' } } as Observation;

test('one line when it stops, one when it works again, none for a single failure', () => {
  const lines: string[] = [];
  const watch = createProxyWatch((level, event, fields) => {
    lines.push(`${level} ${event} ${String(fields?.['vantage'])} ${String(fields?.['reason'])}`);
  });
  const rows: readonly (readonly [vantageId: string, observations: readonly Observation[]])[] = [
    ['a', [passed, refused]],
    ['a', [refused, refused]],
    ['a', [refused]],
    ['b', [passed]],
    ['a', [passed, refused]],
    ['c', []],
  ];
  for (const [vantageId, observations] of rows) watch({ vantageId, observations } as Measurement);
  assert.deepEqual(lines, [
    'warn proxy_failed a PROXY_LOGIN_REFUSED',
    'info proxy_works a undefined',
  ]);
});
