/** Quiet hours and digests over zones and changes of the clock. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { endOfDigest, endOfQuiet, isQuiet } from './local-time.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** With and without summer time, with odd offsets, with one that changes by half an hour. */
const ZONES = [
  'UTC',
  'Europe/Moscow',
  'Europe/Kyiv',
  'America/New_York',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'America/St_Johns',
  'Pacific/Apia',
];
const zone = fc.constantFrom(...ZONES);
/** Days around changes of the clock in 2026, and any other minute of the year. */
const instant = fc.oneof(
  fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2027, 0) }),
  fc
    .tuple(
      fc.constantFrom(
        Date.UTC(2026, 2, 8),
        Date.UTC(2026, 2, 29),
        Date.UTC(2026, 9, 25),
        Date.UTC(2026, 10, 1),
        Date.UTC(2026, 3, 4),
        Date.UTC(2026, 9, 3),
      ),
      fc.integer({ min: -DAY_MS, max: DAY_MS }),
    )
    .map(([dayMs, byMs]) => dayMs + byMs),
);
const minute = fc.integer({ min: 0, max: 1_439 });
const RUNS = { numRuns: 300 };

test('quiet hours end at the first instant at which a clock on the wall does not show them', () => {
  fc.assert(
    fc.property(zone, instant, minute, minute, (timeZone, atMs, fromMinute, untilMinute) => {
      const hours = { fromMinute, untilMinute };
      const endMs = endOfQuiet(hours, timeZone, atMs);
      if (!isQuiet(hours, timeZone, atMs)) return endMs === atMs;
      assert.ok(!isQuiet(hours, timeZone, endMs), 'still quiet at the end');
      assert.ok(endMs > atMs && endMs - atMs <= DAY_MS + 60 * MINUTE_MS, 'too long');
      for (let stepMs = atMs; stepMs < endMs; stepMs += 7 * MINUTE_MS)
        assert.ok(isQuiet(hours, timeZone, stepMs), 'it was not quiet before the end');
      return isQuiet(hours, timeZone, endMs - 1);
    }),
    RUNS,
  );
});

test('a digest comes after what it tells, at its hour, and no later than a period and a change of the clock', () => {
  const periods = { hourly: 60 * MINUTE_MS, daily: DAY_MS, weekly: 7 * DAY_MS } as const;
  const mode = fc.constantFrom('hourly', 'daily', 'weekly');
  fc.assert(
    fc.property(zone, instant, mode, (timeZone, atMs, every) => {
      const dueMs = endOfDigest(every, timeZone, atMs, 8);
      assert.ok(dueMs > atMs && dueMs - atMs <= periods[every] + 60 * MINUTE_MS);
      const local = Temporal.Instant.fromEpochMilliseconds(dueMs).toZonedDateTimeISO(timeZone);
      if (every === 'hourly') return true;
      assert.deepEqual([local.hour, local.minute], [8, 0]);
      return every === 'daily' || local.dayOfWeek === 1;
    }),
    RUNS,
  );
});

const rows = [
  {
    name: 'a night over the change to summer time ends when the clock jumps over its end',
    hours: { fromMinute: 22 * 60, untilMinute: 2 * 60 + 30 },
    timeZone: 'Europe/Berlin',
    at: '2026-03-29T00:30:00Z',
    end: '2026-03-29T01:00:00Z',
  },
  {
    name: 'a night over the change to winter time is one hour longer',
    hours: { fromMinute: 22 * 60, untilMinute: 7 * 60 },
    timeZone: 'Europe/Kyiv',
    at: '2026-10-24T20:00:00Z',
    end: '2026-10-25T05:00:00Z',
  },
  {
    name: 'equal bounds are no quiet hours',
    hours: { fromMinute: 600, untilMinute: 600 },
    timeZone: 'UTC',
    at: '2026-10-24T10:00:00Z',
    end: '2026-10-24T10:00:00Z',
  },
];
for (const { name, hours, timeZone, at, end } of rows)
  test(name, () => {
    assert.equal(
      new Date(endOfQuiet(hours, timeZone, Date.parse(at))).toISOString(),
      new Date(end).toISOString(),
    );
  });
