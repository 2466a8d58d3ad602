/**
 * Messages in this browser, from the button to the notification: everything real but the push service, which no test
 * reaches. In its place stands a receiver on loopback, and a subscription whose keys the test holds.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import type { Page } from 'playwright-core';
import { keepPicture } from '../dashboard/testing/keep-picture.ts';
import { type AlertSite, openAlertSite, PUBLIC_URL } from './testing/alert-site.ts';
import { type BrowserSite, openBrowserSite } from './testing/browser-site.ts';
import { checkToken, createPushBrowser, type PushBrowser } from './testing/push-browser.ts';

/** Stands for the push service of the browser: gives the subscription of the test, and remembers whether it is held. */
function standIn({ subscription }: PushBrowser, permission: string): string {
  return `
    const held = () => sessionStorage.getItem('held') === 'yes';
    const make = (options) => ({
      endpoint: ${JSON.stringify(subscription.endpoint)},
      options,
      toJSON: () => (${JSON.stringify(subscription)}),
      unsubscribe: async () => { sessionStorage.setItem('held', 'no'); return true; },
    });
    PushManager.prototype.subscribe = async (options) => {
      sessionStorage.setItem('held', 'yes');
      sessionStorage.setItem('key', [...options.applicationServerKey].join());
      return make(options);
    };
    PushManager.prototype.getSubscription = async () =>
      held() ? make({ applicationServerKey: Uint8Array.from(sessionStorage.getItem('key').split(',')).buffer }) : null;
    Object.defineProperty(Notification, 'permission', { get: () => ${JSON.stringify(permission)} });
    Notification.requestPermission = async () => 'granted';`;
}

suite('messages in this browser', () => {
  let site: AlertSite;
  let web: BrowserSite;
  before(async () => {
    site = await openAlertSite({ hasPush: true });
    site.receiver.answer = () => ({ status: 201 });
    web = await openBrowserSite({ app: site.app, close: site.end });
  });
  after(() => web.close());

  const at = (path: string): string => new URL(path, web.url).href;
  const sectionOf = (page: Page) => page.locator('#push');

  /** Opens the page in a browser that can, and whose subscription the test holds. */
  const visit = (
    path: string,
    look: (page: Page, pushBrowser: PushBrowser) => Promise<void>,
    { permission = 'default', script = '' } = {},
  ): Promise<void> => {
    const pushBrowser = createPushBrowser(`${site.receiver.url}/push/${permission}`);
    return web.visit(path, { script: standIn(pushBrowser, permission) + script }, (page) =>
      look(page, pushBrowser),
    );
  };

  const SAID = [
    ['without scripts', { javaScriptEnabled: false }, '', /без JavaScript він не може/],
    ['where the browser cannot', {}, 'delete window.PushManager;', /не може отримувати звідси/],
    [
      'where the reader said no',
      {},
      `Object.defineProperty(Notification, 'permission', { get: () => 'denied' });`,
      /в браузері заборонено/,
    ],
  ] as const;
  for (const [what, options, script, said] of SAID)
    test(`${what} there is no button, and the page says why`, () =>
      web.visit('/uk/alerts', { ...options, script }, async (page) => {
        await sectionOf(page).getByText(said).waitFor();
        assert.equal(await sectionOf(page).getByRole('button').count(), 0);
        assert.equal(await sectionOf(page).locator('p:visible').count(), 1, 'and nothing else');
        await keepPicture(page, `push-${what.replaceAll(' ', '-')}`);
      }));

  test('the worker is served for its folder alone, and asked for anew', async () => {
    const response = await fetch(at('/alerts/push-worker.js'));
    assert.equal(response.headers.get('content-type'), 'text/javascript; charset=utf-8');
    assert.equal(response.headers.get('cache-control'), 'no-cache');
    assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'none'/);
    assert.equal(response.headers.get('service-worker-allowed'), null);
    assert.match(await response.text(), /showNotification/);
  });

  test('press, confirm by what arrives, be told, and stop', () =>
    visit('/en/alerts?service=instagram&country=RU', async (page, pushBrowser) => {
      await sectionOf(page).getByText('also while this page is closed').waitFor();
      assert.equal(await sectionOf(page).locator('p:visible').count(), 3, 'nothing else is said');
      await keepPicture(page, 'push-offered');
      await sectionOf(page).getByRole('button', { name: 'Notify this browser' }).click();
      await page.getByRole('heading', { name: 'Nearly done' }).waitFor();
      await page.getByText('a notification with a link is on its way').waitFor();
      await site.desk.signUp.settled();
      const [request] = site.receiver.requests.splice(0);
      assert.ok(request);
      checkToken(String(request.headers.authorization), site.desk.pushKey ?? '', {
        aud: new URL(site.receiver.url).origin,
        sub: 'mailto:admin@reachline.example',
        nowMs: site.nowMs(),
      });
      const note = JSON.parse(pushBrowser.decrypt(request.body)) as Record<string, string>;
      assert.match(note['title'] ?? '', /Please confirm/);
      const confirmUrl = note['url'] ?? '';
      assert.ok(confirmUrl.startsWith(`${PUBLIC_URL}/en/alerts/confirm/`));
      await page.goto(at(confirmUrl.slice(PUBLIC_URL.length)));
      await page.getByRole('button', { name: 'Confirm' }).click();
      await page.getByRole('link', { name: 'Change or end it' }).click();
      await page.getByText('You will get a message in English').waitFor();
      await keepPicture(page, 'push-manage');
      const held = () => page.evaluate(`sessionStorage.getItem('held')`);
      assert.equal(await held(), 'yes');
      const [, token = ''] = /\/alerts\/s\/([\w-]+)/.exec(page.url()) ?? [];
      assert.deepEqual(site.subscribers.findByToken(token)?.filter.services, ['instagram']);
      const digest = createHash('sha256').update(pushBrowser.subscription.endpoint).digest('hex');
      assert.equal(await page.locator('#end').getAttribute('data-push-endpoint'), digest);
      assert.ok(!(await page.content()).includes(pushBrowser.subscription.endpoint));
      await page.getByRole('button', { name: 'Unsubscribe' }).click();
      await page.getByRole('heading', { name: 'Unsubscribed' }).waitFor();
      assert.equal(site.subscribers.findByToken(token), undefined);
      assert.equal(await held(), 'no', 'the browser gave it up as well');
    }));

  /** The first time that the browser is asked for a subscription, it has none. */
  const FAILS_ONCE = `
    const subscribe = PushManager.prototype.subscribe;
    PushManager.prototype.subscribe = async function (options) {
      if (sessionStorage.getItem('held') === null) { sessionStorage.setItem('held', 'no'); throw new DOMException('', 'AbortError'); }
      return subscribe.call(this, options);
    };`;
  test('a browser that cannot subscribe after all says so, and what it holds can be stopped here', () =>
    visit(
      '/en/alerts',
      async (page) => {
        const button = sectionOf(page).getByRole('button', { name: 'Notify this browser' });
        await button.click();
        await sectionOf(page).getByText('The browser could not subscribe').waitFor();
        await button.click();
        await page.getByRole('heading', { name: 'Nearly done' }).waitFor();
        await page.goto(at('/en/alerts'));
        await sectionOf(page).getByText('This browser has a subscription here').waitFor();
        await sectionOf(page).getByRole('button', { name: 'Stop notifications' }).click();
        await sectionOf(page)
          .getByText('This browser has a subscription here')
          .waitFor({ state: 'hidden' });
        assert.equal(await page.evaluate(`sessionStorage.getItem('held')`), 'no');
      },
      { script: FAILS_ONCE },
    ));

  test('the worker shows what comes, whatever comes, and opens pages of this server alone', () =>
    visit(
      '/en/alerts',
      async (page) => {
        const context = page.context();
        const session = await context.newCDPSession(page);
        const registered = Promise.withResolvers<string>();
        session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
          for (const { registrationId, scopeURL } of registrations)
            if (new URL(scopeURL).pathname === '/alerts/') registered.resolve(registrationId);
        });
        await session.send('ServiceWorker.enable');
        const started = context.waitForEvent('serviceworker');
        await sectionOf(page).getByRole('button', { name: 'Notify this browser' }).click();
        const worker = await started;
        const registrationId = await registered.promise;
        // A worker that is not active yet gets no messages, and they are not kept for it.
        await worker.evaluate(`new Promise((resolve) => {
      if (registration.active) resolve();
      else addEventListener('activate', () => resolve());
    })`);
        // This Chromium has no notifications, and no windows to open: both are noted instead.
        await worker.evaluate(`globalThis.shown = []; globalThis.opened = [];
      globalThis.allShown = Promise.withResolvers();
      registration.showNotification = async (title, options) => {
        if (shown.push({ title, ...options }) === 3) allShown.resolve(shown);
      };
      clients.openWindow = async (url) => void opened.push(url);`);
        const { origin } = new URL(web.url);
        const note = {
          title: 'Instagram blocked in Russia',
          body: 'Blocked on 2 of 4 networks measured.',
          url: `${PUBLIC_URL}/en/i/x`,
          lang: 'en',
          manage: { url: `${PUBLIC_URL}/alerts/s/x`, text: 'Change or end it' },
        };
        for (const data of [JSON.stringify(note), 'no JSON', 'null'])
          await session.send('ServiceWorker.deliverPushMessage', { origin, registrationId, data });
        const shown: Record<string, unknown>[] = await worker.evaluate('allShown.promise');
        assert.deepEqual(
          shown.map(({ title }) => title),
          [note.title, 'Reachline', 'Reachline'],
        );
        assert.equal(shown[0]?.['body'], note.body);
        assert.deepEqual(shown[0]?.['actions'], [{ action: 'manage', title: 'Change or end it' }]);
        await worker.evaluate(`for (const [action, data] of [['', shown[0].data], ['manage', shown[0].data],
        ['', { url: 'https://evil.example/x?y=1' }], ['', { url: 'javascript:alert(1)' }]])
      dispatchEvent(Object.assign(new ExtendableEvent('notificationclick'), { action, notification: { close() {}, data } }))`);
        assert.deepEqual(await worker.evaluate('opened'), [
          `${origin}/en/i/x`,
          `${origin}/alerts/s/x`,
          `${origin}/x?y=1`,
          `${origin}/`,
        ]);
      },
      { permission: 'granted' },
    ));
});
