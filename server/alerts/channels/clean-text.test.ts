import assert from 'node:assert/strict';
import { test } from 'node:test';
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
