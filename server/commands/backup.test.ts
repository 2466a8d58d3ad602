/** A copy that is made beside a writer can be put in the place of the database, and never replaces a file unasked. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadSettings } from '../../config/settings.ts';
import { openStore } from '../../db/open.ts';
import { verifyFile } from '../../db/verify.ts';
import { runBackup } from './backup.ts';

const clock = { nowMs: () => Date.UTC(2026, 10, 20) };

test('backup beside a writer, restore, verify', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'reachline backup-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  using store = openStore({ file: join(folder, 'reachline.db'), mode: 'write', clock });
  store.recordEvent({ atMs: clock.nowMs(), kind: 'rebuilt', detail: 'told before the copy' });
  const run = (...argv: string[]) =>
    runBackup({
      settings: loadSettings({ argv: ['--data', folder], environment: {} }),
      argv,
      log: () => {},
      signal: new AbortController().signal,
      print: () => {},
    });
  const copy = join(folder, 'copy.db');
  assert.equal(await run(copy), 0);
  const restored = join(folder, 'restored');
  mkdirSync(restored);
  for (const ending of ['', '.pages'])
    copyFileSync(`${copy}${ending}`, join(restored, `reachline.db${ending}`));
  const report = verifyFile(join(restored, 'reachline.db'), { clock });
  assert.equal(report.isSound, true);
  assert.equal(report.checks.find(({ check }) => check === 'pages')?.note, undefined);

  writeFileSync(join(folder, 'letter'), 'dear');
  await assert.rejects(run(join(folder, 'letter')), /exists already/);
  assert.equal(readFileSync(join(folder, 'letter'), 'utf8'), 'dear');
  await assert.rejects(run(), /has to be one file/);
  await assert.rejects(run(join(folder, 'none', 'x.db')), { kind: 'unwritable' });
  assert.equal(await run(copy, '--force'), 0);
});
