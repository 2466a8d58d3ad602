/**
 * What was cited stays what it was, on every list and in every form: after judging again, late data, other announcements
 * and vantages, and books that were kept anew, the same address with `rev=` gives the same bytes.
 */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Hono } from 'hono';
import { RESOURCE_NAMES, type ResourceName } from '../../db/dictionary/dictionary.ts';
import { API_ROUTES } from '../api/routes.ts';
import { createApp } from '../app.ts';
import { createBookkeeping } from '../bookkeeping.ts';
import { askExport, parseFileName } from '../exports/ask-export.ts';
import { FORMAT_NAMES } from '../exports/formats/formats.ts';
import { parseRevision, writeCitation } from '../exports/revision.ts';
import { writeTable } from '../exports/write-table.ts';
import {
  createSample,
  SAMPLE_INTERVAL_MS,
  SAMPLE_START_MS,
  SAMPLE_VANTAGES,
} from '../testing/sample.ts';
import { createFixedClock, openSampleApp, type SampleApp } from '../testing/sample-app.ts';
import { answerQuestion } from './question.ts';

const SLOTS = 48;
const INFO = { version: '0.1.0', isSimulated: true, startedAtMs: 0 };
const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;

/** Addresses of lists; ranges are given, since the last 30 days are others a week later. */
const RANGE = 'from=2022-03-04&to=2022-03-06';
const ANSWERS = [
  `/api/v1/lanes?function=service,web&${RANGE}`,
  `/api/v1/lanes?service=facebook&from=2022-03-05T03:00Z&to=2022-03-05T08:00Z`,
  `/api/v1/lanes?limit=4&${RANGE}`,
  `/api/v1/timeline?country=RU&${RANGE}`,
  `/api/v1/availability?by=service,network,mechanism&resolution=hour&limit=1000&${RANGE}`,
  `/api/v1/availability?by=function&${RANGE}`,
  '/api/v1/incidents?service=facebook',
  '/api/v1/incidents/facebook-ru-20220305t0000z',
  '/api/v1/announcements?limit=1000',
  '/api/v1/announcements/ru-rkn-2022-03-04-facebook-block',
  '/api/v1/ledger?limit=1000',
  '/api/v1/measurements?service=facebook&vantage=ru-volga-fixed&limit=1000',
  '/api/v1/measurements/facebook.ru-volga-fixed.20220305T120000Z',
  '/api/v1/targets?service=facebook&vantage=ru-volga-fixed&limit=1000',
] as const;

const TABLES = RESOURCE_NAMES.filter((name) => name !== 'services');
/** Nobody announced anything for WhatsApp in Ukraine; vantages are of no service. */
const FILTERS: Readonly<Partial<Record<ResourceName, string>>> = {
  unannounced: 'country=UA',
  vantages: 'country=RU',
};
const FILES = TABLES.flatMap((table) =>
  FORMAT_NAMES.map((form) => `${table}.${form}?${FILTERS[table] ?? 'service=facebook'}`),
);

/** The sample with a clock that is set by hand. */
function openWorld() {
  let nowMs = SAMPLE_START_MS + SLOTS * SAMPLE_INTERVAL_MS;
  const clock = { ...createFixedClock(0), nowMs: () => nowMs };
  const sample = openSampleApp({ slots: SLOTS, clock });
  const { store } = sample;
  let { config } = sample;
  return {
    sample,
    config: () => config,
    /** Other numbers: a restriction opens at once, and fewer are major. */
    changeRules: () => {
      const detector = { ...config.rules.detector, openFailures: 1, openWindow: 1, majorShare: 1 };
      config = { ...config, rules: { ...config.rules, detector } };
    },
    wait: (ms: number) => {
      nowMs += ms;
    },
    keepBooks: async () => {
      const books = createBookkeeping({ store, config, clock, log: () => {}, graceMs: 0 });
      await books.rebuild('Test');
      await books.stop();
    },
    /** A server of now; each is asked for the first time. */
    open: (): Hono => createApp({ store, config, clock: createFixedClock(nowMs), info: INFO }),
    nowMs: () => nowMs,
  };
}

type World = ReturnType<typeof openWorld>;

/** Everything changes: rules, verdicts, times, records, names, and what follows from them. */
async function changeEverything({ sample, wait, keepBooks, changeRules }: World) {
  const { store, config } = sample;
  wait(WEEK_MS);
  changeRules();
  for (const service of ['facebook', 'instagram'])
    for (let slot = 20; slot < SLOTS; slot += 1) {
      const slotMs = SAMPLE_START_MS + slot * SAMPLE_INTERVAL_MS;
      const { judgement } = createSample({
        service,
        vantageId: 'ru-volga-fixed',
        slotMs,
        verdict: slot < 40 ? 'ok' : 'blocked',
        ...(slot < 40 ? {} : { mechanism: 'dns.timeout' }),
      });
      const stamp = new Date(slotMs).toISOString().replace(/[-:]|\.\d+/g, '');
      store.addJudgements([{ id: `${service}.ru-volga-fixed.${stamp}`, judgement }]);
    }
  for (let slot = 20; slot < 40; slot += 1) {
    const slotMs = SAMPLE_START_MS + slot * SAMPLE_INTERVAL_MS;
    const { judgement } = createSample({
      service: 'whatsapp',
      vantageId: 'ua-dnipro-fixed',
      slotMs,
      verdict: 'blocked',
      mechanism: 'tls.reset.sni',
    });
    const stamp = new Date(slotMs).toISOString().replace(/[-:]|\.\d+/g, '');
    store.addJudgements([{ id: `whatsapp.ua-dnipro-fixed.${stamp}`, judgement }]);
  }
  for (const slot of [-3, 10, SLOTS]) {
    const slotMs = SAMPLE_START_MS + slot * SAMPLE_INTERVAL_MS + SAMPLE_INTERVAL_MS / 2;
    for (const vantageId of ['ru-taiga-mobile', 'pl-wisla-fixed']) {
      const late = createSample({ service: 'facebook', vantageId, slotMs, verdict: 'impaired' });
      store.insertMeasurement(late.measurement, late.judgement);
    }
  }
  store.syncAnnouncements(config.announcements.map((one) => ({ ...one, title: `${one.title} 2` })));
  store.syncVantages(
    SAMPLE_VANTAGES.map((one) => ({ ...one, networkName: `${one.networkName} 2` })),
  );
  await keepBooks();
  wait(WEEK_MS);
}

/** Writes a file as a thread would, without starting one. */
async function readFile({ sample, nowMs, ...world }: World, address: string): Promise<string> {
  const url = new URL(address, 'http://test/api/v1/exports/');
  const file = parseFileName(url.pathname.split('/').at(-1) ?? '');
  const { store } = sample;
  const config = world.config();
  const clock = createFixedClock(nowMs());
  const { query, isSafe } = askExport(file, url, { store, config, clock });
  const citation = writeCitation({ title: '', url: '', revisionMs: query.revisionMs });
  const job = { ...file, query, isSafe, isSimulated: true, citation, nowMs: nowMs() };
  const pieces: Uint8Array[] = [];
  for await (const { bytes } of writeTable(job, { store, config })) pieces.push(bytes);
  return Buffer.concat(pieces).toString(file.format === 'parquet' ? 'hex' : 'utf8');
}

/** Answers as a thread would, without starting one. */
async function readPast({ sample, config }: World, address: string, rev: string): Promise<string> {
  const url = new URL(`http://test${address}`);
  url.searchParams.set('rev', rev);
  const route = API_ROUTES.find(({ path }) =>
    new URLPattern({ pathname: path }).test({ pathname: url.pathname }),
  );
  const isOne = route?.path.endsWith(':id') === true;
  const question = {
    operation: route?.operation ?? '',
    url: url.href,
    parameter: isOne ? (url.pathname.split('/').at(-1) ?? '') : '',
    revisionMs: parseRevision(rev) ?? 0,
    info: INFO,
  };
  const response = await answerQuestion(question, {
    storeFile: sample.store.file,
    config: config(),
  });
  assert.equal(response.headers.get('reachline-revision'), rev);
  return response.text();
}

suite('revisions of everything', () => {
  const world = openWorld();
  let sample: SampleApp;
  let rev = '';
  const stored = new Map<string, string>();
  const live = new Map<string, string>();
  const read = async (app: Hono, address: string) => {
    const response = await app.request(`http://test${address}`);
    const bytes = Buffer.from(await response.arrayBuffer());
    assert.equal(response.status, 200, `${address}: ${bytes.toString().slice(0, 400)}`);
    return { text: bytes.toString(), headers: response.headers };
  };
  const withRev = (address: string) => `${address}${address.includes('?') ? '&' : '?'}rev=${rev}`;

  before(async () => {
    ({ sample } = world);
    await world.keepBooks();
    world.wait(HOUR_MS);
    const app = world.open();
    rev = (await read(app, '/api/v1/services')).headers.get('reachline-revision') ?? '';
    assert.match(rev, /^2022\d{4}T\d{6}Z$/);
    for (const address of ANSWERS) {
      live.set(address, (await read(app, address)).text);
      stored.set(address, await readPast(world, address, rev));
    }
    for (const file of FILES) stored.set(file, await readFile(world, file));
    await changeEverything(world);
  });
  after(() => sample.close());

  for (const address of ANSWERS)
    test(`${address}: the answer of then is the same now`, async () => {
      const text = await readPast(world, address, rev);
      assert.ok(text === stored.get(address));
      const now = (await read(world.open(), address)).text;
      assert.ok(now !== live.get(address), 'something changed meanwhile');
      // What was answered then without a revision, but for the address of the next page.
      const plain = (json: string) => ({ ...(JSON.parse(json) as object), next: undefined });
      assert.deepEqual(plain(text), plain(live.get(address) ?? ''));
    });

  for (const address of FILES)
    test(`${address}: the file of then is the same now`, async () => {
      const text = await readFile(world, `${address}&rev=${rev}`);
      assert.ok(text === stored.get(address));
      assert.ok((await readFile(world, address)) !== text, 'something changed meanwhile');
    });

  test('a server answers so too, with the revision in a header', async () => {
    const app = world.open();
    for (const address of ['/api/v1/timeline?country=RU&from=2022-03-04&to=2022-03-06'] as const) {
      const { text, headers } = await read(app, withRev(address));
      assert.equal(text, await readPast(world, address, rev));
      assert.equal(headers.get('reachline-revision'), rev);
      const { headers: again } = await read(app, withRev(address));
      assert.equal(again.get('etag'), headers.get('etag'));
    }
    const file = 'lanes.csv?service=facebook';
    const { text, headers } = await read(app, withRev(`/api/v1/exports/${file}`));
    assert.equal(text, stored.get(file));
    assert.equal(headers.get('reachline-revision'), rev);
  });

  test('every address of the API that lists stored data takes a revision', () => {
    const without = API_ROUTES.filter((one) => one.derives === undefined).map(
      ({ operation }) => operation,
    );
    assert.deepEqual(without, [
      'getIndex',
      'listServices',
      'listVantages',
      'getVantage',
      // A file, with a way of its own to the past.
      'exportOoni',
      'getLaneRuns',
      'listLaneMonths',
      'getLaneMonth',
      'followEvents',
      'getSchema',
      'getTableSchema',
      'getHealth',
    ]);
  });

  test('pages of the past lead on within the past', async () => {
    const app = world.open();
    const pages: unknown[] = [];
    let address: string | null = withRev(`/api/v1/lanes?limit=2&${RANGE}`);
    for (let page = 0; address !== null && page < 20; page += 1) {
      const { text, headers }: Awaited<ReturnType<typeof read>> = await read(app, address);
      const body = JSON.parse(text) as { lanes: unknown[]; next: string | null };
      assert.equal(headers.get('link'), body.next === null ? null : `<${body.next}>; rel="next"`);
      pages.push(...body.lanes);
      address = body.next;
    }
    const whole = JSON.parse(live.get(`/api/v1/timeline?country=RU&${RANGE}`) ?? '') as {
      lanes: { vantage: { id: string } }[];
    };
    const ofRussia = (pages as typeof whole.lanes).filter(({ vantage }) =>
      vantage.id.startsWith('ru'),
    );
    assert.deepEqual(ofRussia, whole.lanes);
  });

  test('a revision that is not over is refused, with the newest one named', async () => {
    for (const address of ['/api/v1/lanes', '/api/v1/exports/lanes.csv']) {
      const response = await world.open().request(`http://test${address}?rev=20990101T000000Z`);
      assert.equal(response.status, 422);
      assert.match(await response.text(), /newest revision, 2022\d{4}T\d{6}Z/);
    }
  });

  test('a problem of the answer is told as such', async () => {
    const response = await world.open().request(`http://test${withRev('/api/v1/incidents/none')}`);
    assert.equal(response.status, 404);
    assert.equal(response.headers.get('content-type'), 'application/problem+json');
  });
});
