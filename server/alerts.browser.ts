/** Alerts in a real browser without scripts: there and back by links and buttons alone, accessible, and not too wide. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, suite, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../dashboard/testing/browser.ts';
import { keepPicture } from '../dashboard/testing/keep-picture.ts';
import { type Listening, listen } from './http.ts';
import { type AlertSite, findConfirmPath, openAlertSite } from './testing/alert-site.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PHONE = { width: 390, height: 844 };
const DESK = { width: 1_280, height: 900 };

suite('alerts in a browser', () => {
  let site: AlertSite;
  let server: Listening;
  let browser: Browser;
  before(async () => {
    site = await openAlertSite({ hasPush: true });
    server = await listen(site.app, { host: '127.0.0.1', port: 0 });
    browser = await launchBrowser();
  });
  after(async () => {
    await browser.close();
    await server.close();
    await site.end();
  });

  const at = (path: string): string => new URL(path, server.url).href;

  async function checkWidth(page: Page): Promise<void> {
    const session = await page.context().newCDPSession(page);
    const { cssContentSize } = await session.send('Page.getLayoutMetrics');
    assert.ok(
      cssContentSize.width <= PHONE.width,
      `${page.url()} is ${cssContentSize.width} px wide`,
    );
  }

  test('without scripts: choose, subscribe, confirm, change, unsubscribe, on a phone', async () => {
    const context = await browser.newContext({ viewport: PHONE, javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(at('/uk/alerts'));
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
    await page.goto(at(findConfirmPath(site.mail)));
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
    assert.deepEqual(await context.cookies(), []);
    await page.goBack();
    await context.close();
  });

  for (const colorScheme of ['light', 'dark'] as const)
    test(`axe finds nothing in any language, ${colorScheme}`, async () => {
      const context = await browser.newContext({ viewport: DESK, colorScheme });
      // Without it this Chromium says that the reader refused notifications; in the light one they are offered.
      if (colorScheme === 'light')
        await context.addInitScript(
          `Object.defineProperty(Notification, 'permission', { get: () => 'default' });`,
        );
      const page = await context.newPage();
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
      for (const locale of ['en', 'ru', 'uk'])
        for (const path of [
          '/alerts?service=instagram&quiet_from=22:00&quiet_until=07:00',
          '/status',
          manage,
          `${manage}/stop`,
          confirm,
        ]) {
          await page.goto(at(`/${locale}${path}`));
          await page.evaluate(`${AXE};0`);
          await page.evaluate(
            `document.querySelectorAll('main details').forEach((one) => { one.open = true; })`,
          );
          const violations: string[] = await page.evaluate(
            `axe.run(document).then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ' ' + html.slice(0, 160))))`,
          );
          assert.deepEqual(violations, [], `/${locale}${path}`);
          const name =
            path.split(/[?/]/)[1] === 'status'
              ? 'status'
              : path.split(/[?/]/).slice(1, 3).join('-');
          if (locale !== 'ru' || colorScheme === 'dark')
            await keepPicture(page, `${colorScheme}-${locale}-${name.slice(0, 12)}`);
        }
      await context.close();
    });

  test('no page leaves a phone sideways', async () => {
    const context = await browser.newContext({ viewport: PHONE });
    const page = await context.newPage();
    for (const locale of ['en', 'ru', 'uk'])
      for (const path of ['/alerts?channel=webhook', '/status', '/alerts/s/none']) {
        await page.goto(at(`/${locale}${path}`));
        await checkWidth(page);
      }
    await context.close();
  });
});
