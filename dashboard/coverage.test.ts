/** Coverage adds up what was measured, and a hole is never rounded away. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { ColumnSpan } from './columns.ts';
import { coverageOf, describeSlice, toSteps } from './coverage.ts';
import { speak } from './i18n/catalogue.ts';

const english = speak('en', 'UTC');

const span = (fromMs: number, untilMs: number, state: ColumnSpan['state'] = 'ok'): ColumnSpan => ({
  fromMs,
  untilMs,
  state,
  count: 1,
});

suite('coverage of lanes', () => {
  test('holes of one lane lower the share and the count', () => {
    const lanes = [[span(0, 100)], [span(0, 50), span(50, 100, 'no_data')]];
    const coverage = coverageOf(lanes, 0, 100, 2);
    assert.deepEqual([...coverage.shares], [1, 0.5]);
    assert.deepEqual([...coverage.measured], [2, 1]);
    assert.equal(describeSlice(coverage, 0, english), '2 of 2 measured');
    assert.equal(describeSlice(coverage, 1, english), '1 of 2 measured, 50 % of the time');
  });

  test('a verdict of any kind is a measurement, and none is none', () => {
    assert.deepEqual([...coverageOf([[span(0, 10, 'blocked')]], 0, 10, 1).shares], [1]);
    assert.deepEqual([...coverageOf([[span(0, 10, 'insufficient')]], 0, 10, 1).shares], [1]);
    assert.deepEqual([...coverageOf([[]], 0, 10, 2).shares], [0, 0]);
    assert.equal(
      describeSlice(coverageOf([[]], 0, 10, 1), 0, english),
      '0 of 1 measured, 0 % of the time',
    );
  });

  test('no lane is no coverage', () => {
    const coverage = coverageOf([], 0, 10, 3);
    assert.deepEqual([...coverage.shares], [0, 0, 0]);
    assert.equal(coverage.lanes, 0);
  });

  test('every slice equals what counting instant by instant gives', () => {
    const lane = fc
      .uniqueArray(fc.integer({ min: -20, max: 140 }), { minLength: 2, maxLength: 12 })
      .map((edges) => edges.toSorted((a, b) => a - b))
      .map((edges) =>
        edges
          .slice(1)
          .map((edge, index) => span(edges[index] ?? 0, edge, index % 3 === 2 ? 'no_data' : 'ok')),
      );
    fc.assert(
      fc.property(
        fc.array(lane, { maxLength: 5 }),
        fc.constantFrom(1, 3, 7, 40, 120),
        (lanes, width) => {
          const { shares, measured } = coverageOf(lanes, 0, 120, width);
          // Thirds of a unit: slices of 120 / 7 have no whole edges, so the counts are compared with a margin.
          const instants = 2_520;
          const covers = (spans: readonly ColumnSpan[], at: number) =>
            spans.some(
              ({ fromMs, untilMs, state }) => state !== 'no_data' && at >= fromMs && at < untilMs,
            );
          for (let slice = 0; slice < width; slice += 1) {
            const per = instants / width;
            const times = Array.from(
              { length: Math.floor(per) },
              (_, index) => ((slice * per + index + 0.5) / instants) * 120,
            );
            const hits = lanes.map((spans) => times.filter((at) => covers(spans, at)).length);
            const sum = hits.reduce((all, one) => all + one, 0);
            const expected = lanes.length === 0 ? 0 : sum / (times.length * lanes.length);
            assert.ok(Math.abs((shares[slice] ?? -1) - expected) < 0.06, `slice ${slice}`);
            const seen = hits.filter((count) => count > 0).length;
            assert.ok((measured[slice] ?? 0) >= seen, `lanes in slice ${slice}`);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('only the whole is drawn whole, and only nothing as nothing', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 0.99, noNaN: true }), (share) => {
        const steps = toSteps(share, 8);
        assert.ok(steps >= 1 && steps <= 7, `${share} → ${steps}`);
      }),
    );
    assert.equal(toSteps(1, 8), 8);
    assert.equal(toSteps(0, 8), 0);
  });
});
