/** Map, tables and frames in a real browser: accessible, pictures that open, a snapshot that asks nobody for anything. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, suite, test } from 'node:test';
import {
  DESK,
  listViolations,
  measureWidth,
  PHONE,
  unfold,
} from '../dashboard/testing/page-checks.ts';
import { type BrowserSite, openBrowserSite } from './testing/browser-site.ts';
import { openSampleApp, type SampleApp } from './testing/sample-app.ts';

suite('pictures in a browser', () => {
  let sample: SampleApp;
  let site: BrowserSite;
  before(async () => {
    sample = openSampleApp();
    site = await openBrowserSite(sample);
  });
  after(() => site.close());

  const pages = [
    ['/map?service=facebook', DESK, 'light'],
    ['/ru/map?service=facebook', PHONE, 'dark'],
    ['/lite', DESK, 'light'],
    ['/uk/lite', PHONE, 'dark'],
    ['/ru/lite', PHONE, 'light'],
    ['/embed/is/facebook/in/RU?lang=ru', { width: 480, height: 560 }, 'light'],
    ['/embed/t?theme=dark', { width: 760, height: 560 }, 'dark'],
    ['/uk/snapshot.html', PHONE, 'dark'],
    ['/ru/snapshot.html', PHONE, 'light'],
    ['/is/facebook/in/RU', DESK, 'light'],
  ] as const;
  for (const [path, viewport, colorScheme] of pages)
    test(`axe finds nothing on ${path}, ${colorScheme}`, () =>
      // An answer is live: it keeps a connection open.
      site.visit(
        path,
        { viewport, colorScheme, waitUntil: path.startsWith('/is/') ? 'load' : 'networkidle' },
        async (page) => {
          await unfold(page);
          // Tables without style have the browser's own colours, and axe takes its dark page for a white one.
          const without = path.endsWith('/lite') ? ['color-contrast'] : [];
          assert.deepEqual(await listViolations(page, { without }), []);
          const width = await measureWidth(page);
          assert.ok(width <= viewport.width, `${width} px wide`);
        },
      ));

  test('every SVG opens as a document, and its map leads to answers', () =>
    site.visit(
      '/map.svg?service=facebook',
      { viewport: DESK, waitUntil: 'networkidle' },
      async (page) => {
        assert.equal(await page.evaluate(`document.documentElement.localName`), 'svg');
        const [first] = await page
          .locator('a')
          .evaluateAll((links) => links.map((link) => link.getAttribute('href')));
        assert.match(first ?? '', /\/is\/facebook\/in\/[A-Z]{2}$/);
        for (const path of [
          '/t.svg',
          '/a/hostile.svg',
          '/ledger.svg',
          '/card/is/facebook/in/RU.svg',
          '/badge/facebook/RU.svg',
        ]) {
          await page.goto(new URL(path, site.url).href);
          assert.equal(await page.locator('parsererror').count(), 0, path);
          assert.equal(await page.evaluate(`document.documentElement.localName`), 'svg', path);
        }
      },
    ));

  test('the picture of a frame is there, and another site may show it', async () => {
    const outer = `<!doctype html><title>Another site</title><iframe src="${site.url}embed/is/facebook/in/RU" width="760" height="560"></iframe>`;
    const other = createServer((_, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end(outer),
    ).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const context = await site.browser.newContext({ viewport: DESK });
    try {
      const page = await context.newPage();
      const loaded: string[] = [];
      page.on('requestfinished', (request) => {
        if (request.url().startsWith(site.url)) loaded.push(new URL(request.url()).pathname);
      });
      const port = typeof address === 'object' ? address?.port : undefined;
      await page.goto(`http://127.0.0.1:${port}/`, { waitUntil: 'networkidle' });
      assert.deepEqual(loaded.toSorted(), [
        '/embed/is/facebook/in/RU',
        '/embed/is/facebook/in/RU.svg',
      ]);
      const { height = 0 } =
        (await page.frameLocator('iframe').locator('object').boundingBox()) ?? {};
      assert.ok(height > 100, `${height} px high`);
    } finally {
      await context.close();
      other.close();
    }
  });

  test('a snapshot that was saved asks nobody for anything', async () => {
    const response = await sample.app.request('/ru/snapshot.html');
    const text = await response.text();
    const context = await site.browser.newContext({ viewport: DESK, offline: true });
    try {
      const page = await context.newPage();
      const asked: string[] = [];
      const complaints: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      page.on('console', (message) => complaints.push(message.text()));
      await page.setContent(text, { waitUntil: 'load' });
      assert.deepEqual(
        asked.filter((url) => !url.startsWith('data:')),
        [],
      );
      assert.deepEqual(complaints, []);
      const border = await page.evaluate(
        `getComputedStyle(document.querySelector('.age')).borderTopWidth`,
      );
      assert.equal(border, '3px', 'its style holds under its own policy');
    } finally {
      await context.close();
    }
  });
});
