/** An event finds its subscribers by index, whatever it is about. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertEvent } from '../alert-types.ts';
import { openDatabase } from '../connection.ts';
import { createHandClock } from '../testing/fixtures.ts';
import { buildMatch } from './matching.ts';
import { openTestSubscribers } from './testing/subscriber-fixtures.ts';

type Matched = Parameters<typeof buildMatch>[0];

const NATIONAL: Matched = {
  services: ['instagram'],
  countryCodes: ['RU'],
  asns: [64_496, 64_497],
  kind: 'incident_opened',
  severity: 'critical',
};
const rows: readonly { readonly name: string; readonly event: Matched; readonly by: string }[] = [
  { name: 'a national restriction', event: NATIONAL, by: 'country_code=? AND subscription>?' },
  { name: 'one everywhere', event: { ...NATIONAL, countryCodes: [] }, by: 'service=?' },
  {
    name: 'something about everything',
    event: { ...NATIONAL, services: [], countryCodes: [], asns: [] } satisfies Partial<AlertEvent>,
    by: 'kind=?',
  },
];
for (const { name, event, by } of rows)
  test(`${name} is matched without reading every subscription`, (t) => {
    const { file } = openTestSubscribers(t, createHandClock());
    const database = openDatabase(file, 'read');
    t.after(() => database.close());
    const { sql, values } = buildMatch(event, 0, 500);
    const plan = database
      .prepare<(string | number)[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...values)
      .map(({ detail }) => detail);
    assert.ok(
      plan.some((step) => step.includes(by)),
      plan.join('\n'),
    );
    assert.deepEqual(
      plan.filter((step) => step.startsWith('SCAN')),
      [],
    );
  });
