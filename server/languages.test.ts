/** Pages in Russian and Ukrainian: no English sentence is left in them, and what has to stay English is marked as such. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { openKeptSample } from './testing/kept-books.ts';
import type { SampleApp } from './testing/sample-app.ts';
import { buildStoryLedger, STORY_INPUTS } from './testing/story-ledger.ts';

/** Paths whose pages are looked at, with the status that they have. */
const PAGES: readonly (readonly [path: string, status?: number])[] = [
  ['/method'],
  ['/changes'],
  ['/volunteers'],
  ['/v'],
  ['/v/ru-volga-fixed'],
  ['/v/de-control'],
  ['/m/facebook.ru-volga-fixed.20220305T120000Z'],
  ['/m/whatsapp.ua-dnipro-fixed.20220305T120000Z'],
  ['/announcements'],
  ['/a/ru-rkn-2022-03-04-facebook-block'],
  ['/ledger'],
  ['/t?range=all&cmp=UA'],
  ['/t?range=all&view=heat&agg=share&by=country'],
  ['/t?range=all&view=table'],
  ['/t?from=2022-01-01&to=2022-01-02'],
  ['/ledger?outcome=late'],
  ['/is'],
  ['/is/facebook/in/RU'],
  ['/is/facebook/in/PL'],
  ['/is/facebook/in/BY'],
  ['/is/telegram/in/RU', 404],
  ['/s/facebook'],
  ['/c/RU'],
  ['/as/64512'],
  ['/incidents'],
  ['/i/facebook-ru-20220305t0000z'],
  ['/i/nothing', 404],
  ['/ledger?tz=nowhere', 422],
  ['/v/nowhere', 404],
  ['/alerts'],
  ['/status'],
  ['/nowhere', 404],
];

/** Parts whose text is no language of the page: code, and what is marked as English. */
const SKIPPED = new Set(['code', 'pre', 'kbd', 'style', 'script']);
const EMPTY = new Set(['meta', 'link', 'input', 'br', 'wbr', 'img', 'hr']);
const SPOKEN_ATTRIBUTE = /\s(?:aria-label|title|data-label|alt|content)="([^"]*)"/g;
/** Names of networks in the sample and of products are no sentences. */
const SENTENCE = /(?:\b[A-Za-z][a-z’]+,? ){3}[A-Za-z]+|(?:\b[a-z]{2,} ){2}[a-z]{2,}/;

/** Every piece of text on a page that is to be in the language of the page. */
function listTexts(html: string): string[] {
  const texts: string[] = [];
  const open: { name: string; isSkipped: boolean }[] = [];
  for (const [tag, name = '', text = ''] of html.matchAll(/<(\/?[a-zA-Z!][\w]*)[^>]*>|([^<]+)/g)) {
    const isSkipped = open.at(-1)?.isSkipped === true;
    if (name === '') {
      if (!isSkipped) texts.push(text.trim());
    } else if (name.startsWith('/')) {
      while (open.length > 0 && open.pop()?.name !== name.slice(1));
    } else {
      const isOther =
        isSkipped || SKIPPED.has(name) || (name !== 'html' && /\slang="en"/.test(tag));
      if (!isOther) for (const [, value = ''] of tag.matchAll(SPOKEN_ATTRIBUTE)) texts.push(value);
      if (!EMPTY.has(name) && name !== '!doctype') open.push({ name, isSkipped: isOther });
    }
  }
  return texts;
}

suite('pages in other languages', () => {
  let sample: SampleApp;
  before(async () => {
    sample = await openKeptSample();
    sample.store.saveLedger(buildStoryLedger(sample), STORY_INPUTS);
  });
  after(() => sample.close());

  for (const locale of ['ru', 'uk'])
    for (const [path, status = 200] of PAGES)
      test(`/${locale}${path}`, async () => {
        const response = await sample.app.request(`/${locale}${path}`);
        const html = await response.text();
        assert.equal(response.status, status);
        assert.match(html, new RegExp(`<html lang="${locale}">`));
        // The head of a record has its title and summary, in the language of the record.
        const texts = listTexts(path.startsWith('/a/') ? html.slice(html.indexOf('<body')) : html);
        assert.ok(texts.join(' ').match(/\p{Script=Cyrillic}{3}/gu)?.length ?? 0, 'no text at all');
        const english = texts.filter((text) => SENTENCE.test(text));
        assert.deepEqual(english, []);
        assert.doesNotMatch(html, /undefined|\[object Object\]|NaN/);
      });

  test('the look for English finds it in an English page', async () => {
    const html = await (await sample.app.request('/en/method')).text();
    assert.ok(listTexts(html).filter((text) => SENTENCE.test(text)).length > 100);
  });
});
