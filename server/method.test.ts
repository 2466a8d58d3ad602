/** The page on the method and the judge cannot part, and a measurement stands beside its control. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { speak } from '../dashboard/i18n/catalogue.ts';
import { LOCALES } from '../dashboard/i18n/locale.ts';
import { isMessageKey, readArea } from '../dashboard/i18n/texts.ts';
import { toRuleAnchor } from '../dashboard/pages/rule-link.ts';
import { translate } from '../dashboard/pages/sentences.ts';
import { toTurningSentence } from '../dashboard/pages/turning-words.ts';
import { judge, RULES } from '../probes/judge/judge.ts';
import { makeArbitraryInput } from '../probes/testing/arbitrary-runs.ts';
import { MECHANISMS, VERDICTS } from '../probes/types.ts';
import { listNumbers } from './pages.ts';
import { HOSTILE } from './testing/sample.ts';
import { openSampleApp } from './testing/sample-app.ts';

/** Runs of made-up evidence that the judge is asked about. */
const JUDGE_RUNS = 5_000;
const ENGLISH = speak('en', 'UTC');
const OTHERS = LOCALES.filter((locale) => locale !== 'en').map((locale) => speak(locale, 'UTC'));
const BLOCKED_ID = 'facebook.ru-volga-fixed.20220305T120000Z';

function toText(html: string): string {
  return html
    .replaceAll(/<wbr>/g, '')
    .replaceAll('&amp;', '&')
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"');
}

async function open(
  path: string,
): Promise<{ html: string; config: ReturnType<typeof openSampleApp>['config'] }> {
  const sample = openSampleApp();
  try {
    return { html: toText(await (await sample.app.request(path)).text()), config: sample.config };
  } finally {
    sample.close();
  }
}

suite('/method', () => {
  test('every rule has its anchor, its id and its words, in the order in which rules are tried', async () => {
    const { html } = await open('/method');
    let from = 0;
    for (const { id, says } of RULES) {
      const at = html.indexOf(`id="${toRuleAnchor(id)}"`, from);
      assert.ok(at > 0, `${id} is missing or out of order`);
      assert.equal(html.split(`id="${toRuleAnchor(id)}"`).length, 2, `${id} stands there twice`);
      assert.ok(html.indexOf(says, at) > at, `the words of ${id}`);
      from = at;
    }
  });

  test('every verdict, mechanism, number and the version stand on it, each number with words', async () => {
    const { html, config } = await open('/method');
    for (const verdict of VERDICTS) assert.ok(html.includes(`id="verdict-${verdict}"`), verdict);
    for (const mechanism of MECHANISMS)
      assert.ok(html.includes(`id="mechanism-${mechanism}"`), mechanism);
    assert.ok(html.includes(config.rules.rulesetVersion));
    const numbers = listNumbers(config.rules);
    assert.ok(numbers.length > 5);
    for (const [name, value] of numbers) {
      assert.ok(isMessageKey(`method.number.${name}`), `no words for ${name}`);
      assert.ok(html.includes(`<code>${name}</code>`), name);
      assert.ok(html.includes(`>${value.toLocaleString('en')}</td>`), `${name} ${value}`);
    }
    const known = new Set(numbers.map(([name]) => name));
    for (const key of Object.keys(readArea('method', 'en')).filter((one) =>
      one.startsWith('number.'),
    ))
      assert.ok(known.has(key.slice('number.'.length)), `${key} is gone`);
  });

  test('the navigation leads there and says so', async () => {
    const { html } = await open('/method?tz=Europe/Moscow');
    assert.match(html, /<a href="\/method\?tz=Europe%2FMoscow" aria-current="page">Method<\/a>/);
  });

  test(`whatever the judge says has an anchor and a sentence on what would change it (${JUDGE_RUNS} runs)`, async () => {
    const { html } = await open('/method');
    const numbers = { controlWindowSeconds: 1800, confirmGapSeconds: 25 };
    const reasons = new Map<string, string>();
    for (let seed = 0; seed < JUDGE_RUNS; seed += 1) {
      const { service, functions, targets } = judge(makeArbitraryInput(seed));
      for (const one of [service, ...Object.values(functions), ...Object.values(targets)]) {
        assert.ok(html.includes(`id="${toRuleAnchor(one.ruleId)}"`), one.ruleId);
        assert.match(toTurningSentence(one, numbers, ENGLISH), /^[A-Z].{20,}\.$/, one.ruleId);
        for (const { code, text } of one.reasons) reasons.set(text, code);
      }
    }
    assert.ok(new Set(reasons.values()).size > 25, 'few reasons were seen');
    for (const [text, code] of reasons) {
      assert.equal(translate(ENGLISH, 'reasons', text), text, code);
      for (const say of OTHERS) {
        const said = translate(say, 'reasons', text) ?? '';
        assert.match(said, /\p{Script=Cyrillic}{4}/u, `${code}: ${text}`);
        assert.doesNotMatch(said, /(?:[a-z]{3,} ){2}/, `${code}: ${said}`);
      }
    }
  });

  test('every rule has its words in every language, the English ones those of the judge', () => {
    for (const { id, says } of RULES) {
      const key = `rules.${id}`;
      assert.ok(isMessageKey(key), `no texts for ${id}`);
      assert.equal(ENGLISH.text(key), says, id);
      for (const say of OTHERS) assert.notEqual(say.text(key), says, id);
    }
  });
});

const turningRows = [
  {
    name: 'no control',
    judgement: { verdict: 'insufficient', ruleId: 'stage.failure', code: 'no_control' },
    expected: /^An outside control within 30 minutes/,
  },
  {
    name: 'one sign',
    judgement: { verdict: 'likely_blocked', ruleId: 'stage.failure', code: 'control_succeeded' },
    expected: /^The same failure at least 25 s later, or at another address/,
  },
  {
    name: 'a name with a control hangs on signs, not on the resolver',
    judgement: { verdict: 'likely_blocked', ruleId: 'dns.failure', code: 'control_succeeded' },
    expected: /^The same failure at least 25 s later/,
  },
  {
    name: 'down',
    judgement: { verdict: 'down', ruleId: 'stage.failure', code: 'control_failed_too' },
    expected: /passes this stage: then it would be likely blocked/,
  },
  {
    name: 'outage',
    judgement: { verdict: 'insufficient', ruleId: 'vantage.outage', code: 'baselines_failed' },
    expected: /^Neutral hosts that answer/,
  },
  {
    name: 'a rule nobody wrote a sentence for',
    judgement: { verdict: 'blocked', ruleId: 'future.rule', code: 'future' },
    expected: /fails at the same stage/,
  },
] as const;
for (const { name, judgement, expected } of turningRows)
  test(`what would have changed it: ${name}`, () => {
    const { verdict, ruleId, code } = judgement;
    const sentence = toTurningSentence(
      {
        verdict,
        ruleId,
        confidence: 'low',
        reasons: [{ code, text: '' }],
        observationIds: [],
        tampering: [],
      },
      { controlWindowSeconds: 1800, confirmGapSeconds: 25 },
      ENGLISH,
    );
    assert.match(sentence, expected);
  });

suite('/m/:id beside its control', () => {
  test('names the control, marks what differs in words, links the rule, says what would change it', async () => {
    const { html } = await open(`/m/${BLOCKED_ID}?tz=Europe/Moscow`);
    assert.match(
      html,
      /href="\/m\/facebook\.de-control\.20220305T120000Z\?tz=Europe%2FMoscow">Control Frankfurt</,
    );
    assert.match(
      html,
      /<th scope="row">TLS<\/th><td class="asked"><mark>connection_reset<\/mark><\/td><td class="asked"><mark>ok<\/mark><\/td>\s*<td><strong>≠ differs/,
    );
    assert.match(
      html,
      /<th scope="row">TCP<\/th><td class="asked">ok<\/td><td class="asked">ok<\/td>\s*<td><span class="quiet">= same/,
    );
    assert.match(html, /HTTP: status<\/th><td class="asked"><span class="quiet">not seen/);
    assert.match(html, /href="\/method\?tz=Europe%2FMoscow#rule-tls\.reset\.control"/);
    assert.match(html, /What would have changed it: \S/);
    assert.ok(html.includes('HTTP: title'), 'the hostile title of the control is shown');
    assert.ok(!html.includes(HOSTILE), 'hostile text came through unescaped');
  });

  test('says when no control was near', async (t) => {
    const sample = openSampleApp({ override: { findControls: () => [] } });
    t.after(sample.close);
    const html = await (await sample.app.request(`/m/${BLOCKED_ID}`)).text();
    assert.match(html, /No control vantage measured this service within 30 minutes/);
  });

  test('a control is not compared with itself', async () => {
    const { html } = await open('/m/facebook.de-control.20220305T120000Z');
    assert.match(html, /No control vantage measured this service/);
  });
});
