/** Lags and times of the ledger as people read them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Lag, StatedInterval } from '../../db/ledger-types.ts';
import { speak } from '../i18n/catalogue.ts';
import { describeLag, describeStated } from './ledger-words.ts';

const HOUR_MS = 3_600_000;
const ENGLISH = speak('en', 'UTC');

/** lag, in words */
const lags: readonly (readonly [Lag, string])[] = [
  [{ leastMs: -5 * HOUR_MS, mostMs: -3 * HOUR_MS }, '5 h to 3 h before'],
  [{ leastMs: 9 * HOUR_MS, mostMs: 11 * HOUR_MS }, '9 h to 11 h after'],
  [{ leastMs: -2 * HOUR_MS, mostMs: 4 * HOUR_MS }, 'from 2 h before to 4 h after'],
  [{ leastMs: 0, mostMs: 3 * HOUR_MS }, 'at most 3 h after'],
  // A day ends a millisecond before the next, which nobody wants to read.
  [{ leastMs: 1, mostMs: 27 * HOUR_MS }, 'at most 1 d 3 h after'],
  [{ leastMs: -3 * HOUR_MS, mostMs: 0 }, 'at most 3 h before'],
  [{ leastMs: 0, mostMs: 0 }, 'at the same minute'],
  [{ leastMs: HOUR_MS, mostMs: HOUR_MS }, '1 h after'],
  [{ leastMs: -HOUR_MS, mostMs: -HOUR_MS }, '1 h before'],
  [{ mostMs: 2 * HOUR_MS }, 'at most 2 h after'],
  [{ mostMs: -2 * HOUR_MS }, '2 h or more before'],
  [{ mostMs: 0 }, 'at most 0 s after'],
];
for (const [lag, text] of lags)
  test(`${JSON.stringify(lag)} → ${text}`, () => assert.equal(describeLag(lag, ENGLISH), text));

const stated = (earliest: string, latest: string, timeZone: string): StatedInterval => ({
  earliestMs: Date.parse(earliest),
  latestMs: Date.parse(latest),
  precision: 'day',
  timeZone,
  basis: 'stated',
});
const times = [
  [
    stated('2022-03-13T21:00:00Z', '2022-03-13T21:00:00Z', 'Europe/Moscow'),
    '14 Mar 2022, 00:00 Moscow (13 Mar 21:00 UTC)',
  ],
  [
    stated('2022-03-03T21:00:00Z', '2022-03-04T20:59:59.999Z', 'Europe/Moscow'),
    '4 Mar 2022 (day in Moscow; 3 Mar 2022, 21:00 to 4 Mar 2022, 20:59 UTC)',
  ],
  [stated('2022-03-10T00:00:00Z', '2022-03-10T23:59:59.999Z', 'UTC'), '10 Mar 2022 (day in UTC)'],
  [
    stated('2026-02-10T21:00:00Z', '2026-02-12T20:59:59.999Z', 'Europe/Moscow'),
    '11 Feb 2026 to 12 Feb 2026 (days in Moscow; 10 Feb 2026, 21:00 to 12 Feb 2026, 20:59 UTC)',
  ],
] as const;
for (const [time, text] of times)
  test(text, () => assert.equal(describeStated(time, ENGLISH), text));
