/** Labels of the axis: what stands below them, and that none is cut or lies on another. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { labelTicks, placeLabels } from './axis.ts';

const HOUR_MS = 3_600_000;
const place = { locale: 'en', timeZone: 'Europe/Moscow' } as const;

test('days are those of the zone, each named where it begins', () => {
  const ticks = [15, 18, 21, 24].map((hours) => Date.parse('2022-03-13T00:00Z') + hours * HOUR_MS);
  assert.deepEqual(labelTicks(ticks, 3 * HOUR_MS, place), [
    '18:00\n13 Mar',
    '21:00',
    '00:00\n14 Mar',
    '03:00',
  ]);
});

suite('places', () => {
  const rows = [
    ['in the middle nothing moves', [['ab', 50]], [['ab', 50]]],
    ['the first stays inside', [['abcd', 5]], [['abcd', 20]]],
    ['so does the last', [['abcd', 98]], [['abcd', 80]]],
    ['the longest line counts', [['ab\nabcd', 5]], [['ab\nabcd', 20]]],
    [
      'what the first then lies on is left out',
      [
        ['abcd', 5],
        ['abcd', 55],
        ['abc', 80],
      ],
      [
        ['abcd', 20],
        ['abc', 80],
      ],
    ],
    [
      'and the last where it lies on another',
      [
        ['ab', 70],
        ['abcd', 98],
      ],
      [['ab', 70]],
    ],
  ] as const;
  for (const [name, given, expected] of rows)
    test(name, () => {
      // Ten units a letter.
      const placed = placeLabels(
        given.map(([text, middle]) => ({ lines: text.split('\n'), middle })),
        100,
        (text) => text.length * 10,
      );
      assert.deepEqual(
        placed.map(({ lines, middle }) => [lines.join('\n'), middle]),
        expected,
      );
    });
});
