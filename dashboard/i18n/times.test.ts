/** Times, lengths and ages in three languages, whose wording Intl and the texts of the area `time` share. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { StatedTime } from '../format.ts';
import { speak } from './catalogue.ts';
import { LOCALES } from './locale.ts';
import {
  describeAsOf,
  formatAge,
  formatBoth,
  formatCountry,
  formatDuration,
  formatLag,
  formatLanguage,
  formatOffset,
  formatStated,
  toFreshness,
} from './times.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const ORDER_MS = Date.parse('2022-03-13T21:05Z');
const DAY: StatedTime = {
  value: '2022-03-11',
  precision: 'day',
  earliest: null,
  latest: null,
  tz: 'Europe/Moscow',
};
const BOUNDS: StatedTime = {
  ...DAY,
  value: null,
  precision: 'bounded',
  earliest: '2022-03-10T00:00:00+03:00',
  latest: '2022-03-13T23:59:59+03:00',
};

const [en, ru, uk] = LOCALES.map((locale) => speak(locale, 'Europe/Moscow'));
assert.ok(en && ru && uk);

/** what is said, in English, Russian and Ukrainian */
const rows = [
  [
    'an instant in both zones',
    (say) => formatBoth(ORDER_MS, say),
    '14 Mar 2022, 00:05 Moscow (13 Mar 21:05 UTC)',
    '14 мар. 2022 г., 00:05 Москва (13 мар. 21:05 UTC)',
    '14 бер. 2022 р., 00:05 Москва (13 бер. 21:05 UTC)',
  ],
  ['a length', (say) => formatDuration(26 * HOUR_MS, say), '1 d 2 h', '1 дн. 2 ч', '1 дн. 2 год'],
  ['a long one', (say) => formatDuration(2406 * HOUR_MS, say), '100 d', '100 дн.', '100 дн.'],
  ['nothing', (say) => formatDuration(0, say), '0 s', '0 с', '0 с'],
  ['a lag ahead', (say) => formatLag(-5 * MINUTE_MS, say), '−5 min', '−5 мин', '−5 хв'],
  ['a lag after', (say) => formatLag(5 * MINUTE_MS, say), '+5 min', '+5 мин', '+5 хв'],
  [
    'an age',
    (say) => formatAge(ORDER_MS, ORDER_MS + 4 * MINUTE_MS, say),
    '4 min ago',
    '4 мин назад',
    '4 хв тому',
  ],
  [
    'what lies ahead',
    (say) => formatAge(ORDER_MS + 125 * MINUTE_MS, ORDER_MS, say),
    'in 2 h',
    'через 2 ч',
    'через 2 год',
  ],
  ['now', (say) => formatAge(ORDER_MS, ORDER_MS, say), 'just now', 'только что', 'щойно'],
  [
    'a day of its source',
    (say) => formatStated(DAY, say),
    '11 Mar 2022 (day in Moscow)',
    '11 мар. 2022 г. (сутки, Москва)',
    '11 бер. 2022 р. (доба, Москва)',
  ],
  [
    'bounds',
    (say) => formatStated(BOUNDS, say),
    '10 Mar 2022 to 13 Mar 2022 (Moscow)',
    '10 мар. 2022 г. – 13 мар. 2022 г. (Москва)',
    '10 бер. 2022 р. – 13 бер. 2022 р. (Москва)',
  ],
  ['a country', (say) => formatCountry('UA', say), 'Ukraine', 'Украина', 'Україна'],
  [
    'no country',
    (say) => formatCountry('ZZ', say),
    'Unknown country',
    'Неизвестная страна',
    'Невідома країна',
  ],
  ['a language', (say) => formatLanguage('en', say), 'English', 'английский', 'англійська'],
  ['no language', (say) => formatLanguage('"><b>', say), '"><b>', '"><b>', '"><b>'],
  [
    'how fresh data are',
    (say) => describeAsOf(ORDER_MS, ORDER_MS + 4 * MINUTE_MS, 5 * MINUTE_MS, say).text,
    'as of 00:05:00 Moscow (4 min ago)',
    'по состоянию на 00:05:00 Москва (4 мин назад)',
    'станом на 00:05:00 Москва (4 хв тому)',
  ],
] as const satisfies readonly (readonly [
  string,
  (say: ReturnType<typeof speak>) => string,
  string,
  string,
  string,
])[];

suite('times in three languages', () => {
  for (const [name, say, english, russian, ukrainian] of rows)
    test(name, () => assert.deepEqual([say(en), say(ru), say(uk)], [english, russian, ukrainian]));
});

const ages = [
  [10, 'fresh'],
  [11, 'late'],
  [20, 'late'],
  [21, 'stale'],
] as const;
for (const [minutes, expected] of ages)
  test(`data ${minutes} min old, measured every 5 min, are ${expected}`, () => {
    const nowMs = ORDER_MS + minutes * MINUTE_MS;
    assert.equal(toFreshness(ORDER_MS, nowMs, 5 * MINUTE_MS), expected);
  });
suite('distances from UTC', () => {
  const rows = [
    ['Europe/Moscow', '2022-03-14', 'UTC+3'],
    // Clocks were an hour further on then.
    ['Europe/Moscow', '2012-03-14', 'UTC+4'],
    ['Europe/Kyiv', '2022-07-01', 'UTC+3'],
    ['Asia/Kolkata', '2022-03-14', 'UTC+5:30'],
    ['America/New_York', '2022-01-14', 'UTC−5'],
    ['UTC', '2022-03-14', 'UTC'],
  ] as const;
  for (const [zone, day, expected] of rows)
    test(`${zone} on ${day} → ${expected}`, () =>
      assert.equal(formatOffset(Date.parse(day), zone), expected));
});

test('data that are not there are none', () =>
  assert.equal(toFreshness(undefined, ORDER_MS, MINUTE_MS), 'none'));
