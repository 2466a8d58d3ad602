/** Imports of files: packed or not, damaged, stopped, repeated; the store stays sound and nothing is there twice. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { loadSettings } from '../../config/settings.ts';
import { openStore } from '../../db/open.ts';
import { removePagesFile } from '../../db/page-digests.ts';
import type { Store } from '../../db/store.ts';
import { StoreError } from '../../db/store-error.ts';
import { systemClock } from '../../probes/clock.ts';
import { CONFIG, CONTEXT } from '../../probes/providers/ooni/testing/judged-lines.ts';
import { runImport } from '../commands/import.ts';
import { importStream } from './import-file.ts';
import { type RawLine, splitLines } from './line-reader.ts';

const FIXTURES = join(import.meta.dirname, '../../probes/providers/ooni/fixtures');
const FILES = ['classic.jsonl', 'versions.jsonl', 'quirks.jsonl', 'messengers.jsonl'];
const BYTES = Buffer.concat(FILES.map((file) => readFileSync(join(FIXTURES, file))));

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'reachline-import-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function makeStore(t: TestContext): Store {
  const file = join(makeFolder(t), 'reachline.db');
  const store = openStore({ file, mode: 'write', clock: systemClock });
  t.after(() => store.close());
  return store;
}

/** Bytes in pieces of an odd length, so that lines and magic numbers are cut everywhere. */
async function* inPieces(bytes: Uint8Array, length = 1_021): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += length) yield bytes.subarray(from, from + length);
}

function run(store: Store, bytes: Uint8Array, signal = new AbortController().signal) {
  return importStream(inPieces(bytes), { store, config: CONFIG, context: CONTEXT, signal });
}

/** Runs the command as it is typed. */
async function runCommand(folder: string, argv: readonly string[]) {
  const settings = loadSettings({ argv: ['--data', folder], environment: {} });
  let text = '';
  const print = (said: string): void => {
    text += said;
  };
  const { signal } = new AbortController();
  const code = await runImport({ settings, argv, signal, log: () => {}, print });
  return { code, text };
}

const PACKED = [
  ['plain', BYTES],
  ['gzip', gzipSync(BYTES)],
  [
    'gzip in two parts',
    Buffer.concat([gzipSync(BYTES.subarray(0, 5_000)), gzipSync(BYTES.subarray(5_000))]),
  ],
  ['zstd', zstdCompressSync(BYTES)],
] as const;
for (const [name, bytes] of PACKED)
  test(`${name}: everything that is ours is stored once, with origin and verdict`, async (t) => {
    const store = makeStore(t);
    const first = await run(store, bytes);
    assert.equal(first.isComplete, true);
    assert.equal(first.bad, 7);
    assert.equal(first.lines, 75);
    assert.equal(first.stored, store.health().measurements);
    assert.ok(first.stored > 50);
    assert.deepEqual(first.badLines[0], { where: 'line 60', reason: 'it has no test_name' });
    const again = await run(store, bytes);
    assert.equal(again.stored, 0);
    assert.equal(again.known, first.stored);
    assert.equal(store.health().measurements, first.stored);
  });

test('what is stored is found by lane and vantage, keeps origin and blind spots, and verifies', async (t) => {
  const store = makeStore(t);
  await run(store, BYTES);
  const vantage = store.listVantages().find(({ id }) => id === 'ooni-ru-as12389');
  assert.equal(vantage?.kind, 'import');
  const { rows } = store.listMeasurements({
    vantageIds: ['ooni-ru-as12389'],
    services: ['facebook'],
    limit: 500,
  });
  assert.ok(rows.length > 30);
  assert.equal(new Set(rows.map(({ slotMs, seq }) => `${slotMs} ${seq}`)).size, rows.length);
  const stored = store.getMeasurement(rows[0]?.id ?? '');
  assert.equal(stored?.measurement.origin?.licence, 'CC-BY-NC-SA-4.0');
  assert.ok(stored.measurement.blindSpots?.includes('deep'));
  const report = store.verify();
  assert.deepEqual(report.findings, []);
  assert.ok((report.checks.find(({ check }) => check === 'origins')?.checked ?? 0) >= rows.length);
});

test('an origin that was changed behind the store’s back is found, and made again from the evidence', async (t) => {
  const file = join(makeFolder(t), 'reachline.db');
  const clock = systemClock;
  {
    using store = openStore({ file, mode: 'write', clock });
    await run(store, BYTES);
  }
  const database = new Database(file);
  database
    .prepare(
      "UPDATE measurement_origin SET reference = 'another' WHERE entry = (SELECT MIN(entry) FROM measurement_origin)",
    )
    .run();
  database
    .prepare(
      'DELETE FROM measurement_origin WHERE entry = (SELECT MAX(entry) FROM measurement_origin)',
    )
    .run();
  database.close();
  removePagesFile(file);
  using store = openStore({ file, mode: 'write', clock });
  const damaged = store.verify().checks.find(({ check }) => check === 'origins');
  assert.equal(damaged?.findings, 2);
  store.rebuild();
  assert.equal(store.verify().checks.find(({ check }) => check === 'origins')?.findings, 0);
});

test('stopped by Ctrl-C and started again: all is there, once', async (t) => {
  const store = makeStore(t);
  const stop = new AbortController();
  async function* stopping(): AsyncGenerator<Uint8Array> {
    yield* inPieces(BYTES.subarray(0, 60_000));
    stop.abort();
    yield* inPieces(BYTES.subarray(60_000));
  }
  const deps = { store, config: CONFIG, context: CONTEXT };
  const first = await importStream(stopping(), { ...deps, signal: stop.signal });
  assert.equal(first.isComplete, false);
  assert.ok(first.stored > 0 && first.stored < 50, `${first.stored}`);
  const second = await run(store, BYTES);
  assert.equal(second.known, first.stored);
  assert.equal(store.health().measurements, first.stored + second.stored);
});

test('a packed file that is cut off keeps what came and says so', async (t) => {
  const store = makeStore(t);
  const packed = gzipSync(BYTES);
  const report = await run(store, packed.subarray(0, Math.floor(packed.length / 2)));
  assert.equal(report.isComplete, false);
  assert.match(report.problem ?? '', /ends in the middle .*fetch the whole of it again/);
  assert.equal(store.health().measurements, report.stored);
});

test('a byte order mark and line ends of Windows cost no line', async (t) => {
  const text = `\uFEFF${BYTES.toString('utf8').replaceAll('\n', '\r\n')}`;
  const report = await run(makeStore(t), Buffer.from(text));
  assert.deepEqual([report.bad, report.badLines[0]?.where], [7, 'line 60']);
});

const STRANGE = [
  ['one measurement over many lines', Buffer.from(JSON.stringify({ a: { b: 1 } }, undefined, 2))],
  ['a list', Buffer.from('[{"test_name":"whatsapp"}]')],
  ['something else', Buffer.from(Array.from({ length: 5_000 }, (_, at) => at % 251))],
] as const;
for (const [name, bytes] of STRANGE)
  test(`${name}: the command fails and says what it needs`, async (t) => {
    const folder = makeFolder(t);
    const file = join(folder, 'lines.jsonl');
    writeFileSync(file, bytes);
    const { code, text } = await runCommand(folder, ['ooni', file]);
    assert.equal(code, 1);
    assert.match(text, /Nothing in it could be read\. It has to be JSON Lines/);
  });

test('an empty file is no failure, and said to be empty', async (t) => {
  const folder = makeFolder(t);
  const file = join(folder, 'lines.jsonl');
  writeFileSync(file, '');
  const { code, text } = await runCommand(folder, ['ooni', file]);
  assert.equal(code, 0);
  assert.match(text, /There is no measurement in it/);
});

test('a line that is too long is counted by its number, and the next one is read', async () => {
  const text = `short\n${'x'.repeat(5_000)}\n\nlast`;
  const lines: RawLine[] = [];
  for await (const some of splitLines(inPieces(Buffer.from(text), 100), 1_000)) lines.push(...some);
  assert.deepEqual(lines, [
    { number: 1, text: 'short' },
    { number: 2 },
    { number: 4, text: 'last' },
  ]);
});

test('the command: a report in words, then nothing new; beside a server that runs a clear refusal', async (t) => {
  const folder = makeFolder(t);
  const file = join(folder, 'lines.jsonl.gz');
  writeFileSync(file, gzipSync(BYTES));
  const settings = loadSettings({ argv: ['--data', folder], environment: {} });
  const { signal } = new AbortController();
  const texts: string[] = [];
  const context = {
    settings,
    argv: ['ooni', file],
    signal,
    log: () => {},
    print: (text: string) => void texts.push(text),
  };
  assert.equal(await runImport(context), 0);
  assert.match(texts[0] ?? '', /75 measurements read, \d+ stored/);
  assert.match(texts[0] ?? '', /line 60: it has no test_name/);
  assert.equal(await runImport(context), 0);
  assert.match(texts[1] ?? '', /75 measurements read, 0 stored/);
  using _store = openStore({
    file: join(folder, 'reachline.db'),
    mode: 'write',
    clock: systemClock,
  });
  await assert.rejects(
    runImport(context),
    (error) => error instanceof StoreError && /nothing was imported/.test(error.message),
  );
});

test('a file that holds no measurement at all ends with 1', async (t) => {
  const folder = makeFolder(t);
  const file = join(folder, 'letter.txt');
  writeFileSync(file, 'dear\nreader\n');
  const settings = loadSettings({ argv: ['--data', folder], environment: {} });
  const { signal } = new AbortController();
  const context = { settings, argv: ['ooni', file], signal, log: () => {}, print: () => {} };
  assert.equal(await runImport(context), 1);
});

const REFUSED = [
  [[], /no format/],
  [['ooni'], /no file is named/],
  [['ooni', '/nowhere/at/all.jsonl'], /there is no file/],
  [['ooni', '--api', '--country', 'XX', '--since', '2026-01-01'], /no country/],
  [['ooni', '--api', '--country', 'RU'], /--since/],
  [['ooni', '--api', '--country', 'RU', '--since', 'May'], /is no time/],
  [
    ['ooni', '--api', '--country', 'RU', '--since', '2026-01-01', '--test', 'ndt'],
    /`ndt` is not known/,
  ],
] as const;
for (const [argv, pattern] of REFUSED)
  test(`import ${argv.join(' ')} → ${String(pattern)}`, async (t) => {
    const settings = loadSettings({ argv: ['--data', makeFolder(t)], environment: {} });
    const { signal } = new AbortController();
    const context = { settings, argv, signal, log: () => {}, print: () => {} };
    await assert.rejects(runImport(context), pattern);
  });
