/** The gate by itself, with a clock set by hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gate } from './admission.ts';

const LIMITS = { maxInWork: 2, maxWaiting: 3, burst: 2, batchesPerMinute: 6, maxRetrySeconds: 20 };

function makeGate(random = () => 0.5) {
  let nowMs = 0;
  const gate = new Gate({ monotonicMs: () => nowMs }, random, LIMITS);
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { gate, pass };
}

test('so many are in work, so many wait in order, and the rest come again at different times', async () => {
  let draws = 0;
  const { gate } = makeGate(() => (draws++ % 10) / 10);
  const first = [await gate.enter(), await gate.enter()];
  const order: number[] = [];
  const waiting = [1, 2, 3].map(async (number) => {
    const admitted = await gate.enter();
    order.push(number);
    return admitted;
  });
  const turnedAway = await Promise.all(Array.from({ length: 10 }, () => gate.enter()));
  const times = turnedAway.map((one) => (one.kind === 'busy' ? one.retryAfterSeconds : 0));
  assert.ok(Math.min(...times) >= 1 && Math.max(...times) <= 20);
  assert.ok(new Set(times).size > 5, 'spread');
  for (const one of first) if (one.kind === 'admitted') one.release();
  const [a, b] = await Promise.all(waiting.slice(0, 2));
  assert.deepEqual(order, [1, 2]);
  for (const one of [a, b]) if (one?.kind === 'admitted') one.release();
  await waiting[2];
  assert.deepEqual(order, [1, 2, 3]);
});

test('one batch of an agent at a time, and its allowance fills with time', () => {
  const { gate, pass } = makeGate();
  const one = gate.admit('a');
  assert.equal(one.kind, 'admitted');
  assert.deepEqual(gate.admit('a'), { kind: 'busy', retryAfterSeconds: 1 });
  assert.equal(gate.admit('b').kind, 'admitted', 'others do not wait for it');
  if (one.kind === 'admitted') one.release();
  const two = gate.admit('a');
  if (two.kind === 'admitted') two.release();
  assert.deepEqual(gate.admit('a'), { kind: 'busy', retryAfterSeconds: 10 });
  pass(9_999);
  assert.deepEqual(gate.admit('a'), { kind: 'busy', retryAfterSeconds: 1 });
  pass(2);
  assert.equal(gate.admit('a').kind, 'admitted');
});
