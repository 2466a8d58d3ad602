/** A drawn lane says what the columns of page and screen say, column by column. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { type ColumnSpan, columns } from '../columns.ts';
import { LOOKS, STATES } from '../palette.ts';
import { drawBar, listRuns } from './lane-bar.ts';
import { PAINTS } from './paint.ts';
import { fillOf } from './patterns.ts';

const paint = PAINTS.light;
const PLACE = { x: 100, y: 10, width: 240, height: 20 };
const STRIP_HEIGHT = 3;
const RANGE = { fromMs: 0, toMs: 240_000 };

/** Adjacent spans of random states over the range. */
const spans = fc
  .array(
    fc.record({
      state: fc.constantFrom(...STATES),
      lengthMs: fc.integer({ min: 300, max: 40_000 }),
      count: fc.integer({ min: 0, max: 40 }),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((parts) => {
    let atMs = -5_000;
    return parts.map(({ state, lengthMs, count }): ColumnSpan => {
      const fromMs = atMs;
      atMs += lengthMs;
      return { fromMs, untilMs: atMs, state, count: state === 'no_data' ? 0 : count };
    });
  });

/** Columns that paths of the given fills cover with parts of a height. */
function readColumns(markup: string, fills: readonly string[], height: number): number[] {
  return [...markup.matchAll(/<path ([^>]*)\/>/g)].flatMap(([, attributes = '']) => {
    const read = (name: string) => new RegExp(`(?:^| )${name}="([^"]*)"`).exec(attributes)?.[1];
    if (!fills.includes(read('fill') ?? '')) return [];
    const parts = [...(read('d') ?? '').matchAll(/M([\d.]+) [\d.]+h([\d.]+)v([\d.]+)/g)];
    return parts.flatMap(([, x, length, drawn]) =>
      Number(drawn) === height
        ? Array.from({ length: Number(length) }, (_, index) => Number(x) - PLACE.x + index)
        : [],
    );
  });
}

const numeric = (a: number, b: number): number => a - b;

suite('a lane as SVG', () => {
  test('its bodies cover exactly the columns in which their state holds for most of the time', () => {
    fc.assert(
      fc.property(spans, (given) => {
        const { dominant } = columns(given, RANGE.fromMs, RANGE.toMs, PLACE.width);
        const { markup } = drawBar(given, RANGE, PLACE, paint);
        for (const state of STATES) {
          if (state === 'no_data') continue;
          const height = Math.max(2, Math.round(PLACE.height * LOOKS[state].heightShare));
          const drawn = readColumns(markup, [paint.fill(state), fillOf(state, paint)], height);
          const expected = [...dominant.keys()].filter(
            (column) => dominant[column] === STATES.indexOf(state),
          );
          assert.deepEqual(drawn.toSorted(numeric), expected, state);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('its strips name the worst state of a column, and no other', () => {
    fc.assert(
      fc.property(spans, (given) => {
        const { worst } = columns(given, RANGE.fromMs, RANGE.toMs, PLACE.width);
        const { markup } = drawBar(given, RANGE, PLACE, paint);
        for (const state of STATES)
          for (const column of readColumns(markup, [paint.fill(state)], STRIP_HEIGHT))
            assert.equal(worst[column], STATES.indexOf(state));
      }),
      { numRuns: 100 },
    );
  });

  test('runs are the columns joined, in order and without a gap', () => {
    fc.assert(
      fc.property(spans, (given) => {
        const { dominant } = columns(given, RANGE.fromMs, RANGE.toMs, PLACE.width);
        const spelt = listRuns(dominant).flatMap(({ state, start, end }) =>
          Array.from({ length: end - start }, () => STATES.indexOf(state)),
        );
        assert.deepEqual(spelt, [...dominant]);
      }),
      { numRuns: 50 },
    );
  });
});
