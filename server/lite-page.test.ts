/** The site as tables: complete, small, without anything to load; and the file for mirrors. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { brotliDecompressSync } from 'node:zlib';
import { ConfigError } from '../config/problem.ts';
import { runSnapshot } from './commands/snapshot.ts';
import { openKeptSample } from './testing/kept-books.ts';
import { HOSTILE } from './testing/sample.ts';
import { openSampleApp, type SampleApp } from './testing/sample-app.ts';

const MAX_LITE_BROTLI_BYTES = 12 * 1024;
/** Whatever makes a browser ask for something by itself. */
const LOADING =
  /<(?:script|img|link(?! rel="icon" href="data:,")|iframe|object|source|video)|url\(|@import|http-equiv="refresh"/;

suite('the site as tables', () => {
  let sample: SampleApp;
  before(async () => {
    sample = await openKeptSample();
  });
  after(() => sample.close());

  for (const [language, words] of [
    ['en', ['<br>Taiga Mobile, Russia<', 'What is blocked now', 'Changes of the last 24 hours']],
    [
      'ru',
      ['<br>Taiga Mobile, Россия<', 'Что заблокировано сейчас', 'Изменения за последние 24 часа'],
    ],
    ['uk', ['<br>Taiga Mobile, Росія<', 'Що заблоковано зараз', 'Зміни за останні 24 години']],
  ] as const)
    test(`/${language}/lite says everything in its language within 12 KB`, async () => {
      const response = await sample.app.request(`/${language}/lite`, {
        headers: { 'accept-encoding': 'br' },
      });
      assert.equal(response.headers.get('content-language'), language);
      const packed = Buffer.from(await response.arrayBuffer());
      assert.ok(packed.length <= MAX_LITE_BROTLI_BYTES, `${packed.length} bytes`);
      const page = brotliDecompressSync(packed).toString();
      for (const word of words) assert.ok(page.includes(word), word);
      assert.doesNotMatch(page, LOADING);
      assert.ok(!page.includes(HOSTILE) && !/<svg|<style| style=/.test(page));
      assert.ok(page.includes(`/${language}/is/facebook/in/RU`));
    });

  test('/snapshot.html needs nothing but itself, and says how old it is', async () => {
    const response = await sample.app.request('/snapshot.html', {
      headers: { host: 'reach.example', 'accept-language': 'en' },
    });
    const page = await response.text();
    assert.doesNotMatch(page, LOADING);
    assert.match(
      page,
      /class="age">This is a snapshot, not the live page\. .* 6 Mar 2022, 00:00 UTC/,
    );
    assert.ok(page.includes('href="http://reach.example/en/is/facebook/in/RU"'));
    const [, sum = 'none'] =
      /style-src '(sha256-[^']+)'/.exec(response.headers.get('content-security-policy') ?? '') ??
      [];
    assert.ok(page.includes(`style-src &#39;${sum}&#39;`), 'the same policy stands in the file');
  });

  test('without a safe address of its own a snapshot has no links', async () => {
    const response = await sample.app.request('/snapshot.html', { headers: { host: 'a b' } });
    assert.ok(!(await response.text()).includes('href="http'));
  });
});

suite('reachline snapshot', () => {
  let sample: SampleApp;
  before(() => {
    sample = openSampleApp();
  });
  after(() => sample.close());

  function run(argv: readonly string[], dataFolder: string) {
    return runSnapshot({
      settings: {
        port: 0,
        host: '127.0.0.1',
        dataFolder,
        configFile: join(import.meta.dirname, '..', 'config', 'reachline.yaml'),
        ownAddresses: [],
        rest: [],
      },
      argv,
      log: () => undefined,
      signal: AbortSignal.timeout(60_000),
      print: () => undefined,
    });
  }

  test('writes the file in a language, and says of simulated data that they are', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'reachline-snapshot-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'out.html');
    assert.equal(await run([file, '--lang', 'uk', '--tz', 'Europe/Kyiv'], sample.folder), 0);
    const page = readFileSync(file, 'utf8');
    assert.match(page, /<html lang="uk">/);
    assert.match(page, /Симуляція/);
    assert.doesNotMatch(page, LOADING);
  });

  for (const argv of [[], ['x.html', '--lang', 'xx'], ['x.html', '--tz', 'Mars']])
    test(`${argv.join(' ') || 'no file'} is refused`, async () => {
      await assert.rejects(run(argv, sample.folder), ConfigError);
    });
});
