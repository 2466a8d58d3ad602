/** What was cited stays what it was: judging again, late data and publication delays change no revision of the past. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createApp } from '../app.ts';
import {
  createSample,
  SAMPLE_INTERVAL_MS,
  SAMPLE_START_MS,
  SAMPLE_VANTAGES,
} from '../testing/sample.ts';
import { createFixedClock, openSampleApp } from '../testing/sample-app.ts';
import { findRevisionMs, formatRevision, parseRevision } from './revision.ts';

const MINUTE_MS = 60_000;

/** A store whose clock is set by hand, and requests at the instant it shows. */
function open(t: { after: (work: () => void) => void }, slots: number) {
  let nowMs = SAMPLE_START_MS + slots * SAMPLE_INTERVAL_MS;
  const sample = openSampleApp({ slots, clock: { ...createFixedClock(0), nowMs: () => nowMs } });
  t.after(() => sample.close());
  const get = async (file: string): Promise<Response> => {
    const info = { version: '0.1.0', isSimulated: true, startedAtMs: nowMs };
    const { store, config } = sample;
    const app = createApp({ store, config, clock: createFixedClock(nowMs), info });
    const response = await app.request(`http://test/api/v1/exports/${file}`);
    assert.equal(response.status, 200, await response.clone().text());
    return response;
  };
  return {
    store: sample.store,
    get,
    text: async (file: string) => (await get(file)).text(),
    wait: (ms: number) => {
      nowMs += ms;
    },
  };
}

suite('revisions', () => {
  for (const text of ['20220304T120501Z', '20240229T000000Z'])
    test(`${text} is read and written`, () =>
      assert.equal(formatRevision(parseRevision(text) ?? 0), text));
  for (const text of ['20220231T000000Z', '20220304T1205Z', '', '20220304T120501z'])
    test(`${JSON.stringify(text)} is none`, () => assert.equal(parseRevision(text), undefined));

  test('the newest revision leaves out the second that may still grow', () => {
    const storedMs = Date.UTC(2022, 2, 4, 12, 5, 1, 400);
    const newest = (nowMs: number) =>
      formatRevision(findRevisionMs({ lastStoredMs: () => storedMs }, nowMs));
    assert.equal(newest(storedMs), '20220304T120501Z');
    assert.equal(newest(storedMs + MINUTE_MS), '20220304T120502Z');
  });

  for (const form of ['csv', 'jsonl', 'json', 'parquet'])
    test(`${form} of a revision is byte for byte the same after judging again and late data`, async (t) => {
      const { store, get, wait } = open(t, 6);
      wait(MINUTE_MS);
      const first = await get(`measurements.${form}?service=facebook`);
      const revision = first.headers.get('reachline-revision') ?? '';
      const file = `measurements.${form}?rev=${revision}&service=facebook`;
      const bytes = async () => Buffer.from(await (await get(file)).arrayBuffer()).toString('hex');
      const before = await bytes();
      wait(MINUTE_MS);
      const other = createSample({
        service: 'facebook',
        vantageId: 'ru-volga-fixed',
        slotMs: SAMPLE_START_MS,
        verdict: 'impaired',
      });
      const id = 'facebook.ru-volga-fixed.20220304T000000Z';
      store.addJudgements([{ id, judgement: other.judgement }]);
      const late = createSample({
        service: 'facebook',
        vantageId: 'pl-wisla-fixed',
        slotMs: SAMPLE_START_MS + 5 * SAMPLE_INTERVAL_MS,
        verdict: 'ok',
      });
      store.insertMeasurement(late.measurement, late.judgement);
      store.syncVantages(
        SAMPLE_VANTAGES.map((one) => ({ ...one, networkName: `${one.networkName} 2` })),
      );
      wait(MINUTE_MS);
      assert.equal(await bytes(), before);
    });

  test('the newest has the new verdict, and updated_since gives what changed alone', async (t) => {
    const { store, get, text, wait } = open(t, 6);
    wait(MINUTE_MS);
    const revision = (await get('measurements.csv')).headers.get('reachline-revision') ?? '';
    wait(MINUTE_MS);
    assert.equal(await text(`measurements.jsonl?updated_since=${revision}`), '');
    const { judgement } = createSample({
      service: 'facebook',
      vantageId: 'ru-volga-fixed',
      slotMs: SAMPLE_START_MS,
      verdict: 'impaired',
    });
    const id = 'facebook.ru-volga-fixed.20220304T000000Z';
    store.addJudgements([{ id, judgement }]);
    wait(MINUTE_MS);
    const changed = (await text(`measurements.jsonl?updated_since=${revision}`))
      .trimEnd()
      .split('\n');
    assert.equal(changed.length, 1);
    const row = JSON.parse(changed[0] ?? '') as Record<string, unknown>;
    assert.deepEqual([row['id'], row['verdict'], row['revision']], [id, 'impaired', 2]);
  });
});

suite('vantages that publish late', () => {
  const DELAY_MINUTES = 120;
  const hidden = 'ru-taiga-mobile';

  function openDelayed(t: Parameters<typeof open>[0]) {
    const world = open(t, 6);
    world.store.syncVantages(
      SAMPLE_VANTAGES.map((one) =>
        one.id === hidden ? { ...one, publishDelayMinutes: DELAY_MINUTES } : one,
      ),
    );
    // The revision lags by up to two minutes there.
    world.wait(3 * MINUTE_MS);
    return world;
  }
  const read = async (world: ReturnType<typeof open>, query = '') =>
    (await world.text(`measurements.jsonl?vantage=${hidden}&service=facebook${query}`))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { id: string; scheduled_at: string; started_at: string });

  test('no hidden run is in any form, and none is dated more exactly than to its slot', async (t) => {
    const world = openDelayed(t);
    const rows = await read(world);
    // Of slots 0 to 5, those that had been over for two hours at 06:02.
    assert.deepEqual(
      rows.map(({ scheduled_at }) => scheduled_at.slice(11, 16)),
      ['00:00', '01:00', '02:00', '03:00'],
    );
    assert.ok(rows.every((row) => row.started_at === row.scheduled_at));
    for (const table of ['lanes', 'availability', 'vantages']) {
      const text = await world.text(`${table}.csv?country=RU`);
      assert.ok(!text.includes(`${hidden}.20220304T05`), table);
    }
  });

  test('a revision keeps the cut of its time, and what comes out later is new', async (t) => {
    const world = openDelayed(t);
    const before = await read(world);
    const revision = (await world.get('measurements.csv')).headers.get('reachline-revision') ?? '';
    world.wait(60 * MINUTE_MS);
    assert.deepEqual(await read(world, `&rev=${revision}`), before);
    const since = await read(world, `&updated_since=${revision}`);
    assert.deepEqual(
      since.map(({ id }) => id),
      (await read(world)).slice(before.length).map(({ id }) => id),
    );
    assert.equal(since.length, 1);
  });

  test('the revision tells nothing of when a hidden run was stored', async (t) => {
    const world = openDelayed(t);
    const at = async () => (await world.get('services.csv')).headers.get('reachline-revision');
    const before = await at();
    const { measurement, judgement } = createSample({
      service: 'facebook',
      vantageId: hidden,
      slotMs: SAMPLE_START_MS + 6 * SAMPLE_INTERVAL_MS,
      verdict: 'ok',
    });
    world.store.insertMeasurement(measurement, judgement);
    assert.equal(await at(), before);
  });
});
