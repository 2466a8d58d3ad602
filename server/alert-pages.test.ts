/** Subscribing over HTTP with real mail: the way there and back, the same answer for everybody, limits, hostile input. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { FORM_ROUTES } from './alert-routes.ts';
import { toSubscriptionLinks } from './alerts/compose.ts';
import { WISH_FIELDS } from './alerts/wish-form.ts';
import { MAX_FORM_BYTES } from './forms.ts';
import {
  type AlertSite,
  findConfirmPath,
  openAlertSite,
  PUBLIC_URL,
} from './testing/alert-site.ts';
import { HOSTILE } from './testing/sample.ts';
import { openSampleApp } from './testing/sample-app.ts';

const HOUR_MS = 3_600_000;
const WISH = {
  service: 'instagram',
  country: 'RU',
  lang: 'uk',
  mode: 'immediate',
  channel: 'email',
};
/** Secrets and links differ from answer to answer; nothing else may. */
const mask = (html: string) =>
  html.replaceAll(/whsec_[\w+/=]+/g, 'SECRET').replaceAll(/\/s\/[\w-]+/g, '/s/TOKEN');

suite('alerts over HTTP', () => {
  let site: AlertSite;
  before(async () => {
    site = await openAlertSite();
  });
  after(() => site.end());

  /** Subscribes by mail and gives the path of the subscription. */
  async function subscribe(address: string, wish: Readonly<Record<string, string>> = WISH) {
    site.pass(24 * HOUR_MS);
    const asked = await site.post('/alerts', { ...wish, address });
    assert.equal(asked.status, 202);
    await site.desk.signUp.settled();
    const path = findConfirmPath(site.mail);
    const done = await site.post(path, {});
    assert.equal(done.status, 200);
    const [manage = ''] = /\/alerts\/s\/[\w-]+/.exec(await done.text()) ?? [];
    return { confirm: path, manage };
  }

  test('the page says in words what will come, and shows the latest event as it would read', async () => {
    const query =
      'service=instagram&service=whatsapp&country=RU&severity=major&lang=uk&kind=restriction&kind=return&quiet_from=22:00&quiet_until=07:00&tz=Europe/Kyiv';
    const html = await (await site.app.request(`/en/alerts?${query}`)).text();
    for (const text of [
      'You will get an e-mail in Ukrainian, at once, when a service is blocked or slowed, or that changes or it can be reached again.',
      'Services: Instagram and WhatsApp. Countries: Russia. Networks: all. From major on.',
      'Between 22:00 and 07:00 (Kyiv time) messages are held, except critical ones.',
      '<figure class="sample" lang="uk">',
    ])
      assert.ok(html.includes(text), text);
    assert.match(html, /class="sample"[\s\S]*Instagram[\s\S]*\/uk\/i\/instagram-ru-20220313t2105z/);
    assert.ok(html.indexOf('id="feeds"') < html.indexOf('id="subscribe"'), 'feeds come first');
    assert.doesNotMatch(
      html,
      /<form[^>]*method="get"[\s\S]*?name="address"[\s\S]*?<\/form>[\s\S]*method="post"/,
    );
  });

  test('every feed that is linked is there', async () => {
    for (const query of [
      '',
      '?service=instagram&country=RU&lang=ru',
      '?service=instagram&service=whatsapp&country=UA',
    ]) {
      const html = await (await site.app.request(`/en/alerts${query}`)).text();
      const feeds = [...html.matchAll(/href="(\/\w\w\/feeds\/[^"]+)" type/g)].map(
        ([, path = '']) => path,
      );
      assert.ok(feeds.length >= 8, query);
      for (const path of feeds) assert.equal((await site.app.request(path)).status, 200, path);
    }
  });

  test('what cannot come is said', async () => {
    const html = await (
      await site.app.request('/en/alerts?kind=announcement&severity=major')
    ).text();
    assert.match(html, /Nothing would come/);
    const both = await (await site.app.request('/en/alerts?severity=major')).text();
    assert.match(both, /Not told, since it counts as information/);
  });

  test('ask, confirm, change, pause, go on, unsubscribe', async () => {
    const { confirm, manage } = await subscribe('reader@example.org');
    const text = site.mail.mails.at(-1)?.text ?? '';
    assert.deepEqual(site.mail.mails.at(-1)?.to, ['reader@example.org']);
    assert.match(text, /Instagram/);
    assert.match(text, /48 годин/);
    assert.equal((await site.post(confirm, {})).status, 404, 'a link confirms once');
    const page = await site.app.request(manage);
    assert.equal(page.headers.get('cache-control'), 'no-store');
    assert.equal(page.headers.get('referrer-policy'), 'no-referrer');
    const html = await page.text();
    assert.doesNotMatch(html, /reader@example\.org/, 'the link does not show the address');
    const changed = await site.post(manage, {
      do: 'change',
      service: 'facebook',
      mode: 'daily',
      lang: 'ru',
      tz: 'Europe/Moscow',
    });
    assert.equal(changed.status, 200);
    const token = manage.split('/').at(-1) ?? '';
    const { filter, mode, locale } = site.subscribers.findByToken(token) ?? {};
    assert.deepEqual([filter?.services, mode, locale], [['facebook'], 'daily', 'ru']);
    await site.post(manage, { do: 'pause' });
    assert.equal(site.subscribers.findByToken(token)?.state, 'disabled');
    await site.post(manage, { do: 'resume' });
    assert.equal(site.subscribers.findByToken(token)?.state, 'active');
    const button = await site.app.request(`${manage}/stop`);
    assert.match(await button.text(), /<form method="post"/);
    assert.ok(site.subscribers.findByToken(token), 'a look ends nothing');
    assert.equal((await site.post(`${manage}/stop`, {})).status, 200);
    assert.equal(site.subscribers.findByToken(token), undefined);
    assert.equal((await site.app.request(manage)).status, 404);
    assert.equal((await site.post(`${manage}/stop`, {})).status, 200, 'again it says the same');
  });

  test('a target that is gone is shown with why and since when, and can be tried again', async () => {
    const { manage } = await subscribe('gone@example.org');
    const token = manage.split('/').at(-1) ?? '';
    const { id = '' } = site.subscribers.findByToken(token) ?? {};
    site.subscribers.disable(id, 'smtp_550');
    for (const [locale, why] of [
      [
        'en',
        /Nothing is sent since <time[\s\S]*The mail server refuses this address for good \(550\)/,
      ],
      ['ru', /Почтовый сервер окончательно отклоняет этот адрес \(550\)/],
      ['uk', /Поштовий сервер остаточно відхиляє цю адресу \(550\)/],
    ] as const) {
      const html = await (await site.app.request(`/${locale}${manage}`)).text();
      assert.match(html, why);
      assert.doesNotMatch(html, /gone@example\.org/);
    }
    const retried = await (await site.post(`/en${manage}`, { do: 'resume' })).text();
    assert.match(retried, /Tried again\. A message is on its way/);
    assert.equal(site.subscribers.findByToken(token)?.state, 'active');
    const [waiting] = site.subscribers.listDeliveries({ limit: 1 });
    assert.deepEqual([waiting?.subscriptionId, waiting?.state], [id, 'queued']);
  });

  test('another subscription can be named by its link, and only by a link that is one', async () => {
    const one = await subscribe('one@example.org');
    const other = await subscribe('other@example.org');
    const otherId = site.subscribers.findByToken(other.manage.split('/').at(-1) ?? '')?.id;
    const find = () => site.subscribers.findByToken(one.manage.split('/').at(-1) ?? '');
    const name = async (link: string) =>
      (await site.post(`/en${one.manage}`, { do: 'tell', link })).text();
    for (const link of [
      '',
      'x',
      `${PUBLIC_URL}${one.manage}`,
      `${PUBLIC_URL}/alerts/s/${'A'.repeat(32)}`,
    ])
      assert.match(await name(link), /There is no other confirmed subscription/, link);
    assert.equal(find()?.substituteId, undefined);
    assert.match(await name(`${PUBLIC_URL}/uk${other.manage}?tz=Europe/Kyiv`), /is told: E-mail/);
    assert.equal(find()?.substituteId, otherId);
    assert.match(await (await site.post(`/en${one.manage}`, { do: 'tell_none' })).text(), /Noted/);
    assert.equal(find()?.substituteId, undefined);
  });

  for (const type of ['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])
    test(`one click ends it at once, ${type}`, async () => {
      const { manage } = await subscribe('click@example.org');
      const response = await site.app.request(`${manage}/one-click`, {
        method: 'POST',
        headers: { 'content-type': type },
        body: 'List-Unsubscribe=One-Click',
      });
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('set-cookie'), null);
      assert.equal(site.subscribers.findByToken(manage.split('/').at(-1) ?? ''), undefined);
    });

  test('known, unknown, pending and impossible addresses get the same answer', async () => {
    await subscribe('known@example.org');
    site.pass(24 * HOUR_MS);
    await site.post('/alerts', { ...WISH, address: 'pending@example.org' });
    await site.desk.signUp.settled();
    const answers = new Map<string, string>();
    const times = new Map<string, number[]>();
    const names = ['known', 'unknown', 'pending', 'no.such-person+tag'];
    for (let round = 0; round < 9; round += 1)
      for (const name of names) {
        site.pass(24 * HOUR_MS);
        const startMs = performance.now();
        const response = await site.post('/alerts', { ...WISH, address: `${name}@example.org` });
        const body = await response.text();
        times.set(name, [...(times.get(name) ?? []), performance.now() - startMs]);
        answers.set(name, JSON.stringify([response.status, [...response.headers], body]));
        await site.desk.signUp.settled();
      }
    assert.equal(new Set(answers.values()).size, 1);
    // The fastest of each: on a busy machine any of the others may have waited for something else.
    const fastest = [...times.values()].map((all) => Math.min(...all));
    // Generous; the test below says that nothing is looked up at all.
    const least = Math.min(...fastest);
    const spread = Math.max(...fastest) - least;
    assert.ok(spread < Math.max(10, 2 * least), `fastest ${fastest.join(' ')} ms`);
  });

  test('nothing is looked up before the answer has left', async () => {
    site.pass(72 * HOUR_MS);
    const release = site.hold();
    site.calls.splice(0);
    const before = site.mail.mails.length;
    assert.equal(
      (await site.post('/alerts', { ...WISH, address: 'early@example.org' })).status,
      202,
    );
    assert.deepEqual(site.calls, []);
    release();
    await site.desk.signUp.settled();
    assert.deepEqual(site.calls, ['addPending', 'bounceTag']);
    assert.equal(site.mail.mails.length, before + 1);
  });

  test('the links of a message lead to these pages', async () => {
    const { manage } = await subscribe('links@example.org');
    const links = toSubscriptionLinks(PUBLIC_URL, manage.split('/').at(-1) ?? '');
    for (const link of Object.values(links)) {
      assert.ok(link.startsWith(PUBLIC_URL));
      const response = await site.app.request(link.slice(PUBLIC_URL.length));
      assert.equal(response.status, 200, link);
      assert.equal(response.headers.get('cache-control'), 'no-store');
      assert.equal(response.headers.get('x-robots-tag'), 'noindex');
    }
  });

  test('one address gets three confirmations a day, however it is spelt', async () => {
    site.pass(72 * HOUR_MS);
    const before = site.mail.mails.length;
    for (const address of [
      'a.b@example.org',
      'ab+1@example.org',
      'AB@example.org',
      'ab@example.org',
      'ab+2@example.org',
    ])
      assert.equal((await site.post('/alerts', { ...WISH, address })).status, 202);
    await site.desk.signUp.settled();
    assert.equal(site.mail.mails.length - before, 3);
  });

  test('a client that sends many forms has to wait, and nobody else', async () => {
    site.pass(24 * HOUR_MS);
    const send = () => site.post('/alerts', { ...WISH, address: 'nobody' });
    const statuses = [];
    for (let count = 0; count < 10; count += 1) statuses.push((await send()).status);
    assert.deepEqual(statuses, Array<number>(10).fill(422));
    site.pass(14_500);
    const refused = await send();
    assert.deepEqual([refused.status, refused.headers.get('retry-after')], [429, '46']);
    assert.match(
      await refused.text(),
      /send it again after <time[^>]+>[\d:]+ UTC<\/time> \(in 46 s\)/,
    );
    site.pass(45_000);
    assert.equal((await send()).headers.get('retry-after'), '1');
    site.pass(1_000);
    assert.equal((await send()).status, 422);
  });

  test('links that are made up, changed or old lead nowhere', async () => {
    site.pass(24 * HOUR_MS);
    await site.post('/alerts', { ...WISH, address: 'late@example.org' });
    await site.desk.signUp.settled();
    const path = findConfirmPath(site.mail);
    const look = await site.app.request(path);
    assert.equal(look.status, 200);
    assert.match(await look.text(), /<button type="submit" class="primary">/);
    const changed = `${path.slice(0, -1)}${path.endsWith('A') ? 'B' : 'A'}`;
    for (const wrong of [changed, '/alerts/confirm/x', `/alerts/confirm/${'y'.repeat(3_000)}`]) {
      assert.equal((await site.app.request(wrong)).status, 404);
      assert.equal((await site.post(wrong, {})).status, 404);
    }
    site.pass(49 * HOUR_MS);
    assert.equal((await site.app.request(path)).status, 404);
    assert.equal((await site.post(path, {})).status, 404, 'older than 48 hours');
  });

  test('a webhook is asked by a challenge, and its secret can be exchanged', async () => {
    site.pass(24 * HOUR_MS);
    site.receiver.answer = ({ body }) => {
      const { data } = JSON.parse(body.toString()) as { data: { challenge: string } };
      return { status: 200, body: data.challenge };
    };
    const wish = { ...WISH, channel: 'webhook', address: `${site.receiver.url}/hook` };
    const html = await (await site.post('/alerts', wish)).text();
    const [manage = ''] = /\/alerts\/s\/[\w-]+/.exec(html) ?? [];
    assert.match(html, /whsec_[\w+/]{40,}/);
    assert.match(html, /It must check the signature of the request first/);
    await site.desk.signUp.settled();
    const found = site.subscribers.findByToken(manage.split('/').at(-1) ?? '');
    assert.equal(found?.state, 'active');
    const rotated = await (await site.post(manage, { do: 'rotate' })).text();
    const [secret = ''] = /whsec_[\w+/=]+/.exec(rotated) ?? [];
    const { secrets = [] } = site.subscribers.openTarget(found?.id ?? '') ?? {};
    assert.equal(secrets.length, 2);
    assert.equal(secrets[0], secret);
    await site.post(manage, { do: 'drop' });
    assert.deepEqual(site.subscribers.openTarget(found?.id ?? '')?.secrets, [secret]);
  });

  test('a webhook that does not answer is never confirmed, and its holder is told the same', async () => {
    site.pass(24 * HOUR_MS);
    site.receiver.requests.splice(0);
    site.receiver.answer = () => ({ status: 200, body: 'yes' });
    const wish = { ...WISH, channel: 'webhook', address: `${site.receiver.url}/other` };
    const bodies = [];
    for (let count = 0; count < 5; count += 1) {
      const html = await (await site.post('/alerts', wish)).text();
      bodies.push(mask(html));
      await site.desk.signUp.settled();
      const [manage = ''] = /\/alerts\/s\/[\w-]+/.exec(html) ?? [];
      assert.equal((await site.app.request(manage)).status, 404);
    }
    assert.equal(new Set(bodies).size, 1, 'also beyond the limit');
    assert.equal(site.receiver.requests.length, 3 * 4, 'three wishes, four tries each');
  });

  const refused = [
    ['from another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['from a sibling', { 'sec-fetch-site': 'same-site' }, 403],
    ['with a foreign origin', { origin: 'https://evil.example' }, 403],
    ['with a broken origin', { origin: 'nonsense' }, 403],
    ['as JSON', { 'content-type': 'application/json' }, 415],
    ['as plain text', { 'content-type': 'text/plain' }, 415],
    ['from this page', { 'sec-fetch-site': 'same-origin', origin: 'null' }, 422],
    ['from this site by its public name', { origin: PUBLIC_URL }, 422],
    ['from this host', { origin: 'http://localhost' }, 422],
    ['by a page without referrers', { origin: 'null' }, 422],
  ] as const;
  test('forms from elsewhere and of other types are refused', async () => {
    site.pass(24 * HOUR_MS);
    for (const [name, headers, status] of refused) {
      const response = await site.post('/alerts', { ...WISH, address: 'nobody' }, headers);
      assert.equal(response.status, status, name);
      site.pass(60_000);
    }
    for (const { path } of FORM_ROUTES) {
      const long = { address: 'a'.repeat(MAX_FORM_BYTES) };
      assert.equal((await site.post(path.replace(':token', 'x'), long)).status, 413, path);
      const put = await site.app.request(path, { method: 'PUT' });
      assert.equal(put.headers.get('allow'), 'GET, HEAD, POST', path);
    }
  });

  test('hostile input is refused or harmless, and never echoed as markup', async () => {
    const before = site.mail.mails.length;
    const rows = [
      `${HOSTILE}@example.org`,
      'a@example.org\r\nBcc: victim@example.org',
      'a@example.org, b@example.org',
      '\u202Ea@example.org\u2066',
      `${'n'.repeat(10_000)}@example.org`,
      '"><b>@example.org',
    ];
    for (const address of rows) {
      site.pass(24 * HOUR_MS);
      const response = await site.post('/alerts', { ...WISH, address });
      const html = await response.text();
      assert.equal(response.status, 422, address.slice(0, 40));
      assert.ok(!html.includes(HOSTILE) && !html.includes('"><b>'), address.slice(0, 40));
    }
    for (const [name, value] of [
      ['service', HOSTILE],
      ['country', 'R\r\nU'],
      ['kind', '__proto__'],
      ['tz', HOSTILE],
      ['quiet_from', '99:99'],
      ['channel', 'fax'],
      ['channel', 'web_push'],
    ] as const) {
      site.pass(24 * HOUR_MS);
      const response = await site.post('/alerts', {
        ...WISH,
        address: 'a@example.org',
        [name]: value,
      });
      assert.equal(response.status, 422, `${name} ${value}`);
      assert.ok(!(await response.text()).includes(HOSTILE), name);
    }
    await site.desk.signUp.settled();
    assert.equal(site.mail.mails.length, before, 'nothing was sent');
  });
});

test('what only a script can fill in is refused when it is not filled in, and nowhere else taken', async (t) => {
  const site = await openAlertSite({ hasPush: true });
  t.after(() => site.end());
  for (const address of ['', '{}', '{"endpoint":"https://push.example/1"}', 'a@example.org']) {
    site.pass(HOUR_MS);
    const response = await site.post('/ru/alerts', { ...WISH, channel: 'web_push', address });
    assert.equal(response.status, 422);
    assert.match(await response.text(), /Это не подписка браузера/);
  }
  const page = await site.app.request('/en/alerts?channel=web_push');
  assert.equal(page.status, 422, 'the form that is linked does not offer it');
  await site.desk.signUp.settled();
  assert.deepEqual(site.calls, []);
});

test('every refusal is in the language of the page', async (t) => {
  const site = await openAlertSite({ hasAccounts: true, isGuarded: true });
  t.after(() => site.end());
  const long = 'https://example.org/'.padEnd(3_000, 'x');
  for (const [channel, address] of [
    ...[...site.desk.channels.keys()].flatMap(
      (kind) =>
        [
          [kind, 'x'],
          [kind, long],
        ] as const,
    ),
    ['webhook', 'ftp://example.org/'],
    ['webhook', 'https://me:secret@example.org/'],
    ['webhook', 'https://example.org:25/'],
    ['webhook', 'https://169.254.169.254/latest/meta-data/'],
    ['webhook', 'https://[::ffff:127.0.0.1]/'],
    ['discord', 'https://example.org/'],
    ['ntfy', 'https://ntfy.example/'],
    ['matrix', 'https://matrix.example/'],
    ['mastodon', 'https://mastodon.example/@me'],
    ['mastodon', 'https://mastodon.example/'],
  ] as const)
    for (const locale of ['ru', 'uk']) {
      site.pass(HOUR_MS);
      const response = await site.post(`/${locale}/alerts`, { ...WISH, channel, address });
      const html = await response.text();
      const [main = ''] = /<main[\s\S]*<\/main>/.exec(html) ?? [];
      assert.equal(response.status, 422, `${channel} ${address.slice(0, 60)}`);
      assert.doesNotMatch(main, /lang="en">(?!<)/, `${locale} ${channel} ${address.slice(0, 60)}`);
    }
  const many = Array.from({ length: 70 }, (_, n) => String(n + 1)).join();
  for (const name of WISH_FIELDS)
    for (const value of ['nonsense', many, 'R\r\nU'])
      for (const locale of ['ru', 'uk']) {
        site.pass(HOUR_MS);
        const fields = { ...WISH, address: 'a@example.org', [name]: value };
        const response = await site.post(`/${locale}/alerts`, fields);
        const [main = ''] = /<main[\s\S]*<\/main>/.exec(await response.text()) ?? [];
        assert.equal(response.status, 422, `${name} ${value.slice(0, 20)}`);
        assert.doesNotMatch(main, /lang="en">(?!<)/, `${locale} ${name} ${value.slice(0, 20)}`);
      }
});

test("nobody but the operator makes the operator's accounts speak", async (t) => {
  const site = await openAlertSite({ hasAccounts: true });
  t.after(() => site.end());
  const { url, requests } = site.receiver;
  for (const [channel, address, token, isTaken] of [
    ['mastodon', url, '', false],
    ['mastodon', url, 'not\na token', false],
    ['mastodon', url, 'own', true],
    ['matrix', `${url}/!a:b.example`, '', false],
    ['matrix', `${url}/!a:b.example`, 'own', true],
    ['telegram', '@channel', '', false],
    ['telegram', '@channel', 'own', false],
    ['ntfy', `${url}/topic`, '', true],
  ] as const) {
    site.pass(HOUR_MS);
    requests.splice(0);
    const response = await site.post('/alerts', { ...WISH, lang: 'en', channel, address, token });
    assert.equal(response.status, isTaken ? 202 : 422, `${channel} ${token}`);
    if (!isTaken)
      assert.match(
        await response.text(),
        // A bot of Telegram is nobody else's: the form does not even offer it.
        channel === 'telegram' ? /no way/ : /Only whoever runs this server/,
      );
    await site.desk.signUp.settled();
    assert.equal(requests.length > 0, isTaken, `${channel} ${token}`);
    for (const { headers } of requests)
      assert.doesNotMatch(headers.authorization ?? '', /operator/);
  }
});

test('confirmations are counted per client like every form', async (t) => {
  const site = await openAlertSite();
  t.after(() => site.end());
  const statuses = [];
  for (let count = 0; count < 11; count += 1)
    statuses.push((await site.post('/alerts/confirm/made-up', {})).status);
  assert.deepEqual(statuses, [...Array<number>(10).fill(404), 429]);
});

test('without messages the page has feeds and says how to switch them on', async (t) => {
  const { app, close } = openSampleApp({ slots: 1 });
  t.after(close);
  const html = await (await app.request('/alerts')).text();
  assert.match(html, /href="\/en\/feeds\/all\.atom"/);
  assert.match(html, /Messages are not switched on here/);
  assert.doesNotMatch(html, /<form[^>]*class="alert-form"/);
  for (const path of ['/alerts', '/alerts/s/x', '/alerts/confirm/x']) {
    const response = await app.request(path, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'address=a%40example.org',
    });
    assert.equal(response.status, 503, path);
  }
});
