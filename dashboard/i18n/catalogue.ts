/**
 * The texts of each language by key. Only the server loads this: a browser gets the texts of one language, and of them
 * those that its script needs.
 */
import type { Locale } from './locale.ts';
import { createSay, type Messages, type Say } from './say.ts';
import { AREAS, type Area, readArea } from './texts.ts';

function collect(locale: Locale, areas: readonly Area[]): Messages {
  return Object.fromEntries(
    areas.flatMap((area) =>
      Object.entries(readArea(area, locale)).map(([name, text]) => [`${area}.${name}`, text]),
    ),
  );
}

/** Put together when a language is first spoken. */
const catalogue = new Map<Locale, Messages>();

/** Makes the voice of a page. */
export function speak(locale: Locale, timeZone: string): Say {
  const messages = catalogue.get(locale) ?? collect(locale, AREAS);
  catalogue.set(locale, messages);
  return createSay(locale, timeZone, messages);
}

/** The texts of some areas in one language, by key: what a browser script is given. */
export function pickMessages(locale: Locale, areas: readonly Area[]): Messages {
  return collect(locale, areas);
}
