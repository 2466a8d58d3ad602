/** Stated times as intervals of their zone. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { TimePoint } from '../../config/announcement.ts';
import { loadConfig } from '../../config/load.ts';
import { readTimes, toStatedInterval } from './time-points.ts';

const point = (change: Partial<TimePoint>): TimePoint =>
  TimePoint.parse({
    value: null,
    precision: 'day',
    earliest: null,
    latest: null,
    tz: 'Europe/Moscow',
    basis: 'stated',
    ...change,
  });

/** what, the time point, first and last instant in UTC; nothing when there is no interval */
const rows: readonly (readonly [string, TimePoint, string?, string?])[] = [
  [
    'a day is the day of its zone, to its last millisecond',
    point({ value: '2022-03-04' }),
    '2022-03-03T21:00:00.000Z',
    '2022-03-04T20:59:59.999Z',
  ],
  [
    'bounds win over the value, and the last second is possible whole',
    point({
      value: '2022-03-04',
      earliest: '2022-03-04T00:00:00+03:00',
      latest: '2022-03-04T23:59:59+03:00',
    }),
    '2022-03-03T21:00:00.000Z',
    '2022-03-04T20:59:59.999Z',
  ],
  [
    'a minute is an instant',
    point({ value: '2022-03-14T00:00:00+03:00', precision: 'minute' }),
    '2022-03-13T21:00:00.000Z',
    '2022-03-13T21:00:00.000Z',
  ],
  [
    'an hour is an hour',
    point({ value: '2022-03-14T12:00:00+03:00', precision: 'hour' }),
    '2022-03-14T09:00:00.000Z',
    '2022-03-14T09:59:59.999Z',
  ],
  [
    'a day without a zone is read in UTC',
    point({ value: '2022-03-10', tz: null }),
    '2022-03-10T00:00:00.000Z',
    '2022-03-10T23:59:59.999Z',
  ],
  [
    'the day on which clocks go forward has 23 hours',
    point({ value: '2022-03-27', tz: 'Europe/Kyiv' }),
    '2022-03-26T22:00:00.000Z',
    '2022-03-27T20:59:59.999Z',
  ],
  [
    'a day of Moscow before its change of 2014 is one of four hours ahead',
    point({ value: '2012-11-01' }),
    '2012-10-31T20:00:00.000Z',
    '2012-11-01T19:59:59.999Z',
  ],
  [
    'a week starts on Monday',
    point({ value: '2022-03-04', precision: 'week' }),
    '2022-02-27T21:00:00.000Z',
    '2022-03-06T20:59:59.999Z',
  ],
  [
    'a month and a year are whole',
    point({ value: '2022-02', precision: 'month', tz: 'UTC' }),
    '2022-02-01T00:00:00.000Z',
    '2022-02-28T23:59:59.999Z',
  ],
  [
    'a year alone',
    point({ value: '2022', precision: 'year', tz: 'UTC' }),
    '2022-01-01T00:00:00.000Z',
    '2022-12-31T23:59:59.999Z',
  ],
  ['bounds alone are needed where only bounds are known', point({ precision: 'bounded' })],
  ['a text that is no date bounds nothing', point({ value: 'last week' })],
  [
    'one bound is no interval',
    point({ precision: 'bounded', earliest: '2022-03-10T00:00:00+03:00' }),
  ],
];

for (const [name, time, first, last] of rows)
  test(name, () => {
    const found = toStatedInterval(time);
    assert.equal(found && new Date(found.earliestMs).toISOString(), first);
    assert.equal(found && new Date(found.latestMs).toISOString(), last);
  });

suite('the records', () => {
  const { announcements } = loadConfig({
    file: new URL('../../config/reachline.yaml', import.meta.url).pathname,
  });

  test('Instagram: effective 14 March 2022, 00:00 Moscow, is 13 March, 21:00 UTC', () => {
    const record = announcements.find(({ id }) => id === 'ru-rkn-2022-03-11-instagram-block');
    assert.ok(record);
    const { effective } = readTimes(record);
    assert.equal(effective?.earliestMs, Date.UTC(2022, 2, 13, 21));
    assert.equal(effective.latestMs, effective.earliestMs);
    assert.equal(effective.timeZone, 'Europe/Moscow');
  });

  test('a time of effect that no source states is never filled', () => {
    for (const record of announcements) {
      const times = readTimes(record);
      assert.equal(times.effective === undefined, record.effective_at === null, record.id);
      assert.equal(times.lifted === undefined, record.lifted_at === null, record.id);
      assert.ok(times.announced !== undefined, record.id);
      assert.ok(times.announced.earliestMs <= times.announced.latestMs, record.id);
    }
  });
});
