import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSpans, isOnTime, type Sample } from './spans.ts';

const INTERVAL_MS = 1000;
const OK = 1;
const BLOCKED = 3;

function sample(slotMs: number, verdict = OK, mechanism: number | null = null): Sample {
  return { slotMs, seq: 0, intervalMs: INTERVAL_MS, verdict, mechanism, confidence: 3 };
}

const onTimeRows = [
  { name: 'the next slot is on time', slotMs: 1000, expected: true },
  { name: 'half an interval late is on time', slotMs: 1500, expected: true },
  { name: 'more than that is not', slotMs: 1501, expected: false },
];
for (const row of onTimeRows)
  test(row.name, () => {
    assert.equal(isOnTime({ slotMs: 0, intervalMs: INTERVAL_MS }, row.slotMs), row.expected);
  });

const rows: {
  name: string;
  samples: Sample[];
  expected: [fromMs: number, untilMs: number, verdict: number, count: number][];
}[] = [
  { name: 'nothing measured → no span', samples: [], expected: [] },
  {
    name: 'equal samples on time → one span to the end of the last interval',
    samples: [sample(0), sample(1000), sample(2400)],
    expected: [[0, 3400, OK, 3]],
  },
  {
    name: 'another verdict on time → the first span ends where the second starts',
    samples: [sample(0), sample(1400, BLOCKED)],
    expected: [
      [0, 1400, OK, 1],
      [1400, 2400, BLOCKED, 1],
    ],
  },
  {
    name: 'another mechanism → another span',
    samples: [sample(0, BLOCKED, 1), sample(1000, BLOCKED, 2)],
    expected: [
      [0, 1000, BLOCKED, 1],
      [1000, 2000, BLOCKED, 1],
    ],
  },
  {
    name: 'a missed run → a hole, even between equal samples',
    samples: [sample(0), sample(2000)],
    expected: [
      [0, 1000, OK, 1],
      [2000, 3000, OK, 1],
    ],
  },
  {
    name: 'a sample before the interval is over → no overlap',
    samples: [sample(0), sample(400, BLOCKED)],
    expected: [
      [0, 400, OK, 1],
      [400, 1400, BLOCKED, 1],
    ],
  },
];
for (const row of rows)
  test(row.name, () => {
    const spans = buildSpans(row.samples);
    assert.deepEqual(
      spans.map((span) => [span.from_ms, span.until_ms, span.verdict, span.count]),
      row.expected,
    );
  });
