/** Feeds over a real store: read by a parser that others use, with stable ids, safe with hostile text, in every language. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { parseFeed } from '@rowanmanning/feed-parser';
import { validateXML } from 'xmllint-wasm';
import { z } from 'zod';
import { makeEnd, makeEvent, START_MS } from '../alerts/testing/alert-fixtures.ts';
import { openSampleApp, type SampleApp } from '../testing/sample-app.ts';
import { toUrn } from './feed.ts';
import { escapeMarkup } from './markup.ts';

const HOSTILE = '</title><script>alert(1)</script>\u202e\u0007]]>&"';

const ATOM_GRAMMAR = readFileSync(join(import.meta.dirname, 'testing', 'atom.rng'), 'utf8');
/** https://www.jsonfeed.org/version/1.1/: what it requires, and of the rest what we write. */
const JSON_FEED = z.strictObject({
  version: z.literal('https://jsonfeed.org/version/1.1'),
  title: z.string().min(1),
  description: z.string(),
  home_page_url: z.url(),
  feed_url: z.url(),
  language: z.enum(['en', 'ru', 'uk']),
  authors: z.array(z.strictObject({ name: z.string().min(1) })).min(1),
  items: z.array(
    z.strictObject({
      id: z.string().min(1),
      url: z.url(),
      title: z.string(),
      content_html: z.string(),
      content_text: z.string(),
      date_published: z.iso.datetime(),
      tags: z.array(z.string()),
    }),
  ),
});

suite('feeds', () => {
  let sample: SampleApp;
  before(() => {
    sample = openSampleApp({ slots: 1 });
    const elsewhere = { services: ['facebook'], countryCodes: ['PL'] };
    const events = [
      makeEvent(),
      makeEnd({ atMs: START_MS + 3_600_000, knownMs: START_MS + 3_660_000 }),
      makeEvent({ id: 'b/opened', subject: { kind: 'incident', id: 'b' }, ...elsewhere }),
      makeEvent({
        id: 'a/published',
        kind: 'announcement_published',
        subject: { kind: 'announcement', id: 'a' },
        services: [],
        asns: [],
        facts: { title: HOSTILE },
      }),
    ];
    sample.store.insertAlerts(events.map((event) => ({ event, isHistory: true })));
  });
  after(() => sample.close());
  const read = async (path: string, headers: Record<string, string> = {}) => {
    const response = await sample.app.request(path, { headers });
    return { response, text: await response.text() };
  };

  const rows = [
    { name: 'all', count: 4 },
    { name: 'instagram', count: 3 },
    { name: 'facebook', count: 2 },
    { name: 'RU', count: 3 },
    { name: 'instagram-RU', count: 3 },
    { name: 'facebook-RU', count: 1 },
    { name: 'announcements', count: 1 },
  ];
  for (const { name, count } of rows)
    test(`/feeds/${name} has ${count} entries in both forms`, async () => {
      const { response, text } = await read(`/feeds/${name}.atom`);
      assert.equal(response.headers.get('content-type'), 'application/atom+xml; charset=utf-8');
      const atom = parseFeed(text);
      assert.equal(atom.meta.type, 'atom');
      assert.equal(atom.items.length, count);
      const json = JSON.parse((await read(`/feeds/${name}.json`)).text) as {
        version: string;
        items: { id: string; title: string }[];
      };
      assert.equal(json.version, 'https://jsonfeed.org/version/1.1');
      assert.deepEqual(
        atom.items.map(({ id }) => id),
        json.items.map(({ id }) => id),
      );
    });

  test('all of them, in every language, keep to the grammar of Atom', async () => {
    const files = await Promise.all(
      rows.flatMap(({ name }) =>
        ['', '/ru', '/uk'].map(async (base) => ({
          fileName: `${name}${base.slice(1)}.atom`,
          contents: (await read(`${base}/feeds/${name}.atom`)).text,
        })),
      ),
    );
    const check = (xml: typeof files) =>
      validateXML({ xml, schema: [ATOM_GRAMMAR], extension: 'relaxng' });
    const { valid, errors } = await check(files);
    assert.ok(valid, errors.map(({ message }) => message).join('\n'));
    const [first] = files;
    assert.ok(first);
    // So that the grammar is known to refuse.
    const broken = { ...first, contents: first.contents.replace(/<updated>.*?<\/updated>/, '') };
    assert.equal((await check([broken])).valid, false);
  });

  test('all of them have the fields of JSON Feed 1.1 and no others', async () => {
    for (const { name } of rows)
      for (const base of ['', '/ru', '/uk']) {
        const { success, error } = JSON_FEED.safeParse(
          JSON.parse((await read(`${base}/feeds/${name}.json`)).text),
        );
        assert.ok(success, `${base} ${name}: ${error?.message}`);
      }
  });

  test('an opening and its end are two entries, newest first, at their own times', async () => {
    const { items } = parseFeed((await read('/en/feeds/instagram-RU.atom')).text);
    assert.equal(items[0]?.id, toUrn(`event ${makeEnd().id}`));
    assert.equal(items[0]?.updated?.getTime(), START_MS + 3_600_000);
    assert.match(items[0]?.title ?? '', /reachable again/);
    assert.match(items[0]?.url ?? '', /\/en\/i\/instagram-ru-20260314t1200z$/);
  });

  test('hostile text stays text', async () => {
    for (const form of ['atom', 'json']) {
      const { text } = await read(`/feeds/announcements.${form}`);
      assert.ok(!text.includes('\u202e') && !text.includes('\u0007'), form);
      if (form === 'atom') assert.ok(!text.includes('<script'), 'a tag in the XML');
    }
    const [item] = parseFeed((await read('/feeds/announcements.atom')).text).items;
    assert.ok(!(item?.content ?? '').includes('<script'), 'a tag in the HTML');
    assert.equal(escapeMarkup('a\u0000<&"\'\ud800'), 'a&lt;&amp;&quot;&#39;');
  });

  test('each language has its own, under the same ids', async () => {
    const [english, russian, ukrainian] = await Promise.all(
      ['en', 'ru', 'uk'].map(async (locale) =>
        parseFeed((await read(`/${locale}/feeds/RU.atom`)).text),
      ),
    );
    assert.equal(russian?.language, 'ru');
    assert.deepEqual(
      ukrainian?.items.map(({ id }) => id),
      english?.items.map(({ id }) => id),
    );
    assert.equal(
      new Set([english, russian, ukrainian].map((feed) => feed?.items[0]?.title)).size,
      3,
    );
  });

  test('whoever holds a feed is not sent it again', async () => {
    const { response } = await read('/feeds/all.atom');
    const etag = response.headers.get('etag') ?? '';
    const modified = response.headers.get('last-modified') ?? '';
    assert.equal((await read('/feeds/all.atom', { 'if-none-match': etag })).response.status, 304);
    const since = (value: string) => read('/feeds/all.atom', { 'if-modified-since': value });
    assert.equal((await since(modified)).response.status, 304);
    assert.equal((await since(new Date(0).toUTCString())).response.status, 200);
  });

  for (const path of [
    '/feeds/nothing.atom',
    '/feeds/facebook-.json',
    '/feeds/all',
    '/feeds/all.csv',
  ])
    test(`${path} does not exist`, async () => {
      assert.equal((await read(path)).response.status, 404);
    });

  test('the page leads to every feed, also to the one that its form asks for', async () => {
    const { text } = await read('/ru/feeds?service=facebook&country=RU');
    assert.match(text, /href="\/ru\/feeds\/facebook-RU\.atom"/);
    const links = [...text.matchAll(/<a href="(\/ru\/feeds\/[^"]+)"/g)].map(
      ([, link]) => link ?? '',
    );
    assert.ok(links.length >= 12, `${links.length} links`);
    for (const link of new Set(links)) assert.equal((await read(link)).response.status, 200, link);
  });

  test('every page names the feeds for programs to find', async () => {
    for (const path of ['/', '/t', '/announcements'])
      assert.match(
        (await read(path)).text,
        /<link rel="alternate" type="application\/atom\+xml" title="[^"]+" href="\/en\/feeds\/all\.atom">/,
      );
  });
});
