/** The layout: nothing covers anything, and what is pointed at is found. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LagLine } from '../lag-lines.ts';
import { arrangeRows } from '../lane-rows.ts';
import type { TimelineLane } from './data.ts';
import { laneIndexAt, layOut } from './layout.ts';
import { moveGrip } from './overview.ts';

function lane(service: string, asn: number, role = 'vantage'): TimelineLane {
  const vantage = {
    id: `v${asn}`,
    countryCode: 'RU',
    asn,
    networkName: `Net ${asn}`,
    access: 'mobile',
    role,
  };
  return { service, function: 'service', vantage, spans: [] };
}

const LAG: LagLine = {
  announcementId: 'order',
  title: 'Order',
  language: 'en',
  service: 'instagram',
  countryCode: 'RU',
  functions: [],
  reference: 'effective',
  from: { earliestMs: 0, latestMs: 0 },
  networks: 1,
  median: { mostMs: 1 },
  range: { mostMs: 1 },
  points: [],
};

const groups = arrangeRows(
  [lane('instagram', 3, 'control'), lane('facebook', 2), lane('instagram', 1)],
  { by: 'network', sort: 'name', serviceIds: ['instagram', 'facebook'], hasControls: true },
);

for (const isNarrow of [false, true])
  test(`${isNarrow ? 'narrow' : 'wide'}: bands, headings, lags, rows and ribbons follow each other`, () => {
    const layout = layOut({
      groups,
      lags: [LAG],
      bandRows: { regulator: 2, other: 1 },
      hasCoverage: true,
      isNarrow,
    });
    assert.deepEqual(
      layout.bands.map(({ band }) => band),
      ['regulator', 'other'],
    );
    assert.deepEqual(
      layout.rows.map(({ row }) => row.kind),
      ['network', 'control', 'network'],
    );
    assert.deepEqual(
      layout.groups.map(({ lags }) => lags.length),
      [1, 0],
    );
    const tops = [
      ...layout.bands.map(({ topPx }) => topPx),
      ...layout.groups.flatMap(({ topPx, lags, first, last, ribbonTopPx = 0 }) => [
        topPx,
        ...lags.map((one) => one.topPx),
        ...layout.rows.slice(first, last + 1).map((one) => one.barTopPx),
        ribbonTopPx,
      ]),
      layout.heightPx,
    ];
    assert.deepEqual(
      tops,
      tops.toSorted((a, b) => a - b),
    );
    for (const [index, { barTopPx, barHeightPx }] of layout.rows.entries()) {
      assert.equal(laneIndexAt(layout, barTopPx), index);
      assert.equal(laneIndexAt(layout, barTopPx + barHeightPx - 1), index);
    }
    assert.equal(laneIndexAt(layout, 0), undefined);
  });

test('what is left out takes no room', () => {
  const bare = layOut({ groups, lags: [], bandRows: {}, hasCoverage: false, isNarrow: false });
  assert.equal(bare.groups[0]?.topPx, 0);
  assert.equal(bare.groups[0]?.ribbonTopPx, undefined);
});

test('the window of the overview keeps inside, and its ends do not pass each other', () => {
  const MINUTE = 60_000;
  const view = { fromMs: 100 * MINUTE, toMs: 200 * MINUTE, tz: 'UTC' };
  const bounds = { fromMs: 0, toMs: 1_000 * MINUTE };
  const move = (grip: 'from' | 'range' | 'to', minutes: number) => {
    const { fromMs, toMs } = moveGrip(view, grip, minutes * MINUTE, bounds);
    return [fromMs / MINUTE, toMs / MINUTE];
  };
  assert.deepEqual(move('from', -50), [50, 200]);
  assert.deepEqual(move('from', -500), [0, 200]);
  assert.deepEqual(move('from', 500), [190, 200]);
  assert.deepEqual(move('to', 5_000), [100, 1_000]);
  assert.deepEqual(move('to', -500), [100, 110]);
  assert.deepEqual(move('range', -500), [0, 100]);
  assert.deepEqual(move('range', 5_000), [900, 1_000]);
});
