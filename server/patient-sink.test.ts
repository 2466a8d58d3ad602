/** A store that fails for a while: nothing measured is lost, the log has two lines, and other errors go through. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { StoreError } from '../db/store-error.ts';
import { measurementOf } from '../probes/testing/observations.ts';
import type { Measurement } from '../probes/types.ts';
import { createPatientSink } from './patient-sink.ts';

const runs: readonly Measurement[] = Array.from({ length: 5 }, (_, seq) => ({
  ...measurementOf([]),
  seq,
}));

function createBench(maxWaiting?: number) {
  const stored: number[] = [];
  const lines: string[] = [];
  const disk: { error?: Error } = {};
  const sink = createPatientSink(
    (measurement) => {
      if (disk.error) throw disk.error;
      stored.push(measurement.seq);
    },
    (level, event, fields) => lines.push(`${level} ${event} ${JSON.stringify(fields)}`),
    maxWaiting,
  );
  return { sink, stored, lines, disk };
}

const full = new StoreError('full', 'x.db', 'No room left.', 'Free some space.');

suite('a store that cannot be written for a while', () => {
  test('what was measured meanwhile is stored later, in its order, under two lines of log', () => {
    const { sink, stored, lines, disk } = createBench();
    disk.error = full;
    for (const run of runs.slice(0, 4)) sink.take(run);
    assert.deepEqual(stored, []);
    assert.equal(sink.flush(), 4);
    delete disk.error;
    for (const run of runs.slice(4)) sink.take(run);
    assert.deepEqual(stored, [0, 1, 2, 3, 4]);
    assert.equal(sink.flush(), 0);
    assert.deepEqual(lines, [
      'error store_failed {"reason":"No room left. Free some space."}',
      'info store_recovered {"lost":0}',
    ]);
  });

  test('memory is bounded: the oldest are given up and counted', () => {
    const { sink, stored, lines, disk } = createBench(2);
    disk.error = full;
    for (const run of runs.slice(0, 4)) sink.take(run);
    delete disk.error;
    for (const run of runs.slice(4)) sink.take(run);
    assert.deepEqual(stored, [2, 3, 4]);
    assert.equal(lines.at(-1), 'info store_recovered {"lost":2}');
  });

  test('an error that is not of the store ends what called', () => {
    const { sink, disk } = createBench();
    disk.error = new TypeError('a bug');
    assert.throws(() => runs.slice(0, 1).forEach(sink.take), TypeError);
  });
});
