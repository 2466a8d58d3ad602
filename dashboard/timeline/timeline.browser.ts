/** The timeline in a real browser: what is painted where, brush, keyboard, URL, languages, live data, themes, a phone. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { buildDashboard, MAX_SCRIPT_BROTLI_BYTES } from '../build.ts';
import { LOCALES } from '../i18n/locale.ts';
import { LOOKS, type Theme, toPaletteCss } from '../palette.ts';
import { launchBrowser } from '../testing/browser.ts';
import { DESK, listViolations, PHONE } from '../testing/page-checks.ts';
import { ORDER_MS, SITE_FROM, SITE_TO, serveTimelineSite } from '../testing/timeline-site.ts';

const HOUR_MS = 3_600_000;

let browser: Browser;
let site: { url: string; close: () => Promise<void> };
let folder: string;
let scriptBrotliBytes = Number.POSITIVE_INFINITY;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reachline-timeline-'));
  const built = (await buildDashboard(folder)).filter(({ name }) => name.startsWith('timeline'));
  scriptBrotliBytes = built.find(({ name }) => name === 'timeline.js')?.brotliBytes ?? Number.NaN;
  const assets = new Map<string, Uint8Array>([['palette.css', Buffer.from(toPaletteCss())]]);
  for (const { file } of built) assets.set(file, await readFile(join(folder, file)));
  site = await serveTimelineSite(assets);
  browser = await launchBrowser();
});
after(async () => {
  await browser.close();
  await site.close();
  await rm(folder, { recursive: true });
});

/** Opens the page, runs `body`, and fails on any error that the page reports, a broken policy included. */
async function withPage(
  options: BrowserContextOptions,
  query: string,
  body: (page: Page) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({ viewport: DESK, ...options });
  try {
    const page = await context.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(site.url) && !request.url().startsWith('data:'))
        problems.push(request.url());
    });
    await page.goto(query.startsWith('/') ? `${site.url}${query}` : `${site.url}/t${query}`);
    await page.waitForSelector('.tl-ready .tl-mark');
    await body(page);
    assert.deepEqual(problems, []);
  } finally {
    await context.close();
  }
}

/** A point of the plot: the lane of a service and network, a time, and a share of the band's height from the top. */
type Spot = {
  readonly service: string;
  readonly network: string;
  readonly atMs: number;
  readonly share: number;
};

/** Where a spot is in the viewport, from what the page itself shows: labels and the plot's box. */
async function locate(page: Page, spot: Spot): Promise<{ x: number; y: number }> {
  const box = await page.locator('.u-over').boundingBox();
  const lane = await page
    .getByRole('gridcell', { name: new RegExp(`^${spot.service}.*${spot.network}`) })
    .boundingBox();
  assert.ok(box && lane);
  const url = new URL(page.url());
  const fromMs = Date.parse(url.searchParams.get('from') ?? SITE_FROM);
  const toMs = Date.parse(url.searchParams.get('to') ?? SITE_TO);
  const x = box.x + ((spot.atMs - fromMs) / (toMs - fromMs)) * box.width;
  return { x, y: lane.y + 3 + (lane.height - 6) * spot.share };
}

/** Colour of a canvas pixel, `#rrggbb`, read from the canvas itself. */
async function readPixel(page: Page, spot: Spot): Promise<string> {
  const { x, y } = await locate(page, spot);
  return await page.evaluate(
    ([px, py]) => {
      const canvas = document.querySelector<HTMLCanvasElement>('.tl-plot canvas');
      const box = canvas?.getBoundingClientRect();
      if (!canvas || !box) return 'no canvas';
      const ratio = canvas.width / box.width;
      const at = [Math.round((px - box.x) * ratio), Math.round((py - box.y) * ratio)] as const;
      const data = canvas.getContext('2d')?.getImageData(at[0], at[1], 1, 1).data ?? [];
      return `#${[...data]
        .slice(0, 3)
        .map((part) => part.toString(16).padStart(2, '0'))
        .join('')}`;
    },
    [x, y] as const,
  );
}

const rostelecom = { service: 'Instagram', network: 'Rostelecom' };
const megafon = { service: 'Instagram', network: 'MegaFon' };

suite('timeline', () => {
  test('the script keeps its budget', () => {
    assert.ok(scriptBrotliBytes <= MAX_SCRIPT_BROTLI_BYTES, `${scriptBrotliBytes} B`);
  });

  for (const theme of ['light', 'dark'] satisfies Theme[])
    for (const deviceScaleFactor of [1, 2])
      test(`${theme}, density ${deviceScaleFactor}: states have their colour and height at known times`, async () => {
        await withPage({ colorScheme: theme, deviceScaleFactor }, '', async (page) => {
          const fill = (state: keyof typeof LOOKS) => LOOKS[state].fill[theme].toLowerCase();
          const before = ORDER_MS - 48 * HOUR_MS;
          const after = ORDER_MS + 48 * HOUR_MS;
          assert.equal(
            await readPixel(page, { ...rostelecom, atMs: before, share: 0.9 }),
            fill('ok'),
          );
          assert.notEqual(
            await readPixel(page, { ...rostelecom, atMs: before, share: 0.4 }),
            fill('ok'),
          );
          assert.equal(
            await readPixel(page, { ...rostelecom, atMs: after, share: 0.9 }),
            fill('blocked'),
          );
          assert.equal(
            await readPixel(page, { ...rostelecom, atMs: after, share: 0.1 }),
            fill('blocked'),
          );
          // The hole of early March is page, not track: nothing was carried into it.
          const hole = { ...megafon, atMs: Date.parse('2022-03-04T00:00Z') };
          const page0 = theme === 'light' ? '#ffffff' : '#0f1419';
          assert.equal(await readPixel(page, { ...hole, share: 0.9 }), page0);
        });
      });

  test('the theme is followed while the page is open', async () => {
    await withPage({ colorScheme: 'light' }, '', async (page) => {
      const spot = { ...rostelecom, atMs: ORDER_MS + 48 * HOUR_MS, share: 0.5 };
      await page.emulateMedia({ colorScheme: 'dark' });
      await page.waitForFunction(() => matchMedia('(prefers-color-scheme: dark)').matches);
      await page.evaluate(() => new Promise(requestAnimationFrame));
      assert.equal(await readPixel(page, spot), LOOKS.blocked.fill.dark.toLowerCase());
    });
  });

  test('a brush zooms, the URL carries it, back and double click return', async () => {
    await withPage({}, '?tz=Europe/Kyiv&service=instagram', async (page) => {
      const from = await locate(page, { ...rostelecom, atMs: ORDER_MS - 24 * HOUR_MS, share: 0.5 });
      const to = await locate(page, { ...rostelecom, atMs: ORDER_MS + 24 * HOUR_MS, share: 0.5 });
      const home = page.url();
      await page.mouse.move(from.x, from.y);
      await page.mouse.down();
      await page.mouse.move(to.x, to.y, { steps: 5 });
      await page.mouse.up();
      await page.waitForURL(/from=/);
      const zoomed = new URL(page.url());
      const read = (name: string) => Date.parse(zoomed.searchParams.get(name) ?? '');
      const tolerance = HOUR_MS;
      assert.ok(Math.abs(read('from') - (ORDER_MS - 24 * HOUR_MS)) <= tolerance, zoomed.search);
      assert.ok(Math.abs(read('to') - (ORDER_MS + 24 * HOUR_MS)) <= tolerance, zoomed.search);
      assert.equal(zoomed.searchParams.get('tz'), 'Europe/Kyiv');
      assert.equal(zoomed.searchParams.get('service'), 'instagram');
      const blocked = { ...rostelecom, atMs: ORDER_MS + 12 * HOUR_MS, share: 0.2 };
      assert.equal(await readPixel(page, blocked), LOOKS.blocked.fill.light.toLowerCase());
      await page.goBack();
      assert.equal(page.url(), home);
      await page.goForward();
      await page.mouse.dblclick(from.x, from.y);
      await page.waitForURL((url) => url.searchParams.get('from') === SITE_FROM);
    });
  });

  test('a range wider than what is loaded is fetched, and a link opens the same range', async () => {
    await withPage({}, '?from=2022-03-12T00:00Z&to=2022-03-16T00:00Z', async (page) => {
      const answered = page.waitForResponse((response) => response.url().includes('/api/v1/lanes'));
      await page.getByRole('button', { name: 'Zoom out' }).click();
      const asked = new URL((await answered).url());
      assert.equal(asked.searchParams.get('from'), '2022-03-10T00:00Z');
      assert.equal(asked.searchParams.get('to'), '2022-03-18T00:00Z');
      assert.equal(asked.searchParams.get('service'), 'instagram,facebook');
      await page.waitForFunction(() => location.search.includes('from=2022-03-10T00:00Z'));
    });
  });

  test('the keyboard goes from change to change, speaks, reaches announcements and opens the evidence', async () => {
    await withPage({}, '', async (page) => {
      const cell = page.getByRole('gridcell', { name: /^Instagram.*Rostelecom/ });
      const live = page.locator('.tl-live');
      const spoken = async (pattern: RegExp) => {
        await page.waitForFunction(
          (source) =>
            new RegExp(source).test(document.querySelector('.tl-live')?.textContent ?? ''),
          pattern.source,
        );
        return await live.textContent();
      };
      await cell.focus();
      await spoken(/Instagram, Rostelecom \(AS12389\): from no data to reachable/);
      await page.keyboard.press('ArrowRight');
      assert.match(
        (await spoken(/likely blocked/)) ?? '',
        /^14 Mar 2022, 00:05 Moscow\. .*from reachable to likely blocked, high confidence, for 55 min$/,
      );
      await page.keyboard.press('End');
      await spoken(/from likely blocked to blocked, tls\.reset\.sni/);
      await page.keyboard.press('Shift+ArrowRight');
      assert.match(
        (await spoken(/01:05 Moscow/)) ?? '',
        /^14 Mar 2022, 01:05 Moscow\. .*: blocked, tls\.reset\.sni/,
      );
      await page.keyboard.press('ArrowDown');
      await spoken(/MTS \(AS8359\)/);
      await page.keyboard.press(']');
      assert.match(
        (await page.evaluate(() => document.activeElement?.getAttribute('href'))) ?? '',
        /^\/a\/demand\?tz=/,
      );
      await cell.focus();
      await page.keyboard.press('Home');
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/m\/instagram\.ru-rostelecom\.20220313T210500Z\?tz=/);
    });
  });

  test('a click on a run opens its first measurement; pointing reads it', async () => {
    await withPage({}, '', async (page) => {
      const spot = await locate(page, { ...rostelecom, atMs: ORDER_MS + 48 * HOUR_MS, share: 0.5 });
      await page.mouse.move(spot.x, spot.y);
      await page.locator('.tl-readout', { hasText: 'Rostelecom (AS12389)' }).waitFor();
      const text = (await page.locator('.tl-readout').textContent()) ?? '';
      assert.match(text, /^1[56] Mar 2022, .* Moscow \(.* UTC\)/);
      assert.match(text, /■ blocked, tls\.reset\.sni, high confidence/);
      assert.match(text, /since 14 Mar 2022, 01:00 Moscow \(13 Mar 22:00 UTC\)/);
      assert.match(text, /in this column: blocked \d+ of \d+/);
      await page.mouse.click(spot.x, spot.y);
      await page.waitForURL(/\/m\/instagram\.ru-rostelecom\.20220313T220000Z\?tz=/);
    });
  });

  test('announcements are links with words, titles never become markup, a crowd opens as a list', async () => {
    await withPage({}, '', async (page) => {
      const order = page.getByRole('link', { name: /^Roskomnadzor: Instagram to be blocked/ });
      assert.equal(await order.getAttribute('href'), '/a/instagram-block?tz=Europe%2FMoscow');
      assert.match(
        (await order.getAttribute('aria-label')) ?? '',
        /announced 11 Mar 2022 \(day in Moscow\), takes effect 14 Mar 2022, 00:00 Moscow \(13 Mar 21:00 UTC\)$/,
      );
      assert.equal(await page.locator('#timeline b').count(), 0);
      await page.getByText(/^\+\d$/).click();
      await page.getByRole('link', { name: /WhatsApp stays <b>outside<\/b>/ }).waitFor();
    });
  });

  for (const colorScheme of ['light', 'dark'] as const)
    for (const locale of LOCALES)
      test(`axe finds nothing, ${colorScheme}, ${locale}`, async () => {
        await withPage({ colorScheme }, `/${locale}/t`, async (page) => {
          await page.getByText(/^\+\d$/).click();
          await page.getByRole('gridcell', { name: /^Instagram.*Rostelecom/ }).focus();
          assert.deepEqual(await listViolations(page, { within: '#timeline' }), []);
        });
      });

  test('the script speaks the language of the page, and links keep it', async () => {
    await withPage({}, '/uk/t?tz=Europe/Kyiv', async (page) => {
      assert.match((await page.locator('.tl-range').first().textContent()) ?? '', /лют\..*Київ/);
      const legend = (await page.locator('.tl-legend').textContent()) ?? '';
      assert.match(legend, /заблоковано/);
      assert.doesNotMatch(legend, /blocked|reachable/);
      const order = page.getByRole('link', { name: /^Roskomnadzor: Instagram to be blocked/ });
      assert.equal(await order.getAttribute('href'), '/uk/a/instagram-block?tz=Europe%2FKyiv');
    });
  });

  test('lags and denials stand beside what was measured', async () => {
    await withPage({}, '', async (page) => {
      const lag = page.locator('.tl-lag');
      assert.equal(await lag.count(), 1);
      assert.match((await lag.textContent()) ?? '', /median \+2 h … \+2 h 30 min.*3 networks/);
      const denial = page.getByRole('link', { name: /denied 25 Mar 2022/ });
      assert.equal(await denial.locator('.tl-mark-sign').textContent(), '○');
      assert.deepEqual(await page.locator('.tl-band').allTextContents(), [
        'Regulator, government',
        'Court, prosecutor',
        'Platform, others',
      ]);
    });
  });

  test('the display changes in place, has an address, and goes back', async () => {
    await withPage({}, '', async (page) => {
      const rows = page.locator('.tl-lane');
      assert.equal(await rows.count(), 8);
      await page.getByRole('link', { name: 'by=country' }).click();
      await page.waitForURL(/by=country/);
      assert.equal(await rows.count(), 4);
      assert.match((await rows.first().textContent()) ?? '', /Russia.*3 vantages/);
      await page.getByRole('link', { name: 'agg=share' }).click();
      assert.match((await page.locator('.tl-legend').textContent()) ?? '', /share of each state/);
      await page.getByRole('link', { name: 'toggle=lag' }).click();
      await page.waitForURL(/by=country&agg=share&lanes=announcements,control,coverage/);
      assert.equal(await page.locator('.tl-lag').count(), 0);
      const heat = await page.getByRole('link', { name: 'view=heat' }).getAttribute('href');
      assert.match(heat ?? '', /by=country&agg=share&view=heat&lanes=/);
      for (let step = 0; step < 3; step += 1) await page.goBack();
      await page.waitForURL((url) => !url.search.includes('by='));
      assert.equal(await rows.count(), 8);
      assert.equal(await page.locator('.tl-lag').count(), 1);
    });
  });

  test('the overview moves by keyboard and by hand, one step of history for each move', async () => {
    await withPage({}, '', async (page) => {
      const start = page.getByRole('slider', { name: 'Start of the range' });
      await start.focus();
      await page.keyboard.press('PageUp');
      await page.waitForURL(/from=2022-03-04T/);
      assert.match((await start.getAttribute('aria-valuetext')) ?? '', /^4 Mar 2022/);
      const steps = () => page.evaluate(() => history.length);
      const before = await steps();
      const box = await page.getByRole('slider', { name: 'Range on screen' }).boundingBox();
      assert.ok(box);
      const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
      await page.mouse.move(x, y);
      await page.mouse.down();
      await page.mouse.move(x - 30, y, { steps: 6 });
      const dragged = page.url();
      await page.mouse.move(x - 60, y, { steps: 6 });
      await page.mouse.up();
      await page.waitForFunction((url) => location.href !== url, dragged);
      assert.equal(await steps(), before + 1);
    });
  });

  test('a live measurement changes its lane and nothing is fetched', async () => {
    await withPage({}, '?to=2022-04-02T00:00Z', async (page) => {
      let asked = 0;
      page.on('request', () => (asked += 1));
      const send = (detail: object) =>
        page.evaluate(
          (one) => document.dispatchEvent(new CustomEvent('reachline:lane', { detail: one })),
          detail,
        );
      const at = { lane: 'instagram/service/ru-rostelecom', t: Date.parse(SITE_TO) };
      await send({ ...at, verdict: 'ok', n: 1 });
      await send({ ...at, lane: 'instagram/service/nobody', verdict: 'ok', n: 1 });
      await page.evaluate(() => new Promise(requestAnimationFrame));
      const cell = page.getByRole('gridcell', { name: /^Instagram.*Rostelecom/ });
      await cell.focus();
      await page.keyboard.press('End');
      const readOut = page.locator('.tl-readout', { hasText: 'since 31 Mar 2022, 03:00' });
      assert.match((await readOut.textContent()) ?? '', /● reachable/);
      assert.equal(asked, 0);
    });
  });

  test('the table has a key; forced colours and reduced motion leave everything in place', async () => {
    const options = { forcedColors: 'active', reducedMotion: 'reduce' } as const;
    await withPage(options, '', async (page) => {
      assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
      const border = await page
        .locator('.tl-window')
        .evaluate((element) => getComputedStyle(element).borderTopStyle);
      assert.equal(border, 'solid');
      await page.getByRole('gridcell', { name: /^Instagram.*Rostelecom/ }).focus();
      await page.keyboard.press('t');
      await page.waitForURL(/view=table/);
    });
  });

  test('on a phone nothing runs off the side, one finger moves the range, two zoom', async () => {
    const phone = {
      viewport: PHONE,
      hasTouch: true,
      isMobile: true,
      deviceScaleFactor: 2,
    };
    await withPage(phone, '', async (page) => {
      const width = () => page.evaluate(() => document.documentElement.scrollWidth);
      assert.equal(await width(), 390);
      const chip = page.getByText(/^\+\d$/).last();
      await chip.click();
      assert.equal(await width(), 390);
      await page.keyboard.press('Escape');
      assert.equal(await page.locator('.tl-cluster[open]').count(), 0);
      const box = await page.locator('.u-over').boundingBox();
      assert.ok(box);
      const session = await page.context().newCDPSession(page);
      const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', xs: number[]) =>
        session.send('Input.dispatchTouchEvent', {
          type,
          touchPoints: xs.map((x, id) => ({ x: box.x + x, y: box.y + 230, id })),
        });
      await touch('touchStart', [200]);
      for (const x of [180, 150, 120, 100]) await touch('touchMove', [x]);
      await touch('touchEnd', []);
      await page.waitForURL(/from=2022-03-/);
      const read = () => {
        const query = new URL(page.url()).searchParams;
        return Date.parse(query.get('to') ?? '') - Date.parse(query.get('from') ?? '');
      };
      const lengthMs = read();
      assert.ok(Math.abs(lengthMs - (Date.parse(SITE_TO) - Date.parse(SITE_FROM))) <= 60_000);
      await touch('touchStart', [120, 200]);
      for (const step of [10, 30, 50, 80]) await touch('touchMove', [120 - step, 200 + step]);
      await touch('touchEnd', []);
      await page.waitForFunction((limitMs) => {
        const query = new URLSearchParams(location.search);
        const read = (name: string) => Date.parse(query.get(name) ?? '');
        return read('to') - read('from') < limitMs;
      }, lengthMs * 0.7);
    });
  });
});
