import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BatchOutcome, NewBatch } from '../../db/ingest.ts';
import { createBatchWriter } from './batch-writer.ts';

const NO_RUNS: NewBatch['runs'] = [];

/** A batch by its number, of so many runs that nothing looks into. */
function makeBatch(sequence: number, runs = 36): NewBatch {
  const arrival = {
    vantageId: `agent-${sequence}`,
    sequence,
    bodySha256: new Uint8Array(32),
    receivedAtMs: 0,
    clockOffsetMs: 0,
    refused: [],
  };
  return { arrival, runs: Object.assign(NO_RUNS.slice(), { length: runs }) };
}

/** A store that keeps numbers, one list per transaction, and refuses any transaction with a bad one. */
function makeStore(bad: ReadonlySet<number> = new Set()) {
  const commits: number[][] = [];
  return {
    commits,
    insertBatches(batches: readonly NewBatch[]): BatchOutcome[] {
      const sequences = batches.map(({ arrival }) => arrival.sequence);
      const found = sequences.find((one) => bad.has(one));
      if (found !== undefined) throw new Error(`bad ${found}`);
      commits.push(sequences);
      return sequences.map((inserted) => ({
        kind: 'stored',
        receipt: { inserted, duplicates: 0, refused: [] },
        rows: [],
      }));
    },
  };
}

/** The number that an outcome carries. */
function numberOf(outcome: BatchOutcome): number {
  return outcome.kind === 'reused' ? 0 : outcome.receipt.inserted;
}

test('batches that come together share commits of a bounded size, and each gets its own outcome', async () => {
  const rows = [
    {
      says: 'usual ones',
      runs: [36, 36, 36, 36, 36],
      commits: [
        [1, 2, 3],
        [4, 5],
      ],
    },
    { says: 'a long one alone', runs: [36, 200, 36], commits: [[1], [2], [3]] },
    { says: 'a long one first', runs: [200, 36, 36], commits: [[1], [2, 3]] },
    { says: 'one without runs', runs: [0], commits: [[1]] },
  ];
  for (const { says, runs, commits } of rows) {
    const store = makeStore();
    const writer = createBatchWriter(store);
    const written = runs.map((count, index) => writer.write(makeBatch(index + 1, count)));
    const outcomes = await Promise.all(written);
    assert.deepEqual(
      outcomes.map(numberOf),
      runs.map((_, index) => index + 1),
      says,
    );
    assert.deepEqual(store.commits, commits, says);
  }
});

test('nothing is told before the commit that it is part of', async () => {
  const store = makeStore();
  const writer = createBatchWriter(store);
  const told: number[] = [];
  const all = [1, 2, 3, 4, 5, 6, 7].map(async (sequence) => {
    const outcome = await writer.write(makeBatch(sequence));
    assert.ok(store.commits.flat().includes(numberOf(outcome)));
    told.push(sequence);
  });
  assert.deepEqual(told, []);
  await Promise.all(all);
  assert.deepEqual(told, [1, 2, 3, 4, 5, 6, 7]);
});

test('what the store refuses does not take others with it, and the next one is written', async () => {
  const store = makeStore(new Set([2]));
  const writer = createBatchWriter(store);
  const settled = await Promise.allSettled(
    [1, 2, 3].map((sequence) => writer.write(makeBatch(sequence))),
  );
  assert.deepEqual(
    settled.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  await assert.rejects(writer.write(makeBatch(2)), /bad 2/);
  assert.equal(numberOf(await writer.write(makeBatch(4))), 4);
  assert.deepEqual(store.commits, [[1], [3], [4]]);
});
