/** Alerts in a real browser without scripts: there and back by links and buttons alone, accessible, and not too wide. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Page } from 'playwright-core';
import { keepPicture } from '../dashboard/testing/keep-picture.ts';
import {
  DESK,
  listViolations,
  measureWidth,
  PHONE,
  unfold,
} from '../dashboard/testing/page-checks.ts';
import { type AlertSite, findConfirmPath, openAlertSite } from './testing/alert-site.ts';
import { type BrowserSite, openBrowserSite } from './testing/browser-site.ts';

/** This Chromium says that the reader refused notifications; with it they are offered. */
const CAN_ASK = `Object.defineProperty(Notification, 'permission', { get: () => 'default' });`;

/** Asserts that the page does not scroll sideways on a phone. */
async function checkWidth(page: Page): Promise<void> {
  const width = await measureWidth(page);
  assert.ok(width <= PHONE.width, `${page.url()} is ${width} px wide`);
}

suite('alerts in a browser', () => {
  let site: AlertSite;
  let web: BrowserSite;
  before(async () => {
    site = await openAlertSite({ hasPush: true });
    web = await openBrowserSite({ app: site.app, close: site.end });
  });
  after(() => web.close());

  test('without scripts: choose, subscribe, confirm, change, unsubscribe, on a phone', () =>
    web.visit('/uk/alerts', { viewport: PHONE, javaScriptEnabled: false }, async (page) => {
      await page.getByRole('checkbox', { name: 'Instagram' }).check();
      await page.getByLabel('Від', { exact: true }).fill('22:00');
      await page.getByLabel('До', { exact: true }).fill('07:00');
      await page.getByRole('button', { name: 'Переглянути' }).click();
      await page.getByText('Від 22:00 до 07:00 (часовий пояс: Київ)').waitFor();
      await checkWidth(page);
      await keepPicture(page, 'phone-alerts');
      await page
        .getByRole('textbox', { name: 'Адреса електронної пошти' })
        .fill('reader@example.org');
      await page.getByRole('button', { name: 'Підписатися' }).click();
      await page.getByRole('heading', { name: 'Майже готово' }).waitFor();
      assert.ok(!page.url().includes('reader'), 'the address is in no link');
      await checkWidth(page);
      await site.desk.signUp.settled();
      await page.goto(new URL(findConfirmPath(site.mail), web.url).href);
      await checkWidth(page);
      await keepPicture(page, 'phone-confirm');
      await page.getByRole('button', { name: 'Підтвердити' }).click();
      await page.getByRole('link', { name: 'Змінити або припинити' }).click();
      await page.getByLabel('Як часто').selectOption('daily');
      await page.getByRole('button', { name: 'Зберегти' }).click();
      await page.getByText('Змінено.').waitFor();
      await page.getByText('Ви отримуватимете листи українською раз на день').waitFor();
      await checkWidth(page);
      await keepPicture(page, 'phone-manage');
      await page.getByRole('link', { name: 'Відписатися' }).click();
      await page.getByRole('button', { name: 'Відписатися' }).click();
      await page.getByRole('heading', { name: 'Вас відписано' }).waitFor();
      assert.deepEqual(await page.context().cookies(), []);
      await page.goBack();
    }));

  for (const colorScheme of ['light', 'dark'] as const)
    test(`axe finds nothing in any language, ${colorScheme}`, async () => {
      site.pass(24 * 3_600_000);
      const wanted = { address: `${colorScheme}@example.org`, channel: 'email', lang: 'en' };
      await site.post('/alerts', wanted);
      await site.desk.signUp.settled();
      const confirm = findConfirmPath(site.mail).replace('/en', '');
      const found = await (await site.post(confirm, {})).text();
      const [manage = ''] = /\/alerts\/s\/[\w-]+/.exec(found) ?? [];
      // In the dark one the target is gone, which has words and buttons of its own.
      const { id = '' } = site.subscribers.findByToken(manage.split('/').at(-1) ?? '') ?? {};
      if (colorScheme === 'dark') site.subscribers.disable(id, 'smtp_550');
      const paths = [
        '/alerts?service=instagram&quiet_from=22:00&quiet_until=07:00',
        '/status',
        manage,
        `${manage}/stop`,
        confirm,
      ];
      await web.visit(
        ['en', 'ru', 'uk'].flatMap((locale) => paths.map((path) => `/${locale}${path}`)),
        { viewport: DESK, colorScheme, ...(colorScheme === 'light' ? { script: CAN_ASK } : {}) },
        async (page, path) => {
          await unfold(page);
          assert.deepEqual(await listViolations(page), [], path);
        },
      );
    });

  test('no page leaves a phone sideways', () =>
    web.visit(
      ['en', 'ru', 'uk'].flatMap((locale) =>
        ['/alerts?channel=webhook', '/status', '/alerts/s/none'].map((path) => `/${locale}${path}`),
      ),
      { viewport: PHONE },
      checkWidth,
    ));
});
