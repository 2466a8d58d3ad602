/** Facts of vantages: days, silences, marks, revisions and clocks, each cut where the range ends. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import Database from 'better-sqlite3';
import { INTERVAL_MS, insertRun, makeStore, NOON_MS } from './testing/fixtures.ts';
import { GENERATED_VANTAGES } from './testing/generate.ts';
import { findSilences } from './vantage-facts.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DAY_START_MS = NOON_MS - 12 * HOUR_MS;
const ID = 'ru-volga-fixed';

suite('silences', () => {
  const span = (from: number, until: number) => ({
    from_ms: from * 10,
    until_ms: until * 10,
    last_slot_ms: (until - 1) * 10,
  });
  /** name, spans in intervals, end of the range, silences in intervals */
  const rows: readonly (readonly [
    string,
    readonly ReturnType<typeof span>[],
    number,
    readonly (readonly [number, number?])[],
  ])[] = [
    ['nothing measured is no silence', [], 100, []],
    ['no hole, no silence', [span(0, 5), span(5, 9)], 9, []],
    ['two missed runs are none yet', [span(0, 5), span(7, 9)], 9, []],
    ['three missed runs are one', [span(0, 5), span(8, 9)], 9, [[5, 8]]],
    [
      'the newest comes first',
      [span(0, 1), span(9, 10), span(20, 21)],
      21,
      [
        [10, 20],
        [1, 9],
      ],
    ],
    ['what lasts has no end', [span(0, 5)], 20, [[5]]],
    ['another service may fill a hole', [span(0, 5), span(3, 10), span(9, 12)], 12, []],
    ['a short span inside a long one ends nothing', [span(0, 10), span(2, 3)], 11, []],
  ];
  for (const [name, spans, end, expected] of rows)
    test(name, () => {
      const found = findSilences(spans, { toMs: end * 10, silentIntervals: 3 });
      assert.deepEqual(
        found,
        expected.map(([from, until]) => ({
          fromMs: from * 10,
          ...(until === undefined ? {} : { untilMs: until * 10 }),
        })),
      );
    });
});

suite('coverage', () => {
  test('days are counted in UTC, and the last one only to the end of the range', (t) => {
    const { store } = makeStore(t);
    for (const slot of [0, 1, 2, 12, 24]) insertRun(store, { slot });
    insertRun(store, { slot: 0, service: 'whatsapp' });
    insertRun(store, { slot: 288 });
    const [whole] = store.listCoverage({
      vantageIds: [ID],
      fromMs: DAY_START_MS,
      toMs: DAY_START_MS + 2 * DAY_MS,
    });
    assert.deepEqual(whole?.days, [
      { startMs: DAY_START_MS, measured: 6 },
      { startMs: DAY_START_MS + DAY_MS, measured: 1 },
    ]);
    assert.equal(whole?.runs, 7);
    assert.deepEqual(
      whole?.firstSlots.map(({ service }) => service),
      ['facebook', 'whatsapp'],
    );
    const [cut] = store.listCoverage({
      vantageIds: [ID],
      fromMs: DAY_START_MS,
      toMs: NOON_MS + HOUR_MS,
    });
    assert.deepEqual(cut?.days, [{ startMs: DAY_START_MS, measured: 4 }]);
    assert.equal(cut?.runs, 4);
  });

  test('every vantage has a row, measured or not', (t) => {
    const { store } = makeStore(t);
    insertRun(store, { slot: 0 });
    const rows = store.listCoverage({ fromMs: DAY_START_MS, toMs: DAY_START_MS + DAY_MS });
    assert.deepEqual(
      rows.map(({ vantageId, runs }) => [vantageId, runs]),
      GENERATED_VANTAGES.map(({ id }) => [id, id === ID ? 1 : 0] as const).toSorted(([a], [b]) =>
        a < b ? -1 : 1,
      ),
    );
  });

  test('a first run after the range is not known in it', (t) => {
    const { store } = makeStore(t);
    insertRun(store, { slot: 5 });
    const [row] = store.listCoverage({ vantageIds: [ID], fromMs: DAY_START_MS, toMs: NOON_MS });
    assert.deepEqual(row?.firstSlots, []);
    assert.equal(row?.runs, 0);
  });
});

suite('history', () => {
  const range = {
    fromMs: DAY_START_MS,
    toMs: DAY_START_MS + DAY_MS,
    clockFromMs: DAY_START_MS,
    silentIntervals: 3,
  };

  test('revisions, silences and the count of runs', (t) => {
    const { store, clock } = makeStore(t);
    for (const slot of [0, 1, 9, 10]) insertRun(store, { slot });
    clock.set(NOON_MS + HOUR_MS);
    store.syncVantages(
      GENERATED_VANTAGES.map((one) => (one.id === ID ? { ...one, networkName: 'Volga' } : one)),
    );
    const history = store.getVantageHistory(ID, { ...range, toMs: NOON_MS + 11 * INTERVAL_MS });
    assert.deepEqual(
      history?.revisions.map(({ revision, vantage }) => [revision, vantage.networkName]),
      [
        [2, 'Volga'],
        [1, 'Volga Fixed'],
      ],
    );
    assert.deepEqual(history?.silences, [
      { fromMs: NOON_MS + 2 * INTERVAL_MS, untilMs: NOON_MS + 9 * INTERVAL_MS },
    ]);
    assert.equal(history?.markCounts.simulated, 4);
    assert.equal(store.countRunsFrom(ID, NOON_MS + INTERVAL_MS), 3);
    assert.equal(store.getVantageHistory('nobody', range), undefined);
    assert.equal(store.countRunsFrom('nobody', 0), 0);
  });

  test('the clock is told by batches inside the range, the largest offset with its sign', (t) => {
    const { store, file } = makeStore(t);
    insertRun(store, { slot: 0 });
    const database = new Database(file);
    const insert = database.prepare(
      `INSERT INTO agent_batch (vantage_id, sequence, body_sha256, received_at_ms, clock_offset_ms, receipt)
       VALUES ((SELECT id FROM vantage WHERE name = ?), ?, x'00', ?, ?, '{}')`,
    );
    const batches = [
      [1, -DAY_MS, 900_000],
      [2, HOUR_MS, -70_000],
      [3, 2 * HOUR_MS, 60_000],
      [4, 3 * HOUR_MS, 1_500],
      [5, 2 * DAY_MS, 5_000_000],
    ] as const;
    for (const [sequence, afterMs, offsetMs] of batches)
      insert.run(ID, sequence, DAY_START_MS + afterMs, offsetMs);
    database.close();
    assert.deepEqual(store.getVantageHistory(ID, range)?.clock, {
      batches: 3,
      newestOffsetMs: 1_500,
      newestAtMs: DAY_START_MS + 3 * HOUR_MS,
      largestOffsetMs: -70_000,
    });
    assert.equal(store.getVantageHistory('ru-ural-fixed', range)?.clock, undefined);
  });
});
