/** The mailbox of the demo in a real browser without scripts: accessible in every language, and not wider than a phone. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { loadConfig } from '../../config/load.ts';
import { launchBrowser } from '../../dashboard/testing/browser.ts';
import { openStore } from '../../db/open.ts';
import { createVirtualClock } from '../../probes/lab/virtual-clock.ts';
import { createApp } from '../app.ts';
import { listen } from '../http.ts';
import { makeAlert, OPENED_MS } from '../testing/sample-alerts.ts';
import { openDelivery } from './delivery.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const CONFIG_FILE = join(import.meta.dirname, '../../config/reachline.yaml');
const PHONE = { width: 390, height: 844 };
/** Mail to three readers, and the request to the webhook. */
const ITEMS = 4;

suite('the mailbox in a browser', () => {
  let url: string;
  let browser: Browser;
  const stack = new AsyncDisposableStack();
  before(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'reachline-mailbox-'));
    stack.defer(() => rmSync(folder, { recursive: true, force: true }));
    const clock = createVirtualClock(OPENED_MS);
    const config = loadConfig({ file: CONFIG_FILE });
    const store = openStore({ file: join(folder, 'reachline.db'), mode: 'write', clock });
    stack.defer(() => store.close());
    const shared = { store, config, clock, log: () => undefined, folder };
    const delivery = stack.use(await openDelivery({ ...shared, publicUrl: 'http://127.0.0.1' }));
    await delivery.alerting.watch.look();
    delivery.alerting.startSending();
    store.insertAlerts([{ event: makeAlert({ knownMs: OPENED_MS }), isHistory: false }]);
    await delivery.tell();
    delivery.mailbox.story = { share: 0.42 };
    const info = { version: '0.0.0', isSimulated: true, startedAtMs: OPENED_MS };
    const { config: shown, desk: alerts, mailbox } = delivery;
    const app = createApp({ store, config: shown, clock, info, alerts, mailbox });
    const server = await listen(app, { host: '127.0.0.1', port: 0 });
    stack.defer(server.close);
    ({ url } = server);
    browser = await launchBrowser();
    stack.defer(() => browser.close());
  });
  after(() => stack.disposeAsync());

  test('from the banner to a message and to the incident that it speaks of', async () => {
    const context = await browser.newContext({ viewport: PHONE, javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(new URL('/en/alerts', url).href);
    await page.getByRole('link', { name: 'Its messages' }).click();
    await page.getByText('The story is being told: 42%').waitFor();
    await page.getByRole('link', { name: 'E-mail in Ukrainian' }).click();
    const subject = 'Росія: блокування Instagram у 4 мережах';
    await page.getByRole('link', { name: subject }).click();
    await page.getByRole('heading', { name: subject }).waitFor();
    const link = page.locator('.mail a').first();
    assert.match((await link.getAttribute('href')) ?? '', /^\/uk\/i\/instagram-ru-/);
    await context.close();
  });

  for (const [colorScheme, locales] of [
    ['light', ['en', 'ru', 'uk']],
    ['dark', ['uk']],
  ] as const)
    test(`axe finds nothing, and a phone is wide enough, ${colorScheme}`, async () => {
      const context = await browser.newContext({ viewport: PHONE, colorScheme });
      const page = await context.newPage();
      const numbers = Array.from({ length: ITEMS }, (_, index) => `/demo/mailbox/${index + 1}`);
      for (const locale of locales)
        for (const path of ['/demo/mailbox', ...numbers, '/alerts']) {
          await page.goto(new URL(`/${locale}${path}`, url).href);
          await page.evaluate(`${AXE};0`);
          const violations: string[] = await page.evaluate(
            `axe.run(document).then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ' ' + html.slice(0, 160))))`,
          );
          assert.deepEqual(violations, [], `/${locale}${path}`);
          const width: number = await page.evaluate('document.documentElement.scrollWidth');
          assert.ok(width <= PHONE.width, `/${locale}${path} is ${width} px wide`);
        }
      await context.close();
    });
});
