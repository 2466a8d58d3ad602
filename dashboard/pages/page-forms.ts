/** A view in other forms: their addresses, for the head of a page and for the one line of links that every page has. */
import { html } from 'hono/html';
import type { Frame } from './frame.ts';
import type { Fragment } from './rich-text.ts';

/** Forms that a page may have besides itself, in the order in which they are offered. */
export const PAGE_FORMS = ['csv', 'json', 'png', 'svg'] as const;
export type PageForm = (typeof PAGE_FORMS)[number];

/** Addresses of the forms that a page has. */
export type FormUrls = Readonly<Partial<Record<PageForm, string>>>;

const CONTENT_TYPES: Readonly<Record<PageForm, string>> = {
  csv: 'text/csv',
  json: 'application/json',
  png: 'image/png',
  svg: 'image/svg+xml',
};

/** Forms that are read by programs: they have neither language nor zone. */
const DATA_FORMS: readonly PageForm[] = ['csv', 'json'];

/** Addresses of forms of a page with the choice that its own address holds; all forms unless told. */
export function toFormUrls(
  { base, path, query, timeZone, defaultZone }: Frame,
  forms: readonly PageForm[] = PAGE_FORMS,
): FormUrls {
  const stem = path === '/' ? '/index' : path;
  return Object.fromEntries(
    forms.map((form) => {
      const isData = DATA_FORMS.includes(form);
      const parameters = new URLSearchParams(query.map(([name, value]) => [name, value]));
      if (!isData && timeZone !== defaultZone) parameters.set('tz', timeZone);
      const search = parameters.size === 0 ? '' : `?${parameters.toString()}`;
      return [form, `${isData ? '' : base}${stem}.${form}${search}`];
    }),
  );
}

function listForms(urls: FormUrls): { readonly form: PageForm; readonly url: string }[] {
  return PAGE_FORMS.flatMap((form) => {
    const url = urls[form];
    return url === undefined ? [] : [{ form, url }];
  });
}

/** Names the forms to programs that look for them. */
export function renderFormHeads(urls: FormUrls): Fragment {
  return html`${listForms(urls).map(
    ({ form, url }) => html`<link rel="alternate" type="${CONTENT_TYPES[form]}" href="${url}">
`,
  )}`;
}

/**
 * Links to the forms. Those of the timeline follow what its script shows: `isLive` marks them for it.
 */
export function renderFormLinks(urls: FormUrls, { say }: Frame, isLive = false): Fragment {
  const forms = listForms(urls);
  if (forms.length === 0) return html``;
  const mark = isLive ? html` data-part=""` : '';
  return html`<nav class="page-forms" aria-labelledby="page-forms"><span id="page-forms">${say.text('frame.forms')}</span>
    <ul>${forms.map(
      ({ form, url }) =>
        html`<li><a href="${url}" type="${CONTENT_TYPES[form]}"${mark}>${form.toUpperCase()}</a></li>`,
    )}</ul></nav>`;
}
