/**
 * How a page speaks: its language, its time zone, and the texts of that language by key. The server makes one per
 * request, the browser one per page from the texts that came with it; nothing else knows a language.
 */
import type { Locale } from './locale.ts';
import {
  fillMessage,
  formatNumber,
  MessageError,
  type MessagePart,
  type MessageValues,
  parseMessage,
} from './message.ts';
import type { MessageKey } from './texts.ts';

/** A page's language and zone. */
export type Say = {
  readonly locale: Locale;
  /** IANA zone in which times are shown. */
  readonly timeZone: string;
  /** The text of a key with its names filled in. @throws MessageError for a key or value that is missing. */
  readonly text: (key: MessageKey, values?: MessageValues) => string;
  /** The parsed text of a key, for whoever puts links or emphasis into it. */
  readonly parts: (key: MessageKey) => readonly MessagePart[];
  /** A number as the language writes it. */
  readonly number: (value: number) => string;
};

/** Texts by key, of one language. */
export type Messages = Readonly<Record<string, string>>;

/** Parsed once per language: the texts of a language are one object for as long as the process runs. */
const parsed = new WeakMap<Messages, Map<string, readonly MessagePart[]>>();

function readParts(messages: Messages, key: string): readonly MessagePart[] {
  const known = parsed.get(messages) ?? new Map<string, readonly MessagePart[]>();
  parsed.set(messages, known);
  const old = known.get(key);
  if (old !== undefined) return old;
  const text = messages[key];
  if (text === undefined) throw new MessageError(`there is no text for ${key}`);
  const parts = parseMessage(text);
  known.set(key, parts);
  return parts;
}

/** Makes a page's voice from the texts of its language. */
export function createSay(locale: Locale, timeZone: string, messages: Messages): Say {
  const parts = (key: MessageKey) => readParts(messages, key);
  return {
    locale,
    timeZone,
    parts,
    text: (key, values = {}) => fillMessage<never>(parts(key), values, locale).join(''),
    number: (value) => formatNumber(value, locale),
  };
}

/** Turns names into `a, b and c` as the language joins them. */
export function joinWords(words: readonly string[], { locale }: Pick<Say, 'locale'>): string {
  return new Intl.ListFormat(locale, { style: 'long', type: 'conjunction' }).format(words);
}
