/** Twelve months as shapes and as words. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DAY_MS } from '../format.ts';
import { speak } from '../i18n/catalogue.ts';
import {
  addBuckets,
  describeStrip,
  renderStrip,
  STRIP_DAYS,
  toStripColumns,
  toStripRange,
} from './year-strip.ts';

const NOW_MS = Date.UTC(2026, 10, 28, 13, 5);
const NONE = { ok: 0, likely_blocked: 0, blocked: 0, impaired: 0, down: 0, insufficient: 0 };
const range = toStripRange(NOW_MS);
const day = (index: number, counts: Partial<typeof NONE>) => ({
  startMs: range.fromMs + index * DAY_MS,
  counts: { ...NONE, ...counts },
});

suite('a strip', () => {
  test('covers whole UTC days, today included', () => {
    assert.equal(range.toMs, Date.UTC(2026, 10, 29));
    assert.equal((range.toMs - range.fromMs) / DAY_MS, STRIP_DAYS);
  });

  test('adds up vantages day by day', () => {
    const sum = addBuckets([
      [day(0, { ok: 3 }), day(2, { blocked: 1 })],
      [day(1, { ok: 1 }), day(0, { ok: 2, blocked: 9 })],
    ]);
    assert.deepEqual(
      sum.map(({ startMs, counts }) => [
        (startMs - range.fromMs) / DAY_MS,
        counts.ok,
        counts.blocked,
      ]),
      [
        [0, 5, 9],
        [1, 1, 0],
        [2, 0, 1],
      ],
    );
  });

  test('draws one shape per state, with a line where worse lies within', async () => {
    const columns = toStripColumns(
      [day(0, { ok: 24 }), day(1, { ok: 23, blocked: 1 }), day(364, { blocked: 24 })],
      range,
    );
    const marks = [{ kind: 'effective', atMs: range.fromMs + DAY_MS / 2 }] as const;
    const svg = (await renderStrip(columns, marks)).toString();
    assert.ok(svg.includes('<path class="state-ok" d="m0 24h2v-5h-2z"/>'), svg);
    assert.ok(svg.includes('<path class="state-no-data" d="m2 12h362h-362"/>'), svg);
    assert.ok(
      svg.includes('<path class="state-blocked" d="m364 24h1v-20h-1zm-363 -24h1v3h-1z"/>'),
      svg,
    );
    assert.ok(svg.includes('<path class="rule-effective" d="M0.5 0v24"/>'), svg);
    assert.equal(
      describeStrip(columns, speak('ru', 'UTC')),
      'доступен 2 дня · заблокирован 1 день · нет данных 362 дня',
    );
  });

  test('leaves out a mark that lies outside', async () => {
    const svg = (
      await renderStrip(toStripColumns([], range), [{ kind: 'announced', atMs: 0 }])
    ).toString();
    assert.ok(!svg.includes('rule-'), svg);
  });
});
