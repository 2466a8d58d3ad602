/** Every route over a real store: that it answers, is complete without scripts, and is safe with hostile content. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { AGENT_ROUTES } from './agent-routes.ts';
import { FORM_ROUTES } from './alert-routes.ts';
import { createApp, ROUTES } from './app.ts';
import { SECURITY_HEADERS } from './reply.ts';
import { HOSTILE } from './testing/sample.ts';
import { createFixedClock, openSampleApp, type SampleApp } from './testing/sample-app.ts';

const BLOCKED_ID = 'facebook.ru-volga-fixed.20220305T120000Z';
const ANNOUNCEMENT_ID = 'ru-rkn-2022-03-04-facebook-block';

const PAGES = [
  '/',
  '/t',
  '/t?range=all&function=service,web&tz=Europe/Moscow',
  `/m/${BLOCKED_ID}`,
  `/a/${ANNOUNCEMENT_ID}`,
  '/a/hostile',
  '/announcements',
  '/method',
  '/changes',
  '/v',
  '/v/ru-volga-fixed',
  '/v/pl-wisla-fixed',
  '/volunteers',
  '/status',
  '/api',
  '/data',
  '/data?resource=ledger&format=parquet&service=facebook&country=ru&from=2022-03-04&to=2022-03-06&own=1',
];
const ANSWERS = [
  '/index.json',
  `/m/${BLOCKED_ID}.json`,
  `/a/${ANNOUNCEMENT_ID}.json`,
  '/v.json',
  '/changes.json',
  '/v/ru-volga-fixed.json',
  '/healthz',
  '/api/v1',
  '/api/v1/lanes',
  '/api/v1/measurements',
  `/api/v1/measurements/${BLOCKED_ID}`,
  '/api/v1/vantages',
  '/api/v1/vantages/ru-volga-fixed',
  '/api/v1/announcements',
  `/api/v1/announcements/${ANNOUNCEMENT_ID}`,
  '/api/v1/incidents',
  '/api/v1/services',
  '/api/v1/availability',
  '/api/v1/timeline',
  '/api/v1/ledger',
  '/api/v1/health',
];

suite('routes', () => {
  let sample: SampleApp;
  /** The sample with a door that nobody opens. */
  const openSampleAgentApp = () => {
    const nobody = () => Promise.reject(new Error('nobody is at the door'));
    const { store, config } = sample;
    const clock = createFixedClock(0);
    const info = { version: '0.1.0', isSimulated: true, startedAtMs: 0 };
    const agents = { enrol: nobody, plan: nobody, takeBatch: nobody };
    return { app: createApp({ store, config, clock, info, agents, log: () => {} }) };
  };
  before(() => {
    sample = openSampleApp();
  });
  after(() => sample.close());

  for (const path of PAGES)
    test(`page ${path} is a complete, safe document`, async () => {
      const response = await sample.app.request(path);
      const html = await response.text();
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('content-type'), 'text/html; charset=utf-8');
      assert.match(html, /^<!doctype html>\n<html lang="en">/);
      for (const landmark of [
        '<header',
        '<nav aria-label="Main"',
        '<main id="main"',
        '<footer',
        'class="skip"',
      ])
        assert.ok(html.includes(landmark), landmark);
      assert.equal(html.match(/<h1[ >]/g)?.length, 1);
      assert.match(html, /<title>\[simulated\] /);
      assert.ok(html.includes('<strong>Simulated.</strong>'));
      assert.doesNotMatch(html, /\sstyle=|<style|\son[a-z]+="|javascript:alert\(1\)"/);
      // Code comes from files alone; a block of data is none.
      assert.doesNotMatch(
        html,
        /<script(?! type="module" src="\/assets\/[\w.-]+"><\/script>| type="application\/json" id="(?:live|timeline)-data">[^<]*<\/script>)/,
      );
      assert.doesNotMatch(html, /(?:src|href)="(?:https?:)?\/\/[^"]*\.(?:js|css|png|woff2?)"/);
      assert.ok(!html.includes(HOSTILE), 'hostile text came through unescaped');
      assert.doesNotMatch(html, /undefined|\[object Object\]|NaN/);
    });

  for (const path of [
    ...PAGES,
    ...ANSWERS,
    '/nothing',
    '/api/v1/nothing',
    '/t?from=never',
    '/assets/none.js',
  ])
    test(`${path} carries every security header`, async () => {
      const response = await sample.app.request(path);
      for (const [name, value] of Object.entries(SECURITY_HEADERS))
        assert.equal(response.headers.get(name), value, name);
    });

  for (const path of ANSWERS)
    test(`${path} answers JSON that says it is simulated`, async () => {
      const response = await sample.app.request(path);
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('content-type'), 'application/json');
      assert.equal(((await response.json()) as { isSimulated: boolean }).isSimulated, true);
    });

  test('the board as a table and as a picture', async () => {
    const table = await sample.app.request('/index.csv');
    assert.match(table.headers.get('content-type') ?? '', /^text\/csv/);
    assert.match(await table.text(), /^service,/);
    const picture = await sample.app.request('/index.svg?service=facebook');
    assert.equal(picture.headers.get('content-type'), 'image/svg+xml; charset=utf-8');
    assert.match(await picture.text(), /^<svg /);
  });

  for (const path of [...PAGES, ...ANSWERS]) {
    test(`HEAD ${path} has no body`, async () => {
      const response = await sample.app.request(path, { method: 'HEAD' });
      assert.equal(response.status, 200);
      assert.equal(await response.text(), '');
    });
    test(`POST ${path} is refused with what is allowed`, async () => {
      const response = await sample.app.request(path, { method: 'POST' });
      assert.equal(response.status, 405);
      assert.equal(response.headers.get('allow'), 'GET, HEAD');
    });
  }

  const missing = [
    ['/nothing', 'text/html; charset=utf-8'],
    ['/m/nothing', 'text/html; charset=utf-8'],
    ['/m/facebook.ru-volga-fixed.19990101T000000Z', 'text/html; charset=utf-8'],
    ['/a/nothing', 'text/html; charset=utf-8'],
    ['/v/nothing', 'text/html; charset=utf-8'],
    ['/v/constructor', 'text/html; charset=utf-8'],
    ['/api/v1/vantages/nothing', 'application/problem+json'],
    ['/a/ru-duma-2022-03-11-prosecution-threat', 'text/html; charset=utf-8'],
    ['/assets/..%2f..%2fpackage.json', 'application/problem+json'],
    ['/assets/manifest.json', 'application/problem+json'],
    ['/api/v1/nothing', 'application/problem+json'],
    ['/api/v1/measurements/nothing', 'application/problem+json'],
    ['/api/v1/announcements/nothing', 'application/problem+json'],
    ['/api/v1/announcements/ru-duma-2022-03-11-prosecution-threat', 'application/problem+json'],
  ] as const;
  for (const [path, type] of missing)
    test(`${path} is not found, as ${type}`, async () => {
      const response = await sample.app.request(path);
      assert.equal(response.status, 404);
      assert.equal(response.headers.get('content-type'), type);
      const body = await response.text();
      if (type.startsWith('text')) assert.ok(body.includes('href="/announcements"'), 'leads on');
    });

  test('an address that is too long is refused', async () => {
    const response = await sample.app.request(`/t?service=${'facebook,'.repeat(600)}`);
    assert.equal(response.status, 414);
  });

  test('every route has a declared policy', () => {
    const { app } = openSampleAgentApp();
    const declared = new Map<string, string>([
      ...ROUTES.map(({ path, policy }) => [path, policy] as const),
      ...AGENT_ROUTES.map(({ path, policy }) => [path, policy] as const),
      ...FORM_ROUTES.map(({ path, policy }) => [path, policy] as const),
    ]);
    const undeclared = app.routes
      // `/*` is the limit on the length of addresses, which answers nothing itself.
      .filter(({ path }) => path !== '/*' && !declared.has(path))
      .map(({ method, path }) => `${method} ${path}`);
    assert.deepEqual(undeclared, []);
    assert.ok(app.routes.length > declared.size);
    // Whatever can be written to asks for a token, a signature or a secret link, or is a form that counts its senders.
    const written = app.routes.filter(({ method }) => !['GET', 'ALL'].includes(method));
    assert.deepEqual(written.map(({ path }) => `${declared.get(path)} ${path}`).toSorted(), [
      'agent-signature /agent/v1/batches',
      'agent-token /agent/v1/enrol',
      'capability-link /alerts/confirm/:token',
      'capability-link /alerts/s/:token',
      'capability-link /alerts/s/:token/one-click',
      'capability-link /alerts/s/:token/stop',
      'public-form /alerts',
    ]);
    for (const { path, policy } of FORM_ROUTES) {
      const page = ROUTES.find((one) => one.path === path);
      assert.ok(page, `${path} has no page`);
      assert.equal(page.policy === 'capability-link', policy === 'capability-link', path);
    }
  });

  test('the addresses of agents are there only with agents, and tell what they take', async () => {
    assert.equal((await sample.app.request('/agent/v1/plan')).status, 404);
    const { app } = openSampleAgentApp();
    const wrong = await app.request('/agent/v1/batches');
    assert.equal(wrong.status, 405);
    assert.equal(wrong.headers.get('allow'), 'POST');
    const head = await app.request('/agent/v1/plan', { method: 'HEAD' });
    assert.equal(head.status, 405);
  });

  test('the board counts a silent vantage and what fails without lasting yet', async () => {
    const html = await (await sample.app.request('/')).text();
    assert.match(html, /4 of 5 vantages reporting/);
    assert.match(html, /silent since/);
    assert.match(html, /No change that lasted on any network/);
    assert.match(html, /fails now on 2 of 2 networks, not counted yet/);
  });

  test('the measurement page shows the ladder, the rule and both neighbours', async () => {
    const html = await (await sample.app.request(`/m/${BLOCKED_ID}`)).text();
    for (const text of [
      'Facebook was blocked: the connection is reset once the service is named',
      'connection_reset',
      'tls.reset.control',
      '2026.11.1',
      'rel="prev"',
      'rel="next"',
      'unreadable certificate',
    ])
      assert.ok(html.includes(text), text);
  });

  test('the announcement page says what is not stated and links only what a browser may follow', async () => {
    const html = await (await sample.app.request(`/a/${ANNOUNCEMENT_ID}`)).text();
    assert.match(html, /takes effect<\/dt>\s*<dd><span class="quiet">not stated/);
    assert.match(html, /4 Mar 2022 \(day in Moscow; 3 Mar 2022, 21:00 to 4 Mar 2022, 20:59 UTC\)/);
    assert.match(html, /href="https:\/\/digitalpolicyalert\.org\//);
    const hostile = await (await sample.app.request('/a/hostile')).text();
    assert.doesNotMatch(hostile, /href="javascript:/);
  });

  test('the timeline has strips, runs and announcements, and keeps the zone in its links', async () => {
    const html = await (
      await sample.app.request('/t?range=all&service=facebook&tz=Europe/Moscow')
    ).text();
    assert.match(
      html,
      /<div id="timeline" data-lanes-url="\/api\/v1\/lanes\?service=facebook&amp;from=/,
    );
    assert.equal(html.match(/class="slice /g)?.length, 60 * 5);
    assert.equal(html.match(/class="ribbon-row"/g)?.length, 1, 'one ribbon for one service');
    assert.match(
      html,
      /class="ribbon ribbon-6" colspan="\d+" title="3 of 4 measured, 75 % of the time"/,
    );
    assert.match(html, /<strong>Facebook<\/strong>: \d+ % of this range is covered by 4 lanes/);
    assert.match(html, /<th scope="row">Control, from outside/);
    assert.match(html, /<code>tls\.<wbr>reset\.<wbr>sni<\/code>/);
    assert.match(html, new RegExp(`href="/a/${ANNOUNCEMENT_ID}\\?tz=Europe%2FMoscow"`));
    assert.match(html, /5 Mar 2022, 03:00 Moscow|5 Mar 2022, 03:00<\/time>/);
  });
});

suite('circumstances', () => {
  test('a first run says when results come and what to do', async (t) => {
    const { app, close } = openSampleApp({ slots: 0, isSimulated: false });
    t.after(close);
    const html = await (await app.request('/')).text();
    assert.match(html, /First results arrive in about/);
    assert.match(html, /npm run reachline -- doctor/);
    assert.doesNotMatch(html, /\[simulated\]|class="simulated"/);
    assert.doesNotMatch(html, /silent/);
    const health = (await (await app.request('/healthz')).json()) as { measurements: number };
    assert.equal(health.measurements, 0);
  });

  test('a failure of ours is a page that helps, and a line in the log', async (t) => {
    const { app, logged, close } = openSampleApp({
      slots: 1,
      override: {
        latestMeasurements: () => {
          throw new Error('disk on fire');
        },
      },
    });
    t.after(close);
    const response = await app.request('/');
    assert.equal(response.status, 500);
    assert.doesNotMatch(await response.text(), /disk on fire/);
    assert.equal(logged.length, 1);
    assert.match(logged[0] ?? '', /^error request_failed .*disk on fire/);
  });
});
