/** The published behaviour of the field's detector, number by number. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { TEST_RULES } from '../../probes/testing/observations.ts';
import { VERDICTS, type Verdict } from '../../probes/types.ts';
import { blockednessOf, findChanges, type HourBin, medianOfCounts } from './cusum.ts';

const HOUR_MS = 3_600_000;

/** Bins of `count` hours at a value each, without a gap unless an hour is skipped by `undefined`. */
function makeBins(
  stretches: readonly (readonly [value: number | undefined, hours: number])[],
): HourBin[] {
  const bins: HourBin[] = [];
  let hourMs = 0;
  for (const [value, hours] of stretches)
    for (let hour = 0; hour < hours; hour += 1, hourMs += HOUR_MS)
      if (value !== undefined) bins.push({ hourMs, value });
  return bins;
}

/** Hours that it takes until the state is known. */
const CLEAR = [0, 50] as const;
const told = (bins: HourBin[]) =>
  findChanges(bins, TEST_RULES.changePoint).map((one) => [one.kind, one.alarmMs / HOUR_MS]);

const rows = [
  { name: 'y = 0.75 takes 9 bins', bins: [CLEAR, [0.75, 60]], expected: [['blocked', 58]] },
  { name: 'y = 1 takes 6 bins', bins: [CLEAR, [1, 60]], expected: [['blocked', 55]] },
  { name: 'y = 0.34 never does', bins: [CLEAR, [0.34, 2000]], expected: [] },
  {
    // Ten times 0.35 lies a hair above 3.5 in floating point, there as here.
    name: 'clear bins take 10 to 11 to end it',
    bins: [CLEAR, [1, 60], [0, 30]],
    expected: [
      ['blocked', 55],
      ['ok', 119],
    ],
  },
  { name: 'the first state is silent, blocked too', bins: [[1, 300]], expected: [] },
  {
    name: 'and a change after a silent first state is told',
    bins: [
      [1, 100],
      [0, 100],
    ],
    expected: [['ok', 109]],
  },
  {
    name: 'five bins are forgotten by clear ones',
    bins: [CLEAR, [1, 5], [0, 20], [1, 5], [0, 9]],
    expected: [],
  },
  {
    name: 'a gap of 24 hours fades nothing',
    bins: [CLEAR, [1, 5], [undefined, 23], [1, 1]],
    expected: [['blocked', 78]],
  },
  {
    name: 'a gap of 48 hours halves: 3.25 becomes 1.625, three further bins are needed',
    bins: [CLEAR, [1, 5], [undefined, 47], [1, 9]],
    expected: [['blocked', 104]],
  },
  {
    name: 'after more than ten days the state is unknown, and the next one is silent',
    bins: [CLEAR, [undefined, 241], [1, 50]],
    expected: [],
  },
] as const;

suite('the change-point detector of the field', () => {
  for (const { name, bins, expected } of rows)
    test(name, () => assert.deepEqual(told(makeBins(bins)), expected));

  test('an onset is an interval, before the alarm', () => {
    const [change] = findChanges(makeBins([CLEAR, [1, 60]]), TEST_RULES.changePoint);
    assert.deepEqual(change?.onset, { afterMs: 49 * HOUR_MS, byMs: 50 * HOUR_MS });
  });

  test('an hour is the median of those of its rounds that say something', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...VERDICTS), { maxLength: 30 }), (states) => {
        const counts = Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0])) as Record<
          Verdict,
          number
        >;
        for (const state of states) counts[state] += 1;
        const levels = states.flatMap((state) => blockednessOf(state) ?? []).sort((a, b) => a - b);
        const [below, above] = [levels[(levels.length - 1) >> 1], levels[levels.length >> 1]];
        const median = below === undefined || above === undefined ? undefined : (below + above) / 2;
        assert.equal(medianOfCounts(counts), median);
      }),
    );
  });
});
