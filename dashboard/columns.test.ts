/** Columns: rows for what a column must say, properties for what it must never do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { stackShares, troubledShare } from './column-shares.ts';
import { bucketColumns, type ColumnSpan, columnAt, columns, gatherLanes } from './columns.ts';
import { STATES } from './palette.ts';

const HOUR = 3_600_000;
const SLOT = 300_000;

/** Spans of consecutive lengths in slots, one sample per slot, from time 0. */
function lane(...parts: [state: ColumnSpan['state'], slots: number][]): ColumnSpan[] {
  let atMs = 0;
  return parts.map(([state, slots]) => {
    const fromMs = atMs;
    atMs += slots * SLOT;
    return { fromMs, untilMs: atMs, state, count: state === 'no_data' ? 0 : slots };
  });
}

const rows: {
  name: string;
  spans: ColumnSpan[];
  dominant: string;
  worst?: string;
  counts: Record<string, number>;
}[] = [
  {
    name: 'one state fills the column',
    spans: lane(['ok', 100]),
    dominant: 'ok',
    counts: { ok: 100 },
  },
  {
    name: 'a single anomaly in a hundred gives no strip',
    spans: lane(['ok', 99], ['likely_blocked', 1]),
    dominant: 'ok',
    counts: { ok: 99, likely_blocked: 1 },
  },
  {
    name: 'four anomalies in a hundred are below five per cent: no strip',
    spans: lane(['ok', 96], ['likely_blocked', 4]),
    dominant: 'ok',
    counts: { ok: 96, likely_blocked: 4 },
  },
  {
    name: 'five anomalies in a hundred give a strip',
    spans: lane(['ok', 95], ['likely_blocked', 5]),
    dominant: 'ok',
    worst: 'likely_blocked',
    counts: { ok: 95, likely_blocked: 5 },
  },
  {
    name: 'one anomaly in ten is one sample: no strip',
    spans: lane(['ok', 9], ['impaired', 1]),
    dominant: 'ok',
    counts: { ok: 9, impaired: 1 },
  },
  {
    name: 'one blocked in three hundred always gives a strip',
    spans: lane(['ok', 299], ['blocked', 1]),
    dominant: 'ok',
    worst: 'blocked',
    counts: { ok: 299, blocked: 1 },
  },
  {
    name: 'blocked most of the time needs no strip above it',
    spans: lane(['ok', 10], ['blocked', 90]),
    dominant: 'blocked',
    counts: { ok: 10, blocked: 90 },
  },
  {
    name: 'of two states alike the worse is the body',
    spans: lane(['ok', 50], ['impaired', 50]),
    dominant: 'impaired',
    counts: { ok: 50, impaired: 50 },
  },
  {
    name: 'a column mostly without data says so, and keeps what was measured',
    spans: lane(['ok', 30], ['no_data', 70]),
    dominant: 'no_data',
    worst: undefined,
    counts: { ok: 30 },
  },
  { name: 'nothing at all is no data', spans: [], dominant: 'no_data', counts: {} },
].map(({ worst, ...row }) => (worst ? { ...row, worst } : row));

for (const row of rows)
  test(`one column: ${row.name}`, () => {
    const column = columnAt(columns(row.spans, 0, row.spans.at(-1)?.untilMs ?? SLOT, 1), 0);
    assert.equal(column.dominant, row.dominant);
    assert.equal(column.worst, row.worst);
    assert.deepEqual(column.counts, row.counts);
  });

test('a hole between spans is no data, not carried forward', () => {
  const spans: ColumnSpan[] = [
    { fromMs: 0, untilMs: HOUR, state: 'ok', count: 12 },
    { fromMs: 3 * HOUR, untilMs: 4 * HOUR, state: 'blocked', count: 12 },
  ];
  const made = columns(spans, 0, 5 * HOUR, 5);
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((at) => columnAt(made, at).dominant),
    ['ok', 'no_data', 'no_data', 'blocked', 'no_data'],
  );
});

test('a column between two samples still shows the state of the span', () => {
  const made = columns(lane(['blocked', 2]), 0, 2 * SLOT, 40);
  for (let at = 0; at < 40; at += 1) assert.equal(columnAt(made, at).dominant, 'blocked');
  assert.equal(columnAt(made, 0).total, 1);
  assert.equal(columnAt(made, 1).total, 0);
  assert.equal(columnAt(made, 20).total, 1);
});

test('a block of six hours in a year is seen at 365 cells', () => {
  const spans = lane(['ok', 50_000], ['blocked', 72], ['ok', 105_120 - 50_072]);
  const made = columns(spans, 0, 105_120 * SLOT, 365);
  const strips = Array.from({ length: 365 }, (_, at) => columnAt(made, at).worst);
  assert.ok(strips.includes('blocked'));
});

test('one per cent of chance anomalies does not paint a year', () => {
  // One anomaly in every hundred samples, evenly: the pattern that "worst wins" turns into a wall of alarm.
  const spans = lane(
    ...Array.from(
      { length: 1_000 },
      (): [[ColumnSpan['state'], number], [ColumnSpan['state'], number]] => [
        ['ok', 99],
        ['likely_blocked', 1],
      ],
    ).flat(),
  );
  const made = columns(spans, 0, 100_000 * SLOT, 1_200);
  for (let at = 0; at < 1_200; at += 1) {
    assert.equal(columnAt(made, at).dominant, 'ok');
    assert.equal(columnAt(made, at).worst, undefined);
  }
});

/** Random lanes with holes; times and counts are whole numbers. */
const arbitraryLane = fc
  .array(
    fc.record({
      gapMs: fc.nat(5_000),
      lengthMs: fc.integer({ min: 1, max: 20_000 }),
      state: fc.constantFrom(...STATES),
      count: fc.nat(40),
    }),
    { maxLength: 30 },
  )
  .map((parts) => {
    let atMs = 0;
    return parts.map(({ gapMs, lengthMs, state, count }): ColumnSpan => {
      const fromMs = atMs + gapMs;
      atMs = fromMs + lengthMs;
      return { fromMs, untilMs: atMs, state, count: state === 'no_data' ? 0 : count };
    });
  });
const arbitraryWidth = fc.integer({ min: 1, max: 300 });

const endOf = (spans: readonly ColumnSpan[]): number => (spans.at(-1)?.untilMs ?? 0) + 1;

test('every measurement is counted in exactly one column', () => {
  fc.assert(
    fc.property(arbitraryLane, arbitraryWidth, (spans, width) => {
      const made = columns(spans, 0, endOf(spans), width);
      const sum = made.counts.reduce((total, count) => total + count, 0);
      assert.equal(
        sum,
        spans.reduce((total, span) => total + span.count, 0),
      );
    }),
  );
});

test('two halves of a range count what the whole counts', () => {
  fc.assert(
    fc.property(arbitraryLane, arbitraryWidth, fc.nat(100_000), (spans, width, cut) => {
      const end = endOf(spans) + 1;
      const middle = 1 + (cut % (end - 1));
      const sum = (from: number, to: number): number =>
        columns(spans, from, to, width).counts.reduce((total, count) => total + count, 0);
      assert.equal(sum(0, middle) + sum(middle, end), sum(0, end));
    }),
  );
});

test('no state appears in a column that none of its spans touches', () => {
  fc.assert(
    fc.property(arbitraryLane, arbitraryWidth, (spans, width) => {
      const made = columns(spans, 0, endOf(spans), width);
      for (let at = 0; at < width; at += 1) {
        const column = columnAt(made, at);
        const touching = new Set(
          spans
            .filter(
              (span) => span.fromMs < column.untilMs + 1e-6 && span.untilMs > column.fromMs - 1e-6,
            )
            .map((span) => span.state),
        );
        assert.ok(column.dominant === 'no_data' || touching.has(column.dominant));
        assert.ok(!column.worst || touching.has(column.worst));
        for (const state of Object.keys(column.counts))
          assert.ok(touching.has(state as ColumnSpan['state']), state);
      }
    }),
  );
});

test('buckets: counts are kept, holes stay holes', () => {
  const none = { ok: 0, likely_blocked: 0, blocked: 0, impaired: 0, down: 0, insufficient: 0 };
  const buckets = [
    { startMs: 0, counts: { ...none, ok: 11, blocked: 1 } },
    { startMs: 2 * HOUR, counts: { ...none, blocked: 12 } },
  ];
  const made = bucketColumns(buckets, HOUR, 0, 4 * HOUR, 4);
  assert.deepEqual(
    [0, 1, 2, 3]
      .map((at) => columnAt(made, at))
      .map(({ dominant, worst, counts }) => [dominant, worst, counts]),
    [
      ['ok', 'blocked', { ok: 11, blocked: 1 }],
      ['no_data', undefined, {}],
      ['blocked', undefined, { blocked: 12 }],
      ['no_data', undefined, {}],
    ],
  );
  const finer = bucketColumns(buckets, HOUR, 0, 4 * HOUR, 48);
  assert.equal(
    finer.counts.reduce((total, count) => total + count, 0),
    24,
  );
});

test('lanes as one row: counts add up, silence of one is not silence of all, of two alike the worse', () => {
  const set = gatherLanes([
    lane(['ok', 10], ['blocked', 10], ['no_data', 10], ['no_data', 10]),
    lane(['ok', 10], ['ok', 10], ['ok', 10], ['no_data', 10]),
  ]);
  const made = columns(set, 0, 40 * SLOT, 4);
  const all = [0, 1, 2, 3].map((index) => columnAt(made, index));
  assert.deepEqual(
    all.map(({ dominant }) => dominant),
    ['ok', 'blocked', 'ok', 'no_data'],
  );
  assert.deepEqual(
    all.map(({ severest }) => severest),
    ['ok', 'blocked', 'ok', 'no_data'],
  );
  assert.deepEqual(all[1]?.counts, { ok: 10, blocked: 10 });
  // Measured for less than half of the column by anyone.
  assert.equal(columnAt(columns(set, 20 * SLOT, 60 * SLOT, 1), 0).dominant, 'no_data');
});

test('a set of one lane has the columns of the lane', () => {
  const arbitrary = fc.array(
    fc.tuple(fc.constantFrom(...STATES), fc.integer({ min: 1, max: 30 })),
    { minLength: 1, maxLength: 12 },
  );
  fc.assert(
    fc.property(arbitrary, fc.integer({ min: 1, max: 50 }), (parts, width) => {
      const spans = lane(...parts);
      const toMs = spans.at(-1)?.untilMs ?? 0;
      assert.deepEqual(
        columns(gatherLanes([spans]), 0, toMs, width),
        columns(spans, 0, toMs, width),
      );
      // Twice the same lane says the same, with twice the counts.
      const twice = columns(gatherLanes([spans, spans]), 0, toMs, width);
      assert.deepEqual(twice.dominant, columns(spans, 0, toMs, width).dominant);
    }),
  );
});

test('shares stack from the worst up, reach the top, and leave nothing out', () => {
  const spans = lane(['ok', 97], ['likely_blocked', 1], ['blocked', 2]);
  const layers = stackShares(columns(spans, 0, 100 * SLOT, 1, true), 20);
  assert.deepEqual(
    layers.map(({ state, fromStep, toStep }) => [STATES[state], fromStep[0], toStep[0]]),
    [
      ['blocked', 0, 1],
      ['likely_blocked', 1, 2],
      ['ok', 2, 20],
    ],
  );
  assert.ok(
    Math.abs((troubledShare(columns(spans, 0, 100 * SLOT, 1, true), 0) ?? 0) - 0.03) < 1e-9,
  );
  assert.equal(troubledShare(columns([], 0, 1, 1, true), 0), undefined);
});
