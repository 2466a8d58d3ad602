/** Times in queries: zones, changes of clocks, and days that do not exist. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { z } from 'zod';
import { RequestProblem } from './problem.ts';
import { asns, countries, listOf, parseQuery, time, zone } from './query.ts';

const read = (text: string, timeZone: string): number =>
  parseQuery(
    z.strictObject({ at: time(timeZone) }),
    new URL(`http://x/?${new URLSearchParams({ at: text }).toString()}`),
  ).at;

suite('times', () => {
  /** text, zone in which it is read, what it is in UTC */
  const rows = [
    ['2022-03-14', 'UTC', '2022-03-14T00:00:00Z'],
    ['2022-03-14', 'Europe/Moscow', '2022-03-13T21:00:00Z'],
    ['2022-03-14T00:00', 'Europe/Moscow', '2022-03-13T21:00:00Z'],
    ['2022-03-14 00:00', 'Europe/Moscow', '2022-03-13T21:00:00Z'],
    ['2022-03-14T00:00:00+03:00', 'UTC', '2022-03-13T21:00:00Z'],
    ['2022-03-14T00:00:00Z', 'Europe/Moscow', '2022-03-14T00:00:00Z'],
    ['2022-03-14T00:00:00.000Z', 'UTC', '2022-03-14T00:00:00Z'],
    ['2022-07-01T12:00', 'Europe/Kyiv', '2022-07-01T09:00:00Z'],
    ['2022-01-01T12:00', 'Europe/Kyiv', '2022-01-01T10:00:00Z'],
    ['2022-03-27T04:30', 'Europe/Kyiv', '2022-03-27T01:30:00Z'],
    ['2022-10-30T03:30', 'Europe/Kyiv', '2022-10-30T00:30:00Z'],
    ['2022-01-01T00:00', 'America/New_York', '2022-01-01T05:00:00Z'],
    ['2022-01-01T00:00', 'Pacific/Kiritimati', '2021-12-31T10:00:00Z'],
  ] as const;
  for (const [text, timeZone, expected] of rows)
    test(`${text} in ${timeZone} → ${expected}`, () => {
      assert.equal(read(text, timeZone), Date.parse(expected));
    });

  for (const text of [
    '',
    '2022',
    '2022-13-01',
    '2022-02-29',
    '2022-03-14T25:00',
    'now',
    '14.03.2022',
    '2022-03-14T00:00:00 03:00',
    '1999-01-01',
  ])
    test(`${JSON.stringify(text)} is refused`, () => {
      assert.throws(() => read(text, 'UTC'), RequestProblem);
    });

  test('an hour that clocks skip is read as one beside it, never a day off', () => {
    const atMs = read('2022-03-27T03:30', 'Europe/Kyiv');
    assert.ok(Math.abs(atMs - Date.parse('2022-03-27T01:00:00Z')) <= 3_600_000);
  });
});

test('whatever the query holds, it is read or refused with a problem for each parameter', () => {
  const schema = z.strictObject({
    service: listOf(['facebook'], 'service').optional(),
    country: countries.optional(),
    asn: asns.optional(),
    from: time('UTC').optional(),
    tz: zone.optional(),
  });
  const name = fc.oneof(
    fc.constantFrom('service', 'country', 'asn', 'from', 'tz', '__proto__', 'constructor'),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(name, fc.string())), (pairs) => {
      try {
        parseQuery(schema, new URL(`http://x/?${new URLSearchParams(pairs).toString()}`));
      } catch (error) {
        assert.ok(error instanceof RequestProblem);
        for (const { detail, remedy } of error.problem.errors ?? [])
          assert.ok(detail !== '' && remedy !== '');
      }
    }),
  );
});
