import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { IntlMessageFormat } from 'intl-messageformat';
import { LOCALES, type Locale } from './locale.ts';
import { fillMessage, type MessagePart, parseMessage } from './message.ts';
import { AREAS, readArea } from './texts.ts';

/** Texts that are the same in another language because they are names or signs. */
const SAME =
  /^[\s\p{Lu}\d\p{P}\p{S}{}n_]*$|^(JSON API|CSV|Reachline|UTC|Facebook|Instagram|WhatsApp|Messenger)/u;
const COUNTS = [0, 1, 2, 3, 5, 11, 21, 22, 25, 111, 1_002];

/** Every name that a message wants, e.g. `time`. */
function listNames(parts: readonly MessagePart[]): string[] {
  return parts.flatMap((part) =>
    typeof part === 'string' || part.kind === 'number'
      ? []
      : [part.name, ...(part.kind === 'value' ? [] : [...part.cases.values()].flatMap(listNames))],
  );
}

function listPlurals(parts: readonly MessagePart[]): ReadonlyMap<string, unknown>[] {
  return parts.flatMap((part) =>
    typeof part === 'string' || part.kind === 'number' || part.kind === 'value'
      ? []
      : [
          ...(part.kind === 'plural' ? [part.cases] : []),
          ...[...part.cases.values()].flatMap(listPlurals),
        ],
  );
}

/** Everything that a message may be filled with: each number, and each case of a choice. */
function makeValues(text: string, count: number): Record<string, string | number> {
  const names = [...new Set(listNames(parseMessage(text)))];
  return Object.fromEntries(
    names.map((name) => [
      name,
      new RegExp(`\\{\\s*${name}\\s*,\\s*plural`).test(text) || name === 'n' ? count : `<${name}>`,
    ]),
  );
}

test('every file of the folder is an area', () => {
  for (const locale of LOCALES) {
    const files = readdirSync(join(import.meta.dirname, locale)).toSorted();
    assert.deepEqual(files, AREAS.map((area) => `${area}.json`).toSorted(), locale);
  }
});

for (const area of AREAS)
  for (const locale of LOCALES)
    suite(`${area} in ${locale}`, () => {
      checkTexts(readArea(area, 'en'), readArea(area, locale), locale);
    });

function checkTexts(
  english: Readonly<Record<string, string>>,
  texts: Readonly<Record<string, string>>,
  locale: Locale,
): void {
  test('has the keys of the English file and no others', () => {
    assert.deepEqual(Object.keys(texts).toSorted(), Object.keys(english).toSorted());
  });
  test('names the same values, says every plural, and is not left in English', () => {
    const categories = new Intl.PluralRules(locale).resolvedOptions().pluralCategories;
    for (const [key, text] of Object.entries(texts)) {
      const parts = parseMessage(text);
      const wanted = new Set(listNames(parseMessage(english[key] ?? '')));
      assert.deepEqual(new Set(listNames(parts)), wanted, key);
      for (const cases of listPlurals(parts))
        for (const category of categories) assert.ok(cases.has(category), `${key}: no ${category}`);
      assert.ok(!text.includes("'"), `${key}: write ’ in place of '`);
      assert.ok(text.trim() === text && text !== '', `${key}: empty, or blank at an end`);
      const hasWords = /\p{Ll}{3}/u.test((english[key] ?? '').replaceAll(/\{\w+\}/g, ''));
      if (locale !== 'en' && hasWords)
        assert.ok(text !== english[key] || SAME.test(text), `${key}: is it translated?`);
    }
  });
  test('reads as the full implementation of ICU messages reads it', () => {
    const numberLocale = locale === 'en' ? 'en-GB' : locale;
    for (const [key, text] of Object.entries(texts)) {
      const theirs = new IntlMessageFormat(text, numberLocale);
      for (const count of COUNTS) {
        const values = makeValues(text, count);
        const expected = String(theirs.format(withWrittenNumbers(text, values, numberLocale)));
        assert.equal(fillMessage(parseMessage(text), values, locale).join(''), expected, key);
      }
    }
  });
}

/** ICU leaves a plain `{n}` to the program; we write it as the language does. */
function withWrittenNumbers(
  text: string,
  values: Readonly<Record<string, string | number>>,
  locale: string,
): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === 'number' && !new RegExp(`\\{\\s*${name}\\s*,`).test(text)
        ? value.toLocaleString(locale)
        : value,
    ]),
  );
}
