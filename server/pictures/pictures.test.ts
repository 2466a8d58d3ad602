/** Pictures, cards, badges and frames as they leave the server: forms, bounds, headers, and nothing hostile in them. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { createApp } from '../app.ts';
import { HOSTILE, SAMPLE_START_MS } from '../testing/sample.ts';
import { createFixedClock, openSampleApp, type SampleApp } from '../testing/sample-app.ts';
import { checkWellFormed } from '../testing/well-formed.ts';
import { BusyError, RasterError, type Rasterise } from './rasteriser.ts';

const NOW_MS = SAMPLE_START_MS + 48 * 3_600_000;

const PICTURES = [
  '/t?range=7d',
  '/ru/t?range=7d&tz=Europe/Moscow&theme=dark',
  '/is/facebook/in/RU',
  '/uk/is/facebook/in/RU?range=1y&width=2400',
  '/is/facebook/in/ZZ',
  '/s/instagram',
  '/c/ua',
  '/as/64512',
  '/a/ru-rkn-2022-03-11-instagram-block',
  '/a/hostile',
  '/ledger',
  '/ru/ledger?theme=dark',
  '/index',
  '/ru/is?theme=dark',
  '/incidents',
  '/announcements?width=480',
  '/uk/announcements',
  '/v?width=480',
  '/ru/v/ru-volga-fixed',
  '/uk/m/facebook.ru-taiga-mobile.20220305T230000Z?theme=dark',
  '/map',
  '/uk/map?service=instagram&theme=dark',
  '/badge/facebook/RU',
  '/badge/whatsapp/PL?lang=uk&theme=dark',
  '/card/is/facebook/in/RU',
  '/card/is/facebook/in/RU?lang=ru&theme=dark',
  '/embed/t?lang=ru',
  '/embed/is/facebook/in/RU?lang=uk',
] as const;

/** The application over the sample, not simulated, with what a row needs. */
function openApp(
  { store, config }: SampleApp,
  more: { rasterise?: Rasterise; publicUrl?: string },
) {
  const { rasterise, publicUrl } = more;
  return createApp({
    store,
    config,
    clock: createFixedClock(NOW_MS),
    info: {
      version: '0.1.0',
      isSimulated: false,
      startedAtMs: NOW_MS,
      ...(publicUrl === undefined ? {} : { publicUrl }),
    },
    ...(rasterise === undefined ? {} : { rasterise }),
    log: () => undefined,
  });
}

/** Puts a form behind the path of an address. */
function toForm(address: string, form: string): string {
  const [path = '', query] = address.split('?');
  return `${path}.${form}${query === undefined ? '' : `?${query}`}`;
}

suite('pictures', () => {
  let sample: SampleApp;
  before(() => {
    sample = openSampleApp();
  });
  after(() => sample.close());

  const openWith = (rasterise: Rasterise) => openApp(sample, { rasterise });

  for (const address of PICTURES) {
    test(`${toForm(address, 'svg')} is SVG that nothing hostile got into`, async () => {
      const response = await sample.app.request(toForm(address, 'svg'));
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('content-type'), 'image/svg+xml; charset=utf-8');
      assert.equal(response.headers.get('cross-origin-resource-policy'), 'cross-origin');
      assert.match(response.headers.get('cache-control') ?? '', /^public, max-age=60$/);
      const svg = await response.text();
      assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="\d/);
      checkWellFormed(svg);
      assert.ok(!/<(?:script|style|img|image|foreignObject)|<[^>]* (?:on\w+|style)=/.test(svg));
    });

    test(`${toForm(address, 'png')} is drawn from the same SVG`, async () => {
      const given: [string, number][] = [];
      const app = openWith((svg, widthPx) => {
        given.push([svg, widthPx]);
        return Promise.resolve(Buffer.from('png'));
      });
      const response = await app.request(toForm(address, 'png'));
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('content-type'), 'image/png');
      const svg = await (await app.request(toForm(address, 'svg'))).text();
      const [drawn, widthPx = 0] = given[0] ?? [];
      assert.equal(drawn, svg);
      assert.ok(widthPx >= 100 && widthPx <= 2_400, `${widthPx} px`);
    });
  }

  test('a hostile title is text, and the whole of it is there', async () => {
    const svg = await (await sample.app.request('/a/hostile.svg?width=2400')).text();
    assert.ok(!svg.includes(HOSTILE));
    assert.ok(svg.includes('&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)'));
  });

  test('every picture that a page links to is there, with the same choice', async () => {
    for (const address of [
      '/ru/t?service=facebook&range=7d&tz=Europe/Moscow',
      '/is/facebook/in/RU',
      '/s/instagram',
      '/c/RU',
      '/as/64512',
      '/ledger?service=facebook',
      '/map?service=instagram',
      '/a/ru-rkn-2022-03-11-instagram-block',
    ]) {
      const page = await (await sample.app.request(address)).text();
      const links = [...page.matchAll(/<a href="([^"]+\.svg[^"]*)"[^>]*>SVG<\/a>/g)].map(
        ([, link = '']) => link.replaceAll('&amp;', '&'),
      );
      const link = links.at(-1) ?? assert.fail(address);
      const { searchParams } = new URL(link, 'http://localhost');
      const [, query = ''] = address.split('?');
      for (const [name, value] of new URLSearchParams(query))
        assert.equal(searchParams.get(name), value, `${address} → ${link}`);
      assert.equal((await sample.app.request(link)).status, 200, link);
    }
  });

  const refused = [
    ['/t.svg?width=2401', 422],
    ['/t.png?width=1', 422],
    ['/t.svg?theme=pink', 422],
    ['/t.png?scale=3', 422],
    ['/map.svg?service=telegram', 422],
    ['/is/telegram/in/RU.svg', 404],
    ['/is/facebook/in/RUS.svg', 404],
    ['/a/nothing.svg', 404],
    ['/i/nothing.png', 404],
    ['/badge/facebook/RU', 404],
    ['/badge/facebook/RU.gif', 404],
    ['/card/is/facebook/in/RU', 404],
    ['/embed/is/telegram/in/RU', 404],
  ] as const;
  for (const [address, status] of refused)
    test(`${address} → ${status}`, async () => {
      assert.equal((await sample.app.request(address)).status, status);
    });

  test('too many at once are told to come back, and a machine that cannot draw says so', async () => {
    const busy = await openWith(() => Promise.reject(new BusyError('busy'))).request('/t.png');
    assert.deepEqual([busy.status, busy.headers.get('retry-after')], [429, '2']);
    const none = await openWith(() => Promise.reject(new RasterError('none'))).request('/t.png');
    assert.equal(none.status, 503);
    assert.match(await none.text(), /\.svg has the picture/);
  });

  test('who holds a picture gets 304, and nothing is drawn', async () => {
    const app = openWith(() => Promise.resolve(Buffer.from('png')));
    const tag = (await app.request('/badge/facebook/RU.png')).headers.get('etag') ?? '';
    const quiet = openWith(() => Promise.reject(new Error('drawn again')));
    const held = await quiet.request('/badge/facebook/RU.png', {
      headers: { 'if-none-match': tag },
    });
    assert.equal(held.status, 304);
  });

  test('frames may be around /embed and around nothing else', async () => {
    for (const address of ['/embed/t', '/embed/is/facebook/in/RU', '/embed/t.svg', '/t', '/lite']) {
      const { headers } = await sample.app.request(address);
      const policy = headers.get('content-security-policy') ?? '';
      const isOpen = address.startsWith('/embed/');
      assert.equal(/frame-ancestors \*/.test(policy), isOpen, address);
      assert.equal(headers.has('x-frame-options'), !isOpen, address);
      assert.equal(headers.has('set-cookie'), false);
      assert.ok(!/script-src|unsafe/.test(policy) || !isOpen, policy);
    }
  });

  test('a frame with its picture is under 30 KB, in the language and zone of its query', async () => {
    const address = '/embed/is/facebook/in/RU?lang=uk&tz=Europe/Kyiv&from=2022-03-04&to=2022-03-06';
    const page = await (await sample.app.request(address)).text();
    assert.match(page, /<html lang="uk">/);
    assert.match(page, /Київ/);
    assert.match(page, /Незмінно/);
    assert.ok(!page.includes('<script'));
    const [, source = ''] = /data="([^"]+)"/.exec(page) ?? [];
    const svg = await (await sample.app.request(source.replaceAll('&amp;', '&'))).text();
    assert.ok(page.length + svg.length < 30_000, `${page.length} + ${svg.length} characters`);
    checkWellFormed(svg);
  });

  test('an answer about now does not stand over a range that ended earlier', async () => {
    const read = async (query: string) =>
      (await sample.app.request(`/embed/is/facebook/in/RU?${query}`)).text();
    assert.match(await read('range=7d'), /<strong>(?:Yes|No|Partly|We cannot tell)/);
    assert.doesNotMatch(
      await read('from=2021-01-01&to=2021-02-01'),
      /<strong>(?:Yes|No|Partly|We cannot tell)/,
    );
  });
});

suite('the address of the server', () => {
  let sample: SampleApp;
  before(() => {
    sample = openSampleApp();
  });
  after(() => sample.close());

  const rows = [
    [undefined, 'reach.example:8080', undefined, 'http://reach.example:8080/card/'],
    [undefined, 'reach.example', 'https', 'https://reach.example/card/', '127.0.0.1'],
    // Whoever asks by himself cannot say it, neither from afar nor from the same network.
    [undefined, 'reach.example', 'https', 'http://reach.example/card/', '198.51.100.7'],
    [undefined, 'reach.example', 'https', 'http://reach.example/card/', '10.0.0.7'],
    [undefined, 'reach.example', 'https', 'http://reach.example/card/'],
    ['https://told.example', 'other.example', undefined, 'https://told.example/card/'],
    [undefined, 'a"><script>', undefined, undefined],
    [undefined, 'user@host', undefined, undefined],
    [undefined, 'host/path', undefined, undefined],
  ] as const;
  for (const [publicUrl, host, protocol, expected, remoteAddress] of rows)
    test(`host ${host}, told ${publicUrl ?? 'nothing'}, ${protocol ?? 'nothing'} forwarded by ${remoteAddress ?? 'nobody'} → ${expected ?? 'no card'}`, async () => {
      const app = openApp(sample, publicUrl === undefined ? {} : { publicUrl });
      const headers = {
        host,
        ...(protocol === undefined ? {} : { 'x-forwarded-proto': protocol }),
      };
      const env = remoteAddress === undefined ? {} : { incoming: { socket: { remoteAddress } } };
      const response = await app.request('/is/facebook/in/RU', { headers }, env);
      const page = await response.text();
      const [, found] = /property="og:image" content="([^"]*)"/.exec(page) ?? [];
      if (expected === undefined) assert.equal(found, undefined);
      else assert.ok(found?.startsWith(expected), found ?? 'no card');
      assert.ok(!page.includes('<script>'));
    });
});
