/** Runs in words, ticks of the axis, rows of the layout, keys. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnAt, columns } from '../columns.ts';
import { labelTicks } from './axis.ts';
import type { TimelineLane } from './data.ts';
import { toKeyAction } from './labels.ts';
import { laneIndexAt, layOut } from './layout.ts';
import { describeCounts, describeLength, runIndexAt, speakRun } from './runs.ts';

const at = (text: string): number => Date.parse(text);

function lane(service: string, asn: number, role = 'vantage'): TimelineLane {
  return {
    service,
    function: 'service',
    vantage: {
      id: `v${asn}`,
      countryCode: 'RU',
      asn,
      networkName: `Net ${asn}`,
      access: 'mobile',
      role,
    },
    spans: [
      { fromMs: at('2022-03-01T00:00Z'), untilMs: at('2022-03-13T21:05Z'), state: 'ok', count: 10 },
      {
        fromMs: at('2022-03-13T21:05Z'),
        untilMs: at('2022-03-20T00:00Z'),
        state: 'blocked',
        count: 10,
        confidence: 'high',
      },
    ],
  };
}

test('a run is spoken with time, lane, change, confidence and length', () => {
  assert.equal(
    speakRun(lane('instagram', 12389), 1, 'Europe/Moscow'),
    '14 Mar 2022, 00:05 Moscow. Instagram, Net 12389 (AS12389): from reachable to blocked, high confidence, for 6 d 2 h',
  );
});

test('the run at an instant; outside the nearest', () => {
  const { spans } = lane('instagram', 1);
  assert.equal(runIndexAt(spans, at('2022-03-13T21:04Z')), 0);
  assert.equal(runIndexAt(spans, at('2022-03-13T21:05Z')), 1);
  assert.equal(runIndexAt(spans, 0), 0);
  assert.equal(runIndexAt(spans, at('2030-01-01')), 1);
  assert.equal(runIndexAt([], 0), -1);
});

test('a run at the edge of what was loaded may have begun before', () => {
  const [first] = lane('instagram', 1).spans;
  assert.ok(first);
  assert.match(
    describeLength(first, true, 'UTC'),
    /^since before 1 Mar 2022, 00:00 UTC, for 12 d 21 h$/,
  );
});

test('counts name every verdict and the total', () => {
  const { spans } = lane('instagram', 1);
  const column = columnAt(columns(spans, at('2022-03-01T00:00Z'), at('2022-03-20T00:00Z'), 1), 0);
  assert.equal(describeCounts(column), 'reachable 10 · blocked 10 of 20');
  assert.equal(describeCounts(columnAt(columns([], 0, 1, 1), 0)), '');
});

test('ticks show the year once, the month at month steps, the day where it changes', () => {
  const days = ['2022-03-13T21:00Z', '2022-03-14T21:00Z'].map(at);
  assert.deepEqual(labelTicks(days, 86_400_000, 'Europe/Moscow'), ['14 Mar\n2022', '15 Mar']);
  const months = ['2021-12-01T00:00Z', '2022-01-01T00:00Z', '2022-02-01T00:00Z'].map(at);
  assert.deepEqual(labelTicks(months, 28 * 86_400_000, 'UTC'), ['Dec\n2021', 'Jan\n2022', 'Feb']);
  const hours = ['2022-03-13T18:00Z', '2022-03-13T21:00Z'].map(at);
  assert.deepEqual(labelTicks(hours, 3 * 3_600_000, 'Europe/Moscow'), [
    '21:00\n13 Mar',
    '00:00\n14 Mar',
  ]);
});

test('lanes lie under the heading of their service, controls last, and are found by height', () => {
  const lanes = [lane('instagram', 3, 'control'), lane('facebook', 2), lane('instagram', 1)];
  const layout = layOut(lanes, { isNarrow: false, announcementRows: 4 });
  assert.deepEqual(
    layout.groups.map(({ title, first, last }) => [title, first, last]),
    [
      ['Instagram', 0, 1],
      ['Facebook', 2, 2],
    ],
  );
  assert.deepEqual(
    layout.rows.map((row) => row.lane.vantage.asn),
    [1, 3, 2],
  );
  for (const [index, row] of layout.rows.entries()) {
    assert.equal(laneIndexAt(layout, row.barTopPx), index);
    assert.equal(laneIndexAt(layout, row.barTopPx + row.barHeightPx - 1), index);
  }
  assert.equal(laneIndexAt(layout, 0), undefined);
  assert.ok(layout.heightPx > (layout.rows.at(-1)?.barTopPx ?? 0));
});

test('keys of ours are taken, combinations stay with the browser', () => {
  const plain = { ctrlKey: false, metaKey: false, altKey: false };
  assert.equal(toKeyAction({ key: 'ArrowLeft', ...plain }), 'previous');
  assert.equal(toKeyAction({ key: ']', ...plain }), 'nextAnnouncement');
  assert.equal(toKeyAction({ key: 'ArrowLeft', ...plain, altKey: true }), undefined);
  assert.equal(toKeyAction({ key: 'q', ...plain }), undefined);
  assert.equal(toKeyAction({ key: 'toString', ...plain }), undefined);
});
