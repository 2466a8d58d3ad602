/** English sentences of the server as a page says them. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { speak } from '../i18n/catalogue.ts';
import { renderSentence } from './sentences.ts';

const rows = [
  ['en', '`<b>` is no country code', '<code>&lt;b&gt;</code> is no country code'],
  ['ru', '`xx` is no country code', /^<code>xx<\/code> .*[а-я]/],
  ['uk', 'Nobody wrote `this` down', '<span lang="en">Nobody wrote <code>this</code> down</span>'],
  ['en', 'an odd ` stays', 'an odd ` stays'],
] as const;

suite('a sentence with code in it', () => {
  for (const [locale, sentence, expected] of rows)
    test(`${locale}: ${sentence}`, async () => {
      const fragment = await renderSentence(speak(locale, 'UTC'), 'problem', sentence);
      const said = fragment.toString();
      if (expected instanceof RegExp) assert.match(said, expected);
      else assert.equal(said, expected);
    });
});
