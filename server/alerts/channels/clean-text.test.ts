import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cleanLine, cutBytes, cutText, muteMentions } from './clean-text.ts';

const LINES: readonly (readonly [given: string, clean: string])[] = [
  ['plain', 'plain'],
  ['  two\t spaces ', 'two spaces'],
  ['Subject\r\nBcc: all@example.org', 'Subject Bcc: all@example.org'],
  ['a\u2028b\u2029c\u0085d', 'a b c d'],
  ['\u202egnp.exe', 'gnp.exe'],
  ['a\u2066b\u2069c', 'abc'],
  ['\u200e\u200f\u061cx', 'x'],
  ['in\u200bvi\ufeffsible', 'invisible'],
  ['\u{e0041}\u{e0042}tag', 'tag'],
  ['co\u00adop', 'coop'],
  ['lone \ud800 half', 'lone half'],
  ['\u001b[31mred', '[31mred'],
  ['nul\u0000', 'nul'],
  ['👩\u200d🚀', '👩\u200d🚀'],
  ['Роскомнадзор ограничил', 'Роскомнадзор ограничил'],
];
for (const [given, clean] of LINES)
  test(`${JSON.stringify(given)} becomes ${JSON.stringify(clean)}`, () =>
    assert.equal(cleanLine(given, 100), clean));

test('whatever comes, it is one line, seen as it is, within its length and not split', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.integer({ min: 2, max: 40 }),
      (text, most) => {
        for (const given of [text, `\u202e${text}\r\n\ud800${text}`]) {
          const line = cleanLine(given, most);
          assert.ok(line.length <= most && line.isWellFormed());
          assert.doesNotMatch(line, /[\p{Cc}\p{Zl}\p{Zp}\p{Co}\u202a-\u202e\u2066-\u2069]/u);
          assert.equal(cleanLine(line, most), line);
        }
        for (const bytes of [3, 4, 7, 20])
          assert.ok(Buffer.byteLength(cutBytes(text, bytes)) <= bytes);
      },
    ),
    { numRuns: 500 },
  );
});

test('what is too long is cut, and no character in two', () => {
  assert.equal(cutText('abcdef', 6), 'abcdef');
  assert.equal(cutText('abcdef', 5), 'abcd…');
  assert.equal(cutText('a🚀bc', 3), 'a…');
  assert.equal(cutBytes('жжжж', 8), 'жжжж');
  assert.equal(cutBytes('жжжжж', 8), 'жж…');
  assert.equal(cleanLine('я'.repeat(1_000_000), 200).length, 200);
});

test('nobody is called by name', () => {
  assert.equal(muteMentions('@everyone a@b'), '@\u200beveryone a@\u200bb');
});
