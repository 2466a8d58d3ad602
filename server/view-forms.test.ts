/** Every view in every form, asked of a real server: the same rows as data, and pictures that say where they come from. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { PAGE_FORMS, type PageForm } from '../dashboard/pages/page-forms.ts';
import { createApp, ROUTES } from './app.ts';
import { type Listening, listen } from './http.ts';
import { Rasteriser } from './pictures/rasteriser.ts';
import { openKeptSample } from './testing/kept-books.ts';
import { listRows, parseCsv, pick, readCell } from './testing/read-rows.ts';
import { SAMPLE_START_MS, SAMPLE_VANTAGES } from './testing/sample.ts';
import { createFixedClock, type SampleApp } from './testing/sample-app.ts';
import { checkWellFormed } from './testing/well-formed.ts';

const NOW_MS = SAMPLE_START_MS + 48 * 3_600_000;
const MEASUREMENT = 'facebook.ru-taiga-mobile.20220305T230000Z';
const ANNOUNCEMENT = 'ru-rkn-2022-03-04-facebook-block';
const INCIDENT = 'facebook-ru-20220305t0000z';

type View = {
  readonly path: string;
  /** Without it the path itself has the rows as JSON. */
  readonly jsonPath?: string;
  /** Where the rows lie in the JSON: names of lists, one in the other. */
  readonly rows: readonly string[];
  /** Columns of the CSV, and where a row of the JSON, or what is around it, has the same. */
  readonly columns: Readonly<Record<string, string>>;
  /** Only rows with this in their first column. */
  readonly only?: string;
  /** Zone of the pictures; UTC unless told. */
  readonly zone?: string;
  /** The list in JSON has one row where the file has one per network. */
  readonly isGrouped?: boolean;
};

const ANSWERS = {
  rows: ['answers', 'networks'],
  columns: {
    service: 'service',
    country: 'countryCode',
    answer: 'answer',
    network_name: 'networkName',
    state: 'state',
    since_by: 'since.by',
    last_told: 'lastTold',
  },
} as const;
const LEDGER = {
  rows: ['ledger', 'groups', 'rows'],
  columns: {
    announcement_id: 'announcementId',
    service: 'service',
    country: 'countryCode',
    network_name: 'networkName',
    outcome: 'outcome',
    days_measured: 'daysMeasured',
  },
} as const;
const MAP = {
  rows: ['states'],
  columns: {
    service: 'service',
    country: 'country',
    answer: 'answer',
    networks: 'networks',
    networks_blocked: 'blocked',
    since_by: 'since.by',
    last_checked: 'lastChecked',
  },
} as const;

const VIEWS: readonly View[] = [
  { path: '/', jsonPath: '/is', ...ANSWERS },
  { path: '/is', ...ANSWERS },
  { path: '/is/facebook', ...ANSWERS },
  { path: '/s/instagram', ...ANSWERS },
  { path: '/c/RU', ...ANSWERS, zone: 'Moscow' },
  { path: '/as/64512', ...ANSWERS, zone: 'Moscow' },
  { path: '/is/facebook/in/RU', ...ANSWERS, rows: ['networks'], zone: 'Moscow' },
  {
    path: '/t?service=facebook&range=7d',
    rows: ['lanes', 'spans'],
    columns: {
      service: 'service',
      vantage_id: 'vantage.id',
      from: 'from',
      until: 'until',
      state: 'state',
      count: 'count',
      first_measurement_id: 'firstMeasurementId',
    },
  },
  { path: '/map', ...MAP },
  { path: '/map?service=instagram', ...MAP },
  {
    path: '/incidents',
    rows: ['incidents'],
    columns: {
      incident_id: 'id',
      service: 'service',
      country: 'countryCode',
      state: 'state',
      severity: 'severity',
      incident_onset_by: 'onset.by',
    },
    isGrouped: true,
  },
  {
    path: `/i/${INCIDENT}`,
    rows: ['restrictions'],
    columns: {
      vantage_id: 'vantageId',
      function: 'function',
      kind: 'kind',
      onset_by: 'onset.by',
      rounds: 'rounds',
      first_bad_id: 'evidence.firstBadId',
    },
    zone: 'Moscow',
  },
  {
    path: '/announcements',
    rows: ['announcements'],
    columns: {
      id: 'announcement.id',
      revision: 'revision',
      title: 'announcement.title',
      actor: 'announcement.actor.name',
      announced_at: 'announcement.announced_at.value',
    },
  },
  {
    path: `/a/${ANNOUNCEMENT}`,
    jsonPath: '/ledger',
    ...LEDGER,
    only: ANNOUNCEMENT,
    zone: 'Moscow',
  },
  { path: '/ledger', ...LEDGER },
  { path: '/ledger?country=RU', ...LEDGER, zone: 'Moscow' },
  {
    path: '/v',
    rows: ['vantages'],
    columns: {
      id: 'id',
      country: 'countryCode',
      asn: 'asn',
      network_name: 'networkName',
      status: 'status',
      runs: 'runs',
      coverage_ratio: 'coverageRatio',
    },
  },
  {
    path: '/v/ru-volga-fixed',
    rows: ['days'],
    columns: { day: 'day', measured: 'measured', expected: 'expected' },
  },
  {
    path: `/m/${MEASUREMENT}`,
    zone: 'Moscow',
    rows: ['observations'],
    columns: {
      observation: 'id',
      target_id: 'targetId',
      operation: 'operation',
      elapsed_ms: 'elapsedMs',
      outcome: 'outcome.kind',
      failure: 'outcome.failure.code',
    },
  },
];

/** Puts a form behind the path of an address; the board's file is called index. */
function toForm(address: string, form: string): string {
  const [path = '', query] = address.split('?');
  return `${path === '/' ? '/index' : path}.${form}${query === undefined ? '' : `?${query}`}`;
}

const unique = (rows: readonly string[][]): string[][] => [
  ...new Map(rows.map((row) => [row.join('\0'), row])).values(),
];

/** True for pictures of what is text alone: a log of changes has nothing to draw. */
const isText = (path: string, form: PageForm): boolean =>
  path === '/changes' && (form === 'png' || form === 'svg');

suite('every view in every form', () => {
  let sample: SampleApp;
  let server: Listening;
  const rasteriser = new Rasteriser();
  before(async () => {
    sample = await openKeptSample();
    const { store, config } = sample;
    // As the demo names its networks.
    store.syncVantages(
      SAMPLE_VANTAGES.map((one) => ({ ...one, networkName: `${one.networkName} (simulated)` })),
    );
    const app = createApp({
      store,
      config,
      clock: createFixedClock(NOW_MS),
      info: { version: '0.1.0', isSimulated: true, startedAtMs: NOW_MS },
      rasterise: rasteriser.rasterise,
      log: () => undefined,
    });
    server = await listen(app, { host: '127.0.0.1', port: 0 });
  });
  after(async () => {
    rasteriser.stop();
    await server.close();
    sample.close();
  });

  async function ask(address: string, type: RegExp): Promise<Response> {
    const response = await fetch(new URL(address, server.url));
    assert.equal(response.status, 200, address);
    assert.match(response.headers.get('content-type') ?? '', type, address);
    return response;
  }

  test('every route with forms has all of them', () => {
    const lacking = ROUTES.flatMap(({ path, forms }) =>
      forms === undefined || path === '/feeds/:id'
        ? []
        : PAGE_FORMS.filter((form) => forms[form] === undefined && !isText(path, form)).map(
            (form) => `${path} .${form}`,
          ),
    );
    assert.deepEqual(lacking, []);
  });

  for (const view of VIEWS) {
    const { path, jsonPath = path, columns, rows, only, zone = 'UTC', isGrouped = false } = view;
    test(`${path} links its forms in the same place`, async () => {
      const page = await (await ask(path, /^text\/html/)).text();
      const [, list = ''] = /<nav class="page-forms"[^>]*>(.*?)<\/nav>/s.exec(page) ?? [];
      const links = [...list.matchAll(/<a href="([^"]+)"[^>]*>(\w+)<\/a>/g)];
      assert.deepEqual(
        links.map(([, , name]) => name),
        ['CSV', 'JSON', 'PNG', 'SVG'],
      );
      for (const [, href = '', name = ''] of links) {
        assert.equal(href.replaceAll('&amp;', '&'), toForm(path, name.toLowerCase()));
        assert.ok(page.includes(`<link rel="alternate" type=`) && page.includes(`href="${href}">`));
      }
    });

    test(`${path} says the same as CSV and as JSON`, async () => {
      const json = await (await ask(toForm(jsonPath, 'json'), /^application\/json/)).json();
      const response = await ask(toForm(path, 'csv'), /^text\/csv; charset=utf-8; header=present$/);
      assert.match(
        response.headers.get('content-disposition') ?? '',
        /^attachment; filename="reachline-[\w.-]+-simulated\S*\.csv"$/,
      );
      assert.match(response.headers.get('reachline-revision') ?? '', /^\d{8}T\d{6}Z$/);
      const table = parseCsv(await response.text());
      const lines = pick(table, Object.keys(columns));
      const expected = listRows(json, rows, [])
        .map((row) => Object.values(columns).map((place) => readCell(row, place)))
        .filter(([first]) => only === undefined || first === only);
      assert.ok(expected.length > 0, 'there is something to compare');
      assert.deepEqual(isGrouped ? unique(lines) : lines, expected);
      assert.ok(pick(table, ['is_simulated']).every(([cell]) => cell === 'true'));
      const safe = toForm(`${path}${path.includes('?') ? '&' : '?'}safe=1`, 'csv');
      const guarded = parseCsv(await (await ask(safe, /^text\/csv/)).text());
      assert.equal(guarded.length, table.length);
    });

    test(`${path} is drawn with title, zone, revision and address`, async () => {
      const svg = await (await ask(toForm(path, 'svg'), /^image\/svg\+xml/)).text();
      checkWellFormed(svg);
      const [, title = ''] = /<title id="rl-title">([^<]+)<\/title>/.exec(svg) ?? [];
      const texts = [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text]) => text ?? '');
      assert.ok(title.length > 3);
      assert.ok(
        texts.some((text) => title.startsWith(text) && text !== ''),
        title,
      );
      assert.ok(
        texts.some((text) => text.includes(` · ${zone} · `) || text.endsWith(` · ${zone}`)),
        texts.slice(-3).join('\n'),
      );
      assert.ok(texts.some((text) => /revision \S/.test(text)));
      const address = new URL(path, server.url).href.replaceAll('&', '&amp;');
      assert.ok(texts.includes(address), `${address} in\n${texts.slice(-3).join('\n')}`);
      assert.ok(texts.includes('Simulated data'));
    });

    test(`${path} is a PNG of some size`, async () => {
      const response = await ask(toForm(path, 'png'), /^image\/png$/);
      const png = Buffer.from(await response.arrayBuffer());
      assert.equal(png.subarray(1, 4).toString(), 'PNG');
      assert.equal(png.readUInt32BE(16), 1_200);
      assert.ok(png.readUInt32BE(20) >= 200, `${png.readUInt32BE(20)} px high`);
      assert.ok(png.length > 10_000, `${png.length} bytes`);
    });
  }

  test('the log of an incident is a file of its own', async () => {
    const json: unknown = await (await ask(`/i/${INCIDENT}.json`, /json/)).json();
    const text = await (await ask(`/i/${INCIDENT}.csv?list=log`, /^text\/csv/)).text();
    assert.deepEqual(
      pick(parseCsv(text), ['at', 'kind', 'text']),
      listRows(json, ['log'], []).map((row) =>
        ['at', 'kind', 'text'].map((name) => readCell(row, name)),
      ),
    );
  });

  const refused = [
    ['/i/nothing.csv', 404],
    ['/a/nothing.csv', 404],
    ['/v/nothing.svg', 404],
    ['/m/nothing.csv', 404],
    ['/m/nothing.png', 404],
    ['/map.csv?service=telegram', 422],
    ['/map.json?colour=red', 422],
    ['/v.csv?limit=3', 422],
    ['/incidents.svg?state=lost', 422],
    ['/announcements.png?from=yesterday', 422],
  ] as const;
  for (const [address, status] of refused)
    test(`${address} → ${status}`, async () => {
      assert.equal((await fetch(new URL(address, server.url))).status, status);
    });

  for (const [language, word] of [
    ['ru', 'Смоделированные данные'],
    ['uk', 'Змодельовані дані'],
  ] as const)
    test(`pictures in ${language} are in one language, names included`, async () => {
      for (const path of ['/t', '/v', '/incidents', '/is', `/m/${MEASUREMENT}`]) {
        const svg = await (await ask(`/${language}${toForm(path, 'svg')}`, /^image\/svg/)).text();
        assert.ok(svg.includes(word), path);
        assert.doesNotMatch(svg, /\(simulated\)|Simulated/, path);
      }
    });
});
