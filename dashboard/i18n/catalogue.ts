/**
 * The texts of each language by key. Only the server loads this: a browser gets the texts of one language, and of them
 * those that its script needs.
 */
import { LOCALES, type Locale } from './locale.ts';
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

const catalogue = new Map<Locale, Messages>();
for (const locale of LOCALES) catalogue.set(locale, collect(locale, Object.keys(AREAS)));

/** Makes the voice of a page. */
export function speak(locale: Locale, timeZone: string): Say {
  return createSay(locale, timeZone, catalogue.get(locale) ?? {});
}

/** The texts of some areas in one language, by key: what a browser script is given. */
export function pickMessages(locale: Locale, areas: readonly Area[]): Messages {
  return collect(locale, areas);
}
