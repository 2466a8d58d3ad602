/**
 * One instant in two zones: Instagram's block in Russia takes effect on 14 March 2022 at 00:00 in Moscow, which is 13 March
 * at 21:00 UTC. On the real timeline its sign stands under the tick that says so in the chosen zone; in words it stands
 * on the pages that need no script.
 */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { ANNOUNCEMENT_MARKS } from '../dashboard/palette.ts';
import { DESK, PHONE } from '../dashboard/testing/page-checks.ts';
import { type BrowserSite, openBrowserSite } from './testing/browser-site.ts';
import { openSampleApp, type SampleApp } from './testing/sample-app.ts';

const ID = 'ru-rkn-2022-03-11-instagram-block';
const EFFECTIVE_MS = Date.parse('2022-03-13T21:00Z');
const FROM_MS = Date.parse('2022-03-13T18:00Z');
const TO_MS = Date.parse('2022-03-14T02:00Z');
const RANGE = `from=${new Date(FROM_MS).toISOString()}&to=${new Date(TO_MS).toISOString()}`;
/** An hour is more than a hundred pixels wide; half a sign is seven. */
const TOLERANCE_PX = 8;
const MAX_TRIES = 1_000;

type Label = { readonly text: string; readonly x: number };

/** Notes every text that is painted on a canvas, with its place there. */
const NOTE_PAINTED_TEXTS = `
  window.noted = [];
  const paint = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, x, y, ...rest) {
    const at = this.getTransform().transformPoint({ x, y });
    const { width } = this.measureText(text);
    if (text !== '') window.noted.push({ canvas: this.canvas, text, x: at.x, width: width * this.getTransform().a });
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
  let site: BrowserSite;
  before(async () => {
    sample = openSampleApp({ slots: 2 });
    site = await openBrowserSite(sample);
  });
  after(() => site.close());

  const moscow = {
    tick: '00:00',
    other: '21:00',
    text: /takes effect 14 Mar 2022, 00:00 Moscow \(13 Mar 21:00 UTC\)/,
  } as const;
  const zones = [
    { zone: 'tz=UTC', tick: '21:00', other: '00:00', text: /takes effect 13 Mar 2022, 21:00 UTC/ },
    { zone: 'tz=Europe/Moscow', ...moscow },
    // The zone of the one country; chosen by nobody, so it stands in no address.
    { zone: 'country=RU', ...moscow },
  ] as const;
  for (const { zone, tick, other, text } of zones) {
    test(`${zone}: the sign stands at ${tick} of the axis`, async () => {
      const page = await site.browser.newPage({ viewport: DESK });
      await page.addInitScript(NOTE_PAINTED_TEXTS);
      await page.goto(`${site.url}t?${RANGE}&${zone}&service=instagram`);
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
      assert.equal(new URL(page.url()).searchParams.has('tz'), zone === 'tz=Europe/Moscow');
      // Drawn again, the axis still counts in the zone.
      await page.evaluate('window.noted = []');
      await page.setViewportSize({ width: 1100, height: 900 });
      for (let tries = 0; (await page.evaluate<number>('window.noted.length')) === 0; tries += 1)
        assert.ok(tries < MAX_TRIES, 'it is not drawn again');
      const again = await page.evaluate<Label[]>(
        'window.noted.map(({ text, x }) => ({ text, x }))',
      );
      const { x: first } = again.find((label) => label.text === other) ?? { x: Number.NaN };
      const { x: second } = again.find((label) => label.text === tick) ?? { x: Number.NaN };
      assert.equal(first < second, other === '21:00', JSON.stringify(again));
      await page.close();
    });

    test(`${zone}: in words, without a script`, async () => {
      for (const path of [`/a/${ID}?${zone}`, `/t?${RANGE}&${zone}`]) {
        const html = await (await sample.app.request(path)).text();
        const words = html.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ');
        assert.ok(text.test(words), path);
      }
    });
  }

  for (const locale of ['en', 'ru'])
    test(`on a phone in ${locale} no label of the axis is cut or lies on another`, async () => {
      const page = await site.browser.newPage({ viewport: PHONE });
      await page.addInitScript(NOTE_PAINTED_TEXTS);
      await page.goto(`${site.url}${locale}/t?from=2022-02-26T00:00Z&to=2022-03-08T00:00Z&tz=UTC`);
      await page.locator('.tl-ready .u-over').waitFor();
      const labels = await page.evaluate<(Label & { left: number; right: number; room: number })[]>(
        `window.noted.filter(({ canvas }) => canvas.isConnected).map(({ canvas, text, x, width }) => ({ text, left: x - width / 2, right: x + width / 2, room: canvas.width }))`,
      );
      assert.ok(labels.length >= 4, JSON.stringify(labels));
      for (const { text, left, right, room } of labels)
        assert.ok(left >= -0.5 && right <= room + 0.5, `${text}: ${left} to ${right} of ${room}`);
      const days = labels.filter(({ text }) => text !== '2022').toSorted((a, b) => a.left - b.left);
      for (const [index, { text, left }] of days.entries())
        assert.ok(left >= (days[index - 1]?.right ?? left) || text === days[index - 1]?.text, text);
      await page.close();
    });
});
