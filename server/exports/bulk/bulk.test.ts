import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  existsSync,
  globSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { BULK_NAMES } from '../../../db/dictionary/dictionary.ts';
import type { Store } from '../../../db/store.ts';
import { DataPackageProfile } from '../../testing/data-package-profile.ts';
import {
  createSample,
  SAMPLE_INTERVAL_MS,
  SAMPLE_START_MS,
  SAMPLE_VANTAGES,
} from '../../testing/sample.ts';
import { createFixedClock, openSampleApp } from '../../testing/sample-app.ts';
import { writeSampleBulk } from '../../testing/sample-bulk.ts';
import type { BulkReport } from './bulk.ts';
import { readManifest } from './manifest.ts';
import type { BulkInput } from './run.ts';

const SLOTS = 54;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

function open(t: TestContext) {
  let nowMs = SAMPLE_START_MS + SLOTS * SAMPLE_INTERVAL_MS;
  const sample = openSampleApp({
    slots: SLOTS,
    clock: { ...createFixedClock(0), nowMs: () => nowMs },
  });
  const folder = mkdtempSync(join(tmpdir(), 'reachline-bulk-'));
  t.after(() => {
    sample.close();
    rmSync(folder, { recursive: true });
  });
  const { store } = sample;
  return {
    store,
    folder,
    wait: (ms: number) => {
      nowMs += ms;
    },
    run: (more: Partial<BulkInput> = {}): Promise<BulkReport> =>
      writeSampleBulk(sample, folder, nowMs, more),
    manifest: () => {
      const found = readManifest(folder);
      assert.ok(found);
      return found;
    },
  };
}

/** The first measurement of the sample gets another verdict. */
function judgeFirstAgain(store: Store): void {
  const { judgement } = createSample({
    service: 'facebook',
    vantageId: 'ru-volga-fixed',
    slotMs: SAMPLE_START_MS,
    verdict: 'impaired',
  });
  store.addJudgements([{ id: 'facebook.ru-volga-fixed.20220304T000000Z', judgement }]);
}

const sha256 = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

suite('bulk files', () => {
  test('each whole day in three forms, listed with size and digest, all of the same rows', async (t) => {
    const { folder, run, manifest, wait } = open(t);
    wait(MINUTE_MS);
    const report = await run();
    // Slots 0 to 53 from midnight on: two days are over, the third is not.
    assert.deepEqual(report, {
      written: 2,
      corrected: 0,
      unchanged: 0,
      frozen: 0,
      isComplete: true,
    });
    const { measurements, tables, snapshots } = manifest();
    assert.deepEqual(
      measurements.map(({ date, is_current: isCurrent }) => [date, isCurrent]),
      [
        ['2022-03-04', true],
        ['2022-03-05', true],
      ],
    );
    assert.equal(snapshots.length, 1);
    const files = [...measurements, ...tables].flatMap((one) => one.files);
    for (const { path, bytes, sha256: digest } of [...files, ...snapshots]) {
      assert.equal(statSync(join(folder, path)).size, bytes, path);
      assert.equal(sha256(join(folder, path)), digest, path);
    }
    const [day] = measurements;
    assert.ok(day);
    const read = (ending: string) =>
      readFileSync(join(folder, `measurements/date=2022-03-04/part.${ending}`));
    const lines = zstdDecompressSync(read('jsonl.zst')).toString().trimEnd().split('\n');
    const cells = gunzipSync(read('csv.gz')).toString().trimEnd().split('\r\n').slice(1);
    const ids = lines.map((line) => (JSON.parse(line) as { id: string }).id);
    assert.deepEqual(
      cells.map((line) => line.split(',')[0]),
      ids,
    );
    assert.equal(day.rows, ids.length);
    assert.deepEqual([day.min_id, day.max_id], [ids.toSorted()[0], ids.toSorted().at(-1)]);
  });

  test('a second run changes nothing; late data and another judgement make a revision beside the old', async (t) => {
    const { store, folder, run, manifest, wait } = open(t);
    wait(MINUTE_MS);
    await run();
    const before = manifest().measurements;
    wait(MINUTE_MS);
    assert.deepEqual(await run(), {
      written: 0,
      corrected: 0,
      unchanged: 2,
      frozen: 0,
      isComplete: true,
    });
    assert.deepEqual(manifest().measurements, before);
    judgeFirstAgain(store);
    const late = createSample({
      service: 'facebook',
      vantageId: 'pl-wisla-fixed',
      slotMs: SAMPLE_START_MS + 40 * SAMPLE_INTERVAL_MS,
      verdict: 'ok',
    });
    store.insertMeasurement(late.measurement, late.judgement);
    wait(MINUTE_MS);
    assert.deepEqual(await run(), {
      written: 0,
      corrected: 2,
      unchanged: 0,
      frozen: 0,
      isComplete: true,
    });
    const now = manifest().measurements;
    assert.equal(now.length, 4);
    assert.deepEqual(
      now.filter((one) => !one.is_current).map(({ files }) => files),
      before.map(({ files }) => files),
    );
    for (const { path, sha256: digest } of before.flatMap(({ files }) => files))
      assert.equal(sha256(join(folder, path)), digest, `${path} was changed`);
    const rows = now.filter((one) => one.is_current).map((one) => one.rows);
    assert.deepEqual(rows, [before[0]?.rows, (before[1]?.rows ?? 0) + 1]);
  });

  test('a run that was stopped leaves no half file, and the next one goes on', async (t) => {
    const { folder, run, manifest, wait } = open(t);
    wait(MINUTE_MS);
    const controller = new AbortController();
    const stopped = await run({
      signal: controller.signal,
      onProgress: (_share, note) => note === '2022-03-05' && controller.abort(),
    });
    assert.deepEqual(stopped, {
      written: 1,
      corrected: 0,
      unchanged: 0,
      frozen: 0,
      isComplete: false,
    });
    assert.deepEqual(globSync('**/*.part', { cwd: folder }), []);
    assert.equal(manifest().measurements.length, 1);
    assert.deepEqual(await run(), {
      written: 1,
      corrected: 0,
      unchanged: 1,
      frozen: 0,
      isComplete: true,
    });
  });

  test('the snapshot holds the public tables and nothing else', async (t) => {
    const { store, folder, run, wait, manifest } = open(t);
    store.syncVantages(
      SAMPLE_VANTAGES.map((one) =>
        one.id === 'ru-taiga-mobile' ? { ...one, publishDelayMinutes: 600 } : one,
      ),
    );
    wait(3 * MINUTE_MS);
    await run();
    const [snapshot] = manifest().snapshots;
    assert.ok(snapshot);
    const file = join(folder, snapshot.path);
    const database = new Database(file, { readonly: true });
    t.after(() => database.close());
    const names = database
      .prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
      .pluck()
      .all();
    assert.deepEqual(names, ['about', 'column_description', ...BULK_NAMES].toSorted());
    const bytes = readFileSync(file, 'latin1');
    for (const forbidden of [
      'agent_batch',
      'receipt',
      'dictionary_id',
      'stored_at',
      'subscri',
      'chain_hour',
    ])
      assert.ok(!bytes.includes(forbidden), forbidden);
    // At 06:03 of the third day, what is younger than ten hours is hidden.
    const newest = database
      .prepare<[], string>(
        "SELECT MAX(scheduled_at) FROM measurements WHERE vantage_id = 'ru-taiga-mobile'",
      )
      .pluck()
      .get();
    assert.equal(newest, '2022-03-05T19:00:00.000Z');
    const inexact = database
      .prepare<[], number>(
        "SELECT COUNT(*) FROM measurements WHERE vantage_id = 'ru-taiga-mobile' AND started_at <> scheduled_at",
      )
      .pluck()
      .get();
    assert.equal(inexact, 0);
    assert.ok(!existsSync(`${file}.draft`));
  });

  test('descriptions name every table, column and file', async (t) => {
    const { folder, run, wait } = open(t);
    wait(MINUTE_MS);
    await run();
    const json = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as unknown;
    const paths = globSync('**/*.csv.gz', { cwd: folder });
    const { resources } = DataPackageProfile.parse(json('datapackage.json'));
    assert.deepEqual(resources.flatMap(({ path }) => path).toSorted(), paths.toSorted());
    for (const name of ['catalog.jsonld', 'dataset.jsonld'])
      for (const path of paths)
        assert.ok(JSON.stringify(json(name)).includes(path), `${name} ${path}`);
    assert.match(
      readFileSync(join(folder, 'CITATION.cff'), 'utf8'),
      /^cff-version: 1\.2\.0\n[^]*\ntype: dataset\n/,
    );
  });

  test('what is named by revision never changes, and older sets go after some nights', async (t) => {
    const { store, folder, run, manifest, wait } = open(t);
    const nights: string[][] = [];
    for (let night = 0; night < 3; night += 1) {
      const { measurement, judgement } = createSample({
        service: 'facebook',
        vantageId: 'ru-volga-fixed',
        slotMs: SAMPLE_START_MS + (SLOTS + night) * SAMPLE_INTERVAL_MS,
        verdict: 'ok',
      });
      store.insertMeasurement(measurement, judgement);
      wait(MINUTE_MS);
      await run();
      nights.push(globSync('{snapshot,tables}/**/*.*', { cwd: folder }).toSorted());
    }
    const [first = [], second = [], third = []] = nights;
    assert.equal(first.length, 1 + 3 * (BULK_NAMES.length - 1));
    assert.equal(second.length, 2 * first.length);
    assert.equal(third.length, second.length);
    assert.deepEqual(
      first.filter((path) => third.includes(path)),
      [],
    );
    assert.deepEqual(
      manifest().snapshots.map(({ path }) => path),
      third.filter((path) => path.startsWith('snapshot')).toReversed(),
    );
    const before = third.map((path) => [path, statSync(join(folder, path)).mtimeMs]);
    await run();
    assert.deepEqual(
      before,
      third.map((path) => [path, statSync(join(folder, path)).mtimeMs]),
    );
  });

  test('a month that is over is frozen once, with what it takes to cite and to check it', async (t) => {
    const { store, folder, run, manifest, wait } = open(t);
    wait(MINUTE_MS);
    await run();
    assert.deepEqual(manifest().releases, []);
    wait(27 * DAY_MS);
    assert.equal((await run()).frozen, 1);
    const [release] = manifest().releases;
    assert.ok(release);
    assert.equal(release.month, '2022-03');
    assert.match(
      release.citation,
      /^Reachline \(2022\): Data of 2022-03, frozen release\. .* CC BY 4\.0\.$/,
    );
    const names = release.files.map(({ path }) => path.replace('releases/2022-03/', ''));
    assert.deepEqual(readdirSync(join(folder, 'releases/2022-03')).toSorted(), names.toSorted());
    for (const { path, bytes, sha256: digest } of release.files) {
      assert.equal(statSync(join(folder, path)).size, bytes, path);
      assert.equal(sha256(join(folder, path)), digest, path);
    }
    const read = (name: string) => readFileSync(join(folder, 'releases/2022-03', name));
    const lines = zstdDecompressSync(read('measurements.jsonl.zst'))
      .toString()
      .trimEnd()
      .split('\n');
    assert.equal(lines.length, release.rows);
    assert.equal(lines.length, store.health().measurements);
    const sums = read('SHA256SUMS').toString().trimEnd().split('\n');
    assert.equal(sums.length, names.length - 2);
    const { data } = JSON.parse(read('datacite.json').toString()) as {
      data: { attributes: { dates: unknown; publicationYear: number } };
    };
    assert.deepEqual(data.attributes.dates, [
      { date: '2022-03-01/2022-03-31', dateType: 'Collected' },
      { date: '2022-03-06', dateType: 'Created' },
    ]);
    const described = DataPackageProfile.parse(JSON.parse(read('datapackage.json').toString()));
    assert.deepEqual(
      described.resources.map(({ name, path }) => [name, path]),
      BULK_NAMES.map((name) => [name, `${name}.csv.gz`]),
    );
    // Corrected later: the month says what it said.
    judgeFirstAgain(store);
    wait(MINUTE_MS);
    assert.deepEqual(await run(), {
      written: 0,
      corrected: 1,
      unchanged: 2,
      frozen: 0,
      isComplete: true,
    });
    for (const { path, sha256: digest } of release.files)
      assert.equal(sha256(join(folder, path)), digest, path);
  });

  test('nothing is written when too little would stay free, and what is there stays', async (t) => {
    const { folder, run, manifest, wait } = open(t);
    wait(MINUTE_MS);
    await assert.rejects(run({ minFreeBytes: Number.MAX_SAFE_INTEGER }), {
      name: 'StoreError',
      kind: 'full',
    });
    assert.deepEqual(globSync('**/*.{parquet,gz,zst,sqlite,part}', { cwd: folder }), []);
    await run();
    const before = manifest();
    await assert.rejects(
      run({ minFreeBytes: Number.MAX_SAFE_INTEGER, nowMs: 2e12 }),
      /Free some space/,
    );
    assert.deepEqual(manifest(), before);
  });

  test('two runs at once: the second is told to wait', async (t) => {
    const { run, wait } = open(t);
    wait(MINUTE_MS);
    const first = run();
    await assert.rejects(run(), /Another run is writing/);
    assert.equal((await first).written, 2);
  });

  test('a folder of another kind is refused', async (t) => {
    const { run, wait } = open(t);
    wait(MINUTE_MS);
    await run();
    await assert.rejects(run({ hasImported: true }), /Choose another folder/);
  });
});
