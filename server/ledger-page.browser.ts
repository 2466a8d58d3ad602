/** The ledger in a real browser: accessible by axe in both themes, no sideways scrolling on a phone, nothing from elsewhere, complete on paper. */
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
import type { BrowserSite, VisitOptions } from './testing/browser-site.ts';
import { openStorySite } from './testing/story-site.ts';

suite('the ledger in a browser', () => {
  let site: BrowserSite;
  before(async () => {
    site = await openStorySite({ slots: 2 });
  });
  after(() => site.close());

  const visit = (
    path: string,
    options: VisitOptions,
    look: (page: Page) => Promise<void>,
  ): Promise<void> => site.visit(path, { ...options, waitUntil: 'networkidle' }, look);

  for (const colorScheme of ['light', 'dark'] as const)
    test(`axe finds nothing, ${colorScheme}`, () =>
      visit('/ledger', { viewport: DESK, colorScheme }, async (page) => {
        await unfold(page);
        assert.deepEqual(await listViolations(page), []);
      }));

  for (const javaScriptEnabled of [true, false])
    test(`no sideways scrolling on a phone, scripts ${javaScriptEnabled ? 'on' : 'off'}`, () =>
      visit('/ledger?service=instagram', { viewport: PHONE, javaScriptEnabled }, async (page) => {
        const width = await measureWidth(page);
        assert.ok(width <= PHONE.width, `${width} px wide`);
        assert.equal(await page.locator('.lag-picture').count(), 1);
      }));

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
