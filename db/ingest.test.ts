/** Batches in any order, late and repeated: the tables end up the same, and each batch is stored whole and once. */
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { compressJson, readShippedDictionary } from './evidence.ts';
import type { BatchOutcome, NewBatch } from './ingest.ts';
import { toEvidence } from './measurement-reader.ts';
import type { PackedRun } from './measurements.ts';
import type { Store } from './store.ts';
import { INTERVAL_MS, makeStore, NOON_MS } from './testing/fixtures.ts';
import { GENERATED_SCENARIOS, type GeneratedRun, generateRun } from './testing/generate.ts';
import { createRandom } from './testing/generate-observations.ts';

const DAY_MS = 86_400_000;
const VANTAGE = 'ru-volga-fixed';
const { content: dictionary } = readShippedDictionary();

function pack({ measurement, judgement }: GeneratedRun): PackedRun {
  const { observations: _observations, certificates, ...facts } = measurement;
  const compress = (value: unknown) => ({
    dictionaryId: 1,
    content: compressJson(JSON.stringify(value), dictionary),
  });
  return {
    facts,
    verdicts: judgement,
    evidence: compress(toEvidence(measurement)),
    judgement: compress(judgement),
    certificates,
  };
}

/** A run whose scenario follows from its place, so that two of the same place are equal. */
function makeRun(slot: number, seq = 0, baseMs = NOON_MS): PackedRun {
  const seed = slot * 4 + seq;
  const run = generateRun(createRandom(seed), {
    service: 'facebook',
    vantageId: VANTAGE,
    slotMs: baseMs + slot * INTERVAL_MS,
    seq,
    scenario:
      GENERATED_SCENARIOS[(Math.floor(slot / 3) + seq) % GENERATED_SCENARIOS.length] ?? 'ok',
  });
  return pack(run);
}

function insert(
  store: Store,
  sequence: number,
  runs: readonly PackedRun[],
  receivedAtMs = NOON_MS,
): BatchOutcome {
  const arrival = {
    vantageId: VANTAGE,
    sequence,
    bodySha256: hash('sha256', JSON.stringify(runs.map(({ facts }) => facts)), 'buffer'),
    receivedAtMs,
    clockOffsetMs: 0,
    refused: [],
  };
  return store.insertBatches([{ arrival, runs }])[0] ?? assert.fail();
}

/** Everything derived, as text. */
function readDerived(file: string): string {
  const database = new Database(file, { readonly: true });
  try {
    const tables = ['span', 'bucket_hour', 'bucket_day'].map((table) =>
      database
        .prepare(
          `SELECT l.function, t.* FROM ${table} t JOIN lane l ON l.id = t.lane_id ORDER BY l.function, 3`,
        )
        .all()
        .map((row) => ({ ...(row as object), lane_id: 0 })),
    );
    return JSON.stringify(tables);
  } finally {
    database.close();
  }
}

test('any order and repetition of batches gives the same spans and buckets, and a sound store', async (t) => {
  const batches = Array.from({ length: 6 }, (_, batch) =>
    Array.from({ length: 5 }, (_unused, index) => makeRun(batch * 4 + index, index % 2)),
  );
  const store = (test: TestContext, order: readonly number[]): { file: string; store: Store } => {
    const made = makeStore(test);
    for (const batch of order) insert(made.store, batch + 1, batches[batch] ?? []);
    return made;
  };
  const expected = readDerived(store(t, [0, 1, 2, 3, 4, 5]).file);
  await t.test('permutations', (inner) => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6 }),
        fc.array(fc.nat(5), { maxLength: 6 }),
        (order, again) => {
          const made = store(inner, [...order, ...again]);
          assert.equal(readDerived(made.file), expected);
          assert.ok(made.store.verify().isSound);
        },
      ),
      { numRuns: 40 },
    );
  });
});

test('batches in one transaction are stored like one after the other, all or none', (t) => {
  const arrive = (sequence: number, runs: readonly PackedRun[], vantageId = VANTAGE): NewBatch => ({
    arrival: {
      vantageId,
      sequence,
      bodySha256: Buffer.alloc(32, sequence),
      receivedAtMs: NOON_MS,
      clockOffsetMs: 0,
      refused: [],
    },
    runs,
  });
  const batches = [
    arrive(1, [makeRun(2), makeRun(3)]),
    arrive(2, [makeRun(1), makeRun(3), makeRun(4)]),
    arrive(1, [makeRun(2), makeRun(3)]),
    arrive(3, [makeRun(0), makeRun(9, 1)]),
  ];
  const alone = makeStore(t);
  const together = makeStore(t);
  const expected = batches.flatMap((batch) => alone.store.insertBatches([batch]));
  assert.deepEqual(
    expected.map(({ kind }) => kind),
    ['stored', 'stored', 'known', 'stored'],
  );
  const { facts, ...rest } = makeRun(20);
  const stranger = { ...rest, facts: { ...facts, vantageId: 'nobody' } };
  assert.throws(
    () => together.store.insertBatches([...batches, arrive(4, [stranger])]),
    /nobody is not known/,
  );
  assert.equal(together.store.health().measurements, 0);
  assert.deepEqual(together.store.insertBatches(batches), expected);
  assert.equal(readDerived(together.file), readDerived(alone.file));
  const chains = [alone, together].map(({ file }) => {
    const database = new Database(file, { readonly: true });
    try {
      return database.prepare('SELECT * FROM chain_hour').all();
    } finally {
      database.close();
    }
  });
  assert.deepEqual(chains[1], chains[0]);
  assert.ok(together.store.verify().isSound);
});

test('a month that comes late gives the lanes that a rebuild would make', (t) => {
  const { store, file } = makeStore(t);
  const startMs = NOON_MS - 30 * DAY_MS;
  insert(store, 1, [makeRun(0)]);
  const late = Array.from({ length: 8 }, (_, batch) =>
    Array.from({ length: 50 }, (_unused, index) => makeRun((batch * 50 + index) * 21, 0, startMs)),
  );
  for (const [index, runs] of late.toReversed().entries()) insert(store, index + 2, runs);
  const kept = readDerived(file);
  assert.equal(store.health().measurements, 401);
  assert.ok(store.verify().isSound);
  store.rebuild();
  assert.equal(readDerived(file), kept);
});

test('a batch is stored once: the same again has the same receipt, another is told the next number', (t) => {
  const { store } = makeStore(t);
  const first = insert(store, 4, [makeRun(2), makeRun(1), makeRun(2)]);
  assert.deepEqual(first, {
    kind: 'stored',
    receipt: { inserted: 2, duplicates: 1, refused: [] },
    rows: ['inserted', 'inserted', 'duplicate'],
  });
  const again = insert(store, 4, [makeRun(2), makeRun(1), makeRun(2)]);
  assert.deepEqual(again, { kind: 'known', receipt: { inserted: 2, duplicates: 1, refused: [] } });
  assert.deepEqual(insert(store, 4, [makeRun(3)]), { kind: 'reused', nextSequence: 5 });
  assert.equal(store.health().measurements, 2);
  assert.deepEqual(store.listArrivals(), [
    { vantageId: VANTAGE, receivedAtMs: NOON_MS, sequence: 4, clockOffsetMs: 0 },
  ]);
});

test('a batch with a run that cannot be stored leaves nothing behind', (t) => {
  const { store } = makeStore(t);
  const stranger = makeRun(2);
  const facts = { ...stranger.facts, vantageId: 'nobody' };
  assert.throws(
    () => insert(store, 1, [makeRun(1), { ...stranger, facts }]),
    /nobody is not known/,
  );
  assert.equal(store.health().measurements, 0);
  assert.deepEqual(store.listArrivals(), []);
  assert.equal(insert(store, 1, [makeRun(1)]).kind, 'stored');
  assert.ok(store.verify().isSound);
});

test('receipts of long ago are dropped, those of three months are kept', (t) => {
  const { store } = makeStore(t);
  insert(store, 1, [makeRun(1)]);
  insert(store, 2, [makeRun(2)], NOON_MS + 80 * DAY_MS);
  assert.equal(insert(store, 1, [makeRun(1)]).kind, 'known');
  insert(store, 3, [makeRun(3)], NOON_MS + 91 * DAY_MS);
  assert.equal(insert(store, 2, [makeRun(2)]).kind, 'known');
  const outcome = insert(store, 1, [makeRun(1)]);
  assert.equal(outcome.kind, 'stored');
  assert.deepEqual(outcome.kind === 'stored' && outcome.rows, ['duplicate']);
});
