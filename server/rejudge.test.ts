import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { loadConfig } from '../config/load.ts';
import { ConfigError } from '../config/problem.ts';
import { loadSettings } from '../config/settings.ts';
import type { Store } from '../db/store.ts';
import { StoreError } from '../db/store-error.ts';
import { runRejudge } from './commands/rejudge.ts';
import { rejudge } from './rejudge.ts';
import { FIRST_SLOT_MS, fillJudgedBefore, openJudgedBefore } from './testing/judged-before.ts';

const config = loadConfig({
  file: join(import.meta.dirname, '..', 'config', 'reachline.yaml'),
});
const SERVICE = config.services[0]?.id ?? '';
const ALL = { fromMs: 0, toMs: FIRST_SLOT_MS * 2 };
const SLOTS = 12;
/** Three slots have a control measurement beside the one from here. */
const RUNS = SLOTS + SLOTS / 4;

function makeFolder(t: TestContext): { folder: string; file: string } {
  const folder = mkdtempSync(join(tmpdir(), 'reachline-rejudge-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return { folder, file: join(folder, 'reachline.db') };
}

function makeStore(t: TestContext, slots = SLOTS): Store {
  const store = openJudgedBefore(makeFolder(t).file);
  t.after(() => store.close());
  fillJudgedBefore(store, config, slots);
  return store;
}

function run(store: Store, changes: Partial<Parameters<typeof rejudge>[0]> = {}) {
  const { signal } = new AbortController();
  return rejudge({ store, config, query: ALL, isDryRun: false, signal, ...changes });
}

function listStates(store: Store, vantageId: string): string[] {
  const lanes = store.listLanes({ ...ALL, vantageIds: [vantageId] });
  return lanes
    .flatMap(({ spans }) => spans.map(({ state }) => state))
    .filter((s) => s !== 'no_data');
}

test('judged again with controls: a new revision in force, the old one beside it, lanes follow', async (t) => {
  const store = makeStore(t);
  assert.deepEqual(listStates(store, 'here'), ['insufficient']);
  const report = await run(store);
  assert.equal(report.judged, RUNS);
  assert.equal(report.revisions, RUNS);
  assert.equal(report.rulesetVersion, config.rules.rulesetVersion);
  assert.deepEqual(
    report.changes.map(({ from, to, count, ids }) => [from, to, count, ids[0]]),
    [
      [
        'insufficient (tls.reset)',
        'blocked (tls.reset)',
        SLOTS,
        `${SERVICE}.here.20220304T000000Z`,
      ],
    ],
  );
  assert.equal(report.sameVerdict, RUNS - SLOTS);
  for (const { id } of store.listMeasurements({ limit: 100 }).rows) {
    const revisions = store.getMeasurement(id)?.revisions ?? [];
    const versions = revisions.map(({ judgement }) => judgement.rulesetVersion);
    assert.deepEqual(versions, [config.rules.rulesetVersion, '2020.1.1'], id);
  }
  assert.deepEqual(listStates(store, 'here'), ['blocked']);
  assert.deepEqual(store.verify().findings, []);
});

test('what is judged already is left alone', async (t) => {
  const store = makeStore(t);
  await run(store);
  const version = store.dataVersion();
  const again = await run(store);
  assert.equal(again.unchanged, RUNS);
  assert.equal(again.revisions, 0);
  assert.equal(store.dataVersion(), version);
});

test('a dry run tells the same and changes nothing', async (t) => {
  const store = makeStore(t);
  const version = store.dataVersion();
  const dry = await run(store, { isDryRun: true });
  assert.equal(store.dataVersion(), version);
  assert.equal(store.getMeasurement(dry.changes[0]?.ids[0] ?? '')?.revisions.length, 1);
  assert.deepEqual(dry, await run(store));
});

const queryRows = [
  { name: 'since', query: { fromMs: FIRST_SLOT_MS + 9 * 300_000 }, expected: 3 },
  { name: 'until', query: { toMs: FIRST_SLOT_MS + 300_000 }, expected: 2 },
  { name: 'vantage', query: { vantageId: 'outside' }, expected: 3 },
  { name: 'service', query: { service: 'none' }, expected: 0 },
];
for (const { name, query, expected } of queryRows)
  test(`only what ${name} selects is judged: ${expected}`, async (t) => {
    const report = await run(makeStore(t), { query: { ...ALL, ...query } });
    assert.equal(report.judged, expected);
  });

test('a target that was added since is not held to have failed', async (t) => {
  const store = makeStore(t);
  const services = config.services.map((service) => ({
    ...service,
    targets: service.targets.flatMap((target) => [target, { ...target, id: `${target.id}-new` }]),
  }));
  const report = await run(store, { config: { ...config, services } });
  assert.deepEqual(
    report.changes.map(({ to }) => to),
    ['blocked (tls.reset)'],
  );
});

test('what has no service any more is counted and left alone', async (t) => {
  const store = makeStore(t);
  const report = await run(store, { config: { ...config, services: [] } });
  assert.deepEqual([report.unknown, report.judged, report.revisions], [RUNS, 0, 0]);
});

test('stopped midway it leaves a sound store, and the next run goes on', async (t) => {
  const store = makeStore(t, 300);
  const stop = new AbortController();
  const shares: number[] = [];
  const onProgress = (share: number): void => {
    shares.push(share);
    stop.abort();
  };
  const first = await run(store, { signal: stop.signal, onProgress });
  assert.equal(first.isComplete, false);
  assert.equal(shares.length, 1);
  assert.ok(first.revisions > 0 && first.revisions < 300);
  assert.deepEqual(store.verify().findings, []);
  const second = await run(store);
  assert.equal(second.isComplete, true);
  assert.equal(second.unchanged, first.revisions);
  assert.deepEqual(listStates(store, 'here'), ['blocked']);
  assert.deepEqual(store.verify().findings, []);
});

test('killed again and again it leaves a sound store with at most one new revision each', async (t) => {
  const { folder, file } = makeFolder(t);
  const filled = openJudgedBefore(file);
  fillJudgedBefore(filled, config, 400);
  filled.close();
  const script = join(import.meta.dirname, 'testing', 'rejudge-child.ts');
  for (const afterLines of [1, 1]) {
    const child = spawn(process.execPath, [script, folder], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    t.after(() => child.kill('SIGKILL'));
    const closed = once(child, 'close');
    let lines = 0;
    for await (const chunk of child.stderr) {
      lines += String(chunk).split('\n').length - 1;
      if (lines >= afterLines) child.kill('SIGKILL');
    }
    await closed;
    const store = openJudgedBefore(file);
    assert.deepEqual(store.verify().findings, []);
    const counts = store
      .listMeasurements({ limit: 1_000 })
      .rows.map(({ id }) => store.getMeasurement(id)?.revisions.length);
    assert.deepEqual(
      [...new Set(counts)].filter((count) => count !== 1 && count !== 2),
      [],
    );
    store.close();
  }
  const store = openJudgedBefore(file);
  t.after(() => store.close());
  await run(store);
  assert.deepEqual(listStates(store, 'here'), ['blocked']);
  assert.deepEqual(store.verify().findings, []);
});

/** Runs the command on a data folder and gives its exit code and what it printed. */
async function command(folder: string, ...argv: string[]): Promise<{ code: number; text: string }> {
  let text = '';
  const code = await runRejudge({
    settings: loadSettings({ argv: ['--data', folder], environment: {} }),
    argv,
    log: () => undefined,
    signal: new AbortController().signal,
    print: (more) => {
      text += more;
    },
  });
  return { code, text };
}

test('the command prints what changed, with --dry-run beside a running writer too', async (t) => {
  const { folder, file } = makeFolder(t);
  const store = openJudgedBefore(file);
  t.after(() => store.close());
  fillJudgedBefore(store, config, SLOTS);
  const since = ['--since', '2022-03-04'];
  const dry = await command(folder, ...since, '--dry-run', '--service', SERVICE);
  assert.equal(dry.code, 0);
  assert.match(
    dry.text,
    /insufficient \(tls\.reset\) → blocked \(tls\.reset\) +12 +\S+\.here\.20220304T000000Z/,
  );
  assert.match(dry.text, /nothing was written; 15 new revisions would be/);
  await assert.rejects(command(folder, ...since), (error: unknown) => {
    assert.ok(error instanceof StoreError && error.kind === 'locked');
    assert.match(error.message, /most likely the server; nothing was judged.*--dry-run/);
    return true;
  });
  store.close();
  const real = await command(folder, ...since, '--until', '2022-03-04T00:05Z');
  assert.match(
    real.text,
    /2 measurements judged\.[^]*2 new revisions were written; the old ones stay/,
  );
  const after = openJudgedBefore(file);
  t.after(() => after.close());
  assert.equal(after.listEvents({ limit: 1 })[0]?.kind, 'rejudged');
});

const refusedRows = [
  { argv: [], problem: /--since: is missing/ },
  { argv: ['--since', 'yesterday'], problem: /--since: `yesterday` is no time/ },
  { argv: ['--since', '2022-03-04T10:00'], problem: /is no time/ },
  { argv: ['--since', '2022-03-04', '--until', '2022-03-04'], problem: /is not after --since/ },
  { argv: ['--since', '2022-03-04', '--service', 'none'], problem: /`none` is not known/ },
  { argv: ['--since', '2022-03-04', '--vantage', 'none'], problem: /write one of here, outside/ },
  { argv: ['--since', '2022-03-04', '--dry'], problem: /use --since, --until/ },
];
for (const { argv, problem } of refusedRows)
  test(`refused: rejudge ${argv.join(' ')}`, async (t) => {
    const { folder, file } = makeFolder(t);
    const store = openJudgedBefore(file);
    fillJudgedBefore(store, config, 1);
    store.close();
    await assert.rejects(command(folder, ...argv), (error: unknown) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.message, problem);
      return true;
    });
  });

test('without a database it says so and makes none', async (t) => {
  const { folder } = makeFolder(t);
  await assert.rejects(
    command(folder, '--since', '2022-03-04'),
    (error: unknown) => error instanceof StoreError && error.kind === 'missing',
  );
});
