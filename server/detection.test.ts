/** From stored measurements to stored incidents: the order of arrival, late data, what is kept, what is verified. */
import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import Database from 'better-sqlite3';
import { listHolding } from '../db/incident-log.ts';
import type { Store } from '../db/store.ts';
import {
  createHandClock,
  type HandClock,
  INTERVAL_MS,
  insertRun,
  makeStore,
  NOON_MS,
} from '../db/testing/fixtures.ts';
import type { Scenario } from '../db/testing/generate-observations.ts';
import { createRandom } from '../db/testing/generate-observations.ts';
import { verifyFile } from '../db/verify.ts';
import { TEST_RULES } from '../probes/testing/observations.ts';
import { createDetection, type Detection } from './detection.ts';

const CONFIG = {
  rules: TEST_RULES,
  services: [
    {
      id: 'facebook',
      name: 'Facebook',
      requiredFunctions: ['web'],
      targets: [
        {
          id: 'facebook.web',
          kind: 'https',
          host: 'facebook.example',
          port: 443,
          path: '/',
          function: 'web',
          added: '2026-01-01',
          source: 'https://example.com',
        },
      ],
    },
  ],
} as unknown as Parameters<typeof createDetection>[0]['config'];
const CONTROL = 'pl-vistula-fixed';
const SCENARIOS: Readonly<Record<string, Scenario>> = {
  o: 'ok',
  s: 'silence',
  r: 'reset',
  x: 'offline',
  d: 'down',
};
const SEEDS = 6;

type Bench = {
  store: Store;
  clock: HandClock;
  file: string;
  detection: Detection;
  lines: string[];
};

function makeBench(t: TestContext, graceMs = 0): Bench {
  const { store, clock, file } = makeStore(t);
  clock.set(NOON_MS + 86_400_000);
  const lines: string[] = [];
  const detection = createDetection({
    store,
    config: CONFIG,
    clock: { ...clock, sleep: () => Promise.resolve() },
    log: (_level, event, fields) => lines.push(`${event} ${JSON.stringify(fields?.['kind'])}`),
    graceMs,
  });
  return { store, clock, file, detection, lines };
}

/** Stores a run of a vantage and notes it. */
function take({ store, detection }: Bench, vantageId: string, slot: number, letter: string): void {
  const scenario = SCENARIOS[letter] ?? 'ok';
  const stored = insertRun(store, { slot, vantageId, scenario });
  assert.equal(stored, 'inserted');
  detection.note({ service: 'facebook', vantageId, slotMs: NOON_MS + slot * INTERVAL_MS });
}

async function takeAll(
  bench: Bench,
  lanes: Readonly<Record<string, string>>,
  fromSlot = 0,
): Promise<void> {
  for (const [vantageId, letters] of Object.entries(lanes))
    for (const [index, letter] of Array.from(letters).entries())
      if (letter !== '.') take(bench, vantageId, fromSlot + index, letter);
  await bench.detection.run();
}

const OK = 'o'.repeat(12);
const kindsOf = (store: Store, id: string): string[] =>
  store.listIncidentLog(id).map(({ kind }) => kind);

suite('detection over the store', () => {
  test('finds, keeps, ends, and tells what is new once', async (t) => {
    const bench = makeBench(t);
    await takeAll(bench, { [CONTROL]: OK, 'ru-volga-fixed': 'ossss' });
    const [incident] = bench.store.listIncidents();
    assert.ok(incident);
    assert.equal(incident.id, 'facebook-ru-20220304t1205z');
    assert.equal(incident.state, 'open');
    assert.deepEqual(
      incident.log.map(({ kind }) => kind),
      ['opened'],
    );
    assert.ok(incident.episodes.length > 1, 'the service and its functions');
    await bench.detection.run();
    assert.deepEqual(bench.lines, ['incident "opened"'], 'nothing is told twice');
    await takeAll(bench, { 'ru-volga-fixed': 'sooooo' }, 5);
    const closed = bench.store.getIncident(incident.id);
    assert.equal(closed?.state, 'closed');
    assert.deepEqual(closed.end, {
      afterMs: NOON_MS + 5 * INTERVAL_MS,
      byMs: NOON_MS + 6 * INTERVAL_MS,
    });
    assert.deepEqual(kindsOf(bench.store, incident.id), ['opened', 'closed']);
    assert.deepEqual(bench.store.listIncidents({ states: ['open'] }), []);
    assert.equal(bench.store.listIncidents({ fromMs: NOON_MS + 9 * INTERVAL_MS }).length, 0);
    assert.equal(bench.store.listIncidents({ services: ['instagram'] }).length, 0);
  });

  test('late data that changes a conclusion: the old one stays, with why it no longer holds', async (t) => {
    const bench = makeBench(t);
    await takeAll(bench, { [CONTROL]: OK, 'ru-volga-fixed': 'os.ss' });
    const id = 'facebook-ru-20220304t1205z';
    assert.deepEqual(kindsOf(bench.store, id), ['opened']);
    // A good round was still on its way: no restriction by then, and none since.
    take(bench, 'ru-volga-fixed', 2, 'o');
    await takeAll(bench, { 'ru-volga-fixed': 'oooo' }, 5);
    assert.equal(bench.store.getIncident(id)?.state, 'closed', 'three of four failed all the same');
    const second = makeBench(t);
    await takeAll(second, { [CONTROL]: OK, 'ru-volga-fixed': 'os...ss' });
    await takeAll(second, { 'ru-volga-fixed': 'ooo' }, 2);
    assert.equal(second.store.getIncident(id), undefined);
    const log = second.store.listIncidentLog(id);
    assert.deepEqual(
      log.map(({ kind }) => kind),
      ['opened', 'revised'],
    );
    assert.equal(
      log[1]?.text,
      'Late data of ru-volga-fixed from 2022-03-04T12:10:00.000Z on: it is no longer found here.',
    );
    assert.deepEqual(listHolding(log), []);
    assert.deepEqual(verifyFile(second.file, { clock: createHandClock() }).findings, []);
  });

  test('an onset that moves: the incident has another name, and the old one says so', async (t) => {
    const bench = makeBench(t);
    await takeAll(bench, { [CONTROL]: OK, 'ru-volga-fixed': 'o...sss' });
    assert.equal(bench.store.listIncidents()[0]?.id, 'facebook-ru-20220304t1220z');
    await takeAll(bench, { 'ru-volga-fixed': 'ss' }, 2);
    assert.deepEqual(
      bench.store.listIncidents().map(({ id }) => id),
      ['facebook-ru-20220304t1210z'],
    );
    assert.deepEqual(kindsOf(bench.store, 'facebook-ru-20220304t1220z'), ['opened', 'revised']);
  });

  test('what is measured in the same slot comes into the same entry', async (t) => {
    const bench = makeBench(t, 120_000);
    const slotMs = NOON_MS + 3 * INTERVAL_MS;
    bench.clock.set(slotMs + 10_000);
    await takeAll(bench, { [CONTROL]: 'oooo', 'ru-volga-fixed': 'osss', 'ru-ural-fixed': 'oss' });
    assert.equal(bench.store.listIncidents()[0]?.state, 'open', 'the state is there at once');
    assert.deepEqual(bench.lines, []);
    await takeAll(bench, { 'ru-ural-fixed': 's' }, 3);
    bench.clock.set(slotMs + 120_000);
    await bench.detection.run();
    const [incident] = bench.store.listIncidents();
    assert.deepEqual(
      incident?.log.map(({ kind }) => kind),
      ['opened'],
    );
    assert.match(
      incident?.log[0]?.text ?? '',
      /Ural Fixed .*; Volga Fixed|Volga Fixed .*; Ural Fixed/,
    );
  });

  test(`any order of arrival ends where a rebuild ends (${SEEDS} runs)`, async (t) => {
    let found = 0;
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const random = createRandom(seed);
      const bench = makeBench(t);
      const arrivals: { vantageId: string; slot: number; letter: string; at: number }[] = [];
      for (const vantageId of ['ru-volga-fixed', 'ru-ural-fixed', CONTROL]) {
        const words = vantageId === CONTROL ? 'oooox.' : 'oossrxd.';
        let letters = '';
        while (letters.length < 40)
          letters += (words[Math.floor(random() * words.length)] ?? 'o').repeat(
            1 + Math.floor(random() * 6),
          );
        for (const [slot, letter] of Array.from(letters).entries())
          if (letter !== '.') arrivals.push({ vantageId, slot, letter, at: slot + random() * 20 });
      }
      arrivals.sort((a, b) => a.at - b.at);
      for (const [index, { vantageId, slot, letter }] of arrivals.entries()) {
        take(bench, vantageId, slot, letter);
        if (index % 7 === 0) await bench.detection.run();
      }
      await bench.detection.run();
      const before = bench.store.listIncidents();
      await bench.detection.rebuild('Derived again');
      assert.deepEqual(bench.store.listIncidents(), before, `seed ${seed}`);
      for (const { id, state } of before) {
        const holding = listHolding(bench.store.listIncidentLog(id));
        assert.equal(holding.at(-1)?.kind === 'closed', state === 'closed', `seed ${seed}: ${id}`);
      }
      found += before.length;
      assert.deepEqual(verifyFile(bench.file, { clock: bench.clock }).findings, [], `seed ${seed}`);
      bench.store.close();
    }
    assert.ok(found > SEEDS, `${found}`);
  });

  test('a changed row is found, and a rebuild puts it right', async (t) => {
    const bench = makeBench(t);
    await takeAll(bench, { [CONTROL]: OK, 'ru-volga-fixed': 'ossss' });
    const before = bench.store.listIncidents();
    const changes = [
      "UPDATE incident SET severity = 'critical'",
      "UPDATE incident SET record = '{'",
      'UPDATE incident_episode SET onset_by_ms = 0',
      'DELETE FROM incident_episode',
    ];
    for (const sql of changes) {
      const database = new Database(bench.file);
      database.exec(sql);
      database.close();
      const { findings } = verifyFile(bench.file, { clock: bench.clock });
      assert.ok(
        findings.some(({ check }) => check === 'incidents'),
        sql,
      );
      await bench.detection.rebuild('Derived again');
      assert.deepEqual(bench.store.listIncidents(), before, sql);
      assert.deepEqual(verifyFile(bench.file, { clock: bench.clock }).findings, [], sql);
    }
    const database = new Database(bench.file);
    database.exec("UPDATE incident_log SET text = 'nothing happened'");
    database.close();
    const { findings } = verifyFile(bench.file, { clock: bench.clock });
    assert.ok(findings.some(({ check, where }) => check === 'entries' && /incident/.test(where)));
  });
});
