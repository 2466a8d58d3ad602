/** The languages of the pages. */

/** Languages in which every text exists, the default first. */
export const LOCALES = ['en', 'ru', 'uk'] as const;
export type Locale = (typeof LOCALES)[number];

/** Each language in its own words, for the choice of language. */
export const LOCALE_NAMES: Readonly<Record<Locale, string>> = {
  en: 'English',
  ru: 'Русский',
  uk: 'Українська',
};

/** The name under which Intl writes dates and numbers as readers of the language expect: English the British way. */
export const INTL_LOCALES: Readonly<Record<Locale, string>> = { en: 'en-GB', ru: 'ru', uk: 'uk' };

/** True for the code of a language that exists. */
export function isLocale(code: string): code is Locale {
  return LOCALES.some((locale) => locale === code);
}

/** What a header of this form says at most before it is cut: longer ones are no browser's. */
const MAX_HEADER_CHARACTERS = 500;

/** Chooses the language that an `Accept-Language` header (RFC 9110 §12.5.4) likes best; English when it likes none. */
export function negotiateLocale(header: string): Locale {
  const wishes = header
    .slice(0, MAX_HEADER_CHARACTERS)
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.trim().toLowerCase().split(';');
      const weight = parameters.map((one) => /^\s*q=(\d(?:\.\d{0,3})?)\s*$/.exec(one)?.[1]);
      return {
        language: tag.split('-')[0] ?? '',
        weight: Number(weight.find((one) => one !== undefined) ?? 1),
      };
    })
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => b.weight - a.weight);
  for (const { language } of wishes) if (isLocale(language)) return language;
  return 'en';
}
