/**
 * One instant in two zones: Instagram's block in Russia takes effect on 14 March 2022 at 00:00 in Moscow, which is 13 March
 * at 21:00 UTC. On the real timeline its sign stands under the tick that says so in the chosen zone; in words it stands
 * on the pages that need no script.
 */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { ANNOUNCEMENT_MARKS } from '../dashboard/palette.ts';
import { launchBrowser } from '../dashboard/testing/browser.ts';
import { listen } from './http.ts';
import { openSampleApp, type SampleApp } from './testing/sample-app.ts';

const ID = 'ru-rkn-2022-03-11-instagram-block';
const EFFECTIVE_MS = Date.parse('2022-03-13T21:00Z');
const FROM_MS = Date.parse('2022-03-13T18:00Z');
const TO_MS = Date.parse('2022-03-14T02:00Z');
const RANGE = `from=${new Date(FROM_MS).toISOString()}&to=${new Date(TO_MS).toISOString()}`;
/** An hour is more than a hundred pixels wide; half a sign is seven. */
const TOLERANCE_PX = 8;

type Label = { readonly text: string; readonly x: number };

/** Notes every text that is painted on a canvas, with its place there. */
const NOTE_PAINTED_TEXTS = `
  window.noted = [];
  const paint = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, x, y, ...rest) {
    const at = this.getTransform().transformPoint({ x, y });
    window.noted.push({ canvas: this.canvas, text, x: at.x });
    return paint.call(this, text, x, y, ...rest);
  };`;

/** Labels of the time axis, painted or not, with the place of their middle in the window. */
const READ_LABELS = `[
  ...window.noted
    .filter(({ canvas }) => canvas.isConnected)
    .map(({ canvas, text, x }) => {
      const box = canvas.getBoundingClientRect();
      return { text, x: box.x + (x / canvas.width) * box.width };
    }),
  ...[...document.querySelectorAll('#timeline *')]
    .filter((one) => one.childElementCount === 0)
    .map((one) => {
      const box = one.getBoundingClientRect();
      return { text: one.textContent.trim(), x: box.x + box.width / 2 };
    }),
]`;

suite('an instant in two zones', () => {
  let sample: SampleApp;
  let server: { url: string; close: () => Promise<void> };
  let browser: Browser;
  before(async () => {
    sample = openSampleApp({ slots: 2 });
    server = await listen(sample.app, { host: '127.0.0.1', port: 0 });
    browser = await launchBrowser();
  });
  after(async () => {
    await browser.close();
    await server.close();
    sample.close();
  });

  const zones = [
    { zone: 'UTC', tick: '21:00', other: '00:00', text: /takes effect 13 Mar 2022, 21:00 UTC/ },
    {
      zone: 'Europe/Moscow',
      tick: '00:00',
      other: '21:00',
      text: /takes effect 14 Mar 2022, 00:00 Moscow \(13 Mar 21:00 UTC\)/,
    },
  ] as const;
  for (const { zone, tick, other, text } of zones) {
    test(`${zone}: the sign stands at ${tick} of the axis`, async () => {
      const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
      await page.addInitScript(NOTE_PAINTED_TEXTS);
      await page.goto(`${server.url}t?${RANGE}&tz=${zone}&service=instagram`);
      const link = page.locator(`#timeline a[href*="${ID}"]`).first();
      assert.match((await link.getAttribute('aria-label')) ?? '', text);
      const glyph = ANNOUNCEMENT_MARKS.effective.glyph;
      const sign = await link.getByText(glyph, { exact: true }).boundingBox();
      const plot = await page.locator('.u-over').boundingBox();
      assert.ok(sign && plot);
      const expected = plot.x + ((EFFECTIVE_MS - FROM_MS) / (TO_MS - FROM_MS)) * plot.width;
      const isAt = (x: number): boolean => Math.abs(x - expected) <= TOLERANCE_PX;
      assert.ok(
        isAt(sign.x) || isAt(sign.x + sign.width / 2),
        `the sign is at ${sign.x}, the instant at ${expected}`,
      );
      const labels = await page.evaluate<Label[]>(READ_LABELS);
      const there = labels.filter(({ x }) => isAt(x)).map((label) => label.text);
      assert.ok(there.includes(tick), `${tick} is not among ${there.join(', ')}`);
      assert.ok(!there.includes(other));
      const elsewhere = labels.filter((label) => label.text === other && !isAt(label.x));
      assert.ok(elsewhere.length > 0, 'the label of the other zone is three hours away');
      await page.close();
    });

    test(`${zone}: in words, without a script`, async () => {
      for (const path of [`/a/${ID}?tz=${zone}`, `/t?${RANGE}&tz=${zone}`]) {
        const html = await (await sample.app.request(path)).text();
        const words = html.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ');
        assert.ok(text.test(words), path);
      }
    });
  }
});
