import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { negotiateLocale } from './locale.ts';
import { fillMessage, MessageError, parseMessage } from './message.ts';

const NETWORKS =
  '{n, plural, =0 {ни одной сети} one {# сеть} few {# сети} many {# сетей} other {# сети}}';

suite('messages', () => {
  const rows = [
    ['en', 'on {n} of {total}', { n: 3, total: 4_200 }, 'on 3 of 4,200'],
    ['ru', NETWORKS, { n: 0 }, 'ни одной сети'],
    ['ru', NETWORKS, { n: 21 }, '21 сеть'],
    ['ru', NETWORKS, { n: 4 }, '4 сети'],
    ['ru', NETWORKS, { n: 12 }, '12 сетей'],
    ['en', '{who, select, all {everybody} other {{who} only}}', { who: 'Anna' }, 'Anna only'],
    ['en', '{who, select, all {everybody} other {{who} only}}', { who: 'all' }, 'everybody'],
    ['uk', 'без чисел # тут', {}, 'без чисел # тут'],
  ] as const;
  for (const [locale, text, values, expected] of rows)
    test(`${text} → ${expected}`, () => {
      assert.equal(fillMessage(parseMessage(text), values, locale).join(''), expected);
    });
  for (const broken of [
    '{',
    '{}',
    'a}',
    '{n, plural, one {x}}',
    '{n, number}',
    '{n, plural, one {x',
  ])
    test(`${broken} is refused`, () => {
      assert.throws(() => parseMessage(broken), MessageError);
    });
  test('a value that is missing is a mistake, not an empty place', () => {
    assert.throws(() => fillMessage(parseMessage('{n}'), {}, 'en'), MessageError);
  });
});

suite('the language that a browser wishes', () => {
  const rows = [
    ['', 'en'],
    ['ru-RU,ru;q=0.9,en;q=0.8', 'ru'],
    ['de, uk;q=0.7, en;q=0.3', 'uk'],
    ['en;q=0.1, ru;q=0', 'en'],
    ['fr-FR', 'en'],
    [';;;,,q=1', 'en'],
  ] as const;
  for (const [header, expected] of rows)
    test(`${header} → ${expected}`, () => assert.equal(negotiateLocale(header), expected));
  test('any header gives a language', () => {
    fc.assert(
      fc.property(fc.string(), (header) => ['en', 'ru', 'uk'].includes(negotiateLocale(header))),
    );
  });
});
