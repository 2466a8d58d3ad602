import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toCountryZone } from './country-zones.ts';
import { isTimeZone } from './format.ts';

const rows = [
  { code: 'RU', expected: 'Europe/Moscow' },
  { code: 'UA', expected: 'Europe/Kyiv' },
  { code: 'US', expected: 'America/New_York' },
  { code: 'ZZ', expected: 'UTC' },
  { code: 'constructor', expected: 'UTC' },
] as const;
for (const { code, expected } of rows)
  test(`${code} counts in ${expected}`, () => {
    assert.equal(toCountryZone(code), expected);
    assert.ok(isTimeZone(expected));
  });
