/** The range: reading, zooming, moving. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { clampView, MAX_RANGE_MS, MIN_RANGE_MS, moveView, readView, zoomView } from './view.ts';

const at = (text: string): number => Date.parse(text);
const march = {
  fromMs: at('2022-03-01T00:00Z'),
  toMs: at('2022-03-31T00:00Z'),
  tz: 'Europe/Moscow',
};
const arbitraryView = fc
  .record({
    fromMin: fc.integer({ min: 0, max: 40_000_000 }),
    lengthMin: fc.integer({ min: 10, max: 5_000_000 }),
  })
  .map(({ fromMin, lengthMin }) =>
    clampView({
      fromMs: fromMin * 60_000,
      toMs: (fromMin + lengthMin) * 60_000,
      tz: 'Europe/Kyiv',
    }),
  );

for (const query of [
  '',
  '?from=soon&to=later',
  '?from=2022-03-05T00:00Z',
  '?from=2022-03-05T00:00Z&to=2022-03-04T00:00Z',
  '?tz=Nowhere/Else',
])
  test(`an unreadable URL falls back: "${query}"`, () => {
    assert.deepEqual(readView(new URL(`http://x/t${query}`), march), march);
  });

test('zooming keeps the time under the pointer in its place', () => {
  const around = at('2022-03-14T00:00Z');
  const near = zoomView(march, 0.5, around);
  const share = (view: typeof march) => (around - view.fromMs) / (view.toMs - view.fromMs);
  assert.ok(Math.abs(share(near) - share(march)) < 1e-3);
  assert.equal(near.toMs - near.fromMs, (march.toMs - march.fromMs) / 2);
});

test('no zoom leaves what can be drawn', () => {
  fc.assert(
    fc.property(arbitraryView, fc.double({ min: 1e-6, max: 1e6, noNaN: true }), (view, factor) => {
      const { fromMs, toMs } = zoomView(view, factor);
      assert.ok(toMs - fromMs >= MIN_RANGE_MS && toMs - fromMs <= MAX_RANGE_MS);
      assert.ok(Number.isInteger(fromMs / 60_000));
    }),
  );
});

test('moving keeps the length', () => {
  const later = moveView(march, 0.5);
  assert.equal(later.fromMs, at('2022-03-16T00:00Z'));
  assert.equal(later.toMs - later.fromMs, march.toMs - march.fromMs);
});
