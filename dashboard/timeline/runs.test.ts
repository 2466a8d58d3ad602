/** Runs of one lane and of several, in words and in steps; ticks of the axis; keys. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { columnAt, columns, gatherLanes } from '../columns.ts';
import { speak } from '../i18n/catalogue.ts';
import type { LaneRow } from '../lane-rows.ts';
import { STATES } from '../palette.ts';
import { labelTicks } from './axis.ts';
import type { TimelineLane, TimelineSpan } from './data.ts';
import { toKeyAction } from './labels.ts';
import { describeCounts, describeLanesAt, describeLength, speakRun } from './run-words.ts';
import { mergeRuns, runIndexAt } from './runs.ts';
import { stepChange, stepSample } from './steps.ts';

const at = (text: string): number => Date.parse(text);
const moscow = speak('en', 'Europe/Moscow');
const utc = speak('en', 'UTC');

const SPANS: readonly TimelineSpan[] = [
  { fromMs: at('2022-03-01T00:00Z'), untilMs: at('2022-03-13T21:05Z'), state: 'ok', count: 10 },
  {
    fromMs: at('2022-03-13T21:05Z'),
    untilMs: at('2022-03-20T00:00Z'),
    state: 'blocked',
    count: 10,
    confidence: 'high',
  },
];

function lane(spans: readonly TimelineSpan[] = SPANS): TimelineLane {
  const vantage = {
    id: 'v12389',
    countryCode: 'RU',
    asn: 12389,
    networkName: 'Net 12389',
    access: 'mobile',
    role: 'vantage',
  };
  return { service: 'instagram', function: 'service', vantage, spans };
}

function row(lanes: readonly [TimelineLane, ...TimelineLane[]]): LaneRow<TimelineLane> {
  const set = gatherLanes(lanes.map(({ spans }) => spans));
  return { key: 'a', kind: 'network', lanes, lead: lanes[0], set };
}

suite('runs in words', () => {
  test('a run is spoken with time, lane, change, confidence and length', () => {
    const names = { say: moscow, serviceNames: new Map([['instagram', 'Instagram']]) };
    assert.equal(
      speakRun(row([lane()]), 1, names),
      '14 Mar 2022, 00:05 Moscow. Instagram, Net 12389 (AS12389): from reachable to blocked, high confidence, for 6 d 2 h',
    );
  });

  test('in the language of the page', () => {
    const names = { say: speak('uk', 'Europe/Kyiv'), serviceNames: new Map<string, string>() };
    assert.match(
      speakRun(row([lane()]), 1, names),
      /Київ\. Instagram, Net 12389 \(AS12389\): було «доступний», стало «заблоковано, упевненість: висока»/,
    );
  });

  test('a run at the edge of what was loaded may have begun before', () => {
    const [first] = SPANS;
    assert.ok(first);
    assert.match(
      describeLength(first, true, utc),
      /^since before 1 Mar 2022, 00:00 UTC, for 12 d 21 h$/,
    );
  });

  test('counts name every verdict and the total; several lanes are counted at an instant', () => {
    const made = columns(SPANS, at('2022-03-01T00:00Z'), at('2022-03-20T00:00Z'), 1);
    assert.equal(describeCounts(columnAt(made, 0), utc), 'reachable 10 · blocked 10 of 20');
    assert.equal(describeCounts(columnAt(columns([], 0, 1, 1), 0), utc), '');
    const both = row([lane(), lane(SPANS.slice(0, 1))]);
    assert.equal(describeLanesAt(both, at('2022-03-15T00:00Z'), utc), 'blocked 1 · no data 1 of 2');
  });
});

suite('runs by time', () => {
  test('the run at an instant; outside the nearest', () => {
    assert.equal(runIndexAt(SPANS, at('2022-03-13T21:04Z')), 0);
    assert.equal(runIndexAt(SPANS, at('2022-03-13T21:05Z')), 1);
    assert.equal(runIndexAt(SPANS, 0), 0);
    assert.equal(runIndexAt(SPANS, at('2030-01-01')), 1);
    assert.equal(runIndexAt([], 0), -1);
  });

  const span = (fromMs: number, untilMs: number, state: TimelineSpan['state']): TimelineSpan => ({
    fromMs,
    untilMs,
    state,
    count: state === 'no_data' ? 0 : 1,
  });

  test('several lanes: most decide, of two alike the worse, silent ones are not asked', () => {
    const merged = mergeRuns([
      [span(0, 10, 'ok'), span(10, 30, 'blocked')],
      [span(0, 20, 'ok'), span(20, 30, 'no_data')],
      [span(0, 10, 'no_data'), span(10, 15, 'blocked'), span(15, 30, 'no_data')],
    ]);
    assert.deepEqual(
      merged.map(({ fromMs, untilMs, state }) => [fromMs, untilMs, state]),
      [
        [0, 10, 'ok'],
        [10, 30, 'blocked'],
      ],
    );
  });

  test('merged runs are adjacent, of different states, and cover what the lanes cover', () => {
    const arbitraryLane = fc
      .array(
        fc.record({ lengthMs: fc.integer({ min: 1, max: 9 }), state: fc.constantFrom(...STATES) }),
        { minLength: 1, maxLength: 8 },
      )
      .map((parts) => {
        let atMs = 0;
        return parts.map(({ lengthMs, state }) => {
          atMs += lengthMs;
          return span(atMs - lengthMs, atMs, state);
        });
      });
    fc.assert(
      fc.property(fc.array(arbitraryLane, { minLength: 2, maxLength: 4 }), (lanes) => {
        const merged = mergeRuns(lanes);
        assert.equal(merged[0]?.fromMs, 0);
        assert.equal(
          merged.at(-1)?.untilMs,
          Math.max(...lanes.map((one) => one.at(-1)?.untilMs ?? 0)),
        );
        for (const [index, one] of merged.entries()) {
          const before = merged[index - 1];
          assert.ok(one.untilMs > one.fromMs);
          if (before) assert.equal(before.untilMs, one.fromMs);
          assert.notEqual(before?.state, one.state);
          const states = lanes.flatMap((spans) =>
            spans
              .filter((o) => o.fromMs <= one.fromMs && one.fromMs < o.untilMs)
              .map((o) => o.state),
          );
          const isSilent = states.every((state) => state === 'no_data');
          assert.equal(one.state === 'no_data', isSilent);
        }
      }),
    );
  });
});

suite('steps of the cursor', () => {
  const walk = { runs: SPANS, fromMs: at('2022-03-10T00:00Z'), toMs: at('2022-03-18T00:00Z') };
  test('from change to change within what is in sight', () => {
    const change = at('2022-03-13T21:05Z');
    assert.equal(stepChange(walk, walk.fromMs, 'next'), change);
    assert.equal(stepChange(walk, change, 'next'), change);
    assert.equal(stepChange(walk, change, 'previous'), walk.fromMs);
    assert.equal(stepChange(walk, change, 'first'), walk.fromMs);
    assert.equal(stepChange(walk, walk.fromMs, 'last'), change);
    assert.equal(stepChange({ ...walk, runs: [] }, 0, 'next'), undefined);
  });

  test('from sample to sample, over the edge of a run into the next', () => {
    const runs: TimelineSpan[] = [
      { fromMs: 0, untilMs: 30, state: 'ok', count: 3 },
      { fromMs: 30, untilMs: 90, state: 'no_data', count: 0 },
      { fromMs: 90, untilMs: 100, state: 'blocked', count: 1 },
    ];
    const small = { runs, fromMs: 0, toMs: 100 };
    const seen: number[] = [];
    for (let cursor = 0, steps = 0; steps < 7; steps += 1) {
      cursor = stepSample(small, cursor, 1, 20);
      seen.push(cursor);
    }
    assert.deepEqual(seen, [10, 20, 30, 50, 70, 90, 99]);
    assert.equal(stepSample(small, 90, -1, 20), 70);
    assert.equal(stepSample(small, 30, -1, 20), 20);
    assert.equal(stepSample(small, 0, -1, 20), 0);
  });
});

test('ticks show the year once, the month at month steps, the day where it changes', () => {
  const days = ['2022-03-13T21:00Z', '2022-03-14T21:00Z'].map(at);
  assert.deepEqual(labelTicks(days, 86_400_000, moscow), ['14 Mar\n2022', '15 Mar']);
  const months = ['2021-12-01T00:00Z', '2022-01-01T00:00Z', '2022-02-01T00:00Z'].map(at);
  assert.deepEqual(labelTicks(months, 28 * 86_400_000, utc), ['Dec\n2021', 'Jan\n2022', 'Feb']);
  const hours = ['2022-03-13T18:00Z', '2022-03-13T21:00Z'].map(at);
  assert.deepEqual(labelTicks(hours, 3 * 3_600_000, moscow), ['21:00\n13 Mar', '00:00\n14 Mar']);
  const russian = speak('ru', 'Europe/Moscow');
  assert.deepEqual(labelTicks(days, 86_400_000, russian), ['14 мар.\n2022', '15 мар.']);
});

test('keys of ours are taken, combinations stay with the browser', () => {
  const plain = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };
  assert.equal(toKeyAction({ key: 'ArrowLeft', ...plain }), 'previous');
  assert.equal(toKeyAction({ key: 'ArrowLeft', ...plain, shiftKey: true }), 'previousSample');
  assert.equal(toKeyAction({ key: '+', ...plain, shiftKey: true }), 'zoomIn');
  assert.equal(toKeyAction({ key: ']', ...plain }), 'nextAnnouncement');
  assert.equal(toKeyAction({ key: 't', ...plain }), 'table');
  assert.equal(toKeyAction({ key: 'ArrowLeft', ...plain, altKey: true }), undefined);
  assert.equal(toKeyAction({ key: 'q', ...plain }), undefined);
  assert.equal(toKeyAction({ key: 'toString', ...plain }), undefined);
});
