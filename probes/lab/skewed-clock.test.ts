import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../clock.ts';
import { createSkewedClock } from './skewed-clock.ts';

test('wall time is off, monotonic time is not', () => {
  const DAY_MS = 86_400_000;
  const fixed = { ...systemClock, nowMs: () => 5_000, monotonicMs: () => 7 };
  const skewed = createSkewedClock(fixed, DAY_MS);
  assert.equal(skewed.nowMs(), 5_000 + DAY_MS);
  assert.equal(skewed.monotonicMs(), 7);
});
