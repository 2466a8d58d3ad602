/** Nothing of a delayed vantage is seen before its time: in no method of the store, and on no address of the server. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { formatMeasurementId } from '../db/measurement-id.ts';
import { openStore } from '../db/open.ts';
import type { Store } from '../db/store.ts';
import type { Measurement, Vantage, Verdict } from '../probes/types.ts';
import { createApp, ROUTES } from './app.ts';
import type { ReadStore } from './contract.ts';
import { formatRevision } from './exports/revision.ts';
import { createPublicStore } from './public-store.ts';
import { findCutMs } from './publication.ts';
import { createSample, SAMPLE_VANTAGES } from './testing/sample.ts';
import { createFixedClock, loadSampleConfig } from './testing/sample-app.ts';

const SLOT_MS = 300_000;
const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2022, 2, 4);
const SLOTS = 30;
const SERVICES = ['facebook', 'whatsapp'];

const VANTAGES: readonly Vantage[] = SAMPLE_VANTAGES.slice(0, 3).map((vantage, index) => ({
  ...vantage,
  role: index === 2 ? 'control' : 'vantage',
}));

type Run = {
  readonly vantage: number;
  readonly slot: number;
  readonly seq: number;
  readonly verdict: Verdict;
};

/** Seconds into the slot at which each sample run starts; must never be seen of a delayed vantage. */
const START_IN_SLOT_MS = 4_210;

function createRun({ vantage, slot, seq, verdict }: Run, service: string) {
  const vantageId = VANTAGES[vantage]?.id ?? '';
  const slotMs = START_MS + slot * SLOT_MS;
  const sample = createSample({ service, vantageId, slotMs, verdict });
  return {
    ...sample,
    measurement: { ...sample.measurement, seq, intervalMs: SLOT_MS } satisfies Measurement,
  };
}

function makeStore(t: Pick<TestContext, 'after'>): Store {
  const folder = mkdtempSync(join(tmpdir(), 'reachline-public-'));
  const store = openStore({
    file: join(folder, 'reachline.db'),
    mode: 'write',
    clock: createFixedClock(START_MS),
  });
  t.after(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });
  return store;
}

/** Every answer that the store gives, by the name of its method. */
function askEverything(store: ReadStore, nowMs: number): Record<string, unknown> {
  const range = { fromMs: START_MS, toMs: START_MS + 2 * SLOTS * SLOT_MS };
  const functions = ['service', 'web'] as const;
  const runs = store.listMeasurements({ limit: 500 }).rows;
  const pages: unknown[] = [];
  let before: string | undefined;
  do {
    const page = store.listMeasurements({ limit: 7, ...(before === undefined ? {} : { before }) });
    pages.push(...page.rows);
    before = page.nextCursor;
  } while (before !== undefined);
  return {
    listVantages: store.listVantages(),
    listCoverage: store.listCoverage(range),
    histories: VANTAGES.map(({ id }) =>
      store.getVantageHistory(id, { ...range, clockFromMs: 0, silentIntervals: 3 }),
    ).map((history) => ({ ...history, revisions: [] })),
    listMeasurements: runs,
    pages,
    ofVantage: VANTAGES.map(
      ({ id }) => store.listMeasurements({ vantageIds: [id], limit: 500 }).rows,
    ),
    getMeasurement: runs.map(({ id }) => store.getMeasurement(id)),
    findControls: runs.map(({ id }) => {
      const measurement = store.getMeasurement(id)?.measurement;
      return measurement && store.findControls(measurement, 3_600_000);
    }),
    latestMeasurements: store.latestMeasurements(),
    listLanes: store.listLanes({ ...range, functions }),
    shortLanes: store.listLanes({ ...range, toMs: START_MS + 9 * SLOT_MS, functions }),
    hours: store.listBuckets({ ...range, functions, resolution: 'hour' }),
    days: store.listBuckets({ ...range, functions, resolution: 'day' }),
    range: store.range(),
    health: store.health(),
    months: store.findLanes({ functions }).map((lane) => ({
      vantageId: lane.key.vantageId,
      parts: Array.from({ length: 8 }, (_, index) => {
        const fromMs = START_MS + index * 7 * SLOT_MS;
        const part = { fromMs, untilMs: fromMs + 7 * SLOT_MS };
        return {
          ...store.getLaneMonth(lane, part),
          hours: store.listLaneHours(lane, part),
          opening: store.findRunStart(lane, fromMs),
        };
      }),
    })),
    wholeLanes: store.listLanes(range),
    coveredDays: store.listCoverage(range).map(({ vantageId, days, firstSlots }) => ({
      vantageId,
      days,
      firstSlots,
    })),
    figures: [store.health().measurements, store.health().lastMeasuredMs ?? null],
    counts: VANTAGES.map(({ id }) => store.countRunsFrom(id, START_MS)),
    version: store.dataVersion() + nowMs * 0,
  };
}

const run = fc.record({
  vantage: fc.nat({ max: VANTAGES.length - 1 }),
  slot: fc.nat({ max: SLOTS }),
  seq: fc.nat({ max: 1 }),
  verdict: fc.constantFrom<Verdict>('ok', 'blocked', 'insufficient'),
});
const delays = fc.tuple(...VANTAGES.map(() => fc.constantFrom(0, 0, 1, 7, 30, 60, 100)));

suite('what the public may see', () => {
  test('no answer holds more than a store in which the hidden runs were never made', (t) => {
    fc.assert(
      fc.property(
        fc.array(run, { maxLength: 40 }),
        delays,
        fc.nat({ max: (SLOTS + 40) * SLOT_MS }),
        (runs, minutes, afterMs) => {
          const after: (() => void)[] = [];
          const scope = { after: (work: () => void) => after.push(work) };
          try {
            checkAgainstVisible(scope as unknown as TestContext, runs, minutes, START_MS + afterMs);
          } finally {
            for (const work of after) work();
          }
        },
      ),
      { numRuns: 40 },
    );
    assert.ok(t.name);
  });

  test('the cut moves by whole minutes and waits for the end of the slot', () => {
    const nowMs = START_MS + 90 * MINUTE_MS + 59_999;
    assert.equal(findCutMs(60, nowMs, SLOT_MS), START_MS + 25 * MINUTE_MS);
    assert.equal(findCutMs(60, nowMs + 1, SLOT_MS), START_MS + 26 * MINUTE_MS);
  });

  test('without a delay answers are those of the store itself', (t) => {
    const store = makeStore(t);
    store.syncVantages(VANTAGES);
    const { measurement, judgement } = createRun(
      { vantage: 0, slot: 3, seq: 0, verdict: 'ok' },
      'facebook',
    );
    store.insertMeasurement(measurement, judgement);
    const nowMs = START_MS + 4 * SLOT_MS;
    const shown = createPublicStore(store, createFixedClock(nowMs), SLOT_MS);
    assert.deepEqual(askEverything(shown, nowMs), askEverything(store, nowMs));
  });

  test('the second of a visit goes with the `date` of its answer, and only there', (t) => {
    const store = makeStore(t);
    store.syncVantages(
      VANTAGES.map((one, index) => (index === 0 ? { ...one, publishDelayMinutes: 1 } : one)),
    );
    const shown = createPublicStore(store, createFixedClock(START_MS + 20 * SLOT_MS), SLOT_MS);
    const headersOf = (vantage: number) => {
      const made = createRun({ vantage, slot: 1, seq: 0, verdict: 'ok' }, 'facebook');
      const observations = made.measurement.observations.map((one) =>
        one.operation === 'http' && one.outcome.kind === 'ok'
          ? {
              ...one,
              outcome: {
                kind: 'ok' as const,
                value: {
                  ...one.outcome.value,
                  headers: { server: 'x', date: 'Fri, 04 Mar 2022 00:05:04 GMT' },
                },
              },
            }
          : one,
      );
      const measurement = { ...made.measurement, observations };
      store.insertMeasurement(measurement, made.judgement);
      const seen = shown.getMeasurement(formatMeasurementId(measurement))?.measurement.observations;
      return seen?.flatMap(({ operation, outcome }) =>
        operation === 'http' && outcome.kind === 'ok' ? Object.keys(outcome.value.headers) : [],
      );
    };
    assert.deepEqual(headersOf(0), ['server']);
    assert.deepEqual(headersOf(1), ['server', 'date']);
  });

  test('kept answers do not outlive the delay: the version changes with the minute', (t) => {
    const store = makeStore(t);
    const version = (nowMs: number) =>
      createPublicStore(store, createFixedClock(nowMs), SLOT_MS).dataVersion();
    store.syncVantages(VANTAGES);
    assert.equal(version(START_MS), version(START_MS + MINUTE_MS));
    store.syncVantages(VANTAGES.map((one) => ({ ...one, publishDelayMinutes: 5 })));
    assert.notEqual(version(START_MS), version(START_MS + MINUTE_MS));
    assert.equal(version(START_MS), version(START_MS + 1));
  });
});

/** Compares what is shown of all runs with a store that never had the hidden ones. */
function checkAgainstVisible(
  t: Pick<TestContext, 'after'>,
  runs: readonly Run[],
  minutes: readonly number[],
  nowMs: number,
): void {
  const vantages = VANTAGES.map((one, index) => ({
    ...one,
    ...(minutes[index] === 0 ? {} : { publishDelayMinutes: minutes[index] ?? 0 }),
  }));
  const cutOf = (index: number) =>
    minutes[index] === 0
      ? Number.POSITIVE_INFINITY
      : findCutMs(minutes[index] ?? 0, nowMs, SLOT_MS);
  const whole = makeStore(t);
  const visible = makeStore(t);
  for (const store of [whole, visible]) store.syncVantages(vantages);
  for (const one of runs)
    for (const service of SERVICES) {
      const { measurement, judgement } = createRun(one, service);
      whole.insertMeasurement(measurement, judgement);
      if (measurement.slotMs < cutOf(one.vantage))
        visible.insertMeasurement(measurement, judgement);
    }
  const clock = createFixedClock(nowMs);
  const shown = askEverything(createPublicStore(whole, clock, SLOT_MS), nowMs);
  const expected = askEverything(createPublicStore(visible, clock, SLOT_MS), nowMs);
  const comparable = [
    'listVantages',
    'listMeasurements',
    'pages',
    'ofVantage',
    'latestMeasurements',
    'counts',
    'histories',
    'months',
    'wholeLanes',
    'coveredDays',
    'figures',
  ];
  for (const name of comparable)
    assert.deepEqual(stripCursors(shown[name]), stripCursors(expected[name]), name);
  vantages.forEach(({ id, publishDelayMinutes }, index) => {
    if (publishDelayMinutes === undefined) return;
    for (const [name, answer] of Object.entries(shown)) checkTimes(answer, id, cutOf(index), name);
  });
}

/** Entries differ between two stores that do not hold the same; nothing else may. */
function stripCursors(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer));
}

const TIMES = ['slotMs', 'startedAtMs', 'atMs', 'lastMeasuredMs', 'storedAtMs', 'startMs'];
const IDS = [
  'id',
  'previousId',
  'nextId',
  'firstMeasurementId',
  'lastMeasurementId',
  'measurementId',
];

/** Looks through an answer, however deep, for times and names that lie behind the cut of a vantage. */
function checkTimes(answer: unknown, vantageId: string, cutMs: number, path: string): void {
  const walk = (value: unknown, isOwn: boolean, at: string): void => {
    if (Array.isArray(value)) {
      value.forEach((one, index) => walk(one, isOwn, `${at}[${index}]`));
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    const row = value as Readonly<Record<string, unknown>>;
    const isOwnRow =
      isOwn ||
      row['vantageId'] === vantageId ||
      row['id'] === vantageId ||
      (row['measurement'] as Measurement | undefined)?.vantageId === vantageId ||
      (row['lane'] as Measurement | undefined)?.vantageId === vantageId;
    for (const [name, inner] of Object.entries(row)) {
      const where = `${at}.${name}`;
      if (IDS.includes(name) && typeof inner === 'string' && inner.includes(`.${vantageId}.`)) {
        const stamp = /\.(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/.exec(inner)?.slice(1).map(Number);
        const [year = 0, month = 1, ...rest] = stamp ?? [];
        assert.ok(Date.UTC(year, month - 1, ...rest) < cutMs, `${where} names ${inner}`);
      }
      if (isOwnRow && TIMES.includes(name) && typeof inner === 'number') {
        assert.ok(inner < cutMs, `${where} is ${new Date(inner).toISOString()}`);
        assert.notEqual(inner % SLOT_MS, START_IN_SLOT_MS, `${where} is more exact than the slot`);
      }
      if (isOwnRow && name === 'spans') checkSpans(inner, cutMs, where);
      walk(inner, isOwnRow, where);
    }
  };
  walk(answer, false, path);
}

function checkSpans(spans: unknown, cutMs: number, where: string): void {
  for (const span of spans as { state: string; fromMs: number; untilMs: number; count: number }[])
    if (span.state === 'no_data') assert.equal(span.count, 0);
    else {
      assert.ok(
        span.untilMs <= cutMs,
        `${where} goes on to ${new Date(span.untilMs).toISOString()}`,
      );
      const most = Math.ceil((span.untilMs - span.fromMs) / SLOT_MS);
      assert.ok(span.count <= most, `${where} counts ${span.count} in ${most} slots`);
    }
}

suite('on every address', () => {
  const CANARY = 'CANARYOFTHEHIDDENRUN';
  const DELAY_MINUTES = 60;
  const nowMs = START_MS + 24 * SLOT_MS;
  const hiddenId = VANTAGES[0]?.id ?? '';

  function openCanaryApp(t: TestContext, atMs: number) {
    const store = makeStore(t);
    store.syncVantages(
      VANTAGES.map((one, index) =>
        index === 0 ? { ...one, publishDelayMinutes: DELAY_MINUTES } : one,
      ),
    );
    const config = loadSampleConfig();
    store.syncAnnouncements(config.announcements);
    const cutMs = findCutMs(DELAY_MINUTES, nowMs, config.schedule.intervalSeconds * 1_000);
    for (let slot = 0; slot < 24; slot += 1)
      VANTAGES.forEach(({ id: vantageId }) => {
        const slotMs = START_MS + slot * SLOT_MS;
        const isHidden = vantageId === hiddenId && slotMs >= cutMs;
        const { measurement, judgement } = createSample({
          service: 'facebook',
          vantageId,
          slotMs,
          verdict: isHidden ? 'blocked' : 'ok',
          ...(isHidden ? { mechanism: 'tls.mitm.self_signed' as const, foreignText: CANARY } : {}),
        });
        store.insertMeasurement({ ...measurement, intervalMs: SLOT_MS }, judgement);
      });
    const clock = createFixedClock(atMs);
    const info = { version: '0.1.0', isSimulated: false, startedAtMs: 0 };
    return { app: createApp({ store, config, clock, info, log: () => {} }), cutMs, store };
  }

  const ids = (slot: number) =>
    formatMeasurementId({
      service: 'facebook',
      vantageId: hiddenId,
      slotMs: START_MS + slot * SLOT_MS,
      seq: 0,
    });

  function listAddresses(): string[] {
    const parameters: Readonly<Record<string, readonly string[]>> = {
      '/m/:id': [ids(0), ids(10), ids(20), ids(23)],
      '/api/v1/measurements/:id': [ids(0), ids(10), ids(20), ids(23)],
      '/v/:id': VANTAGES.map(({ id }) => id),
      '/api/v1/vantages/:id': VANTAGES.map(({ id }) => id),
      '/api/v1/schema/:id': ['vantages', 'services'],
    };
    // The newest revision where anybody publishes late.
    const asOf = `?rev=${formatRevision(Math.floor(nowMs / MINUTE_MS - 1) * MINUTE_MS)}`;
    const queries: Readonly<Record<string, readonly string[]>> = {
      '/t': ['?range=1d', '?range=all', '?range=1d&function=service,web', '?from=2022-03-04'],
      '/api/v1/lanes': ['', '?function=service,web', `?vantage=${hiddenId}`, asOf],
      '/api/v1/targets': ['', `?vantage=${hiddenId}`, asOf],
      '/api/v1/measurements.ooni.jsonl': ['', asOf],
      '/api/v1/lanes.rl': ['', '?function=service,web', '?from=2016-01-01'],
      '/api/v1/lane-months': ['', `?vantage=${hiddenId}`],
      '/api/v1/measurements': [
        '',
        `?vantage=${hiddenId}`,
        '?verdict=blocked',
        '?limit=3',
        '?country=RU',
        '?mechanism=tls.mitm.self_signed',
        asOf,
      ],
      '/api/v1/availability': [
        '',
        `?vantage=${hiddenId}&by=vantage,mechanism&resolution=hour`,
        '?by=mechanism&function=service,web',
      ],
      '/api/v1/timeline': ['', `?vantage=${hiddenId}`, asOf],
    };
    // The stream never ends; live.test.ts holds it to the same.
    return ROUTES.filter(({ path }) => path !== '/api/v1/stream').flatMap(({ path }) => {
      const named = parameters[path]?.map((one) => path.replace(':id', one)) ?? [path];
      return named.flatMap((one) => (queries[path] ?? ['']).map((query) => `${one}${query}`));
    });
  }

  /** They name every mechanism there is. */
  const LISTS_OF_WORDS: readonly string[] = [
    '/method',
    '/data',
    '/api',
    '/api/v1/schema',
    '/openapi.json',
  ];

  test('no page and no answer tells of a run before its time', async (t) => {
    const { app, cutMs } = openCanaryApp(t, nowMs);
    const stamps = Array.from({ length: 24 }, (_, slot) => START_MS + slot * SLOT_MS)
      .filter((slotMs) => slotMs >= cutMs)
      .map((slotMs) => `${hiddenId}.${new Date(slotMs).toISOString().replace(/[-:]|\.\d+/g, '')}`);
    assert.ok(stamps.length > 10, 'there is something to hide');
    const addresses = listAddresses();
    assert.ok(addresses.length > 30);
    let visited = 0;
    for (const address of addresses) {
      const response = await app.request(address);
      const text = await response.text();
      visited += response.status === 200 ? 1 : 0;
      assert.ok(response.status === 200 || !address.includes('rev='), `${address}: ${text}`);
      assert.ok(!text.includes(CANARY), `${address} shows what was hidden`);
      assert.ok(!text.includes('mitm') || LISTS_OF_WORDS.includes(address), `${address} tells how`);
      for (const stamp of stamps)
        assert.ok(!text.includes(stamp) || address.includes(stamp), `${address} names ${stamp}`);
      if (stamps.some((stamp) => address.includes(stamp)))
        assert.equal(response.status, 404, address);
    }
    assert.ok(visited > 20, `${visited} addresses answered`);
  });

  test('its times are those of the slot, and the hour of the server is not in it', async (t) => {
    const { app } = openCanaryApp(t, nowMs);
    const answer = (await (await app.request(`/api/v1/measurements/${ids(0)}`)).json()) as {
      slot: string;
      startedAt: string;
      storedAt: string;
    };
    assert.equal(answer.startedAt, answer.slot);
    assert.equal(answer.storedAt, answer.slot);
  });

  test('what was hidden is there when its time has come', async (t) => {
    const { app } = openCanaryApp(t, nowMs + (DELAY_MINUTES + 10) * MINUTE_MS);
    const response = await app.request(`/api/v1/measurements/${ids(23)}`);
    assert.equal(response.status, 200);
    assert.match(await response.text(), new RegExp(CANARY));
  });

  test('a run that is hidden changes no tag and no answer; one that is shown does', async (t) => {
    const { app, store } = openCanaryApp(t, nowMs);
    const ask = async (address: string, held: string) =>
      app.request(address, held === '' ? {} : { headers: { 'if-none-match': held } });
    const addresses = [
      '/api/v1',
      '/api/v1/lanes?from=2022-03-04&to=2022-03-05',
      '/api/v1/lanes.rl?from=2022-03-04&to=2022-03-05',
      '/api/v1/lane-months?from=2022-03-04&to=2022-03-05',
      '/api/v1/measurements?limit=500',
      `/api/v1/measurements/${ids(0)}`,
      '/api/v1/vantages',
      `/api/v1/vantages/${hiddenId}`,
      '/api/v1/announcements',
    ];
    const tags = new Map<string, string>();
    for (const address of addresses)
      tags.set(address, (await ask(address, '')).headers.get('etag') ?? '');
    const insert = (vantageId: string) => {
      const slotMs = START_MS + 23 * SLOT_MS;
      const sample = createSample({ service: 'facebook', vantageId, slotMs, verdict: 'blocked' });
      store.insertMeasurement(
        { ...sample.measurement, seq: 1, intervalMs: SLOT_MS },
        sample.judgement,
      );
    };
    const version = store.dataVersion();
    insert(hiddenId);
    assert.notEqual(store.dataVersion(), version);
    for (const [address, tag] of tags) {
      assert.match(tag, /^"[\w-]{22}"$/, address);
      assert.equal((await ask(address, tag)).status, 304, address);
      assert.equal((await ask(address, '')).headers.get('etag'), tag, address);
    }
    insert(VANTAGES[1]?.id ?? '');
    const measurements = '/api/v1/measurements?limit=500';
    assert.equal((await ask(measurements, tags.get(measurements) ?? '')).status, 200);
  });

  test('a delay is not shown as silence', async (t) => {
    const { app } = openCanaryApp(t, nowMs);
    const board = await (await app.request('/')).text();
    assert.match(board, /3 of\s+3 vantages reporting/);
    const page = await (await app.request(`/v/${hiddenId}`)).text();
    assert.match(page, /reporting-reporting/);
    assert.match(page, /shown 1 h late/);
  });
});
