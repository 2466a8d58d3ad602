/** The ledger over HTTP: a complete page, its filters, its other forms, and what each says when there is nothing. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Episode } from './analysis/types.ts';
import { rebuildLedger } from './ledger-build.ts';
import { HOSTILE, SAMPLE_INTERVAL_MS, SAMPLE_START_MS } from './testing/sample.ts';
import { openSampleApp, type SampleApp } from './testing/sample-app.ts';
import { buildStoryLedger, STORY_INPUTS } from './testing/story-ledger.ts';

/** Puts the story of the demo into the store as its second revision, with hostile words in one record. */
function saveStory(sample: SampleApp): void {
  const content = buildStoryLedger(sample, (one) =>
    one.id === 'ru-rkn-2022-03-11-instagram-block'
      ? { ...one, title: HOSTILE, actor: { ...one.actor, name: HOSTILE } }
      : one,
  );
  sample.store.saveLedger({ ...content, groups: [] }, STORY_INPUTS);
  sample.store.saveLedger(content, STORY_INPUTS);
}

suite('the ledger', () => {
  let sample: SampleApp;
  before(() => {
    sample = openSampleApp({ slots: 2 });
    saveStory(sample);
  });
  after(() => sample.close());

  async function read(path: string): Promise<string> {
    const response = await sample.app.request(path);
    assert.equal(response.status, 200, path);
    return response.text();
  }

  test('is a complete and safe document', async () => {
    const html = await read('/ledger');
    assert.match(html, /^<!doctype html>\n<html lang="en">/);
    assert.equal(html.match(/<h1>/g)?.length, 1);
    assert.doesNotMatch(html, /\sstyle=|<style|\son[a-z]+="/);
    assert.ok(!html.includes(HOSTILE), 'hostile text came through unescaped');
    assert.doesNotMatch(html, /undefined|\[object Object\]|NaN|Infinity/);
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    assert.equal(new Set(ids).size, ids.length, 'ids are unique');
    for (const [, names] of html.matchAll(/aria-labelledby="([^"]+)"/g))
      for (const name of names?.split(' ') ?? []) assert.ok(ids.includes(name), name);
  });

  const texts: readonly (readonly [string, RegExp])[] = [
    [
      'the effective time stands in both zones',
      /takes effect: 14 Mar 2022, 00:00 Moscow \(13 Mar 21:00 UTC\)/,
    ],
    [
      'a day is a day of its zone',
      /announced: 4 Mar 2022 \(day in Moscow; 3 Mar 2022, 21:00 to 4 Mar 2022, 20:59 UTC\)/,
    ],
    ['what is not stated is not filled', /takes effect: <span class="quiet">not stated/],
    [
      'a summary counts what is certain',
      /Newly restricted on 4 of 4 networks: certainly on 1 by 1 h, on 3 by 1 day, on 4 by 3 days after the time of effect; late on 1\./,
    ],
    ['an early network', /5 h to 3 h before/],
    ['a late one', /1 d 5 h to 1 d 7 h after/],
    ['exemptions', /Exemption held on 4 of 4 networks, as far as measured before 13 Aug 2025/],
    ['never in its stage', /never on 2\./],
    ['an earlier announcement is named', /under an earlier announcement/],
    ['announced by nobody', /WhatsApp, registration/],
    [
      'both sides of an onset',
      /href="\/m\/instagram\.ru-ural-mobile\.20220313T160000Z">before<\/a> · <a href="\/m\/instagram\.ru-ural-mobile\.20220313T180000Z">after/,
    ],
  ];
  for (const [name, pattern] of texts)
    test(`says: ${name}`, async () => assert.match(await read('/ledger'), pattern));

  test('the picture has a row per network, a title, a description and both marks', async () => {
    const html = await read('/ledger?service=instagram');
    const [svg = ''] = /<svg class="lag-picture"[\s\S]*?<\/svg>/.exec(html) ?? [];
    assert.equal(svg.match(/class="lag-bar/g)?.length, 4);
    assert.match(svg, /▶ announced/);
    assert.match(svg, /◆ takes effect/);
    assert.match(
      svg,
      /<title id="[^"]+">When 4 networks followed, counted from the time of effect/,
    );
    assert.match(svg, /<desc [^>]*>Malachite Mobile \(simulated\): on time, 5 h to 3 h before\./);
    assert.match(svg, /lag-zero/);
  });

  test('filters keep what they name and leave the figures alone', async () => {
    const html = await read('/ledger?service=instagram&outcome=late&tz=Europe/Moscow');
    assert.match(html, /Newly restricted on 4 of 4 networks/);
    assert.match(html, /Larch Cellular/);
    assert.doesNotMatch(html, /<th scope="row">Birch Line/);
    assert.doesNotMatch(html, /id="unannounced"/);
    assert.match(html, /<option value="late" selected>/);
    assert.match(html, /Began between \(Moscow\)[\s\S]*>15 Mar 2022, 05:00</);
  });

  test('a country has its own zone until the reader chooses one', async () => {
    const own = await read('/ledger?country=RU');
    assert.match(own, /<option value="Europe\/Moscow" selected/);
    const utc = await read('/ledger?country=RU&tz=UTC');
    assert.match(utc, /<option value="UTC" selected/);
  });

  test('a choice without anything says how to go on', async () => {
    assert.match(await read('/ledger?country=PL'), /Nothing in this choice[\s\S]*href="\/ledger"/);
  });

  test('an earlier revision can be cited and says that there is a newer one', async () => {
    const html = await read('/ledger?revision=1');
    assert.match(html, /Revision 1, as it was concluded then\.[\s\S]*Revision 2 is newer/);
    assert.match(html, /href="\/ledger\.csv\?revision=1"/);
  });

  test('JSON holds the same, with its revision and digest', async () => {
    const response = await sample.app.request('/ledger.json?service=facebook');
    assert.equal(response.headers.get('content-type'), 'application/json');
    const answer = (await response.json()) as {
      isSimulated: boolean;
      revision: number;
      contentSha256: string;
      ledger: { groups: { service: string }[] };
    };
    assert.equal(answer.isSimulated, true);
    assert.equal(answer.revision, 2);
    assert.match(answer.contentSha256, /^[0-9a-f]{64}$/);
    assert.deepEqual(
      [...new Set(answer.ledger.groups.map(({ service }) => service))],
      ['facebook'],
    );
    const etag = response.headers.get('etag') ?? '';
    const again = await sample.app.request('/ledger.json?service=facebook', {
      headers: { 'if-none-match': etag },
    });
    assert.equal(again.status, 304);
  });

  test('a new revision is answered at once, though no measurement came with it', async () => {
    const stored = sample.store.getLedger();
    assert.ok(stored);
    const before2 = await (await sample.app.request('/ledger.json')).json();
    assert.equal((before2 as { revision: number }).revision, 2);
    sample.store.saveLedger({ ...stored.content, unannounced: [] }, STORY_INPUTS);
    const later = await (await sample.app.request('/ledger.json')).json();
    assert.equal((later as { revision: number }).revision, 3);
    sample.store.saveLedger(stored.content, STORY_INPUTS);
  });

  test('CSV comes as a file whose name says that it is simulated', async () => {
    const response = await sample.app.request('/ledger.csv?list=unannounced&safe=1');
    assert.match(response.headers.get('content-type') ?? '', /^text\/csv/);
    assert.match(
      response.headers.get('content-disposition') ?? '',
      /filename="reachline-ledger-unannounced-\d+-simulated\.csv"/,
    );
    assert.match(await response.text(), /^service,country,asn,[^\n]*\r\n/);
  });

  const refused: readonly (readonly [string, number])[] = [
    ['/ledger?outcome=never', 422],
    ['/ledger?revision=99', 404],
    ['/ledger.json?nonsense=1', 422],
    ['/ledger.csv?list=all', 422],
    ['/ledger.csv?revision=99', 404],
    ['/ledger.json?revision=99', 404],
  ];
  for (const [path, status] of refused)
    test(`${path} is refused with ${status}, as ${path.startsWith('/ledger?') ? 'a page' : 'a problem'}`, async () => {
      const response = await sample.app.request(path);
      assert.equal(response.status, status);
      assert.equal(
        response.headers.get('content-type'),
        path.startsWith('/ledger?') ? 'text/html; charset=utf-8' : 'application/problem+json',
      );
    });
});

suite('building', () => {
  test('before the first build page and data say so', async (t) => {
    const { app, close } = openSampleApp({ slots: 1 });
    t.after(close);
    const page = await app.request('/ledger');
    assert.equal(page.status, 200);
    assert.match(await page.text(), /The ledger has not been built yet/);
    for (const path of ['/ledger.json', '/ledger.csv']) {
      const response = await app.request(path);
      assert.equal(response.status, 404);
      assert.match(await response.text(), /has not been built yet/);
    }
  });

  test('from the store: networks are found by their lanes, controls are left out, the same twice adds nothing', async (t) => {
    const sample = openSampleApp();
    t.after(sample.close);
    const { store, config } = sample;
    const byMs = SAMPLE_START_MS + 24 * SAMPLE_INTERVAL_MS;
    const episode: Episode = {
      service: 'facebook',
      vantageId: 'ru-volga-fixed',
      countryCode: 'RU',
      asn: 64_512,
      networkName: 'Volga Fixed',
      function: 'web',
      kind: 'blocked',
      levels: [],
      onset: { afterMs: byMs - SAMPLE_INTERVAL_MS, byMs },
      mechanisms: [{ mechanism: 'tls.reset.sni', fromMs: byMs }],
      evidence: { firstBadId: 'x', lastBadId: 'x' },
      rounds: 24,
      missing: 0,
      isUnstable: false,
    };
    const episodes = [
      episode,
      { ...episode, vantageId: 'de-control', countryCode: 'RU', networkName: 'Control' },
    ];
    const keep = (own: readonly Episode[]) =>
      store.updateIncidents({
        service: 'facebook',
        countryCode: 'RU',
        fromMs: Number.NEGATIVE_INFINITY,
        incidents: [
          {
            id: 'facebook-ru-x',
            service: 'facebook',
            countryCode: 'RU',
            onset: episode.onset,
            severity: 'minor',
            state: 'open',
            episodes: own,
            log: [],
          },
        ],
        concludedMs: 0,
        reason: 'Test',
        rules: '{}',
      });
    keep(episodes);
    assert.deepEqual(await rebuildLedger({ store, config }), { revision: 1, isNew: true });
    const { inputs } = store.getLedger() ?? {};
    keep(episodes.toReversed());
    assert.deepEqual(await rebuildLedger({ store, config }), { revision: 1, isNew: false });
    assert.deepEqual(store.getLedger()?.inputs, inputs);
    const stored = store.getLedger();
    const group = stored?.content.groups.find(
      (one) => one.announcementId === 'ru-rkn-2022-03-04-facebook-block',
    );
    assert.deepEqual(
      group?.rows.map(({ networkName, outcome }) => `${networkName}: ${outcome}`),
      ['Taiga Mobile: announced_not_measured', 'Volga Fixed: on_time'],
    );
    assert.equal(stored?.content.unannounced.length, 0);
    assert.ok(stored.inputs.announcements.includes('ru-rkn-2022-03-04-facebook-block@1'));
  });
});
