/** Bulk files over HTTP: whole, in part, unchanged, and none but those of the manifest. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { type Listening, listen } from '../../http.ts';
import { SAMPLE_INTERVAL_MS, SAMPLE_START_MS } from '../../testing/sample.ts';
import { openSampleApp, type SampleApp } from '../../testing/sample-app.ts';
import { writeSampleBulk } from '../../testing/sample-bulk.ts';
import { type Manifest, readManifest } from './manifest.ts';

const SLOTS = 27;
const MONTH_MS = 31 * 86_400_000;

suite('bulk files over HTTP', () => {
  const folder = mkdtempSync(join(tmpdir(), 'reachline-shelf-'));
  let sample: SampleApp;
  let server: Listening;
  let manifest: Manifest;
  const get = (path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') =>
    fetch(`${server.url}exports/v1/${path}`, { headers, method, redirect: 'manual' });

  before(async () => {
    sample = openSampleApp({ slots: SLOTS, more: { bulkFolder: folder } });
    server = await listen(sample.app, { host: '127.0.0.1', port: 0 });
  });
  after(async () => {
    await server.close();
    sample.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('before the first night there is nothing, and the answer says when there will be', async () => {
    const response = await get('manifest.json');
    assert.equal(response.status, 404);
    assert.match(((await response.json()) as { detail: string }).detail, /first night/);
  });

  test('after it every file of the manifest comes as the manifest says, to be kept for ever', async () => {
    await writeSampleBulk(sample, folder, SAMPLE_START_MS + SLOTS * SAMPLE_INTERVAL_MS + MONTH_MS);
    const found = readManifest(folder);
    assert.ok(found);
    manifest = found;
    const { measurements, tables, releases, snapshots } = manifest;
    const files = [...measurements, ...tables, ...releases].flatMap((one) => one.files);
    assert.ok(releases.length === 1 && snapshots.length === 1 && measurements.length > 0);
    for (const { path, bytes, sha256 } of [...files, ...snapshots]) {
      const response = await get(path);
      assert.equal(response.status, 200, path);
      const body = Buffer.from(await response.arrayBuffer());
      assert.equal(body.length, bytes, path);
      assert.equal(createHash('sha256').update(body).digest('hex'), sha256, path);
      assert.equal(response.headers.get('etag'), `"${sha256}"`);
      assert.match(response.headers.get('cache-control') ?? '', /immutable/);
      assert.equal(response.headers.get('content-length'), String(bytes));
      assert.equal(response.headers.get('access-control-allow-origin'), '*');
    }
  });

  test('descriptions are asked about again', async () => {
    for (const name of ['manifest.json', 'datapackage.json', 'catalog.jsonld', 'CITATION.cff']) {
      const response = await get(name);
      assert.equal(response.status, 200, name);
      assert.equal(response.headers.get('cache-control'), 'no-cache');
      await response.arrayBuffer();
      const etag = response.headers.get('etag') ?? '';
      assert.equal((await get(name, { 'if-none-match': etag })).status, 304);
    }
    assert.deepEqual(await (await get('manifest.json')).json(), manifest);
  });

  test('parts', async () => {
    const [file] = manifest.measurements[0]?.files ?? [];
    assert.ok(file);
    const { path, bytes, sha256 } = file;
    const whole = readFileSync(join(folder, path));
    const rows = [
      ['bytes=0-9', 206, whole.subarray(0, 10)],
      ['bytes=10-', 206, whole.subarray(10)],
      ['bytes=-5', 206, whole.subarray(-5)],
      [`bytes=5-${bytes + 100}`, 206, whole.subarray(5)],
      ['bytes=9-3', 200, whole],
      ['bytes=0-1,4-5', 200, whole],
      ['lines=1-2', 200, whole],
    ] as const;
    for (const [range, status, expected] of rows) {
      const response = await get(path, { range });
      assert.equal(response.status, status, range);
      const body = Buffer.from(await response.arrayBuffer());
      assert.deepEqual(body, Buffer.from(expected), range);
      if (status === 206)
        assert.match(
          response.headers.get('content-range') ?? '',
          new RegExp(`^bytes \\d+-\\d+/${bytes}$`),
        );
    }
    const beyond = await get(path, { range: `bytes=${bytes}-` });
    assert.equal(beyond.status, 416);
    assert.equal(beyond.headers.get('content-range'), `bytes */${bytes}`);
    const changed = await get(path, { range: 'bytes=0-9', 'if-range': '"another"' });
    assert.equal(changed.status, 200);
    const same = await get(path, { range: 'bytes=0-9', 'if-range': `"${sha256}"` });
    assert.equal(same.status, 206);
    const head = await get(path, {}, 'HEAD');
    assert.equal(head.headers.get('content-length'), String(bytes));
    assert.equal((await get(path, { 'if-none-match': `"${sha256}"` })).status, 304);
  });

  test('the newest of a name', async () => {
    for (const name of ['reachline.sqlite', 'incidents.csv.gz', 'ledger.parquet']) {
      const response = await get(`latest/${name}`);
      assert.equal(response.status, 302, name);
      const location = response.headers.get('location') ?? '';
      assert.match(location, /^\/exports\/v1\/(?:snapshot|tables)\//);
      const led = await fetch(new URL(location, server.url), { method: 'HEAD' });
      assert.equal(led.status, 200);
    }
    assert.equal((await get('latest/nothing.csv.gz')).status, 404);
  });

  test('nothing else of the disk, and no file that is not as it was given out', async () => {
    writeFileSync(join(folder, 'secret.json'), '{}');
    for (const path of [
      'secret.json',
      'bulk.lock',
      '..%2freachline.db',
      'measurements/..%2f..%2fsecret.json',
      '/etc/passwd',
      'measurements/',
    ])
      assert.equal((await get(path)).status, 404, path);
    const [file] = manifest.measurements[0]?.files ?? [];
    assert.ok(file);
    writeFileSync(join(folder, file.path), 'changed');
    assert.equal((await get(file.path)).status, 404);
    assert.equal((await get('manifest.json', {}, 'POST')).status, 405);
  });
});
