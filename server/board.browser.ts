/** The board in a real browser: complete without scripts, in three languages, under the keyboard, and live. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { BrowserContext, Page } from 'playwright-core';
import {
  DESK,
  listViolations,
  measureWidth,
  PHONE,
  unfold,
} from '../dashboard/testing/page-checks.ts';
import type { Verdict } from '../probes/types.ts';
import { createApp } from './app.ts';
import { type Bookkeeping, createBookkeeping } from './bookkeeping.ts';
import { createLiveFeed, type LiveFeed } from './live/live-feed.ts';
import { type BrowserSite, openBrowserSite } from './testing/browser-site.ts';
import { openKeptSample } from './testing/kept-books.ts';
import { createSample, SAMPLE_INTERVAL_MS, SAMPLE_START_MS } from './testing/sample.ts';
import { createFixedClock, type SampleApp } from './testing/sample-app.ts';

/** Shortly before the first block of the sample is a day old. */
const SLOTS = 40;
const NOW_MS = SAMPLE_START_MS + SLOTS * SAMPLE_INTERVAL_MS;
/** From the commit on the server to the cell on the screen. */
const MAX_PATCH_MS = 1_000;

/** Of 10 ms each. */
const MAX_TRIES = 1_000;

suite('the board', () => {
  let sample: SampleApp;
  let feed: LiveFeed;
  let books: Bookkeeping;
  let site: BrowserSite;
  before(async () => {
    sample = await openKeptSample({ slots: SLOTS });
    const { store, config } = sample;
    const clock = createFixedClock(NOW_MS);
    const latest = store.latestMeasurements();
    feed = createLiveFeed({ store, clock, slotLengthMs: SAMPLE_INTERVAL_MS, latest });
    books = createBookkeeping({
      store,
      config,
      // Later than whatever is measured here: nothing waits to be concluded.
      clock: createFixedClock(NOW_MS + SAMPLE_INTERVAL_MS),
      log: () => undefined,
      onIncidents: feed.noteIncidents,
    });
    const info = { version: '0.1.0', isSimulated: true, startedAtMs: NOW_MS };
    const app = createApp({ store, config, clock, info, live: feed });
    site = await openBrowserSite({ app, close: sample.close });
  });
  after(async () => {
    await books.stop();
    feed.stop();
    await site.close();
  });

  /** Stores a run of the slot that begins now, as the probes do, and tells of it. */
  function measure(service: string, vantageId: string, verdict: Verdict, seq = 0): void {
    const made = createSample({ service, vantageId, slotMs: NOW_MS, verdict });
    const measurement = { ...made.measurement, seq };
    sample.store.insertMeasurement(measurement, made.judgement);
    feed.noteRun(measurement, made.judgement);
  }

  /** Concludes what follows from it; what is certain is a change at once. */
  const conclude = (): Promise<void> => books.rebuild('Test');

  async function open(context: BrowserContext, path = '/'): Promise<Page> {
    const page = await context.newPage();
    await page.goto(new URL(path, site.url).href);
    return page;
  }

  /** Waits until the page hears the stream. */
  async function untilLive(page: Page, count = 1): Promise<void> {
    await page.locator('.change button').first().waitFor({ state: 'attached' });
    for (let tries = 0; feed.clientCount() < count; tries += 1) {
      assert.ok(tries < MAX_TRIES, 'the page does not listen');
      await delay(10);
    }
  }

  for (const [locale, words] of [
    ['en', [/No change since 14:00/, /4 of 5 vantages reporting/, /silent since/, /On 2 networks/]],
    ['ru', [/Без изменений с 14:00/, /на связи 4 из 5 точек/, /молчит с/, /В 2 сетях/]],
    ['uk', [/Без змін з 14:00/, /на зв’язку 4 з 5 точок/, /мовчить з/, /У 2 мережах/]],
  ] as const) {
    test(`is complete in ${locale} without scripts, and reloads by itself`, () =>
      site.visit(`/${locale}`, { viewport: DESK, javaScriptEnabled: false }, async (page) => {
        const text = (await page.locator('main').textContent()) ?? '';
        for (const one of words) assert.match(text, one);
        for (const [selector, least] of [
          ['.change', 1],
          ['.change a[href*="/m/"]', 2],
          ['.countries tbody tr', 3],
          ['.incidents li', 1],
          ['.announcements li', 1],
          ['.vantages li', 5],
          ['details.fold', 4],
          ['details.fold td.cell a', 15],
          ['.legend li', 7],
          ['noscript meta[http-equiv="refresh"], meta[http-equiv="refresh"]', 1],
        ] as const) {
          const count = await page.locator(selector).count();
          assert.ok(count >= least, `${count} of ${selector}, at least ${least} expected`);
        }
        assert.equal(await page.locator('.change button, .keys-button').count(), 0);
      }));

    for (const colorScheme of ['light', 'dark'] as const)
      test(`axe finds nothing in ${locale}, ${colorScheme}`, () =>
        site.visit(`/${locale}`, { viewport: DESK, colorScheme }, async (page) => {
          await untilLive(page);
          await unfold(page);
          assert.deepEqual(await listViolations(page), []);
          await page.keyboard.press('?');
          assert.deepEqual(await listViolations(page), []);
        }));

    for (const javaScriptEnabled of [true, false])
      test(`does not scroll sideways on a phone in ${locale}, scripts ${javaScriptEnabled ? 'on' : 'off'}`, () =>
        site.visit(`/${locale}`, { viewport: PHONE, javaScriptEnabled }, async (page) => {
          const width = await measureWidth(page);
          assert.ok(width <= PHONE.width, `${width} px wide`);
        }));
  }

  test('a new verdict is on the screen within a second, its change with name, title and voice', () =>
    site.visit('/', { viewport: DESK }, async (page) => {
      await untilLive(page);
      const title = await page.title();
      const cell = page.locator('[data-lane="instagram/ru-volga-fixed/service"]');
      const shown = page
        .locator('[data-lane="instagram/ru-volga-fixed/service"].state-blocked')
        .waitFor({ state: 'attached' });
      const startedMs = performance.now();
      measure('instagram', 'ru-volga-fixed', 'blocked');
      await shown;
      const tookMs = performance.now() - startedMs;
      assert.ok(tookMs <= MAX_PATCH_MS, `${Math.round(tookMs)} ms`);
      const id = 'instagram.ru-volga-fixed.20220305T160000Z';
      assert.equal(await cell.locator('a').getAttribute('href'), `/m/${id}`);
      await conclude();
      await page.locator(`[data-key="${id}"]`).waitFor();
      assert.equal(await page.title(), `(1) ${title}`);
      assert.match((await page.locator('link[rel="icon"]').getAttribute('href')) ?? '', /75001f/);
      assert.match(
        (await page.locator('#live-said').textContent()) ?? '',
        /^New change: Instagram · Russia/,
      );
      await page.mouse.move(100, 100);
      assert.equal(await page.title(), title);
    }));

  test('what the reader unfolded and stands on stays when the page is read anew', () =>
    site.visit('/', { viewport: DESK }, async (page) => {
      await untilLive(page);
      await page.locator('#in-UA > summary').click();
      await page.keyboard.press('j');
      const focused = await page.evaluate('document.activeElement.textContent');
      measure('instagram', 'ua-dnipro-fixed', 'blocked');
      await conclude();
      await page.locator('[data-key="instagram.ua-dnipro-fixed.20220305T160000Z"]').waitFor();
      assert.equal(await page.locator('#in-UA').getAttribute('open'), '');
      assert.equal(await page.evaluate('document.activeElement.textContent'), focused);
    }));

  test('the keyboard moves over changes, opens, acknowledges and takes back', () =>
    site.visit('/', { viewport: DESK }, async (page) => {
      await untilLive(page);
      const focused = () => page.evaluate(`document.activeElement.closest('.change')?.dataset.key`);
      const keys = await page
        .locator('.watch-main > section:first-child > div > .changes > .change')
        .evaluateAll((cards) => cards.map((card) => card.getAttribute('data-key')));
      assert.ok(keys.length >= 2);
      await page.keyboard.press('j');
      assert.equal(await focused(), keys[0]);
      await page.keyboard.press('j');
      assert.equal(await focused(), keys[1]);
      await page.keyboard.press('k');
      assert.equal(await focused(), keys[0]);
      const outline = await page.evaluate(`getComputedStyle(document.activeElement).outlineStyle`);
      assert.equal(outline, 'solid', 'focus is seen');
      await page.keyboard.press('a');
      assert.equal(await page.locator('.change.acknowledged').count(), 1);
      assert.match(
        (await page.locator('#live-said').textContent()) ?? '',
        /^Acknowledged: .*again to undo/,
      );
      await page.reload();
      await untilLive(page);
      assert.equal(await page.locator('.change.acknowledged').count(), 1, 'kept in the browser');
      await page.keyboard.press('j');
      await page.keyboard.press('a');
      assert.equal(await page.locator('.change.acknowledged').count(), 0);
      await page.keyboard.press('?');
      assert.equal(await page.locator('dialog#keys[open] dt').count(), 5);
      await page.keyboard.press('Escape');
      assert.equal(await page.locator('dialog#keys[open]').count(), 0);
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/(?:is\/|t\?service=)/);
    }));

  test('data that grow old turn amber, then red, and cells fall silent', async () => {
    const context = await site.browser.newContext({ viewport: DESK });
    await context.clock.install();
    const page = await open(context);
    await untilLive(page);
    const asOf = page.locator('#as-of');
    assert.equal(await asOf.getAttribute('class'), 'as-of as-of-fresh');
    await context.clock.fastForward('02:10:00');
    await page.locator('.as-of-late').waitFor();
    assert.match((await asOf.textContent()) ?? '', /^Late: as of 16:00:04 UTC \(2 h ago\)/);
    const cell = page.locator('[data-lane="whatsapp/ru-volga-fixed/service"]');
    assert.match((await cell.getAttribute('class')) ?? '', /state-no-data/);
    assert.match((await cell.textContent()) ?? '', /was reachable\s+3 h ago/);
    await context.clock.fastForward('02:10:00');
    await page.locator('.as-of-stale').waitFor();
    assert.match((await asOf.textContent()) ?? '', /^Stale: /);
    await context.close();
  });

  for (const [name, script] of [
    ['a shared worker', ''],
    ['a lock and a channel, without shared workers', 'delete window.SharedWorker;'],
  ] as const)
    test(`three pages of a browser take one connection by ${name}, and all of them hear`, async () => {
      const context = await site.browser.newContext();
      await context.addInitScript(script);
      const pages = [await open(context), await open(context), await open(context, '/ru')];
      for (const page of pages) await untilLive(page);
      measure('whatsapp', 'ua-dnipro-fixed', 'impaired', script === '' ? 0 : 1);
      await Promise.all(
        pages.map((page) =>
          page
            .locator('[data-lane="whatsapp/ua-dnipro-fixed/service"].state-impaired')
            .waitFor({ state: 'attached' }),
        ),
      );
      assert.equal(feed.clientCount(), 1);
      await context.close();
      for (let tries = 0; feed.clientCount() > 0; tries += 1) {
        assert.ok(tries < MAX_TRIES, 'a connection outlives its browser');
        await delay(10);
      }
    });

  test('without a stream the page asks once a minute, and draws what came', async () => {
    const context = await site.browser.newContext();
    await context.addInitScript('delete window.EventSource;');
    await context.clock.install();
    const page = await open(context);
    await page.locator('.change button').first().waitFor({ state: 'attached' });
    measure('facebook', 'ua-dnipro-fixed', 'blocked');
    await conclude();
    await context.clock.runFor(61_000);
    await page
      .locator('[data-lane="facebook/ua-dnipro-fixed/service"].state-blocked')
      .waitFor({ state: 'attached' });
    await page.locator('[data-key^="facebook.ua-dnipro-fixed"]').waitFor();
    await context.close();
  });

  test('another script of the page is told of each lane', () =>
    site.visit('/', {}, async (page) => {
      await untilLive(page);
      const told = page.evaluate(
        `new Promise((resolve) => document.addEventListener('reachline:lane', ({ detail }) => { if (detail.lane.startsWith('whatsapp/ru-taiga') && detail.t === ${NOW_MS}) resolve(detail); }))`,
      );
      await page.evaluate('0');
      measure('whatsapp', 'ru-taiga-mobile', 'ok');
      const { lane, t, verdict, n } = (await told) as Record<string, unknown>;
      assert.deepEqual(
        { lane, t, verdict, n },
        { lane: 'whatsapp/ru-taiga-mobile/service', t: NOW_MS, verdict: 'ok', n: 1 },
      );
    }));

  test('an answer is read anew with what is new, and every five minutes', () =>
    site.visit('/en/is/facebook/in/RU', { viewport: DESK }, async (page) => {
      const age = page.locator('#answer .facts [data-age]');
      const shown = await age.getAttribute('data-age');
      for (let tries = 0; feed.clientCount() < 1; tries += 1) {
        assert.ok(tries < MAX_TRIES, 'the page does not listen');
        await delay(10);
      }
      measure('facebook', 'ru-volga-fixed', 'ok');
      await page.locator(`#answer [data-age]:not([data-age="${shown}"])`).waitFor();
      const held = await page.evaluate(
        `JSON.parse(document.getElementById('live-data').textContent).rereadMs`,
      );
      assert.equal(held, 300_000);
    }));

  // The last one: it ends the server.
  test('a lost connection is said in red, with the time of the newest data', async () => {
    const context = await site.browser.newContext();
    const page = await open(context);
    await untilLive(page);
    feed.stop();
    await site.server.close();
    await page.locator('.as-of-stale').waitFor();
    assert.match(
      (await page.locator('#as-of').textContent()) ?? '',
      /^Offline, data to 5 Mar 2022, 16:00 UTC/,
    );
    assert.match((await page.locator('#live-said').textContent()) ?? '', /connection is lost/);
    await context.close();
  });
});
