/** Ticks stand at round times of the page's zone, far enough apart, in the page's language. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { toFieldTime } from '../format.ts';
import { speak } from '../i18n/catalogue.ts';
import { listTicks } from './axis.ts';

const DAY_MS = 86_400_000;
const at = (text: string): number => Date.parse(text);

suite('the axis of a picture', () => {
  const rows = [
    ['two hours', '2022-03-13T20:00Z', '2022-03-13T22:00Z', 'Europe/Moscow', /T\d\d:\d\d$/],
    ['two days', '2022-03-13T20:00Z', '2022-03-15T20:00Z', 'Europe/Moscow', /T(00|06|12|18):00$/],
    ['a month', '2022-02-22T00:00Z', '2022-04-01T00:00Z', 'Europe/Moscow', /T00:00$/],
    // Clocks change in Kyiv on 27 March: midnight is an hour earlier in UTC from then on.
    [
      'a month with a change of clocks',
      '2022-03-10T00:00Z',
      '2022-04-09T00:00Z',
      'Europe/Kyiv',
      /T00:00$/,
    ],
    ['a year', '2021-05-05T00:00Z', '2022-05-05T00:00Z', 'Europe/Kyiv', /-01T00:00$/],
    ['twenty years', '2004-05-05T00:00Z', '2024-05-05T00:00Z', 'UTC', /-01-01T00:00$/],
  ] as const;
  for (const [name, from, to, zone, round] of rows)
    test(`${name} in ${zone}: ${round.source}`, () => {
      const range = { fromMs: at(from), toMs: at(to) };
      const ticks = listTicks(range, 900, 84, speak('en', zone));
      assert.ok(ticks.length >= 2 && ticks.length <= 900 / 84 + 1, `${ticks.length} ticks`);
      ticks.forEach(({ atMs }, index) => {
        assert.match(toFieldTime(atMs, zone), round);
        const before = ticks[index - 1];
        if (before !== undefined)
          assert.ok(((atMs - before.atMs) / (range.toMs - range.fromMs)) * 900 >= 75);
      });
    });

  test('labels are in the language, and name the day or year where it changes', () => {
    const range = { fromMs: at('2021-12-30T00:00Z'), toMs: at('2022-01-03T00:00Z') };
    const ticks = listTicks(
      { ...range, toMs: range.fromMs + 6 * DAY_MS },
      900,
      84,
      speak('ru', 'UTC'),
    );
    assert.deepEqual(
      ticks.map(({ label }) => label.join(' | ')),
      ['30 дек. | 2021', '31 дек.', '1 янв. | 2022', '2 янв.', '3 янв.', '4 янв.'],
    );
  });

  test('a range of a minute or of a century does not run away', () => {
    const say = speak('uk', 'Asia/Vladivostok');
    for (const toMs of [60_000, 100 * 365 * DAY_MS])
      assert.ok(listTicks({ fromMs: 0, toMs }, 900, 84, say).length <= 40);
  });
});
