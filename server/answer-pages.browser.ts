/**
 * Answers, places and incidents in a real browser: whole without JavaScript, accessible by axe in both themes and three
 * languages, every link reached by keyboard, no sideways scrolling on a phone, nothing from elsewhere, small.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launchBrowser } from '../dashboard/testing/browser.ts';
import { type Listening, listen } from './http.ts';
import { openKeptSample } from './testing/kept-books.ts';
import type { SampleApp } from './testing/sample-app.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PHONE = { width: 390, height: 844 };
const DESK = { width: 1_280, height: 900 };
const MAX_HTML_BYTES = 12 * 1024;
/** Where pictures are put for looking at; none are made without it. */
const PICTURES = process.env['REACHLINE_PICTURES'];

const PATHS = [
  '/is/facebook/in/RU',
  '/is/facebook/in/PL',
  '/is',
  '/s/facebook',
  '/c/RU',
  '/as/64512',
  '/incidents',
  '/i/facebook-ru-20220305t0000z',
  '/a/ru-rkn-2022-03-04-facebook-block',
  '/is/telegram/in/RU',
] as const;

suite('answers in a browser', () => {
  let sample: SampleApp;
  let server: Listening;
  let browser: Browser;
  before(async () => {
    sample = await openKeptSample();
    server = await listen(sample.app, { host: '127.0.0.1', port: 0 });
    browser = await launchBrowser();
  });
  after(async () => {
    await browser.close();
    await server.close();
    sample.close();
  });

  async function visit(
    paths: readonly string[],
    options: BrowserContextOptions,
    look: (page: Page, path: string) => Promise<void>,
  ): Promise<void> {
    const context = await browser.newContext(options);
    try {
      const page = await context.newPage();
      const asked: string[] = [];
      page.on('request', (request) => {
        if (!request.url().startsWith(server.url) && !request.url().startsWith('data:'))
          asked.push(request.url());
      });
      for (const path of paths) {
        await page.goto(new URL(path, server.url).href, { waitUntil: 'load' });
        await look(page, path);
        if (PICTURES === undefined) continue;
        mkdirSync(PICTURES, { recursive: true });
        const name = `${path.replaceAll(/\W+/g, '-')}-${options.colorScheme ?? 'light'}-${options.viewport?.width ?? 0}`;
        await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
      }
      assert.deepEqual(asked, [], 'nothing is asked of others');
    } finally {
      await context.close();
    }
  }

  for (const colorScheme of ['light', 'dark'] as const)
    for (const locale of ['en', 'ru', 'uk'] as const)
      test(`axe finds nothing, ${colorScheme}, ${locale}`, () =>
        visit(
          PATHS.map((path) => `/${locale}${path}`),
          { viewport: DESK, colorScheme },
          async (page, path) => {
            await page.evaluate(`${AXE};0`);
            const violations: string[] = await page.evaluate(
              `axe.run(document).then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ' ' + html.slice(0, 160))))`,
            );
            assert.deepEqual(violations, [], path);
          },
        ));

  test('on a phone without scripts: the sentence first, nothing to scroll sideways', () =>
    visit(
      PATHS.map((path) => `/ru${path}`),
      { viewport: PHONE, javaScriptEnabled: false, colorScheme: 'dark' },
      async (page, path) => {
        const session = await page.context().newCDPSession(page);
        const { cssContentSize } = await session.send('Page.getLayoutMetrics');
        assert.ok(cssContentSize.width <= PHONE.width, `${path}: ${cssContentSize.width} px wide`);
        assert.ok((await page.locator('main').innerText()).length > 100, path);
        if (!path.endsWith('/is/facebook/in/RU')) return;
        const sentence = await page.locator('.answer-sentence').boundingBox();
        assert.ok(sentence && sentence.y + sentence.height < PHONE.height, 'on the first screen');
        assert.equal(await page.locator('svg.year').count(), 2);
      },
    ));

  test('the keyboard reaches every link, in the order of the page', () =>
    visit(
      ['/en/is/facebook/in/RU', '/en/i/facebook-ru-20220305t0000z'],
      { viewport: DESK },
      async (page, path) => {
        // What is folded has no links to reach until it is opened.
        await page.evaluate(
          `document.querySelectorAll('main details').forEach((one) => { one.open = true; })`,
        );
        const expected: string[] = await page.evaluate(
          `[...document.querySelectorAll('main a')].map((one) => one.getAttribute('href'))`,
        );
        assert.ok(expected.length > 15, path);
        await page.focus('main');
        const reached: string[] = [];
        // Regions that scroll take a stop of their own.
        for (
          let stop = 0;
          stop < expected.length * 2 && reached.length < expected.length;
          stop += 1
        ) {
          await page.keyboard.press('Tab');
          const href: string | null = await page.evaluate(
            `document.activeElement.closest('main') && document.activeElement.getAttribute('href')`,
          );
          if (href !== null) reached.push(href);
        }
        assert.deepEqual(reached, expected, path);
      },
    ));

  test('every page is small, and runs no script', async () => {
    for (const path of PATHS)
      for (const locale of ['en', 'ru', 'uk']) {
        const response = await sample.app.request(`/${locale}${path}`, {
          headers: { 'accept-encoding': 'br' },
        });
        const bytes = (await response.arrayBuffer()).byteLength;
        assert.equal(response.headers.get('content-encoding'), 'br');
        assert.ok(bytes <= MAX_HTML_BYTES, `${locale}${path}: ${bytes} B`);
      }
  });

  test('on paper the navigation is gone and the strips are there', () =>
    visit(['/uk/is/facebook/in/RU'], { viewport: DESK }, async (page) => {
      await page.emulateMedia({ media: 'print' });
      assert.equal(await page.locator('header.site nav').isVisible(), false);
      assert.equal(await page.locator('svg.year').first().isVisible(), true);
      assert.equal(await page.locator('.cite').isVisible(), true);
    }));
});
