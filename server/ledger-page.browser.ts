/** The ledger in a real browser: accessible by axe in both themes, no sideways scrolling on a phone, nothing from elsewhere, complete on paper. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { openStorySite, type StorySite } from './testing/story-site.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PHONE = { width: 390, height: 844 };
const DESK = { width: 1_280, height: 900 };
/** Where pictures are put for looking at; none are made without it. */
const PICTURES = process.env['REACHLINE_PICTURES'];

suite('the ledger in a browser', () => {
  let site: StorySite;
  before(async () => {
    site = await openStorySite({ slots: 2 });
  });
  after(() => site.close());

  async function visit(
    path: string,
    options: BrowserContextOptions,
    look: (page: Page) => Promise<void>,
    picture?: string,
  ): Promise<void> {
    const context = await site.browser.newContext(options);
    try {
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      page.on('request', (request) => {
        if (!request.url().startsWith(site.url) && !request.url().startsWith('data:'))
          complaints.push(request.url());
      });
      await page.goto(new URL(path, site.url).href, { waitUntil: 'networkidle' });
      await look(page);
      if (PICTURES !== undefined && picture !== undefined) {
        mkdirSync(PICTURES, { recursive: true });
        await page.screenshot({ path: join(PICTURES, `${picture}.png`), fullPage: true });
      }
      assert.deepEqual(complaints, []);
    } finally {
      await context.close();
    }
  }

  for (const colorScheme of ['light', 'dark'] as const)
    test(`axe finds nothing, ${colorScheme}`, () =>
      visit(
        '/ledger',
        { viewport: DESK, colorScheme },
        async (page) => {
          await page.evaluate(`${AXE};0`);
          await page.evaluate(
            `document.querySelectorAll('main details').forEach((one) => { one.open = true; })`,
          );
          const violations: string[] = await page.evaluate(
            `axe.run(document).then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ' ' + html.slice(0, 160))))`,
          );
          assert.deepEqual(violations, []);
        },
        `desk-${colorScheme}`,
      ));

  for (const javaScriptEnabled of [true, false])
    test(`no sideways scrolling on a phone, scripts ${javaScriptEnabled ? 'on' : 'off'}`, () =>
      visit(
        '/ledger?service=instagram',
        { viewport: PHONE, javaScriptEnabled },
        async (page) => {
          const session = await page.context().newCDPSession(page);
          const { cssContentSize } = await session.send('Page.getLayoutMetrics');
          assert.ok(cssContentSize.width <= PHONE.width, `${cssContentSize.width} px wide`);
          assert.equal(await page.locator('.lag-picture').count(), 1);
        },
        `phone-${javaScriptEnabled ? 'scripts' : 'plain'}`,
      ));

  test('the effective mark stands where the early network ends and the others begin', () =>
    visit('/ledger?service=instagram', { viewport: DESK }, async (page) => {
      const boxes = await page.locator('.lag-picture .lag-bar').all();
      const bars = await Promise.all(boxes.map((one) => one.boundingBox()));
      const mark = await page.locator('.lag-picture .lag-effective line').boundingBox();
      assert.ok(mark);
      const [early, ...others] = bars;
      assert.ok(early && early.x + early.width < mark.x, 'the early one lies before the mark');
      for (const bar of others) assert.ok(bar && bar.x > mark.x);
    }));

  test('on paper the tables are whole and the form is gone', () =>
    visit('/ledger?service=instagram', { viewport: DESK }, async (page) => {
      await page.emulateMedia({ media: 'print' });
      assert.equal(await page.locator('.ledger-filters').isVisible(), false);
      assert.equal(await page.locator('.lag-picture').isVisible(), true);
      assert.equal(await page.locator('table.wide').first().isVisible(), true);
    }));
});
