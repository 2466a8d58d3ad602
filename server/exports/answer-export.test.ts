import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { Hono } from 'hono';
import type { Column, Row } from '../../db/dictionary/column.ts';
import { RESOURCE_NAMES, RESOURCES, type ResourceName } from '../../db/dictionary/dictionary.ts';
import { createApp } from '../app.ts';
import type { HandlerDeps } from '../contract.ts';
import { toPastConfig } from '../past/answer-past.ts';
import { SAMPLE_INTERVAL_MS, SAMPLE_START_MS } from '../testing/sample.ts';
import { createFixedClock, openSampleApp, type SampleApp } from '../testing/sample-app.ts';
import { createAnswerExport } from './answer-export.ts';
import { createExporter } from './export-thread.ts';
import type { ExportWorkerData } from './export-worker.ts';
import { ROW_SOURCES } from './rows/sources.ts';

const SLOTS = 12;
/** Later than everything that is stored, so that all of it is settled. */
const NOW_MS = SAMPLE_START_MS + (SLOTS + 1) * SAMPLE_INTERVAL_MS;

suite('exports over HTTP', () => {
  let sample: SampleApp;
  let deps: HandlerDeps;
  let get: (path: string, headers?: Record<string, string>) => Promise<Response>;
  before(() => {
    sample = openSampleApp({ slots: SLOTS });
    const info = { version: '0.1.0', isSimulated: true, startedAtMs: NOW_MS };
    const { store, config } = sample;
    const clock = createFixedClock(NOW_MS);
    const app = createApp({ store, config, clock, info });
    const used: Pick<HandlerDeps, 'store' | 'config' | 'clock' | 'info'> = {
      store,
      config,
      clock,
      info,
    };
    deps = used as HandlerDeps; // an export uses no more of it
    get = async (path, headers = {}) => app.request(`http://test${path}`, { headers });
  });
  after(() => sample.close());

  /** Rows as the source gives them, for comparison. */
  function readRows(name: ResourceName): Row[] {
    const context = {
      store: sample.store,
      stored: sample.store,
      config: sample.config,
      query: {
        fromMs: 0,
        toMs: NOW_MS,
        revisionMs: NOW_MS,
        isOwnOnly: false,
        bucket: 'day',
      },
      isSimulated: true,
      nowMs: NOW_MS,
    } as const;
    return [...ROW_SOURCES[name](context)].flatMap(({ length, cells }) =>
      Array.from({ length }, (_, index) =>
        Object.fromEntries(
          RESOURCES[name].columns.map((column, at) => {
            const one = cells[at];
            return [column.name, (one?.kind === 'same' ? one.value : one?.values[index]) ?? null];
          }),
        ),
      ),
    );
  }

  for (const name of RESOURCE_NAMES)
    test(`${name} writes the columns of the dictionary, as JSON lines and as one document`, async () => {
      const lines = (await (await get(`/api/v1/exports/${name}.jsonl`)).text()).trimEnd();
      const rows = lines === '' ? [] : lines.split('\n').map((line) => JSON.parse(line) as Row);
      const expected = readRows(name);
      assert.equal(rows.length, expected.length);
      for (const [at, row] of rows.entries()) {
        assert.deepEqual(
          Object.keys(row),
          RESOURCES[name].columns.map((column) => column.name),
        );
        for (const { name: column, type, values, isNullable } of RESOURCES[name]
          .columns as readonly Column[]) {
          const value = row[column] ?? null;
          const wanted = expected[at]?.[column] ?? null;
          assert.deepEqual(
            type === 'datetime' && typeof value === 'string' ? Date.parse(value) : value,
            wanted,
          );
          assert.ok(value !== null || isNullable, `${column} is null`);
          if (values !== undefined && value !== null)
            for (const word of Array.isArray(value) ? value : [value])
              assert.ok(Object.hasOwn(values, String(word)), `${column} has ${String(word)}`);
        }
      }
      const document = (await (await get(`/api/v1/exports/${name}.json`)).json()) as {
        rows: Row[];
        revision: string;
      };
      assert.deepEqual(document.rows, rows);
      assert.match(document.revision, /^\d{8}T\d{6}Z$/);
    });

  test('every table but the ledger has rows in the sample', () => {
    const empty = RESOURCE_NAMES.filter((name) => readRows(name).length === 0);
    assert.deepEqual(empty, ['incidents', 'ledger', 'unannounced']);
  });

  const refusals = [
    { path: 'measurements.xml', status: 404, says: /measurements.csv/ },
    { path: 'secrets.csv', status: 404, says: /tables/ },
    { path: 'measurements.csv?colour=red', status: 422, says: /colour/ },
    { path: 'services.csv?rev=20220304T000000Z', status: 422, says: /rev/ },
    { path: 'measurements.csv?rev=20220231T000000Z', status: 422, says: /rev/ },
    { path: 'measurements.csv?rev=20990101T000000Z', status: 422, says: /newest/ },
    { path: 'measurements.csv?from=2022-03-05&to=2022-03-04', status: 422, says: /after/ },
    { path: 'measurements.jsonl?safe=1', status: 422, says: /safe/ },
    { path: 'measurements.csv?after_id=x', status: 422, says: /after_id/ },
  ] as const;
  for (const { path, status, says } of refusals)
    test(`${path} → ${status}`, async () => {
      const response = await get(`/api/v1/exports/${path}`);
      assert.equal(response.status, status);
      assert.equal(response.headers.get('content-type'), 'application/problem+json');
      assert.match(await response.text(), says);
    });

  test('filters, resumes after a row and guards formulas', async () => {
    const read = async (query: string) =>
      (await (await get(`/api/v1/exports/measurements.csv?${query}`)).text())
        .trimEnd()
        .split('\r\n')
        .slice(1);
    const all = await read('country=RU&service=facebook');
    assert.equal(all.length, 2 * SLOTS);
    assert.ok(all.every((line) => line.startsWith('facebook.ru-')));
    const id = all[4]?.split(',')[0] ?? '';
    assert.deepEqual(await read(`country=RU&service=facebook&after_id=${id}`), all.slice(5));
    const blocked = await read('verdict=blocked');
    assert.deepEqual(
      blocked,
      all.filter((line) => line.includes(',blocked,')),
    );
    assert.equal(blocked.length, SLOTS);
  });

  test('packs what is asked to be packed, and says what it is', async () => {
    const response = await get('/api/v1/exports/vantages.csv', { 'accept-encoding': 'gzip' });
    assert.equal(response.headers.get('content-encoding'), 'gzip');
    assert.match(response.headers.get('reachline-revision') ?? '', /^\d{8}T\d{6}Z$/);
    assert.match(response.headers.get('content-disposition') ?? '', /simulated\.csv/);
    assert.ok(response.body);
    const text = await new Response(
      response.body.pipeThrough(new DecompressionStream('gzip')),
    ).text();
    assert.match(text, /^id,kind,role/);
  });

  test('two at a time; a third is told to come back, and a place is free when a reader left', async () => {
    const path = '/api/v1/exports/measurements.jsonl';
    const [first, second] = [await get(path), await get(path)];
    const third = await get(path);
    assert.equal(third.status, 429);
    assert.match(third.headers.get('retry-after') ?? '', /^\d+$/);
    await first.body?.cancel();
    const fourth = await get(path);
    assert.equal(fourth.status, 200);
    await Promise.all([second.body?.cancel(), fourth.body?.cancel()]);
  });

  test('readers that take nothing lose their place to others', async () => {
    let clockMs = 0;
    const exporter = createExporter({ nowMs: () => clockMs });
    const answer = createAnswerExport(exporter);
    const app = new Hono();
    app.get('/api/v1/exports/:file', (c) => {
      const url = new URL(c.req.url);
      const parameter = c.req.param('file');
      const asked = { request: c.req.raw, url, path: url.pathname, base: '', parameter };
      const parameters = { file: parameter };
      return answer({ ...asked, locale: 'en', parameters, isSecureInFront: false }, deps);
    });
    const ask = async () => app.request('http://test/api/v1/exports/measurements.jsonl');
    const slow = [await ask(), await ask()];
    assert.equal((await ask()).status, 429);
    clockMs += 20_000;
    const fast = await ask();
    assert.equal(fast.status, 200);
    assert.equal(exporter.running(), 2);
    await assert.rejects(slow[0]?.text() ?? Promise.resolve(), /others waited/);
    await Promise.all([fast.body?.cancel(), slow[1]?.body?.cancel()]);
    assert.equal(exporter.running(), 0);
  });

  test('a thread that fails is told with its reason, one whose reader left or that is stopped is not', async () => {
    const failures: string[] = [];
    const exporter = createExporter({
      onFailure: (error, { resource }) =>
        failures.push(`${resource}: ${error.message}: ${String(error.cause)}`),
    });
    const order = (storeFile: string): ExportWorkerData => ({
      storeFile,
      config: toPastConfig(deps.config),
      coding: 'identity',
      work: {
        kind: 'table',
        job: {
          resource: 'measurements',
          format: 'jsonl',
          isSafe: false,
          isSimulated: true,
          citation: '',
          nowMs: deps.clock.nowMs(),
          query: {
            fromMs: 0,
            toMs: Number.MAX_SAFE_INTEGER,
            revisionMs: deps.clock.nowMs(),
            isOwnOnly: false,
            bucket: 'day',
          },
        },
      },
    });
    const failing = exporter.open(order(`${deps.store.file}.missing`));
    assert.ok(failing);
    await assert.rejects(new Response(failing).text(), /the export failed/);
    assert.equal(failures.length, 1);
    assert.match(failures[0] ?? '', /^measurements: the export failed: .*missing/);
    const left = exporter.open(order(deps.store.file));
    await left?.cancel();
    const running = exporter.open(order(deps.store.file));
    assert.ok(running);
    const read = assert.rejects(new Response(running).text(), /has ended/);
    await exporter.stop();
    await read;
    assert.equal(exporter.running(), 0);
    assert.equal(exporter.open(order(deps.store.file)), undefined);
    assert.equal(failures.length, 1);
  });
});
