/** Every page in a real browser: accessible by axe, no sideways scrolling on a phone, nothing from elsewhere, no script run. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, suite, test } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launchBrowser } from '../dashboard/testing/browser.ts';
import { type Listening, listen } from './http.ts';
import { openSampleApp, type SampleApp } from './testing/sample-app.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PHONE = { width: 390, height: 844 };
const DESK = { width: 1_280, height: 900 };

const PATHS = [
  '/',
  '/t?range=all',
  '/m/facebook.ru-volga-fixed.20220305T120000Z',
  '/a/ru-rkn-2022-03-11-instagram-block',
  '/a/hostile',
  '/announcements',
  '/nothing',
] as const;

/** Runs axe in the page and returns one line per violation. */
async function listViolations(page: Page): Promise<string[]> {
  await page.evaluate(`${AXE};0`);
  return page.evaluate(
    `axe.run(document).then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ' ' + html.slice(0, 160))))`,
  );
}

suite('pages in a browser', () => {
  let sample: SampleApp;
  let server: Listening;
  let browser: Browser;
  before(async () => {
    sample = openSampleApp();
    server = await listen(sample.app, { host: '127.0.0.1', port: 0 });
    browser = await launchBrowser();
  });
  after(async () => {
    await browser.close();
    await server.close();
    sample.close();
  });

  async function visit(
    path: string,
    options: BrowserContextOptions,
    look: (page: Page) => Promise<void>,
  ): Promise<void> {
    const context = await browser.newContext(options);
    try {
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => {
        // The 404 of the page itself is what one row asks for.
        if (message.type() === 'error' && !message.text().includes('404'))
          complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('dialog', (dialog) => complaints.push(`dialog ${dialog.message()}`));
      page.on('request', (request) => {
        if (!request.url().startsWith(server.url) && !request.url().startsWith('data:'))
          complaints.push(request.url());
      });
      await page.goto(new URL(path, server.url).href, { waitUntil: 'networkidle' });
      await look(page);
      assert.deepEqual(complaints, []);
    } finally {
      await context.close();
    }
  }

  for (const path of PATHS)
    for (const colorScheme of ['light', 'dark'] as const)
      test(`axe finds nothing on ${path}, ${colorScheme}`, () =>
        visit(path, { viewport: DESK, colorScheme }, async (page) => {
          assert.deepEqual(await listViolations(page), []);
        }));

  for (const path of PATHS)
    for (const javaScriptEnabled of [true, false])
      test(`${path} does not scroll sideways on a phone, scripts ${javaScriptEnabled ? 'on' : 'off'}`, () =>
        visit(path, { viewport: PHONE, javaScriptEnabled }, async (page) => {
          // Clicking far to the right would fail silently; the layout's own width is asked through the protocol.
          const session = await page.context().newCDPSession(page);
          const { cssContentSize } = await session.send('Page.getLayoutMetrics');
          assert.ok(cssContentSize.width <= PHONE.width, `${cssContentSize.width} px wide`);
        }));

  test('without scripts the timeline shows strips, and the filter form works', () =>
    visit('/t?range=all', { viewport: DESK, javaScriptEnabled: false }, async (page) => {
      assert.equal(await page.locator('.strip tbody tr').count(), 3 + 15);
      await page.getByLabel('Facebook', { exact: true }).check();
      await page.getByRole('button', { name: 'Show' }).click();
      await page.waitForURL(/service=facebook/);
      assert.equal(await page.locator('.strip tbody tr').count(), 1 + 5);
    }));

  test('the skip link is the first stop of the keyboard', () =>
    visit('/', { viewport: DESK }, async (page) => {
      await page.keyboard.press('Tab');
      assert.equal(await page.locator(':focus').textContent(), 'Skip to the content');
    }));
});
