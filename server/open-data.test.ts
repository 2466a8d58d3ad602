/** What readers of data are told in headers: other sites may read, dates and links, and who asks too often waits. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { type Listening, listen } from './http.ts';
import { isDrawn } from './open-data.ts';
import { createFixedClock, openSampleApp, type SampleApp } from './testing/sample-app.ts';

const SLOW_READERS = 200;
const MAX_FAST_MS = 1_000;

suite('open data', () => {
  let sample: SampleApp;
  let server: Listening;
  before(async () => {
    sample = openSampleApp();
    server = await listen(sample.app, { host: '127.0.0.1', port: 0 });
  });
  after(async () => {
    await server.close();
    sample.close();
  });

  for (const path of ['/api/v1/lanes', '/api/v1/nothing', '/is.json', '/is.csv', '/openapi.json'])
    test(`${path} may be read by scripts of any site`, async () => {
      const { headers } = await sample.app.request(path);
      assert.equal(headers.get('access-control-allow-origin'), '*');
      assert.match(headers.get('access-control-expose-headers') ?? '', /link.*ratelimit/);
      assert.equal(headers.get('ratelimit-policy'), '"default";q=600;w=60');
      const preflight = await sample.app.request(path, { method: 'OPTIONS' });
      assert.equal(preflight.status, 204);
      assert.equal(preflight.headers.get('access-control-allow-methods'), 'GET, HEAD, OPTIONS');
    });

  test('pages may not', async () => {
    const { headers } = await sample.app.request('/ledger');
    assert.equal(headers.get('access-control-allow-origin'), null);
    assert.equal(headers.get('ratelimit-policy'), null);
  });

  test('the next page stands in the body and in a header', async () => {
    const response = await sample.app.request('/api/v1/vantages?limit=2');
    const { next } = (await response.json()) as { next: string };
    assert.equal(response.headers.get('link'), `<${next}>; rel="next"`);
    const last = await sample.app.request('/api/v1/vantages?limit=5');
    assert.equal(last.headers.get('link'), null);
  });

  test('an answer is dated by when it became what it is', async (t) => {
    let nowMs = Date.UTC(2022, 2, 7);
    const own = openSampleApp({ clock: { ...createFixedClock(0), nowMs: () => nowMs } });
    t.after(own.close);
    const ask = (headers = {}) => own.app.request('/api/v1/announcements', { headers });
    const date = (await ask()).headers.get('last-modified') ?? '';
    assert.equal(date, 'Mon, 07 Mar 2022 00:00:00 GMT');
    nowMs += 5_000;
    assert.equal((await ask()).headers.get('last-modified'), date);
    assert.equal((await ask({ 'if-modified-since': date })).status, 304);
    // A tag decides alone where one is sent.
    assert.equal((await ask({ 'if-modified-since': date, 'if-none-match': '"x"' })).status, 200);
    const [first] = own.config.announcements;
    assert.ok(first);
    own.store.syncAnnouncements([{ ...first, title: 'Changed' }]);
    const changed = await ask({ 'if-modified-since': date });
    assert.equal(changed.status, 200);
    assert.equal(changed.headers.get('last-modified'), 'Mon, 07 Mar 2022 00:00:05 GMT');
    own.store.syncAnnouncements([{ ...first, title: 'Changed again' }]);
    const twice = await ask({ 'if-modified-since': 'Mon, 07 Mar 2022 00:00:05 GMT' });
    assert.equal(twice.status, 200, 'twice in a second cannot be told by a date');
    assert.equal(twice.headers.get('last-modified'), null);
  });

  test('who asks too often is told how long to wait, others are not held up', async () => {
    const ask = (client: string) =>
      fetch(`${server.url}api/v1/services`, { headers: { 'x-forwarded-for': client } });
    let refused: Response | undefined;
    for (let asked = 0; asked < 620 && refused === undefined; asked += 1) {
      const response = await ask('198.51.100.9');
      await response.arrayBuffer();
      if (response.status !== 200) refused = response;
    }
    assert.equal(refused?.status, 429);
    assert.equal(refused.headers.get('content-type'), 'application/problem+json');
    assert.ok(Number(refused.headers.get('retry-after')) >= 1);
    assert.equal(refused.headers.get('access-control-allow-origin'), '*');
    assert.equal((await ask('198.51.100.10')).status, 200);
    assert.equal((await fetch(`${server.url}api/v1/services`)).status, 200);
  });

  test(`${SLOW_READERS} readers that read nothing do not hold up one that does`, async (t) => {
    const sockets = Array.from({ length: SLOW_READERS }, () => {
      const socket = connect(server.port, '127.0.0.1');
      socket.on('error', () => {}); // the server may end it first
      socket.pause();
      socket.write('GET /api/v1/measurements?limit=1000 HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(4));
      return socket;
    });
    t.after(() => {
      for (const socket of sockets) socket.destroy();
    });
    await Promise.all(
      sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))),
    );
    const began = performance.now();
    const response = await fetch(`${server.url}api/v1/measurements?limit=1000`);
    await response.arrayBuffer();
    assert.equal(response.status, 200);
    assert.ok(performance.now() - began < MAX_FAST_MS, `${performance.now() - began} ms`);
  });
});

for (const [path, expected] of [
  ['/t.png', true],
  ['/ru/map.svg', true],
  ['/feeds/all.atom', true],
  ['/card/is/facebook/in/RU.png', true],
  ['/uk/lite', true],
  ['/snapshot.html', true],
  ['/embed/t', true],
  ['/t', false],
  ['/little', false],
] as const)
  test(`${path} ${expected ? 'is drawn for each request, and counted' : 'is not counted'}`, () => {
    assert.equal(isDrawn(path), expected);
  });
