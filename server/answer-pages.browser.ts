/**
 * Answers, places and incidents in a real browser: whole without JavaScript, accessible by axe in both themes and three
 * languages, every link reached by keyboard, no sideways scrolling on a phone, nothing from elsewhere, small.
 */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import {
  DESK,
  listViolations,
  measureWidth,
  PHONE,
  unfold,
} from '../dashboard/testing/page-checks.ts';
import { type BrowserSite, openBrowserSite } from './testing/browser-site.ts';
import { openKeptSample } from './testing/kept-books.ts';
import type { SampleApp } from './testing/sample-app.ts';

const MAX_HTML_BYTES = 12 * 1024;

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
  let site: BrowserSite;
  before(async () => {
    sample = await openKeptSample();
    site = await openBrowserSite(sample);
  });
  after(() => site.close());

  for (const colorScheme of ['light', 'dark'] as const)
    for (const locale of ['en', 'ru', 'uk'] as const)
      test(`axe finds nothing, ${colorScheme}, ${locale}`, () =>
        site.visit(
          PATHS.map((path) => `/${locale}${path}`),
          { viewport: DESK, colorScheme },
          async (page, path) => {
            assert.deepEqual(await listViolations(page), [], path);
          },
        ));

  test('on a phone without scripts: the sentence first, nothing to scroll sideways', () =>
    site.visit(
      PATHS.map((path) => `/ru${path}`),
      { viewport: PHONE, javaScriptEnabled: false, colorScheme: 'dark' },
      async (page, path) => {
        const width = await measureWidth(page);
        assert.ok(width <= PHONE.width, `${path}: ${width} px wide`);
        assert.ok((await page.locator('main').innerText()).length > 100, path);
        if (!path.endsWith('/is/facebook/in/RU')) return;
        const sentence = await page.locator('.answer-sentence').boundingBox();
        assert.ok(sentence && sentence.y + sentence.height < PHONE.height, 'on the first screen');
        assert.equal(await page.locator('svg.year').count(), 2);
      },
    ));

  test('the keyboard reaches every link, in the order of the page', () =>
    site.visit(
      ['/en/is/facebook/in/RU', '/en/i/facebook-ru-20220305t0000z'],
      { viewport: DESK },
      async (page, path) => {
        // What is folded has no links to reach until it is opened.
        await unfold(page);
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
    site.visit(['/uk/is/facebook/in/RU'], { viewport: DESK }, async (page) => {
      await page.emulateMedia({ media: 'print' });
      assert.equal(await page.locator('header.site nav').isVisible(), false);
      assert.equal(await page.locator('svg.year').first().isVisible(), true);
      assert.equal(await page.locator('.cite').isVisible(), true);
    }));
});
