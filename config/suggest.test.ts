/** Suggestions: near words are named, far ones are not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { suggest } from './suggest.ts';

const rows = [
  { word: 'hots', known: ['host', 'port'], expected: 'did you mean `host`?' },
  { word: 'PORT', known: ['host', 'port'], expected: 'did you mean `port`?' },
  { word: 'target', known: ['targets', 'name'], expected: 'did you mean `targets`?' },
  { word: 'colour', known: ['host', 'port'], expected: 'write one of `host`, `port`' },
  { word: 'colour', known: ['host'], expected: 'write `host`' },
  { word: 'colour', known: [], expected: 'remove it' },
  { word: 'x'.repeat(100_000), known: ['host'], expected: 'write `host`' },
];
for (const { word, known, expected } of rows) {
  test(`${word.slice(0, 20)} among ${known.join(', ') || 'nothing'} → ${expected}`, () => {
    assert.equal(suggest(word, known), expected);
  });
}
