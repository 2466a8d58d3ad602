/** The page that lists every feed, with a form for a service in a country; it works without scripts. */
import { html } from 'hono/html';
import { type Fragment, type Frame, type Page, selected } from './frame.ts';

/** A feed by the name in its address. */
type NamedFeed = { readonly name: string; readonly title: string };
type Choice = NamedFeed & { readonly id: string };

export type FeedsView = {
  readonly general: readonly NamedFeed[];
  readonly services: readonly Choice[];
  readonly countries: readonly Choice[];
  /** The feed that the form asked for. */
  readonly chosen?: NamedFeed & { readonly service?: string; readonly countryCode?: string };
};

function feedUrl({ say }: Frame, name: string, form: 'atom' | 'json'): string {
  return `/${say.locale}/feeds/${name}.${form}`;
}

function renderFeed({ name, title }: NamedFeed, frame: Frame): Fragment {
  return html`<li>${title}: <a href="${feedUrl(frame, name, 'atom')}" type="application/atom+xml">Atom</a>,
    <a href="${feedUrl(frame, name, 'json')}" type="application/feed+json">JSON Feed</a></li>`;
}

function renderList(
  key: 'general' | 'by_service' | 'by_country',
  feeds: readonly NamedFeed[],
  frame: Frame,
): Fragment {
  if (feeds.length === 0) return html``;
  return html`<h2>${frame.say.text(`feeds.${key}`)}</h2>
  <ul>${feeds.map((feed) => renderFeed(feed, frame))}</ul>`;
}

function renderForm({ services, countries, chosen }: FeedsView, frame: Frame): Fragment {
  const { say } = frame;
  const option = ({ id, title }: Choice, value: string | undefined) =>
    html`<option value="${id}"${selected(id === value)}>${title}</option>`;
  return html`<form class="ledger-filters" method="get" action="${frame.base}/feeds" aria-label="${say.text('feeds.choose')}">
    <label>${say.text('feeds.service')} <select name="service"><option value="">${say.text('feeds.every_service')}</option>${services.map((one) => option(one, chosen?.service))}</select></label>
    <label>${say.text('feeds.country')} <select name="country"><option value="">${say.text('feeds.every_country')}</option>${countries.map((one) => option(one, chosen?.countryCode))}</select></label>
    <button type="submit">${say.text('feeds.find')}</button>
  </form>`;
}

/** Makes the page. */
export function createFeedsPage(view: FeedsView, frame: Frame): Page {
  const { say } = frame;
  const { chosen } = view;
  return {
    title: say.text('feeds.title'),
    description: say.text('feeds.about'),
    ...(chosen === undefined
      ? {}
      : { feeds: [{ title: chosen.title, url: feedUrl(frame, chosen.name, 'atom') }] }),
    main: html`<h1>${say.text('feeds.title')}</h1>
  <p class="lead">${say.text('feeds.lead')}</p>
  <h2>${say.text('feeds.choose')}</h2>
  ${renderForm(view, frame)}
  ${chosen === undefined ? '' : html`<ul>${renderFeed(chosen, frame)}</ul>`}
  ${renderList('general', view.general, frame)}
  ${renderList('by_service', view.services, frame)}
  ${renderList('by_country', view.countries, frame)}
  <p>${say.text('feeds.note')}</p>`,
  };
}
