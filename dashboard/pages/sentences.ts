/**
 * Sentences that were written in English, by the judge into stored evidence or by the server into a refusal, said in the
 * language of the page: what the English text of a key reads like gives the values, and the other language is filled
 * with them. What no text reads like stays as it is.
 */
import { html } from 'hono/html';
import { parseMessage } from '../i18n/message.ts';
import type { Say } from '../i18n/say.ts';
import { type Area, isMessageKey, type MessageKey, readArea } from '../i18n/texts.ts';
import type { Fragment } from './rich-text.ts';

type Pattern = {
  readonly key: MessageKey;
  readonly form: RegExp;
  readonly names: readonly string[];
};

/** Reads how the English text of a key looks; undefined for one that counts or chooses, whose looks are many. */
function toPattern(key: string, text: string): Pattern | undefined {
  const names: string[] = [];
  let form = '';
  for (const part of parseMessage(text)) {
    if (typeof part === 'string') form += RegExp.escape(part);
    else if (part.kind === 'value') {
      names.push(part.name);
      form += '(.*?)';
    } else return undefined;
  }
  return isMessageKey(key) ? { key, form: new RegExp(`^${form}$`, 's'), names } : undefined;
}

const patterns = new Map<Area, readonly Pattern[]>();

function listPatterns(area: Area): readonly Pattern[] {
  const known = patterns.get(area);
  if (known !== undefined) return known;
  const made = Object.entries(readArea(area, 'en'))
    .map(([name, text]) => toPattern(`${area}.${name}`, text))
    .filter((pattern) => pattern !== undefined)
    // Texts with fewer values say more: they are tried first.
    .toSorted((a, b) => a.names.length - b.names.length);
  patterns.set(area, made);
  return made;
}

/** Says an English sentence in the page's language; undefined when no text of the area reads like it. */
export function translate(say: Say, area: Area, sentence: string): string | undefined {
  for (const { key, form, names } of listPatterns(area)) {
    const found = form.exec(sentence);
    if (found === null) continue;
    const values = names.map((name, index): [string, string | number] => {
      const value = found[index + 1] ?? '';
      return [name, /^\d+$/.test(value) ? Number(value) : (translate(say, area, value) ?? value)];
    });
    return say.text(key, Object.fromEntries(values));
  }
  return undefined;
}

/** What programs get between backticks is code on a page. */
function renderCode(sentence: string): Fragment {
  const parts = sentence.split(/`([^`]*)`/);
  return html`${parts.map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`;
}

/** The sentence in the page's language, or in English and marked as that; code in it as code. */
export function renderSentence(say: Say, area: Area, sentence: string): Fragment {
  if (say.locale === 'en') return renderCode(sentence);
  const said = translate(say, area, sentence);
  return said === undefined
    ? html`<span lang="en">${renderCode(sentence)}</span>`
    : renderCode(said);
}
