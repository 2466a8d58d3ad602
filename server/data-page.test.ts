/** The page about data: that what it says of an export is what the export is, and that its code works. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { DuckDBInstance } from '@duckdb/node-api';
import { RESOURCE_NAMES } from '../db/dictionary/dictionary.ts';
import { type Listening, listen } from './http.ts';
import { openExampleApp } from './testing/example-app.ts';
import type { SampleApp } from './testing/sample-app.ts';

const TARGETS_PER_SERVICE = 8;

const unescape = (text: string) =>
  text
    .replaceAll('&amp;', '&')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>');

type Shown = {
  readonly rows: number;
  readonly isExact: boolean;
  readonly bytes: number;
  readonly address: string;
  /** By tool. */
  readonly code: Readonly<Record<string, string>>;
};

function readPage(page: string): Shown {
  const [, about, rows = '', kilobytes = '1'] =
    /data-size"><strong>(About )?([\d,]+|No) rows?<\/strong>(?:, about ([\d.]+) kB)?/.exec(page) ??
    [];
  const [, address = ''] = /<a class="button" href="([^"]+)" download>/.exec(page) ?? [];
  const code = [
    ...page.matchAll(
      /<summary>(curl|Python|R|DuckDB)<\/summary>\s*<pre[^>]*><code>([\s\S]*?)<\/code>/g,
    ),
  ];
  return {
    rows: rows === 'No' ? 0 : Number(rows.replaceAll(',', '')),
    isExact: about === undefined,
    bytes: Number(kilobytes) * 1_000,
    address: unescape(address),
    code: Object.fromEntries(code.map(([, tool = '', text = '']) => [tool, unescape(text)])),
  };
}

suite('data page', () => {
  let sample: SampleApp;
  let server: Listening;
  const folder = mkdtempSync(join(tmpdir(), 'reachline-data-'));
  before(async () => {
    sample = await openExampleApp();
    server = await listen(sample.app, { host: '127.0.0.1', port: 0 });
  });
  after(async () => {
    await server.close();
    sample.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const show = async (query: string) =>
    readPage(await (await fetch(`${server.url}data?${query}`)).text());
  const download = async (address: string) => {
    const response = await fetch(server.url.replace(/\/$/, '') + address);
    assert.equal(response.status, 200, address);
    return Buffer.from(await response.arrayBuffer());
  };

  for (const resource of RESOURCE_NAMES)
    test(`${resource}: rows and size are about those of the file`, async () => {
      const shown = await show(`resource=${resource}&format=jsonl`);
      const file = await download(shown.address);
      const rows = file
        .toString('utf8')
        .split('\n')
        .filter((line) => line !== '').length;
      // The sample visits one target of each service, whose targets there are eight of on average.
      if (resource === 'targets') return assert.equal(shown.rows, rows * TARGETS_PER_SERVICE);
      if (shown.isExact) assert.equal(shown.rows, rows);
      assert.ok(Math.abs(shown.rows - rows) <= rows * 0.2 + 2, `${shown.rows} for ${rows}`);
      if (rows > 5)
        assert.ok(
          shown.bytes > file.length / 3 && shown.bytes < file.length * 3,
          `${shown.bytes} B for ${file.length} B`,
        );
    });

  test('the size of Parquet is about that of the file', async () => {
    const shown = await show('resource=measurements&format=parquet');
    const file = await download(shown.address);
    assert.ok(
      shown.bytes > file.length / 3 && shown.bytes < file.length * 3,
      `${shown.bytes} B for ${file.length} B`,
    );
  });

  test('filters stand in the address, the code and the citation', async () => {
    const query = 'service=facebook&service=instagram&country=ru&from=2022-03-04&to=2022-03-05';
    const { address, code, rows } = await show(query);
    assert.match(
      address,
      /^\/api\/v1\/exports\/measurements\.csv\?service=facebook,instagram&country=RU&from=2022-03-04&to=2022-03-05&rev=\d{8}T\d{6}Z$/,
    );
    assert.equal(rows, 96);
    for (const tool of ['curl', 'Python', 'R', 'DuckDB'])
      assert.ok(code[tool]?.includes(address), tool);
  });

  for (const format of ['csv', 'jsonl', 'json', 'parquet'])
    test(`DuckDB reads ${format} with the code of the page`, async () => {
      const { address, code, rows } = await show(`format=${format}&service=facebook&country=RU`);
      const file = join(folder, `data.${format}`);
      writeFileSync(file, await download(address));
      // The extension that fetches by itself comes from the network, so the file stands for the address.
      const sql = (code['DuckDB'] ?? '')
        .replace(/^INSTALL.*\n/, '')
        .replace(/'http[^']+'/, `'${file}'`)
        .replace(' LIMIT 10;', '');
      const connection = await (await DuckDBInstance.create(':memory:')).connect();
      const result = await connection.runAndReadAll(`SELECT count(*)::INTEGER AS n FROM (${sql})`);
      assert.equal(result.getRowObjects()[0]?.['n'], rows);
      connection.closeSync();
    });

  test('what it does not know is refused in words', async () => {
    for (const query of [
      'resource=secrets',
      'format=exe',
      'country=Russia',
      'from=2022-03-05&to=2022-03-04',
    ])
      assert.equal((await fetch(`${server.url}data?${query}`)).status, 422, query);
  });
});
