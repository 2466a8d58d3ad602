/** Countries in sentences: languages decline their names, so each one that we measure from has a phrase of its own. */
import type { Say } from './say.ts';
import { formatCountry } from './times.ts';

/** Codes with a phrase; others are named without being declined. */
const DECLINED = [
  'AM',
  'AZ',
  'BY',
  'DE',
  'EE',
  'GE',
  'HU',
  'LT',
  'LV',
  'PL',
  'RO',
  'RU',
  'SK',
  'UA',
  'US',
  'ZZ',
] as const;

/** Where something is, e.g. `in Russia`, `в России`. */
export function sayIn(say: Say, countryCode: string): string {
  const known = DECLINED.find((code) => code === countryCode);
  return known === undefined
    ? say.text('country.in_other', { country: formatCountry(countryCode, say) })
    : say.text(`country.in.${known}`);
}
