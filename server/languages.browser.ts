/** Longer words in a real browser: nothing leaves the page on a phone, and no table scrolls sideways on a desk. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { DESK, PHONE } from '../dashboard/testing/page-checks.ts';
import type { BrowserSite } from './testing/browser-site.ts';
import { openStorySite } from './testing/story-site.ts';

const PATHS = [
  'method',
  'volunteers',
  'v',
  'v/ru-volga-fixed',
  'm/facebook.ru-volga-fixed.20220305T120000Z',
  'announcements',
  'a/ru-rkn-2022-03-04-facebook-block',
  'ledger',
];
const VIEWPORTS = [
  { name: 'phone', viewport: PHONE },
  { name: 'desk', viewport: DESK },
];

/** Elements that lie outside of the page, told by their beginning. */
const OUTSIDE = `[...document.querySelectorAll('body *')]
  .filter((one) => one.closest('.scroll, pre') === null)
  .filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map((one) => one.outerHTML.slice(0, 120))`;
/** Labels of regions that have to be scrolled sideways. */
const SCROLLED = `[...document.querySelectorAll('.scroll')]
  .filter((one) => one.scrollWidth > one.clientWidth + 1)
  .map((one) => one.getAttribute('aria-label'))`;

suite('other languages in a browser', () => {
  let site: BrowserSite;
  before(async () => {
    site = await openStorySite();
  });
  after(() => site.close());

  for (const { name, viewport } of VIEWPORTS)
    for (const locale of ['ru', 'uk'])
      test(`${locale} on a ${name}`, () =>
        site.visit(
          PATHS.map((path) => `/${locale}/${path}?tz=Europe/Moscow`),
          { viewport },
          async (page, path) => {
            assert.equal(await page.locator('html').getAttribute('lang'), locale, path);
            assert.deepEqual(await page.evaluate(OUTSIDE), [], path);
            if (name === 'desk') assert.deepEqual(await page.evaluate(SCROLLED), [], path);
          },
        ));
});
