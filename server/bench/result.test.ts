import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { median, quantile, toResult, toSingleResult } from './result.ts';
import { pairsOf, runRounds } from './rounds.ts';

suite('quantile', () => {
  const rows = [
    { name: 'odd number of values', values: [3, 1, 2], share: 0.5, expected: 2 },
    { name: 'even number of values', values: [4, 1, 2, 3], share: 0.5, expected: 2.5 },
    { name: 'numbers, not texts, are sorted', values: [10, 9, 100], share: 1, expected: 100 },
    { name: 'between two values', values: [0, 10], share: 0.99, expected: 9.9 },
    { name: 'one value', values: [7], share: 0.99, expected: 7 },
    { name: 'nothing', values: [], share: 0.5, expected: Number.NaN },
  ];
  for (const { name, values, share, expected } of rows) {
    test(name, () => assert.equal(quantile(values, share), expected));
  }
  test('the median leaves its argument as it is', () => {
    const values = [3, 1, 2];
    median(values);
    assert.deepEqual(values, [3, 1, 2]);
  });
});

suite('toResult', () => {
  const pairs = [
    { ours: 80, bare: 100 },
    { ours: 45, bare: 50 },
    { ours: 140, bare: 200 },
  ];
  test('the ratio is the median of the ratios of the rounds, not that of the medians', () => {
    const result = toResult('a', 'x/s', pairs);
    assert.equal(result.ratio, 0.8);
    assert.deepEqual([result.value, result.baseline], [80, 100]);
    assert.deepEqual(result.spread, [0.7, 0.9]);
    assert.deepEqual([result.target, result.ok], ['none', true]);
  });

  const rows = [
    { of: 'ratio', is: 'at_least', limit: 0.8, target: 'ratio >= 0.8', ok: true },
    { of: 'ratio', is: 'at_least', limit: 0.81, target: 'ratio >= 0.81', ok: false },
    { of: 'ratio', is: 'at_most', limit: 0.8, target: 'ratio <= 0.8', ok: true },
    { of: 'value', is: 'at_most', limit: 79, target: 'value <= 79', ok: false },
    { of: 'value', is: 'at_least', limit: 80, target: 'value >= 80', ok: true },
  ] as const;
  for (const { target, ok, ...bound } of rows) {
    test(`${target} ${ok ? 'holds' : 'is missed'}`, () => {
      const result = toResult('a', 'x/s', pairs, bound);
      assert.deepEqual([result.target, result.ok], [target, ok]);
    });
  }
  test('a target of the value has the spread of the values', () => {
    const { spread } = toResult('a', 'x', pairs, { of: 'value', is: 'at_most', limit: 1 });
    assert.deepEqual(spread, [45, 140]);
  });
  test('a figure that could not be had misses its target', () => {
    const nothing = toSingleResult('a', 'x', [], { of: 'value', is: 'at_most', limit: 1 });
    assert.equal(nothing.ok, false);
  });
});

test('rounds: both work once in each, and who begins alternates', async () => {
  const order: string[] = [];
  const contender = (name: string, figure: number) => async () => {
    order.push(name);
    return { figure: figure * order.length };
  };
  const seen: number[] = [];
  const rounds = await runRounds(
    { ours: contender('ours', 1), bare: contender('bare', 10) },
    { rounds: 3, onRound: (round) => seen.push(round) },
  );
  assert.deepEqual(order, ['ours', 'bare', 'bare', 'ours', 'ours', 'bare']);
  assert.deepEqual(seen, [1, 2, 3]);
  assert.deepEqual(pairsOf(rounds, 'figure'), [
    { ours: 1, bare: 20 },
    { ours: 4, bare: 30 },
    { ours: 5, bare: 60 },
  ]);
});
