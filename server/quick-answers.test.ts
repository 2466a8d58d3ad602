/** Quick answers are the same as those that go the whole way, and never outlive the data. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { type TestContext, test } from 'node:test';
import { listen } from './http.ts';
import { createFixedClock, openSampleApp } from './testing/sample-app.ts';

/** The first of that list. */
const NEWEST_ID = 'ru-kremlin-2026-02-12-whatsapp-block-confirmed';
const PATH = '/api/v1/announcements?limit=3';

type Got = {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: string;
};

function get(port: number, headers: Record<string, string> = {}, method = 'GET'): Promise<Got> {
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', path: PATH, headers, method }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const { date: _date, ...rest } = response.headers;
        const body = Buffer.concat(chunks).toString('base64');
        resolve({ status: response.statusCode ?? 0, headers: rest, body });
      });
    })
      .on('error', reject)
      .end();
  });
}

async function open(t: TestContext) {
  let nowMs = Date.UTC(2022, 2, 7);
  const clock = { ...createFixedClock(0), nowMs: () => nowMs };
  const sample = openSampleApp({ clock });
  const server = await listen(sample.app, { host: '127.0.0.1', port: 0 });
  t.after(async () => {
    await server.close();
    sample.close();
  });
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { ...sample, port: server.port, pass };
}

for (const coding of ['identity', 'br', 'gzip'])
  test(`${coding}: the first, second and third answer are one`, async (t) => {
    const { port } = await open(t);
    const [first, ...others] = [
      await get(port, { 'accept-encoding': coding }),
      await get(port, { 'accept-encoding': coding }),
      await get(port, { 'accept-encoding': coding }),
      await get(port, { 'accept-encoding': coding }),
    ];
    assert.equal(first?.status, 200);
    assert.equal(first.headers['content-encoding'], coding === 'identity' ? undefined : coding);
    for (const other of others) assert.deepEqual(other, first);
  });

test('conditions and HEAD are kept', async (t) => {
  const { port } = await open(t);
  await get(port);
  const { headers } = await get(port);
  assert.equal((await get(port, { 'if-none-match': String(headers['etag']) })).status, 304);
  assert.equal(
    (await get(port, { 'if-modified-since': String(headers['last-modified']) })).status,
    304,
  );
  const head = await get(port, {}, 'HEAD');
  assert.equal(head.status, 200);
  assert.equal(head.body, '');
});

test('a change of the data is seen by the next request, and a minute ends them all', async (t) => {
  const { port, store, config, pass } = await open(t);
  const before = [await get(port), await get(port), await get(port)].at(-1);
  const shown = config.announcements.find(({ id }) => id === NEWEST_ID);
  assert.ok(shown);
  store.syncAnnouncements([{ ...shown, title: 'Changed' }]);
  const after = await get(port);
  assert.ok(after.body !== before?.body, 'the old answer was given');
  await get(port);
  pass(60_000);
  assert.ok((await get(port)).body === after.body);
});

test('who has asked too often gets none of them', async (t) => {
  const { port } = await open(t);
  const client = { 'x-forwarded-for': '198.51.100.9' };
  let refused: Got | undefined;
  for (let asked = 0; asked < 620 && refused === undefined; asked += 1) {
    const got = await get(port, client);
    if (got.status !== 200) refused = got;
  }
  assert.equal(refused?.status, 429);
  assert.equal((await get(port)).status, 200);
});

test('a store that fails costs an answer, not the process', async (t) => {
  let isBroken = false;
  const dataVersion = () => {
    if (isBroken) throw new Error('the disk is gone');
    return 1;
  };
  const sample = openSampleApp({ override: { dataVersion } });
  const server = await listen(sample.app, { host: '127.0.0.1', port: 0 });
  t.after(async () => {
    await server.close();
    sample.close();
  });
  assert.equal((await get(server.port)).status, 200);
  isBroken = true;
  assert.equal((await get(server.port)).status, 500);
  isBroken = false;
  assert.equal((await get(server.port)).status, 200);
});
