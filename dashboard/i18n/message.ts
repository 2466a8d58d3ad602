/**
 * Messages in the part of ICU MessageFormat that the pages need: `{name}`, `{n, plural, =0 {…} one {…} few {…} many {…}
 * other {…}}` with `#` for the number, and `{kind, select, a {…} other {…}}`. No quoting: a message that needs braces
 * takes them as a value, and apostrophes are typographic. catalogue.test.ts holds every message against the field's
 * full implementation, which is too large to run here: it costs 9 KB in the browser and 44 MB for 800 messages.
 */
import { INTL_LOCALES, type Locale } from './locale.ts';

/** One piece of a parsed message. */
export type MessagePart =
  | string
  | { readonly kind: 'value'; readonly name: string }
  | { readonly kind: 'number' }
  | {
      readonly kind: 'plural' | 'select';
      readonly name: string;
      readonly cases: ReadonlyMap<string, readonly MessagePart[]>;
    };

/** What stands for the names of a message; numbers are written as the language does. */
export type MessageValues = Readonly<Record<string, string | number>>;

/** A message that does not follow the form, or a value that it names and was not given: a mistake of ours. */
export class MessageError extends Error {
  override readonly name = 'MessageError';
}

/** Parses a message. @throws MessageError for one that does not follow the form. */
export function parseMessage(text: string): readonly MessagePart[] {
  const parser = { text, at: 0 };
  const parts = parseParts(parser, false);
  if (parser.at < text.length) throw new MessageError(`stray } in: ${text}`);
  return parts;
}

type Parser = { readonly text: string; at: number };

function parseParts(parser: Parser, isCounting: boolean): MessagePart[] {
  const parts: MessagePart[] = [];
  let plain = '';
  const flush = () => {
    if (plain !== '') parts.push(plain);
    plain = '';
  };
  for (;;) {
    const character = parser.text[parser.at];
    if (character === undefined || character === '}') break;
    if (character === '{') {
      flush();
      parts.push(parsePlaceholder(parser));
    } else if (character === '#' && isCounting) {
      flush();
      parts.push({ kind: 'number' });
      parser.at += 1;
    } else {
      plain += character;
      parser.at += 1;
    }
  }
  flush();
  return parts;
}

/** Takes what matches at the present place. */
function take(parser: Parser, pattern: RegExp, wanted: string): string {
  pattern.lastIndex = parser.at;
  const [found, inner = found] = pattern.exec(parser.text) ?? [];
  if (found === undefined)
    throw new MessageError(`${wanted} expected at ${parser.at} in: ${parser.text}`);
  parser.at += found.length;
  return inner ?? '';
}

function parsePlaceholder(parser: Parser): MessagePart {
  const name = take(parser, /\{\s*(\w+)\s*/y, 'a name');
  if (parser.text[parser.at] === '}') {
    parser.at += 1;
    return { kind: 'value', name };
  }
  const kind = take(parser, /,\s*(plural|select)\s*,\s*/y, 'plural or select');
  const cases = new Map<string, readonly MessagePart[]>();
  while (parser.text[parser.at] !== '}') {
    const key = take(parser, /(=?\w+)\s*\{/y, 'a case');
    cases.set(key, parseParts(parser, kind === 'plural'));
    take(parser, /\}\s*/y, 'the end of a case');
  }
  parser.at += 1;
  if (!cases.has('other')) throw new MessageError(`no case other in: ${parser.text}`);
  return { kind: kind === 'plural' ? 'plural' : 'select', name, cases };
}

const rules = new Map<Locale, Intl.PluralRules>();
const numbers = new Map<Locale, Intl.NumberFormat>();

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/** A number as the language writes it, e.g. `12,345` and `12 345`. */
export function formatNumber(value: number, locale: Locale): string {
  return getOrMake(numbers, locale, () => new Intl.NumberFormat(INTL_LOCALES[locale])).format(
    value,
  );
}

function chooseCase(
  part: Extract<MessagePart, { kind: 'plural' | 'select' }>,
  value: unknown,
  locale: Locale,
): readonly MessagePart[] {
  const { cases } = part;
  const other = cases.get('other') ?? [];
  if (part.kind === 'select') return cases.get(String(value)) ?? other;
  const count = Number(value);
  const category = getOrMake(rules, locale, () => new Intl.PluralRules(INTL_LOCALES[locale]));
  return cases.get(`=${count}`) ?? cases.get(category.select(count)) ?? other;
}

/**
 * Fills a message; values that are neither text nor number, such as links, stay pieces of their own.
 * @throws MessageError when the message names a value that is not given.
 */
export function fillMessage<T>(
  parts: readonly MessagePart[],
  values: Readonly<Record<string, T | string | number>>,
  locale: Locale,
  count?: number,
): (T | string)[] {
  return parts.flatMap((part): (T | string)[] => {
    if (typeof part === 'string') return [part];
    if (part.kind === 'number') return [formatNumber(count ?? 0, locale)];
    const value = values[part.name];
    if (value === undefined) throw new MessageError(`the message wants a value for ${part.name}`);
    if (part.kind === 'value')
      return [typeof value === 'number' ? formatNumber(value, locale) : value];
    const chosen = chooseCase(part, value, locale);
    return fillMessage(chosen, values, locale, part.kind === 'plural' ? Number(value) : count);
  });
}
