/** The API client against a loopback server that behaves as the API is described: pages, limits, failures, stops. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openStore } from '../../db/open.ts';
import type { Store } from '../../db/store.ts';
import { systemClock } from '../../probes/clock.ts';
import { CONFIG, CONTEXT, readFixtures } from '../../probes/providers/ooni/testing/judged-lines.ts';
import { type ApiDeps, importFromApi } from './ooni-api.ts';

const LINES = new Map(
  readFixtures('classic.jsonl').map(({ text }) => {
    const parsed = JSON.parse(text) as { measurement_uid: string };
    return [parsed.measurement_uid, text] as const;
  }),
);
const UIDS = [...LINES.keys()];
const PAGE = 10;

type Api = {
  readonly url: string;
  readonly requests: string[];
  /** Answers of these instead of the usual ones, once each. */
  readonly surprises: { statusCode: number; headers?: Record<string, string>; body?: string }[];
  /** Where the next page is said to be. */
  nextOrigin?: string;
};

/** Lists every fixture for www.facebook.com, three pages of them, and nothing for other domains. */
async function serveApi(t: TestContext): Promise<Api> {
  const requests: string[] = [];
  const api = { requests, surprises: [] as Api['surprises'], url: '' } as {
    -readonly [K in keyof Api]: Api[K];
  };
  const server = http.createServer((request, response) => {
    const url = new URL(request.url ?? '/', api.url);
    requests.push(url.pathname + url.search);
    const surprise = api.surprises.shift();
    if (surprise) {
      response.writeHead(surprise.statusCode, surprise.headers).end(surprise.body);
      return;
    }
    response.setHeader('content-type', 'application/json');
    if (url.pathname === '/api/v1/raw_measurement') {
      const line = LINES.get(url.searchParams.get('measurement_uid') ?? '');
      response.writeHead(line ? 200 : 404).end(line ?? '{}');
      return;
    }
    const isOurs = url.searchParams.get('domain') === 'www.facebook.com';
    const offset = Number(url.searchParams.get('offset') ?? 0);
    const uids = isOurs ? UIDS.slice(offset, offset + PAGE) : [];
    const next = new URL(url.pathname + url.search, api.nextOrigin ?? api.url);
    next.searchParams.set('offset', String(offset + PAGE));
    const hasMore = isOurs && offset + PAGE < UIDS.length;
    const results = uids.map((uid) => ({
      measurement_uid: uid,
      anomaly: true,
      confirmed: false,
      failure: false,
      input: 'x',
      scores: {},
    }));
    response.end(
      JSON.stringify({ metadata: { next_url: hasMore ? next.href : null, count: -1 }, results }),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  api.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return api;
}

function prepare(t: TestContext, api: Api) {
  const folder = mkdtempSync(join(tmpdir(), 'reachline-api-'));
  const store: Store = openStore({
    file: join(folder, 'reachline.db'),
    mode: 'write',
    clock: systemClock,
  });
  t.after(() => {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const waits: number[] = [];
  let nowMs = 0;
  const deps: ApiDeps = {
    store,
    config: CONFIG,
    context: CONTEXT,
    query: { apiUrl: api.url, countryCode: 'RU', sinceMs: 0, tests: ['web_connectivity'] },
    stateFolder: join(folder, 'imports'),
    signal: new AbortController().signal,
    minGapMs: 1_000,
    nowMs: () => nowMs,
    wait(ms) {
      waits.push(ms);
      nowMs += ms;
      return Promise.resolve();
    },
  };
  return { deps, store, waits };
}

const isRaw = (path: string): boolean => path.startsWith('/api/v1/raw_measurement');

test('pages are followed to the end, each measurement is fetched once, a second time none', async (t) => {
  const api = await serveApi(t);
  const { deps, store, waits } = prepare(t, api);
  const report = await importFromApi(deps);
  assert.equal(report.isComplete, true);
  assert.equal(report.stored, UIDS.length);
  assert.equal(api.requests.filter(isRaw).length, UIDS.length);
  assert.ok(waits.length >= api.requests.length - 1 && waits.every((ms) => ms <= 1_000));
  const [row] = store.listMeasurements({ limit: 1 }).rows;
  const original = store.getMeasurement(row?.id ?? '')?.measurement.origin?.original;
  assert.equal(original?.['anomaly'], true);
  const again = await importFromApi(deps);
  assert.equal(again.stored, 0);
  assert.equal(again.known, UIDS.length);
  assert.equal(api.requests.filter(isRaw).length, UIDS.length);
});

test('every domain of our services is asked for, under the names of the API', async (t) => {
  const api = await serveApi(t);
  const { deps } = prepare(t, api);
  await importFromApi({
    ...deps,
    query: { ...deps.query, tests: ['web_connectivity', 'whatsapp'], untilMs: 86_400_000 },
  });
  const lists = api.requests
    .filter((path) => !isRaw(path))
    .map((path) => new URL(path, api.url).searchParams);
  const domains = new Set(lists.map((one) => one.get('domain')));
  for (const domain of [
    'www.facebook.com',
    'facebook.com',
    'www.instagram.com',
    'web.whatsapp.com',
  ])
    assert.ok(domains.has(domain), domain);
  assert.ok(lists.some((one) => one.get('test_name') === 'whatsapp' && one.get('domain') === null));
  assert.deepEqual(
    [lists[0]?.get('since'), lists[0]?.get('until')],
    ['1970-01-01T00:00:00', '1970-01-02T00:00:00'],
  );
});

test('told to wait it waits as long as it is told, and tries again', async (t) => {
  const api = await serveApi(t);
  const { deps, waits } = prepare(t, api);
  api.surprises.push({ statusCode: 429, headers: { 'retry-after': '37' } }, { statusCode: 503 });
  const report = await importFromApi(deps);
  assert.equal(report.isComplete, true);
  assert.ok(waits.includes(37_000));
  assert.ok(waits.includes(10_000), 'longer without being told');
});

test('stopped in the middle it goes on there', async (t) => {
  const api = await serveApi(t);
  const { deps } = prepare(t, api);
  const stop = new AbortController();
  const wait = (ms: number): Promise<void> => {
    if (api.requests.filter(isRaw).length === 15) stop.abort();
    return deps.wait(ms, stop.signal);
  };
  const first = await importFromApi({ ...deps, wait, signal: stop.signal });
  assert.deepEqual([first.isComplete, first.stored], [false, 15]);
  const before = api.requests.length;
  const second = await importFromApi(deps);
  assert.equal(second.stored, UIDS.length - 15);
  const firstAsked = new URL(api.requests[before] ?? '', api.url);
  assert.equal(
    firstAsked.searchParams.get('offset'),
    '10',
    'the first page is not asked for again',
  );
  assert.equal(api.requests.filter(isRaw).length, UIDS.length);
});

const FAILURES = [
  [
    'a server that stays broken',
    Array.from({ length: 5 }, () => ({ statusCode: 500 })),
    /answers 500/,
  ],
  ['a refusal', [{ statusCode: 403 }], /answers 403: it refuses .* Check the address/],
  ['a page that is no list', [{ statusCode: 200, body: '<html>' }], /did not answer with a list/],
  [
    'a redirect to another scheme',
    [{ statusCode: 302, headers: { location: 'ftp://example.org/' } }],
    /not followed/,
  ],
  [
    'a redirect to a private address',
    [{ statusCode: 302, headers: { location: 'https://127.0.0.1:1/' } }],
    /private address/,
  ],
  [
    'a redirect to a private name',
    [{ statusCode: 302, headers: { location: 'https://localhost:1/' } }],
    /private address/,
  ],
] as const;
for (const [name, surprises, problem] of FAILURES)
  test(`${name} ends it with a reason, and it can go on later`, async (t) => {
    const api = await serveApi(t);
    const { deps } = prepare(t, api);
    api.surprises.push(...surprises);
    const report = await importFromApi(deps);
    assert.equal(report.isComplete, false);
    assert.match(report.problem ?? '', problem);
    assert.equal((await importFromApi(deps)).stored, UIDS.length);
  });

test('a next page elsewhere is not followed', async (t) => {
  const api = await serveApi(t);
  const { deps } = prepare(t, api);
  api.nextOrigin = 'https://example.org';
  const report = await importFromApi(deps);
  assert.match(report.problem ?? '', /another server/);
  assert.equal(report.stored, PAGE, 'the page before is kept');
});

test('a measurement that the API does not have is told by its name, and the others are imported', async (t) => {
  const api = await serveApi(t);
  const { deps } = prepare(t, api);
  const [uid = ''] = UIDS;
  const line = LINES.get(uid) ?? '';
  LINES.delete(uid);
  t.after(() => LINES.set(uid, line));
  const report = await importFromApi(deps);
  assert.equal(report.isComplete, true);
  assert.deepEqual(report.badLines, [{ where: uid, reason: 'the API does not have it as JSON' }]);
  assert.equal(report.stored, UIDS.length - 1);
});
