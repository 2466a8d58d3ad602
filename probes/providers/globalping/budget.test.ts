/** The allowance: never more tests in any hour than configured, whatever is taken, given back and said by the platform. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ManualClock } from '../../testing/manual-clock.ts';
import { createHourlyBudget } from './budget.ts';

const HOUR_MS = 3_600_000;

test('in no 60 minutes are more tests used than allowed', () => {
  const step = fc.record({
    waitMs: fc.integer({ min: 0, max: 900_000 }),
    tests: fc.integer({ min: 1, max: 20 }),
    used: fc.integer({ min: 0, max: 30 }),
    holdMs: fc.integer({ min: 0, max: 120_000 }),
    remaining: fc.option(fc.integer({ min: 0, max: 300 }), { nil: undefined }),
  });
  let taken = 0;
  const property = fc.property(
    fc.array(step, { minLength: 20, maxLength: 120, size: 'max' }),
    fc.integer({ min: 1, max: 60 }),
    (steps, testsPerHour) => {
      const clock = new ManualClock(0);
      const budget = createHourlyBudget(testsPerHour, clock);
      const uses: { atMs: number; tests: number }[] = [];
      for (const { waitMs, tests, used, holdMs, remaining } of steps) {
        clock.advance(waitMs);
        if (remaining !== undefined) budget.learn({ remaining, resetMs: 600_000 });
        const allowance = budget.take(tests);
        if (!allowance) continue;
        taken += 1;
        // The platform may have run them at any time between the request and its answer.
        const count = Math.min(used, tests);
        const atMs = clock.monotonicMs() + holdMs / 2;
        clock.advance(holdMs);
        allowance.settle(used);
        uses.push({ atMs, tests: count });
      }
      for (const { atMs: fromMs } of uses) {
        const inHour = uses.filter(({ atMs }) => atMs >= fromMs && atMs <= fromMs + HOUR_MS);
        const sum = inHour.reduce((total, { tests }) => total + tests, 0);
        assert.ok(sum <= testsPerHour, `${sum} of ${testsPerHour}`);
      }
    },
  );
  fc.assert(property, { numRuns: 300 });
  assert.ok(taken > 2_000, 'the property is not empty');
});

test('what is set aside and not used is given back', () => {
  const budget = createHourlyBudget(10, new ManualClock(0));
  const first = budget.take(8);
  assert.equal(budget.take(3), undefined);
  first?.settle(2);
  assert.equal(budget.usedTests(), 2);
  assert.ok(budget.take(8));
});

test('the counter of the platform holds until its window begins anew', () => {
  const clock = new ManualClock(0);
  const budget = createHourlyBudget(100, clock);
  budget.learn({ limit: 250, remaining: 3, resetMs: 60_000 });
  assert.equal(budget.take(4), undefined);
  assert.ok(budget.take(3));
  assert.equal(budget.take(1), undefined);
  clock.advance(60_000);
  assert.ok(budget.take(4));
});

test('a pause holds everything back and cannot be made shorter', () => {
  const clock = new ManualClock(0);
  const budget = createHourlyBudget(100, clock);
  budget.pause(60_000);
  budget.pause(1_000);
  clock.advance(59_999);
  assert.equal(budget.take(1), undefined);
  assert.equal(budget.waitMs(), 1);
  clock.advance(1);
  assert.ok(budget.take(1));
});
