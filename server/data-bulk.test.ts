/** The part of the page about data on bulk files: what it says of them is what they are, in every language. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { type Manifest, readManifest } from './exports/bulk/manifest.ts';
import { SAMPLE_INTERVAL_MS, SAMPLE_START_MS } from './testing/sample.ts';
import { openSampleApp, type SampleApp } from './testing/sample-app.ts';
import { writeSampleBulk } from './testing/sample-bulk.ts';

const SLOTS = 30;
const MONTH_MS = 31 * 86_400_000;

suite('bulk files on the page about data', () => {
  const folder = mkdtempSync(join(tmpdir(), 'reachline-data-bulk-'));
  let sample: SampleApp;
  let manifest: Manifest;
  const get = async (path: string) => sample.app.request(`http://test${path}`);
  const show = async (path: string) => (await get(path)).text();
  before(() => {
    sample = openSampleApp({ slots: SLOTS, more: { bulkFolder: folder } });
  });
  after(() => {
    sample.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('a server that makes none says so', async () => {
    const other = openSampleApp({ slots: 0 });
    const page = await (await other.app.request('http://test/en/data')).text();
    other.close();
    assert.match(page, /This server makes no such files/);
  });

  const empty = [
    ['en', /There are no files yet: they are made every night at 02:00 UTC/],
    ['ru', /Файлов пока нет: они создаются каждую ночь в 02:00 UTC/],
    ['uk', /Файлів поки немає: вони створюються щоночі о 02:00 UTC/],
  ] as const;
  for (const [locale, words] of empty)
    test(`before the first night (${locale})`, async () =>
      assert.match(await show(`/${locale}/data`), words));

  test('after it each file is linked with rows, size, revision and checksum', async () => {
    await writeSampleBulk(sample, folder, SAMPLE_START_MS + SLOTS * SAMPLE_INTERVAL_MS + MONTH_MS);
    const found = readManifest(folder);
    assert.ok(found);
    manifest = found;
    const page = await show('/en/data');
    const { measurements, tables, snapshots, releases } = manifest;
    const months = releases.flatMap(({ files }) =>
      files.filter(({ path }) => path.includes('/measurements.') && !path.endsWith('.json')),
    );
    const files = [...measurements, ...tables].flatMap((one) => one.files);
    assert.equal(months.length, 3);
    for (const { path, sha256 } of [...files, ...months, ...snapshots]) {
      assert.ok(page.includes(`href="/exports/v1/${path}"`), path);
      assert.ok(page.includes(sha256), path);
      assert.equal((await get(`/exports/v1/${path}`)).status, 200, path);
    }
    for (const { rows, revision } of [...measurements, ...tables]) {
      assert.ok(page.includes(rows.toLocaleString('en')), String(rows));
      assert.ok(page.includes(revision));
    }
    for (const [, address = ''] of page.matchAll(/href="(\/exports\/v1\/[^"]+)"/g))
      assert.equal((await get(address)).status, 200, address);
  });

  for (const [locale, month] of [
    ['ru', /март 2022/],
    ['uk', /бер(?:\.|езень) 2022/],
  ] as const)
    test(`lists days and frozen months in ${locale}`, async () => {
      const page = await show(`/${locale}/data`);
      assert.match(page, month);
      assert.ok(page.includes(manifest.measurements[0]?.date ?? '-'));
    });

  test('another month is asked for by its name; what is none is refused', async () => {
    assert.match(await show('/en/data?month=2021-01'), /No day of this month is there/);
    assert.equal((await get('/en/data?month=2021-13')).status, 422);
  });
});
