/** The mailbox of the demo in a real browser without scripts: accessible in every language, and not wider than a phone. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { loadConfig } from '../../config/load.ts';
import { listViolations, measureWidth, PHONE } from '../../dashboard/testing/page-checks.ts';
import { openStore } from '../../db/open.ts';
import { createVirtualClock } from '../../probes/lab/virtual-clock.ts';
import { createApp } from '../app.ts';
import { type BrowserSite, openBrowserSite } from '../testing/browser-site.ts';
import { makeAlert, OPENED_MS } from '../testing/sample-alerts.ts';
import { openDelivery } from './delivery.ts';

const CONFIG_FILE = join(import.meta.dirname, '../../config/reachline.yaml');
/** Mail to three readers, and the request to the webhook. */
const ITEMS = 4;

suite('the mailbox in a browser', () => {
  let site: BrowserSite;
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
    site = await openBrowserSite({ app, close: () => stack.disposeAsync() });
  });
  after(() => site.close());

  test('from the banner to a message and to the incident that it speaks of', () =>
    site.visit('/en/alerts', { viewport: PHONE, javaScriptEnabled: false }, async (page) => {
      await page.getByRole('link', { name: 'Messages of the demo' }).click();
      await page.getByText('The story is being told: 42%').waitFor();
      await page.getByRole('link', { name: 'E-mail in Ukrainian' }).click();
      const subject = 'Росія: блокування Instagram у 4 мережах';
      await page.getByRole('link', { name: subject }).click();
      await page.getByRole('heading', { name: subject }).waitFor();
      const link = page.locator('.mail a').first();
      assert.match((await link.getAttribute('href')) ?? '', /^\/uk\/i\/instagram-ru-/);
    }));

  for (const [colorScheme, locales] of [
    ['light', ['en', 'ru', 'uk']],
    ['dark', ['uk']],
  ] as const)
    test(`axe finds nothing, and a phone is wide enough, ${colorScheme}`, () => {
      const numbers = Array.from({ length: ITEMS }, (_, index) => `/demo/mailbox/${index + 1}`);
      const paths = ['/demo/mailbox', ...numbers, '/alerts'];
      return site.visit(
        locales.flatMap((locale) => paths.map((path) => `/${locale}${path}`)),
        { viewport: PHONE, colorScheme },
        async (page, path) => {
          assert.deepEqual(await listViolations(page), [], path);
          const width = await measureWidth(page);
          assert.ok(width <= PHONE.width, `${path} is ${width} px wide`);
        },
      );
    });
});
