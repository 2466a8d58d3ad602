/** Rows: which lanes belong together, in which order, beside which others, a page at a time. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { ColumnSpan } from './columns.ts';
import {
  type Arrangement,
  arrangeRows,
  ROW_KINDS,
  ROW_ORDERS,
  type RowLane,
  takePage,
} from './lane-rows.ts';

const usual: Arrangement = {
  by: 'network',
  sort: 'name',
  serviceIds: ['facebook', 'instagram'],
  hasControls: true,
};

type State = ColumnSpan['state'];

/** A lane whose spans last ten milliseconds each. */
function lane(
  service: string,
  id: string,
  place: string,
  states: readonly State[] = ['ok'],
  role = 'vantage',
): RowLane {
  const [countryCode = 'RU', asn = '0'] = place.split(' ');
  return {
    service,
    function: 'service',
    vantage: {
      id,
      countryCode,
      asn: Number(asn),
      networkName: `net ${asn}`,
      access: 'fixed',
      role,
    },
    spans: states.map((state, index) => ({
      fromMs: index * 10,
      untilMs: index * 10 + 10,
      state,
      count: 1,
    })),
  };
}

const LANES = [
  lane('instagram', 'a', 'RU 1', ['ok', 'ok', 'blocked']),
  lane('instagram', 'b', 'RU 1', ['ok', 'likely_blocked', 'blocked']),
  lane('instagram', 'c', 'RU 2', ['blocked', 'ok', 'ok']),
  lane('instagram', 'd', 'UA 3'),
  lane('instagram', 'x', 'DE 9', ['ok'], 'control'),
  lane('instagram', 'y', 'NL 8', ['ok'], 'control'),
  lane('facebook', 'a', 'RU 1', ['impaired']),
  lane('facebook', 'x', 'DE 9', ['ok'], 'control'),
];

/** Rows as text: heading, then ids of the vantages of each row. */
function list(how: Partial<Arrangement>, lanes: readonly RowLane[] = LANES): string[] {
  return arrangeRows(lanes, { ...usual, ...how }).map(
    ({ service, countryCode, rows }) =>
      `${service ?? countryCode}${service !== undefined && countryCode !== undefined ? `/${countryCode}` : ''}: ${rows
        .map(
          ({ kind, lanes: own }) =>
            `${own.map(({ vantage }) => vantage.id).join('+')}${kind === 'control' ? '!' : ''}`,
        )
        .join(' ')}`,
  );
}

suite('rows of a timeline', () => {
  const rows: readonly (readonly [name: string, how: Partial<Arrangement>, expected: string[]])[] =
    [
      [
        'by network, vantages of one together, controls last',
        {},
        ['facebook: a x!', 'instagram: a+b c d x+y!'],
      ],
      ['by vantage', { by: 'vantage' }, ['facebook: a x!', 'instagram: a b c d x+y!']],
      ['by country', { by: 'country' }, ['facebook: a x!', 'instagram: a+b+c d x+y!']],
      ['by service, under countries', { by: 'service' }, ['RU: a a+b+c x! x+y!', 'UA: d x+y!']],
      [
        'by first blocked, never last',
        { by: 'vantage', sort: 'first' },
        ['facebook: a x!', 'instagram: c b a d x+y!'],
      ],
      [
        'by state now, worst first',
        { by: 'vantage', sort: 'state' },
        ['facebook: a x!', 'instagram: a b c d x+y!'],
      ],
      ['without controls', { hasControls: false }, ['facebook: a', 'instagram: a+b c d']],
      [
        'a compared country beside the others',
        { compared: 'UA' },
        ['facebook/RU: a x!', 'instagram/RU: a+b c x+y!', 'instagram/UA: d x+y!'],
      ],
    ];
  for (const [name, how, expected] of rows) test(name, () => assert.deepEqual(list(how), expected));

  test('controls alone are rows of their own', () => {
    const controls = LANES.filter(({ vantage }) => vantage.role === 'control');
    assert.deepEqual(list({ hasControls: false }, controls), ['facebook: x', 'instagram: x y']);
  });

  test('networks without a number are one by one', () => {
    const lanes = [lane('facebook', 'a', 'RU 0'), lane('facebook', 'b', 'RU 0')];
    assert.deepEqual(list({}, lanes), ['facebook: a b']);
  });

  test('however arranged, every measured lane has exactly one row', () => {
    const measured = LANES.filter(({ vantage }) => vantage.role !== 'control').length;
    fc.assert(
      fc.property(
        fc.constantFrom(...ROW_KINDS),
        fc.constantFrom(...ROW_ORDERS),
        fc.constantFrom(undefined, 'UA', 'RU'),
        (by, sort, compared) => {
          const groups = arrangeRows(LANES, {
            ...usual,
            by,
            sort,
            hasControls: false,
            ...(compared === undefined ? {} : { compared }),
          });
          const seen = groups.flatMap(({ rows: own }) => own.flatMap(({ lanes }) => lanes));
          assert.equal(seen.length, measured);
          assert.equal(new Set(seen).size, measured);
        },
      ),
    );
  });
});

test('pages hold every row once, none is longer than asked, and one past the end is the last', () => {
  const groups = arrangeRows(LANES, { ...usual, by: 'vantage' });
  const all = groups.flatMap(({ rows }) => rows.map(({ key }) => key));
  for (const size of [1, 2, 3, 100]) {
    const { pages } = takePage(groups, 1, size);
    const seen = Array.from({ length: pages }, (_, index) =>
      takePage(groups, index + 1, size).groups.flatMap(({ rows }) => rows.map(({ key }) => key)),
    );
    assert.deepEqual(seen.flat(), all);
    for (const page of seen) assert.ok(page.length > 0 && page.length <= size);
    assert.equal(takePage(groups, pages + 5, size).page, pages);
  }
  assert.deepEqual(takePage([], 3, 10), { groups: [], page: 1, pages: 1 });
});
