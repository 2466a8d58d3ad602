/** The timeline as page and as data: what each address shows, in which order, and what it weighs. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { brotliCompressSync, constants } from 'node:zlib';
import type { Lane, LaneQuery } from '../db/lanes.ts';
import { SAMPLE_VANTAGES } from './testing/sample.ts';
import { openSampleApp, type SampleApp } from './testing/sample-app.ts';

const DAY_MS = 86_400_000;
/** What the server compresses pages with. */
const BROTLI_QUALITY = 4;
const MAX_PAGE_BYTES = 20 * 1024;

let sample: SampleApp;
before(() => {
  sample = openSampleApp();
});
after(() => sample.close());

async function read(path: string): Promise<string> {
  const response = await sample.app.request(path);
  const text = await response.text();
  assert.equal(response.status, 200, text.slice(0, 300));
  return text;
}

/** Names of the rows of the strips, without what stands beside them. */
function listRows(html: string): string[] {
  return [...html.matchAll(/<tr><th scope="row">([^<]*) <span/g)].map(([, name = '']) => name);
}

suite('rows of the page', () => {
  const networks = ['Taiga Mobile', 'Volga Fixed'];
  const control = 'Control, from outside';
  const rows: readonly (readonly [query: string, expected: readonly string[]])[] = [
    ['service=facebook&country=RU', [...networks, control]],
    ['service=facebook&country=RU&by=vantage', ['ru-taiga-mobile', 'ru-volga-fixed', control]],
    ['service=facebook&country=RU&by=country', ['Russia', control]],
    ['service=facebook&country=RU&by=service', ['Facebook', control]],
    ['service=facebook&country=RU&lanes=none', networks],
    ['service=facebook&country=RU&cmp=UA', [...networks, control, 'Dnipro Fixed', control]],
    ['service=facebook&country=DE', ['Control Frankfurt']],
    ['service=facebook&sort=name', ['Wisła Fixed', ...networks, 'Dnipro Fixed', control]],
    ['service=facebook', [...networks, 'Wisła Fixed', 'Dnipro Fixed', control]],
    ['service=facebook&country=RU&view=heat', [...networks, control]],
  ];
  for (const [query, expected] of rows)
    test(query, async () => {
      assert.deepEqual(listRows(await read(`/t?range=all&${query}`)), expected);
    });
});

suite('the page', () => {
  test('its links are addresses without defaults, in one order', async () => {
    const html = await read(
      '/t?tz=Europe/Kyiv&sort=first&country=RU&range=30d&agg=dominant&lanes=',
    );
    assert.match(
      html,
      /href="\/t\?country=RU&amp;by=vantage&amp;tz=Europe\/Kyiv" data-part="by=vantage"/,
    );
    assert.match(html, /href="\/t\.csv\?country=RU&amp;tz=Europe\/Kyiv"/);
    assert.match(html, /"choice":\{"services":\[\],"countries":\["RU"\]/);
  });

  const zones = [
    ['country=RU', 'Moscow', ''],
    ['country=RU&cmp=UA', 'Moscow', ''],
    ['country=RU&tz=Europe/Moscow', 'Moscow', ''],
    ['country=RU&tz=UTC', 'UTC', 'UTC'],
    ['country=RU,UA', 'UTC', ''],
    ['country=RU&country=UA', 'UTC', ''],
    ['', 'UTC', ''],
    ['tz=Europe/Moscow', 'Moscow', 'Europe/Moscow'],
  ] as const;
  for (const [query, zone, own] of zones)
    test(`times of /t?${query} are those of ${zone}`, async () => {
      const html = await read(`/t?range=all&${query}`);
      assert.ok(html.includes(`times in ${zone}`));
      assert.match(html, new RegExp(`<option value="${own}" selected>`));
      assert.match(html, new RegExp(`data-tz="[^"]*${zone}"`));
      const link = /href="(\/t\?[^"]*)" data-part="by=vantage"/.exec(html)?.[1] ?? '';
      assert.equal(new URLSearchParams(link.replaceAll('&amp;', '&')).get('tz') ?? '', own);
      const { from } = JSON.parse(
        await read(`/t.json?from=2022-03-04T06:00&to=2022-03-05T06:00&${query}`),
      ) as { from: string };
      assert.equal(from, zone === 'Moscow' ? '2022-03-04T03:00:00Z' : '2022-03-04T06:00:00Z');
    });

  test('a word that the address does not know is refused with the words there are', async () => {
    const response = await sample.app.request('/t?by=colour');
    assert.equal(response.status, 422);
    assert.match(await response.text(), /network, vantage, service, country/);
  });

  test('a revision is refused, not left out unsaid', async () => {
    for (const path of ['/t', '/t.csv', '/t.json']) {
      const response = await sample.app.request(`${path}?rev=20220304T120501Z`);
      assert.equal(response.status, 422, path);
      assert.match(await response.text(), /api\/v1\/lanes/);
    }
  });

  test('days are cells with counts, and longer ranges get cells of several days', async () => {
    const days = await read('/t?range=all&service=facebook&country=RU&view=heat');
    assert.equal(days.match(/class="slice /g)?.length, 3 * 2);
    assert.match(days, /<td class="slice state-blocked">■</);
    assert.doesNotMatch(days, /<script[^>]*timeline/);
    const year = await read('/t?range=1y&service=facebook&country=RU&view=heat');
    assert.match(year, /Each cell covers 7 d/);
    const cells = (year.match(/class="slice /g)?.length ?? 0) / 3;
    assert.ok(cells > 40 && cells <= 92, `${cells} cells`);
  });

  test('shares are written as numbers, the worst rule as the worst state', async () => {
    const share = await read(
      '/t?range=all&service=facebook&by=country&country=RU&view=heat&agg=share',
    );
    assert.match(share, /class="slice state-blocked fill-8">100</);
    const worst = await read('/t?range=all&service=facebook&country=RU&agg=worst');
    assert.doesNotMatch(worst, /class="slice [^"]*worst-/);
    assert.match(worst, /the worst verdict in it, however short/);
  });

  for (const [locale, words] of [
    ['ru', ['Хронология', 'Регулятор, власти', 'Контроль, извне', 'охват', 'заблокирован']],
    ['uk', ['Хронологія', 'Регулятор, влада', 'Контроль, ззовні', 'охоплення', 'заблоковано']],
  ] as const)
    test(`speaks ${locale} throughout`, async () => {
      const html = await read(`/${locale}/t?range=all`);
      for (const word of words) assert.ok(html.includes(word), word);
      assert.doesNotMatch(html, /reachable|no data|coverage<|announced /);
    });
});

suite('the same as data', () => {
  test('CSV has every run on screen in the order of the rows', async () => {
    const response = await sample.app.request('/t.csv?range=all&service=facebook&country=RU');
    assert.match(response.headers.get('content-type') ?? '', /^text\/csv/);
    assert.match(
      response.headers.get('content-disposition') ?? '',
      /filename="reachline-lanes-20220304T0000Z-20220306T0000Z-simulated\.csv"/,
    );
    const [head = '', ...lines] = (await response.text()).trimEnd().split('\r\n');
    assert.match(
      head,
      /^service,function,vantage_id,country,asn,network_name,access,role,from,until,state,/,
    );
    assert.deepEqual(
      lines.map((line) => line.split(',')).map((cells) => [cells[2], cells[10]].join(' ')),
      [
        'ru-taiga-mobile ok',
        'ru-taiga-mobile blocked',
        'ru-volga-fixed ok',
        'ru-volga-fixed blocked',
        'de-control ok',
      ],
    );
  });

  test('JSON has the same lanes, and the page names them for its script', async () => {
    const json: unknown = JSON.parse(await read('/t.json?range=all&service=facebook&country=RU'));
    assert.ok(typeof json === 'object' && json !== null && 'lanes' in json);
    const lanes = json.lanes as { vantage: { id: string }; spans: object[] }[];
    assert.deepEqual(
      lanes.map(({ vantage, spans }) => [vantage.id, spans.length]),
      [
        ['ru-taiga-mobile', 2],
        ['ru-volga-fixed', 2],
        ['de-control', 1],
      ],
    );
    const html = await read('/t?range=all&service=facebook&country=RU');
    assert.match(
      html,
      /data-lanes-url="\/api\/v1\/lanes\?service=facebook&amp;country=RU&amp;from=/,
    );
    assert.match(
      html,
      /"controlsUrl":"\/api\/v1\/lanes\?service=facebook&vantage=de-control&from=/,
    );
  });

  test('announcements of the same range come as CSV and JSON', async () => {
    const query = 'from=2022-03-10T00:00Z&to=2022-03-12T00:00Z&service=instagram';
    const csv = await read(`/announcements.csv?${query}`);
    assert.match(csv, /^id,revision,title,actor,actor_kind,/);
    const json: unknown = JSON.parse(await read(`/announcements.json?${query}`));
    assert.ok(typeof json === 'object' && json !== null && 'announcements' in json);
    const { announcements } = json as { announcements: { announcement: { id: string } }[] };
    assert.ok(announcements.length > 0);
    for (const { announcement } of announcements)
      assert.ok(csv.includes(`\r\n${announcement.id},`));
    assert.ok(!csv.includes('ru-rkn-2022-02-24'));
  });

  test('a cell that a spreadsheet would run is guarded when asked', async () => {
    const name = '=1+1';
    const other = openSampleApp({ override: { listLanes: () => makeLanes(1, name) } });
    try {
      const plain = await (await other.app.request('/t.csv')).text();
      const safe = await (await other.app.request('/t.csv?safe=1')).text();
      assert.ok(plain.includes(`,${name},`) && safe.includes(`,'${name},`));
    } finally {
      other.close();
    }
  });
});

/** Lanes of a year, with a run of another verdict every two days or so. */
function makeLanes(count: number, networkName?: string): Lane[] {
  const toMs = Date.UTC(2022, 2, 6);
  const fromMs = toMs - 365 * DAY_MS;
  const [vantage] = SAMPLE_VANTAGES;
  assert.ok(vantage);
  return Array.from({ length: count }, (_, index): Lane => {
    const spans = Array.from({ length: 180 }, (_run, run) => ({
      fromMs: fromMs + run * 2 * DAY_MS + (run % 7) * index * 600_000,
      untilMs: fromMs + (run + 1) * 2 * DAY_MS + ((run + 1) % 7) * index * 600_000,
      state:
        (['ok', 'ok', 'blocked', 'ok', 'likely_blocked', 'impaired', 'down'] as const)[
          (run * (index + 3)) % 7
        ] ?? 'ok',
      count: 576,
      firstMeasurementId: `facebook.v${index}.20220305T${String(run).padStart(6, '0')}Z`,
      lastMeasurementId: `facebook.v${index}.20220306T${String(run).padStart(6, '0')}Z`,
    }));
    const id = `ru-network-${index}`;
    return {
      service: ['facebook', 'instagram', 'whatsapp'][index % 3] ?? 'facebook',
      vantageId: id,
      function: 'service',
      vantage: {
        ...vantage,
        id,
        asn: 64_512 + index,
        networkName: networkName ?? `Network ${index}`,
      },
      spans,
    };
  });
}

suite('weight', () => {
  for (const [count, path, limitBytes] of [
    [36, '/t?range=1y', MAX_PAGE_BYTES],
    [36, '/uk/t?range=1y', MAX_PAGE_BYTES],
    [36, '/t?range=1y&view=heat', MAX_PAGE_BYTES],
    [300, '/t?range=1y', 2 * MAX_PAGE_BYTES],
  ] as const)
    test(`${path} with ${count} lanes`, async () => {
      const lanes = makeLanes(count);
      const other = openSampleApp({
        override: { listLanes: (query: LaneQuery) => (query.vantageIds ? [] : lanes) },
      });
      try {
        const html = await (await other.app.request(path)).text();
        const rows = listRows(html).length;
        assert.equal(rows, Math.min(count, 60));
        const { length } = brotliCompressSync(html, {
          params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY },
        });
        assert.ok(length <= limitBytes, `${length} B as brotli, ${html.length} B raw`);
      } finally {
        other.close();
      }
    });
});
