/** Longer words in a real browser: nothing leaves the page on a phone, and no table scrolls sideways on a desk. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../dashboard/testing/browser.ts';
import { type Listening, listen } from './http.ts';
import { openSampleApp, type SampleApp } from './testing/sample-app.ts';
import { buildStoryLedger, STORY_INPUTS } from './testing/story-ledger.ts';

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
  let sample: SampleApp;
  let server: Listening;
  let browser: Browser;
  before(async () => {
    sample = openSampleApp();
    sample.store.saveLedger(buildStoryLedger(sample), STORY_INPUTS);
    server = await listen(sample.app, { host: '127.0.0.1', port: 0 });
    browser = await launchBrowser();
  });
  after(async () => {
    await browser.close();
    await server.close();
    sample.close();
  });

  for (const { name, ...viewport } of VIEWPORTS)
    for (const locale of ['ru', 'uk'])
      test(`${locale} on a ${name}`, async () => {
        const page = await browser.newPage({ viewport });
        for (const path of PATHS) {
          await page.goto(new URL(`/${locale}/${path}?tz=Europe/Moscow`, server.url).href);
          assert.equal(await page.locator('html').getAttribute('lang'), locale, path);
          assert.deepEqual(await page.evaluate(OUTSIDE), [], path);
          if (name === 'desk') assert.deepEqual(await page.evaluate(SCROLLED), [], path);
        }
        await page.close();
      });
});
