/** The run of a night as the server starts it: a process of its own, beside probes that write and an export. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { setImmediate as yieldToEvents } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { createSample, SAMPLE_INTERVAL_MS, SAMPLE_START_MS } from '../../testing/sample.ts';
import { openSampleApp } from '../../testing/sample-app.ts';
import { formatRevision } from '../revision.ts';
import { readManifest } from './manifest.ts';
import { startNightly } from './nightly.ts';

const SLOTS = 30;
/** As many as fill the time that the process takes. */
const MOST_RUNS = 500;
const BULK = { enabled: true, hourUtc: 2, keepSnapshots: 2, minFreeMb: 0, maxMinutes: 5 };
const CONFIG = join(import.meta.dirname, '../../../config/reachline.yaml');

function open(t: TestContext) {
  const sample = openSampleApp({ slots: SLOTS });
  const folder = mkdtempSync(join(tmpdir(), 'reachline-night-'));
  const logged: (readonly [event: string, fields: Readonly<Record<string, unknown>>])[] = [];
  const start = (more: Partial<typeof BULK> = {}) => {
    const nightly = startNightly({
      bulk: { ...BULK, ...more },
      folder,
      settings: ['--data', sample.folder, '--config', CONFIG],
      homepage: 'https://reachline.example/data',
      log: (_level, event, fields = {}) => logged.push([event, fields]),
      nowMs: Date.now,
    });
    t.after(() => nightly.stop());
    return nightly;
  };
  t.after(() => {
    sample.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { sample, folder, logged, start };
}

suite('a night', () => {
  test('writes everything while measurements are stored and an export runs; no lock, no lost row', async (t) => {
    const { sample, folder, logged, start } = open(t);
    const { store, app } = sample;
    const before = store.health().measurements;
    const run = start().run();
    let isOver = false;
    void run.then(() => {
      isOver = true;
    });
    const response = await app.request('http://test/api/v1/exports/measurements.jsonl');
    assert.equal(response.status, 200);
    const text = response.text();
    let stored = 0;
    // Every run of the probes is its own transaction; the night sees each wholly or not at all.
    for (let slot = 0; !isOver && slot < MOST_RUNS; slot += 1) {
      const { measurement, judgement } = createSample({
        service: 'facebook',
        vantageId: 'ua-dnipro-fixed',
        slotMs: SAMPLE_START_MS + (SLOTS + slot) * SAMPLE_INTERVAL_MS,
        verdict: 'ok',
      });
      assert.equal(store.insertMeasurement(measurement, judgement), 'inserted');
      stored += 1;
      await yieldToEvents();
    }
    await run;
    assert.deepEqual(
      logged.map(([event, { isComplete }]) => [event, isComplete]),
      [['bulk_written', true]],
      JSON.stringify(logged),
    );
    assert.ok(stored > 0);
    assert.equal(store.health().measurements, before + stored);
    const exported = (await text).trimEnd().split('\n');
    assert.ok(exported.length <= before + stored);
    assert.equal(readManifest(folder)?.has_imported, false);
    const [snapshot] = readManifest(folder)?.snapshots ?? [];
    assert.ok(snapshot);
    const database = new Database(join(folder, snapshot.path), { readonly: true });
    const rows = database.prepare<[], number>('SELECT COUNT(*) FROM measurements').pluck().get();
    const distinct = database
      .prepare<[], number>('SELECT COUNT(DISTINCT id) FROM measurements')
      .pluck()
      .get();
    database.close();
    assert.equal(rows, distinct);
    // Its revision is that of its start: all that was there, and nothing that came meanwhile.
    assert.ok(Number(rows) >= before && Number(rows) <= before + stored, `${rows}`);
    assert.match(snapshot.revision, /^\d{8}T\d{6}Z$/);
    assert.ok(snapshot.revision <= formatRevision(Date.now() + 60_000));
  });

  test('a second run while one is under way waits for it; a stop ends it', async (t) => {
    const { folder, logged, start } = open(t);
    const nightly = start();
    const first = nightly.run();
    assert.equal(nightly.run(), first);
    await nightly.stop();
    await first;
    assert.deepEqual(logged, []);
    assert.equal(await nightly.run(), undefined);
    assert.equal(readManifest(folder)?.made_at ?? null, null);
  });

  test('what cannot be written is told with its reason', async (t) => {
    const { logged, start } = open(t);
    await start({ minFreeMb: 9_000_000 }).run();
    const [[event, fields] = ['', {}]] = logged;
    assert.equal(event, 'bulk_failed');
    assert.equal(fields['code'], 74);
    assert.match(
      String(fields['reason']),
      /Less than 9000000 MB would stay free .* Free some space/,
    );
  });

  test('a night that was missed is made up for, and a folder of this night is left alone', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { folder, logged, start } = open(t);
    const { writeManifest, createManifest } = await import('./manifest.ts');
    writeManifest(
      folder,
      createManifest({
        dictionary_version: '1.0.0',
        licence: 'CC-BY-4.0',
        has_imported: false,
        is_simulated: true,
      }),
    );
    const fresh = start();
    t.mock.timers.tick(16 * 60_000);
    await fresh.stop();
    assert.equal(readManifest(folder)?.made_at, null);
    const agoSeconds = Date.now() / 1_000 - 27 * 3_600;
    utimesSync(join(folder, 'manifest.json'), agoSeconds, agoSeconds);
    const late = start();
    t.mock.timers.tick(16 * 60_000);
    // Joins the run that the timer has started.
    await late.run();
    assert.equal(logged.length, 1, JSON.stringify(logged));
    assert.notEqual(readManifest(folder)?.made_at, null, JSON.stringify(logged));
  });
});
