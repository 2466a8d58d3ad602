/** Incidents over HTTP: the list, one of them with what a second detector says, and what is left out of both. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Hono } from 'hono';
import { loadConfig } from '../../config/load.ts';
import {
  createHandClock,
  INTERVAL_MS,
  insertRun,
  makeStore,
  NOON_MS,
} from '../../db/testing/fixtures.ts';
import { GENERATED_VANTAGES } from '../../db/testing/generate.ts';
import { createApp } from '../app.ts';
import { createBookkeeping } from '../bookkeeping.ts';
import { createFixedClock } from '../testing/sample-app.ts';

const config = loadConfig({ file: join(import.meta.dirname, '../../config/reachline.yaml') });
const HERE = 'ru-volga-fixed';
const CONTROL = 'pl-vistula-fixed';
const DELAYED = 'ru-ural-fixed';
const HOUR_MS = 3_600_000;
const SLOTS = 40;

/** Twenty hourly rounds, good; then twenty in which every handshake is reset. */
async function openIncidents(t: TestContext): Promise<Hono> {
  const { store } = makeStore(t);
  store.syncVantages(
    GENERATED_VANTAGES.map((one) =>
      one.id === DELAYED ? { ...one, publishDelayMinutes: 60 } : one,
    ),
  );
  for (let slot = 0; slot < SLOTS; slot += 1) {
    const hour = { slot: slot * (HOUR_MS / INTERVAL_MS), intervalMs: HOUR_MS };
    const scenario = slot < 20 ? 'ok' : 'reset';
    for (const vantageId of [HERE, DELAYED]) insertRun(store, { ...hour, vantageId, scenario });
    insertRun(store, { ...hour, vantageId: CONTROL });
  }
  const nowMs = NOON_MS + SLOTS * HOUR_MS;
  const clock = createFixedClock(nowMs);
  const log = () => {};
  const books = createBookkeeping({
    store,
    config,
    clock: { ...createHandClock(nowMs), ...clock },
    log,
    graceMs: 0,
  });
  await books.rebuild('at the start');
  await books.stop();
  const info = { version: '0.1.0', isSimulated: true, startedAtMs: nowMs };
  return createApp({ store, config, clock, info, log });
}

async function read<T>(app: Hono, path: string): Promise<T> {
  const response = await app.request(path);
  assert.equal(response.status, 200, path);
  return (await response.json()) as T;
}

type List = {
  leftOutVantages: number;
  incidents: { id: string; vantageIds: string[]; url: string }[];
};

test('the list names incidents, and says that a vantage is left out but not which', async (t) => {
  const app = await openIncidents(t);
  const list = await read<List>(app, '/api/v1/incidents');
  assert.equal(list.leftOutVantages, 1);
  assert.deepEqual(
    list.incidents.map(({ vantageIds }) => vantageIds),
    [[HERE]],
  );
  assert.ok(!JSON.stringify(list).includes(DELAYED));
  const empty = [
    'service=instagram',
    'state=closed',
    'country=UA',
    'to=2022-03-04',
    'severity=critical',
  ];
  for (const query of empty)
    assert.deepEqual((await read<List>(app, `/api/v1/incidents?${query}`)).incidents, [], query);
  assert.equal(
    (await read<List>(app, '/api/v1/incidents?from=2030-01-01')).incidents.length,
    1,
    'it goes on',
  );
});

test('one incident: evidence, log and the second detector beside ours', async (t) => {
  const app = await openIncidents(t);
  const { incidents } = await read<List>(app, '/api/v1/incidents');
  type Span = { after: string; by: string };
  type Body = {
    onset: Span;
    end: null;
    restrictions: {
      function: string;
      levels: unknown[];
      evidence: { lastGoodId: string; firstBadId: string };
    }[];
    log: { at: string; kind: string; measurementIds: string[] }[];
    secondDetector: { vantageId: string; second: { alarmAfterMs: number; onset: Span } | null }[];
  };
  const body = await read<Body>(app, incidents[0]?.url ?? '');
  assert.deepEqual(body.onset, { after: '2022-03-05T07:00:00Z', by: '2022-03-05T08:00:00Z' });
  assert.equal(body.end, null);
  assert.ok(body.restrictions.some((one) => one.function === 'service'));
  const whole = body.restrictions.find((one) => one.function === 'service');
  assert.deepEqual(whole?.levels, [
    {
      kind: 'blocked',
      evidence: {
        lastOtherId: whole?.evidence.lastGoodId,
        firstId: whole?.evidence.firstBadId,
      },
      since: body.onset,
    },
  ]);
  assert.equal(body.log[0]?.kind, 'opened');
  assert.equal(body.log[0].at, '2022-03-05T08:00:00Z');
  assert.ok(body.log[0].measurementIds.length > 0);
  const [opinion, ...others] = body.secondDetector;
  assert.deepEqual(others, []);
  assert.equal(opinion?.vantageId, HERE);
  assert.equal(opinion.second?.alarmAfterMs, 6 * HOUR_MS);
  assert.deepEqual(opinion.second.onset, {
    after: '2022-03-05T07:00:00Z',
    by: '2022-03-05T09:00:00Z',
  });
});

test('the ledger says it too, as data and on the page', async (t) => {
  const app = await openIncidents(t);
  const { leftOutVantages } = await read<{ leftOutVantages: number }>(app, '/ledger.json');
  assert.equal(leftOutVantages, 1);
  assert.match(
    await (await app.request('/ledger')).text(),
    /Without 1 vantage that publishes late/,
  );
});

test('an incident that is not there', async (t) => {
  const app = await openIncidents(t);
  assert.equal((await app.request('/api/v1/incidents/facebook-ru-20220304t1200z')).status, 404);
});
