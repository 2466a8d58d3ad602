/** Texts of pictures keep within their room, and lose whole words where they can. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { cutText, measureText, wrapText } from './lettering.ts';

const SIZE = 12;
const room = (text: string): number => measureText(text, SIZE) + 1;

suite('letters of a picture', () => {
  const rows = [
    ['Malachite Mobile', room('Malachite Mobile'), 'Malachite Mobile'],
    [
      'Roskomnadzor announces the block',
      room('Roskomnadzor announces th…'),
      'Roskomnadzor announces…',
    ],
    [
      'Roskomnadzor announces the block',
      room('Roskomnadzor announces the…'),
      'Roskomnadzor announces the…',
    ],
    ['Москва, суд запретил', room('Москва, суд запре…'), 'Москва, суд…'],
    ['Москва, суд', room('Москва, с…'), 'Москва…'],
    // One long word has to be cut within it, and so has one behind a short beginning.
    ['Rosfinmonitoring', room('Rosfinmon…'), 'Rosfinmon…'],
    ['A Rosfinmonitoring', room('A Rosfinmon…'), 'A Rosfinmon…'],
  ] as const;
  for (const [text, widthPx, expected] of rows)
    test(`${text} in ${Math.round(widthPx)} px is ${expected}`, () =>
      assert.equal(cutText(text, widthPx, SIZE), expected));

  test('what is cut keeps within its room, is a beginning, and ends in an ellipsis', () => {
    const words = fc.array(fc.constantFrom('a', 'Meta', 'Роскомнадзор', '–', '·', 'of', 'і'), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(words, fc.integer({ min: 20, max: 400 }), (given, widthPx) => {
        const text = given.join(' ');
        const cut = cutText(text, widthPx, SIZE);
        if (cut === text) return;
        assert.ok(cut.endsWith('…') && text.startsWith(cut.slice(0, -1)), cut);
        assert.ok(measureText(cut, SIZE) <= widthPx, cut);
      }),
    );
  });

  test('an address that is wider than a line goes on in the next, and nothing of it is lost', () => {
    const address = 'https://reach.example/ru/m/facebook.ru-siberia-mobile.20261128T083800Z';
    const lines = wrapText(address, 200, SIZE, 5);
    assert.ok(lines.length > 1);
    for (const line of lines) assert.ok(measureText(line, SIZE) <= 200, line);
    assert.equal(lines.join(''), address);
  });

  test('wrapped lines hold every word, but for the last of too many', () => {
    const text = 'Roskomnadzor announces the Instagram block, effective 14 March';
    assert.equal(wrapText(text, 200, SIZE, 9).join(' '), text);
    const [first = '', second = '', ...more] = wrapText(text, 120, SIZE, 2);
    assert.ok(text.startsWith(first) && second.endsWith('…') && more.length === 0);
  });
});
