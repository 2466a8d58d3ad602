/** The bundle: names, manifest, packed copies, and what a new build leaves behind. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { brotliDecompressSync } from 'node:zlib';
import { buildDashboard, MAX_SCRIPT_BROTLI_BYTES } from './build.ts';

test('a build is hashed, listed, packed and within its budget; older bundles go, other files stay', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'reachline-build-'));
  t.after(() => rm(folder, { recursive: true }));
  for (const name of ['timeline-OLD00000.js', 'timeline-OLD00000.js.br', '.sources.sha256'])
    await writeFile(join(folder, name), 'old');
  const built = await buildDashboard(folder);
  const manifest: unknown = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
  assert.deepEqual(manifest, Object.fromEntries(built.map(({ name, file }) => [name, file])));
  for (const { file, bytes, brotliBytes } of built) {
    const plain = await readFile(join(folder, file));
    const packed = await readFile(join(folder, `${file}.br`));
    assert.match(file, /^[a-z]+-[A-Z0-9]{8}\.(js|css)$/);
    assert.deepEqual([plain.length, packed.length], [bytes, brotliBytes]);
    assert.deepEqual(brotliDecompressSync(packed), plain);
  }
  const script = built.find(({ name }) => name === 'timeline.js');
  assert.ok(script && script.brotliBytes <= MAX_SCRIPT_BROTLI_BYTES);
  assert.ok(built.some(({ name }) => name === 'timeline.css'));
  const names = await readdir(folder);
  assert.deepEqual(
    names.filter((name) => name.includes('OLD')),
    [],
  );
  assert.ok(names.includes('.sources.sha256'));
});

test('the same sources give the same names', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'reachline-build-'));
  t.after(() => rm(folder, { recursive: true }));
  assert.deepEqual(await buildDashboard(folder), await buildDashboard(folder));
});
