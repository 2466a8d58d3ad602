/**
 * The texts of each language by key. Only the server loads this: a browser gets the texts of one language, and of them
 * those that its script needs.
 */
import type { Locale } from './locale.ts';
import { createSay, type Messages, type Say } from './say.ts';
import { AREAS, type Area } from './texts.ts';

function collect(locale: Locale, areas: readonly string[]): Messages {
  return Object.fromEntries(
    Object.entries(AREAS)
      .filter(([area]) => areas.includes(area))
      .flatMap(([area, texts]) =>
        Object.entries(texts[locale]).map(([name, text]) => [`${area}.${name}`, text] as const),
      ),
  );
}

/** Put together when a language is first spoken. */
const catalogue = new Map<Locale, Messages>();

/** Makes the voice of a page. */
export function speak(locale: Locale, timeZone: string): Say {
  const messages = catalogue.get(locale) ?? collect(locale, Object.keys(AREAS));
  catalogue.set(locale, messages);
  return createSay(locale, timeZone, messages);
}

/** The texts of some areas in one language, by key: what a browser script is given. */
export function pickMessages(locale: Locale, areas: readonly Area[]): Messages {
  return collect(locale, areas);
}
