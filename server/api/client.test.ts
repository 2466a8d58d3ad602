/**
 * A client that a public generator makes from /openapi.json (https://www.npmjs.com/package/openapi-typescript-codegen),
 * bundled and run against a real server: it lists everything, walks through pages, and is told what it did wrong.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { generate } from 'openapi-typescript-codegen';
import { RESOURCE_NAMES, RESOURCES } from '../../db/dictionary/dictionary.ts';
import { type Listening, listen } from '../http.ts';
import { openExampleApp } from '../testing/example-app.ts';
import type { SampleApp } from '../testing/sample-app.ts';
import { API_ROUTES } from './routes.ts';

type Page = Readonly<Record<string, unknown>> & { readonly nextCursor?: string | null };
type Options = Readonly<Record<string, string | number | readonly string[]>>;
type Client = {
  readonly OpenAPI: { BASE: string };
  readonly DefaultService: Readonly<Record<string, (options?: Options) => Promise<Page>>>;
};

/** Lists with the field that holds their rows, and what the sample has of them. */
const LISTS = [
  { operation: 'listServices', rows: 'services', options: {}, expected: 3 },
  { operation: 'listVantages', rows: 'vantages', options: { limit: 2 }, expected: 5 },
  { operation: 'listMeasurements', rows: 'measurements', options: { limit: 250 }, expected: 627 },
  {
    operation: 'listMeasurements',
    rows: 'measurements',
    options: { limit: 7, verdict: ['blocked'], service: ['facebook', 'instagram'] },
    expected: 48,
  },
  {
    operation: 'listAvailability',
    rows: 'availability',
    options: { limit: 4, by: ['network', 'mechanism'], from: '2022-03-04', to: '2022-03-06' },
    expected: 11,
  },
  { operation: 'listLanes', rows: 'lanes', options: { limit: 4 }, expected: 15 },
  { operation: 'listIncidents', rows: 'incidents', options: { limit: 1 }, expected: undefined },
  {
    operation: 'listAnnouncements',
    rows: 'announcements',
    options: { limit: 20 },
    expected: undefined,
  },
  { operation: 'listLedger', rows: 'rows', options: { limit: 5 }, expected: 30 },
] as const;
const MAX_PAGES = 100;

suite('generated client', () => {
  const folder = mkdtempSync(join(tmpdir(), 'reachline-client-'));
  let sample: SampleApp;
  let server: Listening;
  let client: Client;
  const call = (operation: string, options: Options = {}): Promise<Page> => {
    const method = client.DefaultService[operation];
    assert.ok(method, `${operation} was not generated`);
    return method(options);
  };

  before(async () => {
    sample = await openExampleApp();
    server = await listen(sample.app, { host: '127.0.0.1', port: 0 });
    const document: unknown = await (await fetch(`${server.url}openapi.json`)).json();
    const sources = join(folder, 'sources');
    await generate({
      input: document as Record<string, unknown>, // JSON
      output: sources,
      httpClient: 'fetch',
      useOptions: true,
    });
    const outfile = join(folder, 'client.mjs');
    await build({
      entryPoints: [join(sources, 'index.ts')],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
    });
    client = (await import(pathToFileURL(outfile).href)) as Client; // generated, checked by use
    client.OpenAPI.BASE = server.url.replace(/\/$/, '');
  });
  after(async () => {
    await server.close();
    sample.close();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const { operation, rows, options, expected } of LISTS)
    test(`${operation} ${JSON.stringify(options)} walks through every page`, async () => {
      const seen: string[] = [];
      let cursor: string | null | undefined;
      for (let page = 0; page < MAX_PAGES; page += 1) {
        const body = await call(operation, {
          ...options,
          ...(typeof cursor === 'string' ? { cursor } : {}),
        });
        const list = body[rows];
        assert.ok(Array.isArray(list));
        seen.push(...list.map((row) => JSON.stringify(row)));
        cursor = body.nextCursor;
        if (cursor === null) break;
      }
      assert.equal(cursor, null, 'the last page says so');
      assert.equal(new Set(seen).size, seen.length, 'no row comes twice');
      assert.ok(seen.length > 0);
      if (expected !== undefined) assert.equal(seen.length, expected);
    });

  test('every address that takes no file name is called', async () => {
    for (const { operation, example, path, mediaType } of API_ROUTES) {
      if (path.includes(':file') || mediaType !== undefined) continue;
      const id = path.includes(':id') ? { id: example.split('/').at(-1) ?? '' } : {};
      assert.equal(typeof (await call(operation, id)), 'object', operation);
    }
  });

  for (const resource of RESOURCE_NAMES)
    test(`${resource} is downloaded as a file`, async () => {
      const operation = `export${resource.charAt(0).toUpperCase()}${resource.slice(1)}`;
      const text: unknown = await call(operation, { format: 'csv' });
      assert.equal(typeof text, 'string');
      const [head = ''] = String(text).split('\r\n');
      assert.deepEqual(
        head.replace(/^\uFEFF/, '').split(','),
        RESOURCES[resource].columns.map(({ name }) => name),
      );
    });

  test('what it did wrong is in the error', async () => {
    await assert.rejects(call('listMeasurements', { limit: 5_000 }), (error: unknown) => {
      const { status, body } = error as {
        status: number;
        body: { errors: { parameter: string }[] };
      };
      assert.equal(status, 422);
      assert.equal(body.errors[0]?.parameter, 'limit');
      return true;
    });
  });
});
