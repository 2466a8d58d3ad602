/** The timeline in a real browser: what is painted where, brush, keyboard, URL, themes, a phone. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { buildDashboard, MAX_SCRIPT_BROTLI_BYTES } from '../build.ts';
import { LOOKS, type Theme, toPaletteCss } from '../palette.ts';
import { launchBrowser } from '../testing/browser.ts';
import { ORDER_MS, SITE_FROM, SITE_TO, serveTimelineSite } from '../testing/timeline-site.ts';

const require = createRequire(import.meta.url);
const HOUR_MS = 3_600_000;
const DESKTOP = { width: 1280, height: 900 };

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
  const context = await browser.newContext({ viewport: DESKTOP, ...options });
  try {
    const page = await context.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    await page.goto(`${site.url}/t${query}`);
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
      await page.keyboard.press('ArrowDown');
      await spoken(/Kyivstar \(AS15895\)/);
      await page.keyboard.press(']');
      assert.match(
        (await page.evaluate(() => document.activeElement?.getAttribute('href'))) ?? '',
        /^\/a\//,
      );
      await cell.focus();
      await page.keyboard.press('Home');
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/m\/instagram\.ru-rostelecom\.20220313T210500Z$/);
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
      await page.waitForURL(/\/m\/instagram\.ru-rostelecom\.20220313T220000Z$/);
    });
  });

  test('announcements are links with words, titles never become markup, a crowd opens as a list', async () => {
    await withPage({}, '', async (page) => {
      const order = page.getByRole('link', { name: /Instagram to be blocked from 14 March/ });
      assert.equal(await order.getAttribute('href'), '/a/instagram-block');
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
    test(`axe finds nothing, ${colorScheme}`, async () => {
      const axe = await readFile(require.resolve('axe-core/axe.min.js'), 'utf8');
      await withPage({ colorScheme }, '', async (page) => {
        await page.getByText(/^\+\d$/).click();
        await page.getByRole('gridcell', { name: /^Instagram.*Rostelecom/ }).focus();
        await page.evaluate(axe);
        const found: unknown = await page.evaluate(
          'axe.run("#timeline").then(({violations}) => violations.map(({id, nodes}) => [id, nodes[0].html]))',
        );
        assert.deepEqual(found, []);
      });
    });

  test('on a phone nothing runs off the side, one finger moves the range, two zoom', async () => {
    const phone = {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
      deviceScaleFactor: 2,
    };
    await withPage(phone, '', async (page) => {
      const width = () => page.evaluate(() => document.documentElement.scrollWidth);
      assert.equal(await width(), 390);
      const chip = page.getByText(/^\+\d$/);
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
