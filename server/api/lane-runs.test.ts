/** Lanes as runs: the same as in JSON, kept while nothing changes, never stale, and nothing before its time. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after as afterAll, suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { brotliDecompressSync } from 'node:zlib';
import type { Hono } from 'hono';
import { openParcel } from '../../dashboard/lane-parcel.ts';
import { parseLaneRuns } from '../../dashboard/timeline/lane-answer.ts';
import { openStore } from '../../db/open.ts';
import type { Store } from '../../db/store.ts';
import { GENERATED_VANTAGES, generateRun, generateSeries } from '../../db/testing/generate.ts';
import { createRandom } from '../../db/testing/generate-observations.ts';
import type { Clock } from '../../probes/clock.ts';
import { createApp } from '../app.ts';
import { readLanes } from '../testing/read-lanes.ts';
import { loadSampleConfig } from '../testing/sample-app.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const FROM_MS = Date.UTC(2022, 1, 20);
const TO_MS = Date.UTC(2022, 3, 5);
const RANGE = 'from=2022-02-20&to=2022-04-05T00:00:00Z';
const EVERYTHING = `${RANGE}&function=service,web,app,media`;
const VANTAGE_IDS = ['ru-volga-fixed', 'ua-dnipro-fixed'];
const CONFIG = loadSampleConfig();

type World = {
  readonly store: Store;
  readonly app: Hono;
  readonly setNow: (nowMs: number) => void;
};

/** A store with six weeks of two vantages over a clock that is set by hand; `delayMinutes` holds for the first. */
function openWorld(t: { after: (work: () => void) => void }, delayMinutes = 0): World {
  const folder = mkdtempSync(join(tmpdir(), 'reachline-runs-'));
  let nowMs = TO_MS;
  const clock: Clock = { nowMs: () => nowMs, monotonicMs: () => 0, sleep: () => delay(0) };
  const store = openStore({ file: join(folder, 'reachline.db'), mode: 'write', clock });
  t.after(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });
  store.syncVantages(
    GENERATED_VANTAGES.filter(({ id }) => VANTAGE_IDS.includes(id)).map((vantage, index) =>
      index === 0 && delayMinutes > 0 ? { ...vantage, publishDelayMinutes: delayMinutes } : vantage,
    ),
  );
  for (const { measurement, judgement } of generateSeries({
    seed: 7,
    services: ['instagram'],
    vantageIds: VANTAGE_IDS,
    fromMs: FROM_MS,
    toMs: TO_MS,
    intervalMs: 6 * HOUR_MS,
    missingRatio: 0.05,
    changeRatio: 0.1,
  }))
    store.insertMeasurement(measurement, judgement);
  const info = { version: 'test', isSimulated: true, startedAtMs: TO_MS };
  const app = createApp({ store, config: CONFIG, clock, info });
  return {
    store,
    app,
    setNow: (value) => {
      nowMs = value;
    },
  };
}

function insert(store: Store, slotMs: number, scenario: 'ok' | 'reset', seq = 0): void {
  const { measurement, judgement } = generateRun(createRandom(slotMs % 1_000), {
    service: 'instagram',
    vantageId: VANTAGE_IDS[0] ?? '',
    slotMs,
    seq,
    intervalMs: 6 * HOUR_MS,
    scenario,
  });
  assert.equal(store.insertMeasurement(measurement, judgement), 'inserted');
}

async function readRuns(app: Hono, query: string) {
  const response = await app.request(`/api/v1/lanes.rl?${query}`);
  assert.equal(response.status, 200);
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { loaded: parseLaneRuns(bytes), tag: response.headers.get('etag') ?? '', bytes };
}

async function readJson(app: Hono, query: string) {
  return readLanes(await (await app.request(`/api/v1/lanes?${query}`)).json());
}

type Listed = { vantageId: string; month: string; url: string; isOver: boolean; bytes: number };

async function listMonths(app: Hono, query = RANGE): Promise<Listed[]> {
  const answer = await (await app.request(`/api/v1/lane-months?${query}`)).json();
  return (answer as { months: Listed[] }).months;
}

/** Spans with the getters spelt out. */
const spell = (loaded: Awaited<ReturnType<typeof readJson>>) =>
  loaded.lanes.map(({ spans, ...identity }) => ({
    ...identity,
    spans: spans.map(
      ({ fromMs, untilMs, state, count, mechanism, confidence, firstMeasurementId }) =>
        [fromMs, untilMs, state, count, mechanism, confidence, firstMeasurementId].join(' '),
    ),
  }));

suite('lanes as runs', () => {
  const { app, store } = openWorld({ after: afterAll });

  test('are whole months of what JSON says, first measurements and confidence too', async () => {
    const { loaded } = await readRuns(app, RANGE);
    assert.deepEqual(
      [loaded.fromMs, loaded.toMs, loaded.resolution],
      [Date.UTC(2022, 1, 1), TO_MS, 'slot'],
    );
    const json = await readJson(app, 'from=2022-02-01&to=2022-04-05T00:00:00Z');
    assert.ok((json.lanes[0]?.spans.length ?? 0) > 30);
    assert.deepEqual(spell(loaded), spell(json));
  });

  test('a run from before the first month keeps its first measurement', async () => {
    const { loaded } = await readRuns(app, 'from=2022-03-02&to=2022-03-03');
    assert.deepEqual([loaded.fromMs, loaded.toMs], [Date.UTC(2022, 2, 1), Date.UTC(2022, 3, 1)]);
    const json = await readJson(app, 'from=2022-03-01&to=2022-04-01');
    assert.deepEqual(
      loaded.lanes.map(({ spans }) => spans[0]?.firstMeasurementId),
      json.lanes.map(({ spans }) => spans[0]?.firstMeasurementId),
    );
    assert.ok(store.range().firstSlotMs);
  });

  test('take the filters of the JSON, and refuse what it refuses', async () => {
    const one = await readRuns(app, `${RANGE}&country=UA`);
    assert.deepEqual(
      one.loaded.lanes.map(({ vantage }) => vantage.id),
      ['ua-dnipro-fixed'],
    );
    const both = await readRuns(app, `${RANGE}&function=service,web`);
    assert.equal(both.loaded.lanes.length, 4);
    const wrong = await app.request('/api/v1/lanes.rl?colour=red');
    assert.equal(wrong.status, 422);
    const empty = await readRuns(app, 'from=2019-01-01&to=2019-02-01');
    assert.deepEqual(
      empty.loaded.lanes.flatMap(({ spans }) => spans.map(({ state }) => state)),
      ['no_data', 'no_data'],
    );
  });

  test('come compressed, and not at all to those who hold them', async () => {
    const { tag, bytes } = await readRuns(app, EVERYTHING);
    const packed = await app.request(`/api/v1/lanes.rl?${EVERYTHING}`, {
      headers: { 'accept-encoding': 'br' },
    });
    assert.equal(packed.headers.get('content-encoding'), 'br');
    const unpacked = brotliDecompressSync(Buffer.from(await packed.arrayBuffer()));
    assert.deepEqual(new Uint8Array(unpacked), bytes);
    const held = await app.request(`/api/v1/lanes.rl?${EVERYTHING}`, {
      headers: { 'if-none-match': tag },
    });
    assert.equal(held.status, 304);
  });

  test('long ranges come by the hour, with every measurement counted', async () => {
    insert(store, Date.UTC(2016, 4, 1), 'reset');
    const { loaded } = await readRuns(app, 'from=2016-01-01&to=2022-04-05T00:00:00Z');
    assert.equal(loaded.resolution, 'hour');
    const json = await readJson(app, 'from=2016-01-01&to=2022-04-05T00:00:00Z');
    const count = ({ lanes }: typeof json) =>
      lanes.map(({ spans }) => {
        const counts: Record<string, number> = {};
        for (const span of spans) counts[span.state] = (counts[span.state] ?? 0) + span.count;
        return counts;
      });
    assert.deepEqual(count(loaded), count(json));
    for (const { spans } of loaded.lanes)
      spans.forEach(({ fromMs }, index) =>
        assert.equal(fromMs, spans[index - 1]?.untilMs ?? loaded.fromMs),
      );
  });
});

suite('months one by one', () => {
  test('have addresses that name their content; those that are over may be kept for ever', async (t) => {
    const { app } = openWorld(t);
    const months = await listMonths(app);
    assert.deepEqual(months.map(({ month, isOver }) => [month, isOver]).slice(0, 3), [
      ['2022-02', true],
      ['2022-03', true],
      ['2022-04', false],
    ]);
    const { parts } = openParcel((await readRuns(app, RANGE)).bytes);
    for (const [index, { url, isOver }] of months.entries()) {
      const response = await app.request(url);
      assert.equal(response.status, 200, url);
      assert.deepEqual(new Uint8Array(await response.arrayBuffer()), parts[index]?.slice());
      assert.equal(
        response.headers.get('cache-control'),
        isOver ? 'public, max-age=31536000, immutable' : 'no-cache',
      );
    }
  });

  for (const { name, touch, changed } of [
    {
      name: 'a late run',
      touch: (store: Store) => insert(store, Date.UTC(2022, 2, 10, 1), 'reset'),
      changed: ['ru-volga-fixed 2022-03'],
    },
    {
      name: 'another judgement',
      touch: (store: Store) => {
        const [row] = store.listMeasurements({
          vantageIds: ['ru-volga-fixed'],
          toMs: Date.UTC(2022, 1, 25),
          limit: 1,
        }).rows;
        assert.ok(row);
        const scenario = row.verdict === 'ok' ? 'reset' : 'ok';
        const again = { ...row, scenario } as const;
        store.addJudgement(row.id, generateRun(createRandom(1), again).judgement);
      },
      changed: ['ru-volga-fixed 2022-02'],
    },
    {
      name: 'a new run',
      touch: (store: Store) => insert(store, TO_MS, 'ok'),
      changed: ['ru-volga-fixed 2022-04'],
    },
    { name: 'deriving all lanes again', touch: (store: Store) => store.rebuild(), changed: [] },
  ])
    test(`${name} changes the address of the months that it touches`, async (t) => {
      const { app, store, setNow } = openWorld(t);
      const before = await listMonths(app);
      const { tag } = await readRuns(app, RANGE);
      touch(store);
      setNow(TO_MS + HOUR_MS);
      const after = await listMonths(app);
      const moved = after.filter(({ url }, index) => url !== before[index]?.url);
      assert.deepEqual(
        moved.map(({ vantageId, month }) => `${vantageId} ${month}`),
        changed,
      );
      for (const { url } of before)
        assert.equal(
          (await app.request(url)).status,
          after.some((one) => one.url === url) ? 200 : 404,
        );
      const isInRange = changed.length > 0 && name !== 'a new run';
      const now = await readRuns(app, RANGE);
      if (isInRange) assert.notEqual(now.tag, tag);
      assert.deepEqual(
        spell(now.loaded),
        spell(await readJson(app, RANGE.replace('02-20', '02-01'))),
      );
    });

  test('an address that names nothing is answered as such', async (t) => {
    const { app } = openWorld(t);
    const [{ url } = { url: '' }] = await listMonths(app);
    for (const wrong of [
      url.replace('instagram', 'facebook'),
      url.replace('2022-02', '2022-13'),
      url.replace(/months\/./, 'months/_'),
      '/api/v1/lane-months/x/y',
    ])
      assert.equal((await app.request(wrong)).status, 404, wrong);
  });
});

suite('runs of a delayed vantage', () => {
  test('come when their time has come, and no address tells of them before', async (t) => {
    const delayMs = 3 * DAY_MS;
    const { app, store, setNow } = openWorld(t, delayMs / 60_000);
    const hiddenFromMs = TO_MS - delayMs - CONFIG.schedule.intervalSeconds * 1_000;
    const seen = (loaded: Awaited<ReturnType<typeof readJson>>) => {
      const lane = loaded.lanes.find(({ vantage }) => vantage.id === 'ru-volga-fixed');
      return lane?.spans.findLast(({ state }) => state !== 'no_data')?.untilMs ?? 0;
    };
    const before = await readRuns(app, RANGE);
    assert.ok(seen(before.loaded) <= hiddenFromMs);
    assert.ok(seen(before.loaded) > hiddenFromMs - DAY_MS);
    const addresses = await listMonths(app);
    // A run that is hidden changes nothing at all.
    insert(store, TO_MS - DAY_MS + 1_000, 'reset');
    assert.deepEqual((await readRuns(app, RANGE)).bytes, before.bytes);
    assert.deepEqual(await listMonths(app), addresses);
    setNow(TO_MS + delayMs + DAY_MS);
    const after = await readRuns(app, RANGE);
    assert.notEqual(after.tag, before.tag);
    assert.equal(seen(after.loaded), seen(await readJson(app, RANGE)));
    assert.ok(seen(after.loaded) > hiddenFromMs + DAY_MS);
    assert.deepEqual(
      (await listMonths(app))
        .filter(({ url }, index) => url !== addresses[index]?.url)
        .map(({ month, vantageId }) => `${vantageId} ${month}`),
      ['ru-volga-fixed 2022-04'],
    );
  });
});
