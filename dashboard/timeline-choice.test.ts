/** Addresses: equal views have equal ones, defaults are left out, and what is written is read again. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { AGGREGATES } from './columns.ts';
import { ROW_KINDS, ROW_ORDERS } from './lane-rows.ts';
import { applyPart, withView } from './timeline/address.ts';
import {
  DEFAULT_DISPLAY,
  EXTRA_LANES,
  readDisplay,
  type TimelineChoice,
  toQuery,
  VIEWS,
} from './timeline-choice.ts';

const at = (text: string): number => Date.parse(text);
const plain: TimelineChoice = {
  services: [],
  countries: [],
  asns: [],
  functions: [],
  range: '30d',
  fromMs: at('2022-03-01T00:00Z'),
  toMs: at('2022-03-31T00:00Z'),
  ...DEFAULT_DISPLAY,
};

suite('the address of a choice', () => {
  const rows: readonly (readonly [change: Partial<TimelineChoice>, expected: string])[] = [
    [{}, ''],
    [{ range: '7d' }, '?range=7d'],
    [
      { services: ['facebook', 'instagram'], countries: ['RU'], asns: [1, 2], tz: 'Europe/Moscow' },
      '?service=facebook,instagram&country=RU&asn=1,2&tz=Europe/Moscow',
    ],
    [
      { by: 'vantage', sort: 'name', agg: 'share', cmp: 'UA', view: 'heat', page: 2 },
      '?by=vantage&sort=name&agg=share&cmp=UA&view=heat&page=2',
    ],
    [{ lanes: ['control'] }, '?lanes=control'],
    [{ lanes: [] }, '?lanes=none'],
    [{ lanes: [...EXTRA_LANES].reverse() }, ''],
  ];
  for (const [change, expected] of rows)
    test(`${JSON.stringify(change)} → ${expected === '' ? 'nothing' : expected}`, () =>
      assert.equal(toQuery({ ...plain, ...change }), expected));

  test('an exact range stands in place of a preset', () => {
    const { range: _range, ...exact } = plain;
    assert.equal(toQuery(exact), '?from=2022-03-01T00:00Z&to=2022-03-31T00:00Z');
  });

  test('what is written of the display is read again', () => {
    const display = fc.record({
      by: fc.constantFrom(...ROW_KINDS),
      sort: fc.constantFrom(...ROW_ORDERS),
      agg: fc.constantFrom(...AGGREGATES),
      view: fc.constantFrom(...VIEWS),
      lanes: fc.subarray([...EXTRA_LANES]),
      page: fc.integer({ min: 1, max: 99 }),
    });
    fc.assert(
      fc.property(display, (one) => {
        const query = toQuery({ ...plain, ...one });
        assert.deepEqual(readDisplay(new URLSearchParams(query)), { ...one });
      }),
    );
  });

  test('words that nobody knows are as if they were not there', () => {
    const query = new URLSearchParams('by=colour&sort=&agg=best&view=3d&page=-4&lanes=');
    assert.deepEqual(readDisplay(query), DEFAULT_DISPLAY);
  });
});

suite('a change of one part', () => {
  test('other rows begin on the first page; the first page is no part of the address', () => {
    const second = { ...plain, page: 2 };
    assert.equal(toQuery(applyPart(second, 'by=country')), '?by=country');
    assert.equal(toQuery(applyPart(second, 'page=3')), '?page=3');
    assert.equal(toQuery(applyPart(second, 'page=1')), '');
  });

  test('a lane is taken away and comes back', () => {
    const without = applyPart(plain, 'toggle=lag');
    assert.equal(toQuery(without), '?lanes=announcements,control,coverage');
    assert.equal(toQuery(applyPart(without, 'toggle=lag')), '');
  });

  test('the range of the page keeps its words, any other is exact', () => {
    const home = { fromMs: plain.fromMs, toMs: plain.toMs, tz: 'UTC' };
    const other = { ...home, fromMs: at('2022-03-02T00:00Z') };
    const moved = withView(plain, other, home);
    assert.equal(toQuery(moved), '?from=2022-03-02T00:00Z&to=2022-03-31T00:00Z');
    assert.equal(toQuery(withView(plain, home, home)), '');
  });
});
