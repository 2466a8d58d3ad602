/** Longer words in a real browser: nothing leaves the page on a phone, and no table scrolls sideways on a desk. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { openStorySite, type StorySite } from './testing/story-site.ts';

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
  { name: 'phone', width: 390, height: 844 },
  { name: 'desk', width: 1_280, height: 900 },
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
  let site: StorySite;
  before(async () => {
    site = await openStorySite();
  });
  after(() => site.close());

  for (const { name, ...viewport } of VIEWPORTS)
    for (const locale of ['ru', 'uk'])
      test(`${locale} on a ${name}`, async () => {
        const page = await site.browser.newPage({ viewport });
        for (const path of PATHS) {
          await page.goto(new URL(`/${locale}/${path}?tz=Europe/Moscow`, site.url).href);
          assert.equal(await page.locator('html').getAttribute('lang'), locale, path);
          assert.deepEqual(await page.evaluate(OUTSIDE), [], path);
          if (name === 'desk') assert.deepEqual(await page.evaluate(SCROLLED), [], path);
        }
        await page.close();
      });
});
