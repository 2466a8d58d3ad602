/** What changed, as a page and as files: versions of the rules, verdicts judged again, records corrected; and nothing else. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { RULE_CHANGES } from '../config/rule-changes.ts';
import { speak } from '../dashboard/i18n/catalogue.ts';
import { LOCALES } from '../dashboard/i18n/locale.ts';
import { sayRuleChange } from '../dashboard/pages/changes.ts';
import { LEDGER_RULES } from './analysis/ledger-input.ts';
import { createApp } from './app.ts';
import { createFixedClock, openSampleApp, type SampleApp } from './testing/sample-app.ts';

const ID = 'ru-rkn-2022-03-11-instagram-block';

suite('versions of the rules', () => {
  const newest = (part: string) => RULE_CHANGES.findLast((one) => one.part === part)?.version;

  test('those in force are the newest that are told', () => {
    const sample = openSampleApp({ slots: 0 });
    const { rulesetVersion } = sample.config.rules;
    sample.close();
    assert.equal(newest('verdicts'), rulesetVersion);
    assert.equal(newest('ledger'), LEDGER_RULES.version);
  });

  test('each says in every language what it changed, and they are in order', () => {
    for (const change of RULE_CHANGES)
      for (const locale of LOCALES)
        assert.ok(sayRuleChange(change, speak(locale, 'UTC')).length > 40, change.version);
    const dates = RULE_CHANGES.map(({ date }) => date);
    assert.deepEqual(dates, dates.toSorted());
  });
});

suite('/changes', () => {
  let sample: SampleApp;
  before(() => {
    sample = openSampleApp({ slots: 2 });
    const { store } = sample;
    const record = store.getAnnouncement(ID)?.announcement;
    assert.ok(record);
    const corrected = { ...record, title: 'Instagram "blocked", =corrected', lifted_at: null };
    store.syncAnnouncements([{ ...corrected, summary: 'Another summary.' }]);
    const atMs = Date.parse('2026-12-01T09:30:00Z');
    store.recordEvent({ atMs, kind: 'rejudged', detail: '3 of 40 under ruleset 2026.11.2' });
    store.recordEvent({ atMs: atMs + 1, kind: 'rejudged', detail: 'in a form of long ago' });
    store.recordEvent({ atMs: atMs + 2, kind: 'sleep', detail: 'slept an hour' });
  });
  after(() => sample.close());

  const read = async (path: string): Promise<string> => {
    const response = await sample.app.request(path);
    const text = await response.text();
    assert.equal(response.status, 200, text.slice(0, 300));
    return text;
  };

  const rows = [
    [
      'en',
      'Under the rules 2026.11.2, 3 of 40 measurements got a new judgement.',
      /revision 2\. Changed: <code>summary<\/code>, <code>title<\/code>/,
    ],
    [
      'ru',
      'По правилам 2026.11.2 новое суждение получили измерения: 3 из 40.',
      /редакция 2\. Изменено: <code>summary<\/code>, <code>title<\/code>/,
    ],
    [
      'uk',
      'За правилами 2026.11.2 нове судження дістали вимірювання: 3 із 40.',
      /редакція 2\. Змінено: <code>summary<\/code>, <code>title<\/code>/,
    ],
  ] as const;
  for (const [locale, rejudged, corrected] of rows)
    test(`tells in ${locale} of rules, verdicts and records`, async () => {
      const html = await read(`/${locale}/changes`);
      assert.ok(html.includes(rejudged));
      assert.ok(html.includes('<span lang="en">in a form of long ago</span>'));
      assert.match(html, corrected);
      assert.ok(html.includes(`href="/${locale}/a/${ID}"`));
      assert.ok(html.includes(`href="/${locale}/feeds/announcements.atom"`));
      assert.match(html, /<h3 id="verdicts-2026\.11\.2">/);
      assert.doesNotMatch(html, /slept an hour|<script(?![^>]*src)/);
    });

  test('the page on the method and the foot of every page lead to it', async () => {
    assert.equal((await read('/uk/method')).split('href="/uk/changes"').length, 3);
    assert.ok((await read('/announcements')).includes('href="/changes"'));
  });

  test('a server with rules of its own says so', async () => {
    const { store, config } = sample;
    const rules = { ...config.rules, rulesetVersion: '2027.1.1' };
    const info = { version: '0.1.0', isSimulated: true, startedAtMs: 0 };
    const clock = createFixedClock(0);
    const app = createApp({ store, config: { ...config, rules }, clock, info });
    const html = await (await app.request('/changes')).text();
    assert.match(html, /Version 2027\.1\.1 is of this server’s own rules/);
  });

  test('JSON has the same, newest first', async () => {
    const json = JSON.parse(await read('/changes.json')) as {
      inForce: unknown;
      changes: { at: string; kind: string; text: string }[];
    };
    const { rulesetVersion } = sample.config.rules;
    assert.deepEqual(json.inForce, {
      verdicts: rulesetVersion,
      ledger: LEDGER_RULES.version,
    });
    const kinds = json.changes.map(({ kind }) => kind);
    assert.deepEqual([...new Set(kinds)].toSorted(), ['announcement', 'rejudged', 'rules']);
    assert.equal(kinds.filter((kind) => kind === 'rules').length, RULE_CHANGES.length);
    const times = json.changes.map(({ at }) => Date.parse(at));
    assert.deepEqual(
      times,
      times.toSorted((a, b) => b - a),
    );
    assert.partialDeepStrictEqual(
      json.changes.find(({ text }) => text.startsWith('3 of 40')),
      { figures: { version: '2026.11.2', judgements: 3, measurements: 40 } },
    );
    assert.ok(json.changes.every(({ text }) => text !== ''));
  });

  test('CSV has a line for each, and guards cells for spreadsheets', async () => {
    const [head, ...lines] = (await read('/changes.csv?safe=1')).trimEnd().split('\r\n');
    assert.equal(
      head,
      'at,kind,part,version,new_judgements,measurements,announcement_id,announcement_revision,fields,text,is_simulated',
    );
    assert.equal(lines.length, RULE_CHANGES.length + 3);
    assert.ok(lines.some((line) => line.includes(',rejudged,,2026.11.2,3,40,,,,')));
    assert.ok(lines.some((line) => line.includes(`announcement,,,,,${ID},2,summary title,`)));
    const response = await sample.app.request('/changes.csv?other=1');
    assert.equal(response.status, 422);
  });
});
