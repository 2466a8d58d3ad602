/** How rounds are fitted to what is allowed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findNextDueMs, planRounds, toSlotMs } from './planner.ts';

const vantages = (count: number, probes = 1) =>
  Array.from({ length: count }, (_, index) => ({ id: `v${index}`, probes }));

const ROWS = [
  // 14 × 4 = 56 tests; of 240 an hour 192 are for rounds: every 1,050 s, and 1,080 divides a day.
  { name: 'as it comes', count: 14, tests: 240, least: 900, seconds: 1_080, total: 56 },
  { name: 'the least interval holds', count: 1, tests: 240, least: 900, seconds: 900, total: 4 },
  { name: 'a member’s allowance', count: 14, tests: 1_000, least: 300, seconds: 300, total: 56 },
  { name: 'hardly any tests', count: 14, tests: 4, least: 900, seconds: 86_400, total: 56 },
] as const;

for (const row of ROWS) {
  test(`cadence: ${row.name} → every ${row.seconds} s`, () => {
    const plan = planRounds({
      vantages: vantages(row.count),
      fetchesPerProbe: 4,
      testsPerHour: row.tests,
      minIntervalSeconds: row.least,
    });
    assert.equal(plan.intervalMs, row.seconds * 1000);
    assert.equal(plan.testsPerRound, row.total);
    assert.ok(plan.isEnough);
  });
}

test('not enough for a round a day is said', () => {
  const input = { fetchesPerProbe: 4, testsPerHour: 1, minIntervalSeconds: 900 };
  assert.equal(planRounds({ vantages: vantages(14), ...input }).isEnough, false);
});

test('rounds keep a fifth for doubt, divide the day, and are spread evenly', () => {
  const property = fc.property(
    fc.integer({ min: 1, max: 40 }),
    fc.integer({ min: 1, max: 10 }),
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 5_000 }),
    fc.integer({ min: 60, max: 86_400 }),
    (count, probes, fetchesPerProbe, testsPerHour, minIntervalSeconds) => {
      const plan = planRounds({
        vantages: vantages(count, probes),
        fetchesPerProbe,
        testsPerHour,
        minIntervalSeconds,
      });
      assert.equal(86_400_000 % plan.intervalMs, 0);
      assert.equal(plan.intervalMs % 60_000, 0);
      const perHour = (plan.testsPerRound * 3_600_000) / plan.intervalMs;
      if (plan.isEnough) assert.ok(perHour <= testsPerHour * 0.8 + 1e-9);
      assert.ok(plan.intervalMs >= Math.min(minIntervalSeconds, 86_400) * 1000);
      const offsets = [...plan.offsetsMs.values()];
      const gaps = offsets.slice(1).map((offset, index) => offset - (offsets[index] ?? 0));
      assert.ok(gaps.every((gap) => Math.abs(gap - plan.intervalMs / count) <= 1));
      assert.ok(offsets.every((offset) => offset >= 0 && offset < plan.intervalMs));
    },
  );
  fc.assert(property);
});

test('turns and slots are the same on every machine', () => {
  const intervalMs = 1_080_000;
  const nowMs = Date.UTC(2026, 10, 20, 12, 0, 1);
  const dueMs = findNextDueMs(77_142, intervalMs, nowMs);
  assert.equal(new Date(dueMs).toISOString(), '2026-11-20T12:01:17.142Z');
  assert.equal(findNextDueMs(77_142, intervalMs, dueMs), dueMs);
  assert.equal(findNextDueMs(77_142, intervalMs, dueMs + 1), dueMs + intervalMs);
  assert.equal(toSlotMs(dueMs, intervalMs), Date.UTC(2026, 10, 20, 12));
});
