/** Every page in a real browser: accessible by axe, no sideways scrolling on a phone, nothing from elsewhere, no script run. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Page } from 'playwright-core';
import {
  DESK,
  listViolations,
  measureWidth,
  PHONE,
  unfold,
} from '../dashboard/testing/page-checks.ts';
import { type BrowserSite, openBrowserSite, type VisitOptions } from './testing/browser-site.ts';
import { openKeptSample } from './testing/kept-books.ts';
import { openSampleApp } from './testing/sample-app.ts';

const PATHS = [
  '/',
  '/t?range=all',
  '/uk/t?range=all&view=heat&agg=share&by=country&cmp=UA',
  '/m/facebook.ru-volga-fixed.20220305T120000Z',
  '/a/ru-rkn-2022-03-11-instagram-block',
  '/a/hostile',
  '/announcements',
  '/method',
  '/changes',
  '/v',
  '/v/pl-wisla-fixed',
  '/volunteers',
  '/nothing',
] as const;

suite('pages in a browser', () => {
  let site: BrowserSite;
  before(async () => {
    site = await openBrowserSite(await openKeptSample());
  });
  after(() => site.close());

  function visit(
    path: string,
    options: VisitOptions,
    look: (page: Page) => Promise<void>,
  ): Promise<void> {
    // Live pages keep a connection open, so the network is never idle there.
    const isLive = /^(?:\/[a-z]{2})?\/(?:t\?.*)?$/.test(path);
    const isDrawn = /\/t\?/.test(path) && !path.includes('view=');
    return site.visit(
      path,
      { ...options, waitUntil: isLive ? 'load' : 'networkidle' },
      async (page) => {
        if (isDrawn && options.javaScriptEnabled !== false) await page.waitForSelector('.tl-ready');
        await look(page);
      },
    );
  }

  for (const path of PATHS)
    for (const colorScheme of ['light', 'dark'] as const)
      test(`axe finds nothing on ${path}, ${colorScheme}`, () =>
        visit(path, { viewport: DESK, colorScheme }, async (page) => {
          assert.deepEqual(await listViolations(page), []);
          // What is folded is not looked at, so everything is looked at unfolded too.
          await unfold(page);
          assert.deepEqual(await listViolations(page), []);
        }));

  for (const path of PATHS)
    for (const javaScriptEnabled of [true, false])
      test(`${path} does not scroll sideways on a phone, scripts ${javaScriptEnabled ? 'on' : 'off'}`, () =>
        visit(path, { viewport: PHONE, javaScriptEnabled }, async (page) => {
          const width = await measureWidth(page);
          assert.ok(width <= PHONE.width, `${width} px wide`);
        }));

  /** path, what must be on the page for a reader whose browser runs no script: selector and least count, or text */
  const complete: readonly (readonly [string, readonly (readonly [string, number] | RegExp)[]])[] =
    [
      [
        '/',
        [
          ['.board tbody tr', 3 + 5],
          ['.change', 1],
          ['.vantages li', 5],
          ['.legend li', 7],
          /Facebook · Russia\s+●\s*reachable →/,
          /silent since/,
          /before · after/,
        ],
      ],
      [
        '/t?range=all',
        [
          // Headings, networks, the control from outside, and the coverage of each service.
          ['.strip tbody:not(.marks) tr', 3 + 3 * 5 + 3],
          ['.strip .marks a', 1],
          ['.strip .ribbon-row', 3],
          [`.display-more a[href^="/t.csv?"]`, 1],
          ['.coverage-words li', 3],
          ['.strip td.slice', 15 * 60],
          ['details.lane', 15],
          ['details.lane a[href^="/m/"]', 15],
          ['.announcements li', 1],
          ['.legend li', 7],
        ],
      ],
      [
        '/m/facebook.ru-volga-fixed.20220305T120000Z',
        [
          ['.ladder tbody tr', 2],
          ['.observations tbody tr', 4],
          ['.neighbours a', 3],
          /Facebook was blocked: the connection is reset once the service is named\./,
          /High confidence/,
          /passed this stage/,
          /tls\.reset\.control/,
          /connection_reset/,
          /"rulesetVersion"/,
        ],
      ],
      [
        '/v',
        [
          ['.vantage-table tbody tr', 5 + 4],
          ['.vantage-table svg.cover-bar', 5],
          ['.reporting-silent', 1],
          /1 vantage is silent/,
          /4 of 5 reporting/,
        ],
      ],
      [
        '/v/pl-wisla-fixed',
        [
          ['.cover-calendar g', 90],
          ['details table tbody tr', 90],
          ['a[href^="/m/"]', 3],
          /Silent\. Nothing came from here/,
          /lasts/,
          /What it cannot show/,
        ],
      ],
      ['/volunteers', [['main li', 20], /undetectable, and we do not claim so/, /lawyer/]],
      [
        '/a/ru-rkn-2022-03-11-instagram-block',
        [
          ['.facts dt', 8],
          ['table tbody tr', 1],
          ['.conflicts li', 1],
          /14 Mar 2022, 00:00 Moscow \(13 Mar 21:00 UTC\)/,
          /counted in Moscow time \(UTC\+3\)/,
          /What was measured around it/,
        ],
      ],
    ];
  for (const [path, expected] of complete)
    test(`${path} is complete without scripts`, () =>
      visit(path, { viewport: DESK, javaScriptEnabled: false }, async (page) => {
        const text = await page.locator('main').textContent();
        for (const one of expected)
          if (one instanceof RegExp) assert.match(text ?? '', one);
          else {
            const [selector, least] = one;
            const count = await page.locator(selector).count();
            assert.ok(count >= least, `${count} of ${selector}, at least ${least} expected`);
          }
      }));

  for (const viewport of [DESK, PHONE])
    test(`at ${viewport.width} px the first lanes are in sight without scrolling`, () =>
      visit('/t?range=all', { viewport }, async (page) => {
        const lane = await page.locator('.tl-lane').nth(1).boundingBox();
        assert.ok(lane !== null && lane.y + lane.height < viewport.height, `at ${lane?.y} px`);
      }));

  test('a reader goes from a run to its measurement, to the neighbour, back, and to the lane', () =>
    visit('/t?range=all&tz=Europe%2FMoscow', { viewport: DESK }, async (page) => {
      await page.waitForSelector('.tl-ready');
      await page.locator('details.lane summary').first().click();
      await page.locator('details.lane[open] a[href^="/m/"]').first().click();
      await page.waitForURL(/\/m\/[^?]+\?tz=Europe/);
      const first = page.url();
      await page.getByRole('link', { name: 'run after' }).click();
      await page.waitForURL((url) => url.href !== first);
      await page.getByRole('link', { name: 'run before' }).click();
      await page.waitForURL(first);
      await page.getByRole('link', { name: /this lane and its parts/ }).click();
      await page.waitForURL(/\/t\?service=[^&]+&asn=\d+&function=service/);
      await page.waitForSelector('.tl-ready');
      assert.ok((await page.locator('.tl-lane').count()) >= 2, 'the service and its part');
    }));

  test('the drawn timeline tells of coverage in a ribbon, in the legend and under the cursor', () =>
    visit('/t?range=all', { viewport: DESK }, async (page) => {
      await page.waitForSelector('.tl-ready');
      assert.equal(await page.locator('.tl-ribbon-label').count(), 3);
      assert.match((await page.locator('.tl-legend').textContent()) ?? '', /Coverage: how many/);
      await page.locator('.tl-lane').first().focus();
      await page.keyboard.press('End');
      assert.match(
        (await page.locator('.tl-readout').textContent()) ?? '',
        /coverage here: \d of 4/,
      );
    }));

  test('from the list of vantages to one, to its newest measurement, and back', () =>
    visit('/v?tz=Europe%2FMoscow', { viewport: PHONE, javaScriptEnabled: false }, async (page) => {
      await page.getByRole('link', { name: 'ru-volga-fixed', exact: true }).click();
      await page.waitForURL(/\/v\/ru-volga-fixed\?tz=Europe/);
      await page.getByRole('link', { name: 'measurement', exact: true }).first().click();
      await page.waitForURL(/\/m\/facebook\.ru-volga-fixed\.\d{8}T\d{6}Z/);
      await page.getByRole('link', { name: 'Vantages', exact: true }).click();
      await page.waitForURL(/\/v\?tz=Europe/);
    }));

  test('another filter keeps the range that was zoomed to', () =>
    visit('/t?range=all&tz=Europe%2FMoscow', { viewport: DESK }, async (page) => {
      await page.waitForSelector('.tl-ready');
      await page.getByRole('button', { name: 'Zoom in' }).click();
      const zoomed = new URL(page.url()).searchParams;
      await page.locator('.filters summary').click();
      await page.getByRole('checkbox', { name: 'Instagram', exact: true }).check();
      await page.getByRole('button', { name: 'Show', exact: true }).click();
      await page.waitForURL(/service=instagram/);
      const timeline = page.locator('#timeline');
      const from = await timeline.getAttribute('data-from');
      const to = await timeline.getAttribute('data-to');
      assert.deepEqual([from, to], [zoomed.get('from'), zoomed.get('to')]);
    }));

  test('the board leads to the parts of a service', () =>
    visit('/', { viewport: DESK }, async (page) => {
      await page.locator('#in-RU > summary').click();
      await page.getByRole('link', { name: /^parts.*WhatsApp/ }).click();
      await page.waitForURL(/\/t\?service=whatsapp&function=service/);
      assert.match((await page.locator('.choice').textContent()) ?? '', /^WhatsApp · .*calls/);
    }));

  test('a first run says what comes, and axe finds nothing there', async () => {
    const empty = await openBrowserSite(openSampleApp({ slots: 0, isSimulated: false }));
    try {
      await empty.visit('/', { viewport: DESK }, async (page) => {
        assert.match((await page.textContent('main')) ?? '', /First results arrive in about/);
        assert.deepEqual(await listViolations(page), []);
      });
    } finally {
      await empty.close();
    }
  });

  test('without scripts the timeline shows strips, and the filter form works', () =>
    visit('/t?range=all', { viewport: DESK, javaScriptEnabled: false }, async (page) => {
      const rows = page.locator('.strip tbody:not(.marks) tr:not(.lag-row)');
      assert.equal(await rows.count(), 3 + 15 + 3);
      await page.locator('.filters summary').click();
      await page.getByRole('checkbox', { name: 'Facebook', exact: true }).check();
      await page.getByRole('button', { name: 'Show' }).click();
      await page.waitForURL(/service=facebook/);
      assert.equal(await rows.count(), 1 + 5 + 1);
    }));

  test('the skip link is the first stop of the keyboard', () =>
    visit('/', { viewport: DESK }, async (page) => {
      await page.keyboard.press('Tab');
      assert.equal(await page.locator(':focus').textContent(), 'Skip to the content');
    }));
});
