/**
 * What an address says besides its path: the language before it (`/ru/t`) and the form behind it (`/t.csv`). Pages have
 * one route each; their languages and forms are read here, so that every view has them alike.
 */
import { isLocale, type Locale } from '../dashboard/i18n/locale.ts';

/** Other forms of a view; the page itself has none. */
const FORMS = ['atom', 'csv', 'json', 'png', 'svg'] as const;
export type Form = (typeof FORMS)[number];

/** An address taken apart. */
export type Address = {
  /** The path of the route, e.g. `/t`. */
  readonly path: string;
  /** The language that the address names; the reader's own wish decides when it names none. */
  readonly locale?: Locale;
  readonly form?: Form;
};

/** Parts of the site that have neither languages nor forms: their paths mean what they say. */
const PLAIN =
  /^\/(?:(?:api|assets|agent|exports|healthz|metrics|embed|badge|card)(?:\/|$)|openapi\.json$)/;

/** Takes a path apart. A form is known by its ending, so no id of ours may end in one. */
export function parseAddress(pathname: string): Address {
  if (PLAIN.test(pathname)) return { path: pathname };
  const [, code = '', rest = ''] = /^\/([a-z]{2})(\/.*)?$/.exec(pathname) ?? [];
  const locale = isLocale(code) ? code : undefined;
  const path = locale === undefined ? pathname : rest === '' ? '/' : rest;
  const [, stem = '', ending = ''] = /^(.*[^/])\.([a-z]{3,4})$/.exec(path) ?? [];
  const form = FORMS.find((one) => one === ending);
  return {
    path: form === undefined ? path : stem === '/index' ? '/' : stem,
    ...(locale === undefined ? {} : { locale }),
    ...(form === undefined ? {} : { form }),
  };
}
