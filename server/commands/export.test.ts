/** `reachline export` as people run it: what it writes, what it says meanwhile, and what it says when it cannot. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { createSample, SAMPLE_INTERVAL_MS, SAMPLE_START_MS } from '../testing/sample.ts';
import { openSampleApp, type SampleApp } from '../testing/sample-app.ts';

const ENTRY = join(import.meta.dirname, '../reachline.mjs');
const SLOTS = 24;
const TIMEOUT_MS = 60_000;

type Ended = { readonly code: number | null; readonly out: string; readonly said: string };

function collect(stream: NodeJS.ReadableStream | null): () => string {
  let text = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return () => text;
}

function start(
  command: string,
  args: readonly string[],
  output: 'pipe' | number = 'pipe',
): Promise<Ended> {
  const child = spawn(command, args, { stdio: ['ignore', output, 'pipe'], timeout: TIMEOUT_MS });
  const [out, said] = [collect(child.stdout), collect(child.stderr)];
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out: out(), said: said() }));
  });
}

const lines = (text: string) => text.split(/\r?\n/).filter((line) => line !== '');

suite('reachline export', { concurrency: 2 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'reachline-export-'));
  let sample: SampleApp;
  let rows = 0;
  before(() => {
    sample = openSampleApp({ slots: SLOTS });
    rows = sample.store.health().measurements;
  });
  after(() => {
    sample.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const run = (args: readonly string[], output: 'pipe' | number = 'pipe') =>
    start(process.execPath, [ENTRY, 'export', ...args, '--data', sample.folder], output);

  test('measurements: to standard output, with rows, revision and citation beside it', async () => {
    const { code, out, said } = await run(['measurements', '--own']);
    assert.equal(code, 0, said);
    const [header = '', ...cells] = lines(out);
    assert.match(header, /^id,round_id,service,/);
    assert.equal(cells.length, rows);
    assert.match(
      said,
      new RegExp(`^${rows} rows of measurements at revision \\d{8}T\\d{6}Z\\.$`, 'm'),
    );
    assert.match(
      said,
      /^To cite: Reachline \(2022\): .* reachline export measurements --own --rev \d{8}T\d{6}Z\./m,
    );
  });

  test('ooni: a line per service and run, in its own form', async () => {
    const { code, out, said } = await run(['ooni']);
    assert.equal(code, 0, said);
    const found = lines(out).map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.equal(found.length, rows);
    assert.match(said, new RegExp(`^${rows} measurements written\\.$`, 'm'));
    assert.ok(found.every((one) => typeof one['measurement_start_time'] === 'string'));
  });

  for (const [what, ending, unpack] of [
    ['measurements', 'jsonl.gz', gunzipSync],
    ['ooni', 'jsonl.zst', zstdDecompressSync],
  ] as const)
    test(`${what}: packed by the name of the file (${ending}), which is there whole or not at all`, async () => {
      const file = join(folder, `${what}.${ending}`);
      const { code, said } = await run([what, '--out', file]);
      assert.equal(code, 0, said);
      assert.equal(lines(unpack(readFileSync(file)).toString()).length, rows);
      const again = await run([what, '--out', file]);
      assert.equal(again.code, 78);
      assert.match(again.said, /exists already.*--force/s);
      assert.equal((await run([what, '--out', file, '--force'])).code, 0);
      assert.ok(!existsSync(`${file}.part`));
    });

  test('where no terminal is, progress is lines, and never in the output', async () => {
    for (const what of ['measurements', 'ooni']) {
      const { out, said } = await run([what]);
      assert.match(said, /^export +█+ 100 % \d+ s/m, what);
      assert.ok(!said.includes('\r') && !said.includes('\u001b'), what);
      assert.ok(!out.includes('█'), what);
    }
  });

  test('on a terminal, progress is one line that is drawn over', async (t) => {
    if (!existsSync('/usr/bin/script')) {
      t.skip('needs script(1), which gives a program a terminal');
      return;
    }
    const file = join(folder, 'terminal.csv');
    const command = [process.execPath, ENTRY, 'export', 'measurements', '--out', file];
    const { out } = await start('/usr/bin/script', [
      '-q',
      '-e',
      '-c',
      [...command, '--data', sample.folder].join(' '),
      '/dev/null',
    ]);
    assert.ok(out.includes('\r\u001b[Kexport █'), out);
    assert.match(out, /█+ 100 % /);
    assert.equal(lines(readFileSync(file, 'utf8')).length, rows + 1);
  });

  test('what stands after a row, and what is new since a revision', async () => {
    const all = lines((await run(['measurements', '--format', 'jsonl'])).out);
    const id = (JSON.parse(all[9] ?? '{}') as { id: string }).id;
    const rest = await run(['measurements', '--format', 'jsonl', '--after-id', id]);
    assert.deepEqual(lines(rest.out), all.slice(10));
    // The clock of the sample stands still, so its rows were all stored before this revision.
    const revision = /at revision (\w+)/.exec(rest.said)?.[1] ?? '';
    const nothing = await run(['measurements', '--format', 'jsonl', '--updated-since', revision]);
    assert.equal(nothing.out, '', nothing.said);
    const whole = await run([
      'measurements',
      '--format',
      'jsonl',
      '--updated-since',
      '20200101T000000Z',
    ]);
    assert.deepEqual(lines(whole.out), all);
    const late = await run(['measurements', '--updated-since', '20990101T000000Z']);
    assert.equal(late.code, 78);
    assert.match(late.said, /--updated-since.*newest revision/s);
  });

  const wrong = [
    { args: ['nothing'], says: /there is no export `nothing`.*write ooni, bulk, or a table/s },
    { args: ['measurements', '--format', 'xls'], says: /--format.*write one of csv, jsonl/s },
    { args: ['measurements', '--country', 'Russia'], says: /--country/ },
    {
      args: ['ooni', '--since', '2022-03-05', '--until', '2022-03-04'],
      says: /is not after --since/,
    },
    { args: ['ooni', '--service', 'orkut'], says: /--service/ },
  ] as const;
  for (const { args, says } of wrong)
    test(`${args.join(' ')} → what to write instead`, async () => {
      const { code, out, said } = await run(args);
      assert.equal(code, 78);
      assert.match(said, says);
      assert.doesNotMatch(said, /^ {4}at /m, 'no stack');
      assert.equal(out, '');
    });

  for (const what of ['measurements', 'ooni'] as const) {
    test(`${what}: a folder that is missing, or a file in its place → one message, nothing left`, async () => {
      writeFileSync(join(folder, `${what}-file`), '');
      for (const place of [join('missing', 'x.csv'), join(`${what}-file`, 'x.csv')]) {
        const { code, said } = await run([what, '--out', join(folder, place)]);
        assert.equal(code, 74, said);
        assert.match(
          said,
          /x\.csv cannot be written \(E(?:NOENT|NOTDIR)\)\. Check that its folder exists/,
        );
        assert.doesNotMatch(said, /^ {4}at /m, 'no stack');
      }
    });

    test(`${what}: a disk that is full → one message`, async (t) => {
      if (!existsSync('/dev/full')) {
        t.skip('needs /dev/full, which behaves like a full disk');
        return;
      }
      const { code, said } = await run([what], openSync('/dev/full', 'w'));
      assert.equal(code, 74, said);
      assert.match(said, /No room left on the disk for standard output/);
      assert.doesNotMatch(said, /^ {4}at /m, 'no stack');
    });

    test(`${what}: a file that may not grow → one message, and no part of it is left`, async () => {
      const place = join(folder, `${what}-small`);
      mkdirSync(place);
      const command = [process.execPath, ENTRY, 'export', what, '--out', join(place, 'x.jsonl')];
      const { code, said } = await start('/bin/sh', [
        '-c',
        `trap '' XFSZ; ulimit -f 8; exec ${[...command, '--data', sample.folder].join(' ')}`,
      ]);
      assert.equal(code, 74, said);
      assert.match(said, /x\.jsonl cannot be written \(EFBIG\)|No room left/);
      assert.deepEqual(readdirSync(place), []);
    });

    test(`${what}: a reader that has enough ends it without a word of failure`, async () => {
      const command = [process.execPath, ENTRY, 'export', what, '--data', sample.folder].join(' ');
      const { out, said } = await start('/bin/sh', ['-c', `${command} | head -n 2`]);
      assert.equal(lines(out).length, 2);
      assert.doesNotMatch(said, /EPIPE|^ {4}at /m);
    });
  }

  test('a folder that may not be written to', async () => {
    const locked = join(folder, 'locked');
    mkdirSync(locked);
    chmodSync(locked, 0o500);
    // Root may write everywhere but into what the kernel makes up.
    const place = process.getuid?.() === 0 ? '/sys' : locked;
    const { code, said } = await run(['measurements', '--out', join(place, 'x.csv')]);
    assert.equal(code, 74);
    assert.match(said, /x\.csv cannot be written \(E(?:ACCES|PERM|ROFS)\)/);
  });

  test('a row that came meanwhile is in the next increment alone', async () => {
    const first = await run(['measurements', '--format', 'jsonl', '--vantage', 'pl-wisla-fixed']);
    const last = JSON.parse(lines(first.out).at(-1) ?? '{}') as { id: string };
    const { measurement, judgement } = createSample({
      service: 'whatsapp',
      vantageId: 'pl-wisla-fixed',
      slotMs: SAMPLE_START_MS + (SLOTS + 50) * SAMPLE_INTERVAL_MS,
      verdict: 'ok',
    });
    sample.store.insertMeasurement(measurement, judgement);
    rows += 1;
    const next = await run([
      'measurements',
      '--format',
      'jsonl',
      '--vantage',
      'pl-wisla-fixed',
      '--after-id',
      last.id,
    ]);
    const [only, ...others] = lines(next.out);
    assert.deepEqual(others, []);
    assert.match(only ?? '', /whatsapp\.pl-wisla-fixed/);
  });

  test('bulk: a folder, with what was done; a second run does nothing again', async () => {
    const place = join(folder, 'bulk');
    const first = await run(['bulk', place, '--json', '--min-free-mb', '0']);
    assert.equal(first.code, 0, first.said);
    const report = JSON.parse(first.out) as { written: number; isComplete: boolean };
    assert.ok(report.written >= 1 && report.isComplete);
    assert.ok(existsSync(join(place, 'manifest.json')));
    const second = await run(['bulk', place, '--json', '--min-free-mb', '0']);
    assert.equal((JSON.parse(second.out) as { written: number }).written, 0);
    const full = await run(['bulk', place, '--min-free-mb', '900000000']);
    assert.equal(full.code, 74);
    assert.match(full.said, /would stay free/);
    const wrongKeep = await run(['bulk', place, '--keep', '0', '--min-free-mb', 'much']);
    assert.equal(wrongKeep.code, 78);
    assert.match(wrongKeep.said, /--keep/);
    assert.match(wrongKeep.said, /`much` is no number/);
  });
});
