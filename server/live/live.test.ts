/** The stream over real HTTP: who hears what, who comes back, who is let go, and that nothing comes before its time. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { suite, type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Vantage, Verdict } from '../../probes/types.ts';
import { createApp } from '../app.ts';
import { listen } from '../http.ts';
import { openEvents, type SeenEvent } from '../testing/event-client.ts';
import { createSample, SAMPLE_INTERVAL_MS, SAMPLE_START_MS } from '../testing/sample.ts';
import { openSampleApp } from '../testing/sample-app.ts';
import { createLiveFeed, type LiveFeed, type LiveFeedDeps } from './live-feed.ts';

/** First slot after those of the sample. */
const NEXT_MS = SAMPLE_START_MS + 2 * SAMPLE_INTERVAL_MS;
const LONG_ID = `a${'b'.repeat(63)}`;

const MAX_WAIT_MS = 10_000;
/** Fewer than the ring holds, so that who reads misses none. */
const RUNS_PER_ROUND = 2_000;
const RUN = {
  service: 'facebook',
  vantageId: 'ua-dnipro-fixed',
  slotMs: NEXT_MS,
  verdict: 'ok',
} as const;

/** A server with a stream, whose clock is set by hand. */
async function startStream(t: TestContext, more: Partial<LiveFeedDeps> = {}) {
  const sample = openSampleApp({ slots: 2 });
  const time = { nowMs: NEXT_MS };
  const clock = { nowMs: () => time.nowMs, monotonicMs: () => 0, sleep: () => Promise.resolve() };
  const { store, config } = sample;
  const slotLengthMs = SAMPLE_INTERVAL_MS;
  const latest = store.latestMeasurements();
  const feed = createLiveFeed({ store, clock, slotLengthMs, latest, ...more });
  const info = { version: '0.1.0', isSimulated: true, startedAtMs: 0 };
  const app = createApp({ store, config, clock, info, live: feed });
  const server = await listen(app, { host: '127.0.0.1', port: 0 });
  const toUrl = (query = '') => new URL(`/api/v1/stream${query}`, server.url);
  t.after(async () => {
    feed.stop();
    await server.close();
    sample.close();
  });
  return { feed, server, store, time, toUrl, app };
}

/** Waits until so many listen. */
async function untilClients(feed: LiveFeed, count: number): Promise<void> {
  const deadlineMs = performance.now() + MAX_WAIT_MS;
  while (feed.clientCount() !== count) {
    assert.ok(performance.now() < deadlineMs, `${feed.clientCount()} clients, not ${count}`);
    await nextTurn();
  }
}

/** Notes a run; slots count from the first one after the sample. */
function note(
  { feed }: Awaited<ReturnType<typeof startStream>>,
  service: string,
  vantageId: string,
  verdict: Verdict,
  slot = 0,
): void {
  const slotMs = NEXT_MS + slot * SAMPLE_INTERVAL_MS;
  const { measurement, judgement } = createSample({ service, vantageId, slotMs, verdict });
  feed.noteRun(measurement, judgement);
}

const tellOf = ({ kind, data }: SeenEvent) =>
  `${kind} ${String(data['lane'])} ${String(data['verdict'])}`;

suite('events', () => {
  test('a run is told to who listens, with id, time and number, in at most 200 bytes', async (t) => {
    const stream = await startStream(t);
    const client = await openEvents(stream.toUrl());
    assert.equal(client.headers['content-type'], 'text/event-stream');
    note(stream, 'facebook', 'ua-dnipro-fixed', 'ok');
    const event = await client.next();
    assert.deepEqual(event.data, {
      lane: 'facebook/ua-dnipro-fixed/service',
      verdict: 'ok',
      t: NEXT_MS,
      n: 1,
      until: NEXT_MS + SAMPLE_INTERVAL_MS,
      at: NEXT_MS + 4_210,
    });
    assert.match(event.id, /^[a-z0-9]+-1$/);
    client.close();
  });

  test('the longest names there can be stay within 200 bytes', async (t) => {
    const stream = await startStream(t);
    stream.store.syncVantages([{ ...(stream.store.listVantages()[0] as Vantage), id: LONG_ID }]);
    const client = await openEvents(stream.toUrl('?function=registration'));
    const { measurement, judgement } = createSample({
      service: 'instagram',
      vantageId: LONG_ID,
      slotMs: NEXT_MS,
      verdict: 'likely_blocked',
    });
    const functions = { registration: judgement.service };
    stream.feed.noteRun(measurement, { ...judgement, functions });
    const { dataBytes, data } = await client.next();
    assert.equal(data['lane'], `instagram/${LONG_ID}/registration`);
    assert.ok(dataBytes <= 200, `${dataBytes} bytes`);
    client.close();
  });

  test('a turn of the whole service is a change, its parts are told only to who asks', async (t) => {
    const stream = await startStream(t);
    const [all, parts] = await Promise.all([
      openEvents(stream.toUrl()),
      openEvents(stream.toUrl('?function=web')),
    ]);
    note(stream, 'instagram', 'ru-volga-fixed', 'blocked');
    assert.equal(tellOf(await all.next()), 'lane instagram/ru-volga-fixed/service blocked');
    const change = await all.next();
    assert.equal(tellOf(change), 'change instagram/ru-volga-fixed/service blocked');
    assert.equal(change.data['from'], 'ok');
    assert.equal(tellOf(await parts.next()), 'change instagram/ru-volga-fixed/service blocked');
    assert.equal(tellOf(await parts.next()), 'lane instagram/ru-volga-fixed/web blocked');
    all.close();
    parts.close();
  });

  test('filters by service and country hold for every kind of event', async (t) => {
    const stream = await startStream(t);
    const client = await openEvents(stream.toUrl('?service=whatsapp&country=UA'));
    const log = [
      { incidentId: 'x', atMs: 1, kind: 'opened', text: '', measurementIds: [] } as const,
    ];
    const nothing = { entries: [], turned: [], withdrawn: [] } as const;
    stream.feed.noteIncidents(
      { service: 'whatsapp', countryCode: 'RU' },
      { ...nothing, entries: log },
    );
    note(stream, 'facebook', 'ua-dnipro-fixed', 'ok');
    note(stream, 'whatsapp', 'ru-volga-fixed', 'ok');
    note(stream, 'whatsapp', 'ua-dnipro-fixed', 'ok');
    assert.equal(tellOf(await client.next()), 'lane whatsapp/ua-dnipro-fixed/service ok');
    stream.feed.noteIncidents(
      { service: 'whatsapp', countryCode: 'UA' },
      { ...nothing, entries: log },
    );
    const { kind, data } = await client.next();
    assert.deepEqual([kind, data], ['incident', { incident: 'x', t: 1, change: 'opened' }]);
    // What its log does not say yet, and not twice what it says.
    const change = { entries: log, turned: ['x', 'y'], withdrawn: [] };
    stream.feed.noteIncidents({ service: 'whatsapp', countryCode: 'UA' }, change);
    const told = [await client.next(), await client.next()].map(({ data: one }) => [
      one['incident'],
      one['change'],
    ]);
    assert.deepEqual(told, [
      ['y', 'changed'],
      ['x', 'opened'],
    ]);
    client.close();
  });

  test('a run that comes late is told, and changes nothing of now', async (t) => {
    const stream = await startStream(t);
    const client = await openEvents(stream.toUrl());
    note(stream, 'facebook', 'ua-dnipro-fixed', 'ok', 1);
    note(stream, 'facebook', 'ua-dnipro-fixed', 'blocked', 0);
    note(stream, 'facebook', 'ua-dnipro-fixed', 'ok', 2);
    const told = [await client.next(), await client.next(), await client.next()].map(tellOf);
    assert.deepEqual(
      told.map((one) => one.replace(/facebook\S+/, '·')),
      ['lane · ok', 'lane · blocked', 'lane · ok'],
    );
    client.close();
  });
});

suite('coming back', () => {
  test('with the last id a client gets what it missed and nothing twice', async (t) => {
    const stream = await startStream(t);
    const first = await openEvents(stream.toUrl());
    note(stream, 'facebook', 'ua-dnipro-fixed', 'ok', 0);
    const { id } = await first.next();
    first.close();
    note(stream, 'facebook', 'ua-dnipro-fixed', 'ok', 1);
    note(stream, 'instagram', 'ua-dnipro-fixed', 'ok', 1);
    const second = await openEvents(stream.toUrl(), id);
    assert.equal(tellOf(await second.next()), 'lane facebook/ua-dnipro-fixed/service ok');
    assert.equal(tellOf(await second.next()), 'lane instagram/ua-dnipro-fixed/service ok');
    second.close();
  });

  for (const [name, lastId] of [
    ['of another run of the server', 'abc-1'],
    ['that is none', 'x;y'],
    ['from the future', undefined],
  ] as const)
    test(`an id ${name} is answered by reset, and the stream goes on`, async (t) => {
      const stream = await startStream(t);
      const epoch = stream.time.nowMs.toString(36);
      const client = await openEvents(stream.toUrl(), lastId ?? `${epoch}-9`);
      assert.equal((await client.next()).kind, 'reset');
      note(stream, 'facebook', 'ua-dnipro-fixed', 'ok');
      assert.equal((await client.next()).kind, 'lane');
      client.close();
    });

  test('an id that the ring has lost is answered by reset', async (t) => {
    const stream = await startStream(t, { maxEvents: 4 });
    const first = await openEvents(stream.toUrl());
    note(stream, 'facebook', 'ua-dnipro-fixed', 'ok', 0);
    const { id } = await first.next();
    first.close();
    for (let slot = 1; slot <= 8; slot += 1)
      note(stream, 'facebook', 'ua-dnipro-fixed', 'ok', slot);
    stream.feed.tick();
    const second = await openEvents(stream.toUrl(), id);
    assert.equal((await second.next()).kind, 'reset');
    second.close();
  });
});

suite('vantages that publish late', () => {
  test('nothing of them is told before its time, and then to the slot alone', async (t) => {
    const stream = await startStream(t);
    const own = stream.store.listVantages().find(({ id }) => id === 'ru-volga-fixed') as Vantage;
    stream.store.syncVantages([{ ...own, publishDelayMinutes: 60 }]);
    const client = await openEvents(stream.toUrl());
    note(stream, 'facebook', 'ru-volga-fixed', 'blocked');
    note(stream, 'facebook', 'ua-dnipro-fixed', 'ok');
    assert.equal(tellOf(await client.next()), 'lane facebook/ua-dnipro-fixed/service ok');
    // The slot is over after an hour, and one more must pass: a minute less is too early.
    stream.time.nowMs = NEXT_MS + 2 * SAMPLE_INTERVAL_MS;
    stream.feed.tick();
    note(stream, 'instagram', 'ua-dnipro-fixed', 'ok');
    assert.equal(tellOf(await client.next()), 'lane instagram/ua-dnipro-fixed/service ok');
    stream.time.nowMs += 60_000;
    stream.feed.tick();
    const event = await client.next();
    assert.equal(tellOf(event), 'lane facebook/ru-volga-fixed/service blocked');
    assert.equal(event.data['at'], NEXT_MS, 'the time of its start would be more than the slot');
    client.close();
  });
});

suite('limits', () => {
  test('two hundred clients hear the same event', async (t) => {
    const stream = await startStream(t);
    const clients = await Promise.all(
      Array.from({ length: 200 }, () => openEvents(stream.toUrl())),
    );
    note(stream, 'facebook', 'ua-dnipro-fixed', 'ok');
    const ids = await Promise.all(clients.map(async (client) => (await client.next()).id));
    assert.equal(new Set(ids).size, 1);
    for (const client of clients) client.close();
    await untilClients(stream.feed, 0);
  });

  test('one client too many is told to come later, and there is room when one leaves', async (t) => {
    const stream = await startStream(t, { maxClients: 1 });
    const first = await openEvents(stream.toUrl());
    const second = await openEvents(stream.toUrl());
    assert.equal(second.status, 503);
    second.close();
    first.close();
    await untilClients(stream.feed, 0);
    const third = await openEvents(stream.toUrl());
    assert.equal(third.status, 200);
    third.close();
  });

  test('who does not read is cut off after two beats, and who reads is not', async (t) => {
    const stream = await startStream(t);
    const reader = await openEvents(stream.toUrl());
    const { port } = stream.server;
    const sleeper = connect(port, '127.0.0.1').pause();
    t.after(() => sleeper.destroy());
    await once(sleeper, 'connect');
    sleeper.write('GET /api/v1/stream HTTP/1.1\r\nHost: x\r\n\r\n');
    await untilClients(stream.feed, 2);
    // The system takes some megabytes for the sleeper before its connection is full.
    const judged = { service: createSample(RUN).judgement.service, functions: {} };
    for (let round = 1; stream.feed.clientCount() === 2; round += 1) {
      assert.ok(round < 200, 'the sleeper is still there');
      const { measurement } = createSample(RUN);
      for (let seq = 1; seq <= RUNS_PER_ROUND; seq += 1)
        stream.feed.noteRun({ ...measurement, seq: round * RUNS_PER_ROUND + seq }, judged);
      stream.feed.tick();
      while ((await reader.next()).data['n'] !== (round + 1) * RUNS_PER_ROUND + 1);
    }
    assert.equal(stream.feed.clientCount(), 1);
    note(stream, 'instagram', 'ua-dnipro-fixed', 'ok');
    assert.equal(tellOf(await reader.next()), 'lane instagram/ua-dnipro-fixed/service ok');
    reader.close();
  });

  test('the server ends at once although streams are open', async (t) => {
    const stream = await startStream(t);
    const client = await openEvents(stream.toUrl());
    const startedMs = performance.now();
    stream.feed.stop();
    await stream.server.close();
    await client.ended;
    assert.ok(performance.now() - startedMs < 2_000);
    await assert.rejects(client.next(), /ended/);
  });

  test('HEAD has no stream, and what cannot be asked is refused', async (t) => {
    const stream = await startStream(t);
    const head = await stream.app.request('/api/v1/stream', { method: 'HEAD' });
    assert.equal(head.headers.get('content-type'), 'text/event-stream');
    assert.equal(stream.feed.clientCount(), 0);
    assert.equal((await stream.app.request('/api/v1/stream?service=x')).status, 422);
  });
});

test('one network may not take every place', async (t) => {
  const { feed, toUrl } = await startStream(t);
  const ending = new AbortController();
  t.after(() => ending.abort());
  const open = (address: string) =>
    fetch(toUrl(), { headers: { 'x-forwarded-for': address }, signal: ending.signal });
  for (let count = 0; count < 32; count += 1) assert.equal((await open('203.0.113.5')).status, 200);
  assert.equal((await open('203.0.113.5')).status, 503);
  assert.equal((await open('203.0.113.6')).status, 200);
  assert.equal(feed.clientCount(), 33);
});
