/** Times in zones that change their clocks, stated times of every precision, ages and durations. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  isTimeZone,
  type StatedTime,
  startOfDayMs,
  toFieldTime,
  toIsoMinute,
  toTimeBox,
} from './format.ts';
import { speak } from './i18n/catalogue.ts';
import {
  formatAge,
  formatBoth,
  formatDuration,
  formatInstant,
  formatStated,
} from './i18n/times.ts';

const moscow = speak('en', 'Europe/Moscow');
const at = (text: string): number => Date.parse(text);
const MINUTE = 60_000;

test('an instant names its zone, and the UTC day when it differs', () => {
  const order = at('2022-03-13T21:05Z');
  assert.equal(formatInstant(order, moscow), '14 Mar 2022, 00:05 Moscow');
  assert.equal(formatBoth(order, moscow), '14 Mar 2022, 00:05 Moscow (13 Mar 21:05 UTC)');
  assert.equal(formatBoth(order, speak('en', 'UTC')), '13 Mar 2022, 21:05 UTC');
  assert.equal(
    formatBoth(at('2022-03-14T09:00Z'), speak('en', 'Europe/Kyiv')),
    '14 Mar 2022, 11:00 Kyiv (09:00 UTC)',
  );
});

for (const [date, zone, expected] of [
  ['2022-03-14', 'Europe/Moscow', '2022-03-13T21:00Z'],
  ['2022-03-14', 'UTC', '2022-03-14T00:00Z'],
  ['2022-03-27', 'Europe/Warsaw', '2022-03-26T23:00Z'], // clocks go forward on this day
  ['2022-03-28', 'Europe/Warsaw', '2022-03-27T22:00Z'],
  ['2022-10-31', 'Europe/Kyiv', '2022-10-30T22:00Z'],
  ['2022-07-01', 'America/New_York', '2022-07-01T04:00Z'],
  ['2022-01-01', 'Asia/Kolkata', '2021-12-31T18:30Z'],
] as const)
  test(`${date} begins in ${zone} at ${expected}`, () => {
    assert.equal(toIsoMinute(startOfDayMs(date, zone)), expected);
  });

const bounds = { value: null, earliest: null, latest: null, tz: 'Europe/Moscow' };
const stated: { name: string; time: StatedTime; from?: string; until?: string; words: string }[] = [
  {
    name: 'a minute is an instant',
    time: { ...bounds, precision: 'minute', value: '2022-03-14T00:00:00+03:00' },
    from: '2022-03-13T21:00Z',
    until: '2022-03-13T21:00Z',
    words: '14 Mar 2022, 00:00 Moscow (13 Mar 21:00 UTC)',
  },
  {
    name: 'a day is a box in its own zone',
    time: { ...bounds, precision: 'day', value: '2022-03-11' },
    from: '2022-03-10T21:00Z',
    until: '2022-03-11T21:00Z',
    words: '11 Mar 2022 (day in Moscow)',
  },
  {
    name: 'a day of 23 hours is a box of 23 hours',
    time: { ...bounds, precision: 'day', value: '2022-03-27', tz: 'Europe/Warsaw' },
    from: '2022-03-26T23:00Z',
    until: '2022-03-27T22:00Z',
    words: '27 Mar 2022 (day in Warsaw)',
  },
  {
    name: 'a day without a zone is counted in UTC and says so',
    time: { ...bounds, precision: 'day', value: '2022-03-10', tz: null },
    from: '2022-03-10T00:00Z',
    until: '2022-03-11T00:00Z',
    words: '10 Mar 2022 (day in UTC, zone not stated)',
  },
  {
    name: 'bounds alone are a box',
    time: {
      ...bounds,
      precision: 'bounded',
      earliest: '2022-03-10T00:00:00+03:00',
      latest: '2022-03-13T23:59:59+03:00',
    },
    from: '2022-03-09T21:00Z',
    until: '2022-03-13T21:00Z',
    words: '10 Mar 2022 to 13 Mar 2022 (Moscow)',
  },
  {
    name: 'nothing known is no box',
    time: { ...bounds, precision: 'unknown' },
    words: 'not stated',
  },
];
for (const { name, time, from, until, words } of stated)
  test(`stated time: ${name}`, () => {
    const box = toTimeBox(time);
    assert.equal(box && toIsoMinute(box.fromMs), from);
    assert.equal(box && toIsoMinute(box.untilMs), until);
    assert.equal(formatStated(time, moscow), words);
  });

for (const [lengthMs, text] of [
  [0, '0 s'],
  [59_000, '59 s'],
  [61_000, '1 min 1 s'],
  [3_600_000, '1 h'],
  [93_600_000, '1 d 2 h'],
  [86_400_000 + 60_000, '1 d'],
  [-5 * MINUTE, '−5 min'],
] as const)
  test(`a length of ${lengthMs} ms reads ${text}`, () => {
    assert.equal(formatDuration(lengthMs, moscow), text);
  });

test('ages look back and ahead', () => {
  const now = at('2022-03-14T12:00Z');
  assert.equal(formatAge(now - 1_000, now, moscow), 'just now');
  assert.equal(formatAge(now - 4 * MINUTE, now, moscow), '4 min ago');
  assert.equal(formatAge(now + 125 * MINUTE, now, moscow), 'in 2 h');
});

test('zones are known by name', () => {
  assert.ok(isTimeZone('Europe/Moscow'));
  assert.ok(!isTimeZone('Moscow/Nowhere'));
});

test('a form field gets wall time in its zone', () => {
  assert.equal(toFieldTime(Date.UTC(2022, 2, 13, 21, 5), 'Europe/Moscow'), '2022-03-14T00:05');
  assert.equal(toFieldTime(Date.UTC(2022, 2, 13, 21, 5), 'UTC'), '2022-03-13T21:05');
});
