/** Pages of answers, places and incidents over a real store, in three languages; and the same as CSV and JSON. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Vantage } from '../probes/types.ts';
import type { ReadStore } from './contract.ts';
import { openKeptSample } from './testing/kept-books.ts';
import { createSample, SAMPLE_START_MS } from './testing/sample.ts';
import { openSampleApp, type SampleApp } from './testing/sample-app.ts';

const SLOTS = 48;
const DAY_MS = 86_400_000;
const NETWORKS = 36;

const RESTLESS = Array.from({ length: NETWORKS }, (_, index) => ({
  id: `ru-network-${index}`,
  kind: 'lab',
  countryCode: 'RU',
  asn: 64_600 + index,
  networkName: `Network number ${index}`,
  access: index % 2 === 0 ? 'fixed' : 'mobile',
  role: 'vantage',
  note: '',
})) satisfies Vantage[];

/** Numbers without a pattern that compression would find (Knuth's multiplicative hash). */
const toNoise = (day: number, index: number): number =>
  Math.imul(day * 977 + index * 7_919, 2_654_435_761) >>> 8;
/** One of every ten days begins another stretch. */
const isCalm = (day: number, index: number): boolean => {
  let last = day;
  while (last > 0 && toNoise(last, index) % 10 > 0) last -= 1;
  return toNoise(last, index + 1) % 2 === 0;
};

/** A year of every network in which the verdict changes every few days, at each network on other days. */
const listRestlessBuckets: ReadStore['listBuckets'] = ({ fromMs, toMs }) =>
  RESTLESS.map(({ id }, index) => ({
    service: 'facebook',
    vantageId: id,
    function: 'service',
    buckets: Array.from({ length: (toMs - fromMs) / DAY_MS }, (_, day) => ({
      startMs: fromMs + day * DAY_MS,
      counts: {
        ok: isCalm(day, index) ? 20 : 2,
        blocked: toNoise(day, index) % 23 === 0 ? 1 : 0,
        likely_blocked: 0,
        impaired: isCalm(day, index) ? 0 : 30,
        down: 0,
        insufficient: 0,
      },
    })),
  }));

suite('answer pages', () => {
  let sample: SampleApp;
  let incidentId: string;
  before(async () => {
    sample = await openKeptSample({ slots: SLOTS });
    incidentId = sample.store.listIncidents()[0]?.id ?? '';
    assert.equal(incidentId, 'facebook-ru-20220305t0000z');
  });
  after(() => sample.close());

  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const response = await sample.app.request(`http://reachline.test${path}`, { headers });
    return { response, text: await response.text() };
  };
  const toText = (html: string) => html.replaceAll(/<[^>]*>/g, ' ').replaceAll(/&nbsp;|\s+/g, ' ');

  const rows = [
    {
      path: '/en/is/facebook/in/RU',
      says: [
        'Is Facebook blocked in Russia?',
        'Yes. Facebook is blocked in Russia on all 2 networks measured.',
        'between 5 Mar 2022, 02:00 and 03:00 Moscow',
        '4 Mar 2022, 23:00 to 5 Mar 2022, 00:00 UTC',
        'Blocked on 2 networks',
        'first on Taiga Mobile · 2 of 2 networks so far',
        'Control Frankfurt reached Facebook in the same round',
        'Only 2 networks are measured in Russia',
        'ledger revision 1 · rules',
      ],
      links: [
        '/en/m/facebook.ru-volga-fixed.20220304T230000Z',
        '/en/m/facebook.ru-volga-fixed.20220305T000000Z',
        '/en/m/facebook.ru-volga-fixed.20220305T230000Z',
        '/en/as/64512',
        '/en/a/ru-rkn-2022-03-04-facebook-block',
        '/en/i/facebook-ru-20220305t0000z',
        '/is/facebook/in/RU.json',
        '/is/facebook/in/RU.csv',
      ],
    },
    {
      path: '/ru/is/instagram/in/RU',
      says: [
        'Нет. Instagram не заблокирован в России: он доступен во всех 2 измеренных сетях.',
        'Доступен в 2 сетях',
        'длительного ограничения',
      ],
      links: ['/ru/m/instagram.ru-taiga-mobile.20220305T230000Z'],
    },
    {
      path: '/uk/is/facebook/in/UA',
      says: ['Не можна сказати. Вимірюється лише 1 мережа в Україні', 'Доступний у 1 мережі'],
      links: ['/uk/as/64520'],
    },
    {
      path: '/en/is/facebook/in/PL',
      says: ['We cannot tell. 1 network in Poland, last data 1 d ago.', 'Cannot tell on 1 network'],
      links: [],
    },
    {
      path: '/ru/is/facebook/in/BY',
      says: ['Нельзя сказать. Ни одна сеть в Беларуси не измеряется', 'как её запустить'],
      links: ['/ru/volunteers', '/ru/is/facebook/in/RU'],
    },
    {
      path: '/uk/is',
      says: ['Що і де заблоковано', 'Росія', 'заблоковано'],
      links: ['/uk/is/facebook/in/RU', '/uk/s/whatsapp'],
    },
    {
      path: '/ru/s/facebook',
      says: [
        'Facebook: заблокирован в России;',
        'измерений для ответа мало',
        'Facebook ограничен в России',
        'Domains removed from the Russian National Domain Name System',
      ],
      links: ['/ru/t?service=facebook&amp;range=1y', '/ru/c/RU', '/ru/ledger?service=facebook'],
    },
    {
      path: '/uk/c/RU',
      says: ['Росія: заблоковано Facebook; не заблоковано Instagram і WhatsApp.', '2 із 2 мереж'],
      links: ['/uk/t?country=RU&amp;range=1y', '/uk/incidents?country=RU', '/c/RU.csv'],
    },
    {
      path: '/en/as/64513',
      says: [
        'Taiga Mobile (AS64513)',
        'Facebook is blocked; Instagram and WhatsApp are not blocked',
      ],
      links: ['/en/v/ru-taiga-mobile', '/en/t?asn=64513&amp;range=1y', '/en/c/RU'],
    },
    {
      path: '/ru/incidents',
      says: ['Facebook ограничен в России', 'открыт', '2 сети'],
      links: ['/ru/i/facebook-ru-20220305t0000z', '/incidents.csv'],
    },
    {
      path: '/uk/incidents?service=whatsapp',
      says: ['За цим вибором немає жодного.'],
      links: ['/uk/incidents', '/incidents.csv?service=whatsapp'],
    },
    {
      path: '/en/i/facebook-ru-20220305t0000z',
      says: [
        'Facebook restricted in Russia',
        '1 d so far',
        'critical',
        'connection_reset',
        'Roskomnadzor announces it is blocking Facebook',
        'A second detector',
        'Began, by the second',
        'opened',
        'severity: critical',
      ],
      links: ['/en/m/facebook.ru-taiga-mobile.20220304T230000Z', '/en/is/facebook/in/RU'],
    },
    {
      path: '/uk/a/ru-rkn-2022-03-04-facebook-block',
      says: [
        'оголошено 4 бер. 2022 р. (доба, Москва; 3 бер. 2022 р., 21:00 – 4 бер. 2022 р., 20:59 UTC)',
        'часовий пояс: Москва (UTC+3)',
        'Що з цього виміряно',
        'Facebook в Росії',
        'Taiga Mobile',
      ],
      links: ['/uk/m/facebook.ru-taiga-mobile.20220305T000000Z', '/uk/is/facebook/in/RU'],
    },
  ] as const;

  for (const { path, says, links } of rows)
    test(path, async () => {
      const { response, text } = await ask(path);
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('content-language'), path.slice(1, 3));
      const words = toText(text);
      for (const said of says) assert.ok(words.includes(said), `${said} is not in: ${words}`);
      for (const link of links) assert.ok(text.includes(`href="${link}"`), `no link ${link}`);
      assert.ok(
        !/<script(?![^>]* (?:src|type="application\/json"))|style="/.test(text),
        'something inline',
      );
      assert.ok(!text.includes('undefined') && !text.includes('NaN'));
    });

  test('a reader’s zone goes before that of the country', async () => {
    const { text } = await ask('/en/is/facebook/in/RU?tz=UTC');
    assert.ok(toText(text).includes('between 4 Mar 2022, 23:00 and 5 Mar 2022, 00:00 UTC'));
    assert.ok(text.includes('href="/en/c/RU?tz=UTC"'));
  });

  test('what tells of now reads itself anew without a script, what is no answer does not', async () => {
    const reload = '<noscript><meta http-equiv="refresh" content="300"></noscript>';
    for (const path of ['/is/facebook/in/RU', '/is', '/s/facebook', '/c/RU', '/as/64512'])
      assert.ok((await ask(path)).text.includes(reload), path);
    for (const path of ['/is/telegram/in/RU', '/i/facebook-ru-20220305t0000z'])
      assert.ok(!(await ask(path)).text.includes(reload), path);
  });

  test('the list of incidents names its zone once', async () => {
    for (const [path, head] of [
      ['/en/incidents?country=RU', 'Began by (Moscow)'],
      ['/ru/incidents?country=RU', '(Москва)'],
    ] as const) {
      const table = /<table[\s\S]*<\/table>/.exec((await ask(path)).text)?.[0] ?? '';
      const words = toText(table);
      assert.ok(words.includes(head), words);
      assert.equal(words.match(/Moscow|Москва/g)?.length, 1, words);
      assert.match(words, /5 (?:Mar 2022|мар\. 2022 г\.), 03:00/);
    }
  });

  const missing = [
    ['/ru/is/telegram/in/RU', 'Сервис «telegram» здесь не измеряется.'],
    ['/uk/is/facebook/in/Russia', '«Russia» не дволітерний код країни.'],
    ['/en/s/telegram', '“telegram” is no service that is measured here.'],
    ['/en/c/R2', '“R2” is no two-letter country code.'],
    ['/en/as/65000', 'No network with the number 65000 is measured here.'],
    ['/ru/i/facebook-ru-19990101t0000z', 'Инцидента с таким именем нет.'],
  ] as const;
  for (const [path, said] of missing)
    test(`${path} says what there is instead`, async () => {
      const { response, text } = await ask(path);
      assert.equal(response.status, 404);
      assert.ok(toText(text).includes(said), toText(text));
      if (!path.includes('/i/')) assert.ok(text.includes('/is/facebook/in/RU'));
    });

  test('an address that is asked for as a file refuses as a file', async () => {
    for (const path of [
      '/is/telegram/in/RU.json',
      '/s/nothing.csv',
      '/as/1.json',
      '/i/none.json',
    ]) {
      const { response, text } = await ask(path);
      assert.equal(response.status, 404, path);
      assert.equal(response.headers.get('content-type'), 'application/problem+json', path);
      assert.ok(text.includes('not-found'));
    }
  });

  test('the answer as JSON', async () => {
    const { text } = await ask('/is/facebook/in/ru.json');
    const answer: unknown = JSON.parse(text);
    assert.partialDeepStrictEqual(answer, {
      isSimulated: true,
      service: 'facebook',
      countryCode: 'RU',
      answer: 'yes',
      reason: null,
      since: { after: '2022-03-04T23:00:00Z', by: '2022-03-05T00:00:00Z' },
      lastChecked: '2022-03-05T23:00:00Z',
      counts: { blocked: 2, partly: 0, reachable: 0, cannotTell: 0 },
      networks: [
        {
          asn: 64_513,
          state: 'blocked',
          mechanism: 'tls.reset.sni',
          evidence: { firstBadId: 'facebook.ru-taiga-mobile.20220305T000000Z' },
        },
        { asn: 64_512 },
      ],
      incidents: [{ id: 'facebook-ru-20220305t0000z', state: 'open' }],
      ledger: { revision: 1 },
    });
    const none: unknown = JSON.parse((await ask('/is/facebook/in/UA.json')).text);
    assert.partialDeepStrictEqual(none, {
      answer: 'cannot_tell',
      reason: { kind: 'few_networks', networks: 1 },
    });
  });

  test('the answer as CSV, a line per network', async () => {
    const { response, text } = await ask('/uk/is/facebook/in/RU.csv');
    assert.equal(
      response.headers.get('content-disposition'),
      'attachment; filename="reachline-facebook-in-RU-simulated.csv"',
    );
    const [head = '', first = '', ...lines] = text.trimEnd().split('\r\n');
    assert.equal(lines.length, 1);
    assert.equal(head.split(',').length, first.split(',').length);
    assert.ok(
      first.startsWith('facebook,RU,yes,,64513,Taiga Mobile,ru-taiga-mobile,blocked,service web,'),
      first,
    );
    const all = (await ask('/is.csv')).text.trimEnd().split('\r\n');
    assert.equal(all.length - 1, 3 * 4, 'three services on four networks');
  });

  test('incidents as CSV and JSON, the same under the API', async () => {
    const csv = (await ask('/incidents.csv?country=RU')).text.trimEnd().split('\r\n');
    assert.ok(csv.length > 2);
    assert.ok(csv.slice(1).every((line) => line.startsWith(`${incidentId},facebook,RU,open,`)));
    const pages = [await ask('/incidents.json'), await ask('/api/v1/incidents')];
    assert.equal(pages[0]?.text, pages[1]?.text);
    const forms = [
      await ask(`/i/${incidentId}.json`),
      await ask(`/api/v1/incidents/${incidentId}`),
    ];
    assert.equal(forms[0]?.text, forms[1]?.text);
    const one: unknown = JSON.parse(forms[0]?.text ?? '');
    assert.partialDeepStrictEqual(one, {
      id: incidentId,
      state: 'open',
      end: null,
      log: [{ kind: 'opened', kept: null }],
    });
    const refused = await ask('/api/v1/incidents?state=strange');
    assert.equal(refused.response.status, 422);
  });

  test('what comes from outside is escaped', async () => {
    for (const path of [
      '/en/is/facebook/in/RU',
      `/en/i/${incidentId}`,
      '/en/a/hostile',
      `/is/${encodeURIComponent('"><script>alert(1)</script>')}/in/RU`,
    ]) {
      const { text } = await ask(path);
      assert.ok(!/<script>|<img/.test(text), path);
    }
  });

  test('thirty-six networks with a restless year fit in 12 KB', async () => {
    const large = openSampleApp({ slots: 0, override: { listBuckets: listRestlessBuckets } });
    try {
      large.store.syncVantages(RESTLESS);
      for (const { id: vantageId } of RESTLESS) {
        const { measurement, judgement } = createSample({
          service: 'facebook',
          vantageId,
          slotMs: SAMPLE_START_MS,
          verdict: 'ok',
        });
        large.store.insertMeasurement(measurement, judgement);
      }
      const path = '/ru/is/facebook/in/RU';
      const response = await large.app.request(path, { headers: { 'accept-encoding': 'br' } });
      assert.equal(response.status, 200);
      const bytes = (await response.arrayBuffer()).byteLength;

      assert.ok(bytes > 4_000 && bytes <= 12 * 1_024, `${bytes} B`);
    } finally {
      large.close();
    }
  });

  test('a first run says so on every page', async () => {
    const empty = await openKeptSample({ slots: 0 });
    try {
      for (const path of [
        '/en/is',
        '/ru/is/facebook/in/RU',
        '/uk/s/facebook',
        '/en/c/RU',
        '/incidents',
      ]) {
        const response = await empty.app.request(path);
        assert.equal(response.status, 200, path);
      }
    } finally {
      empty.close();
    }
  });
});
