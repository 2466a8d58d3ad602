/** The list of incidents: those that are open first, then the newest. */
import { html } from 'hono/html';
import type { Incident } from '../../db/incident-types.ts';
import { formatCountry } from '../i18n/times.ts';
import type { Fragment, Frame, Page } from './frame.ts';
import { linkTo, selected } from './frame.ts';
import { renderIncidentTable } from './incident-words.ts';
import { toFormUrls } from './page-forms.ts';
import { renderMessage } from './rich-text.ts';

/** The choice that the address stands for. */
export type IncidentFilter = { readonly service?: string; readonly country?: string };

/** What the list is drawn from. */
export type IncidentsData = {
  /** In the order in which they are shown. */
  readonly incidents: readonly Incident[];
  /** Further ones that are not shown. */
  readonly more: number;
  readonly filter: IncidentFilter;
  readonly services: readonly { readonly id: string; readonly name: string }[];
  readonly countries: readonly string[];
};

/** Open ones first, each group by onset, newest first. */
export function sortIncidents(incidents: readonly Incident[]): Incident[] {
  const isClosed = ({ state }: Incident): number => Number(state === 'closed');
  return incidents.toSorted((a, b) => isClosed(a) - isClosed(b) || b.onset.byMs - a.onset.byMs);
}

function renderSelect(
  name: 'service' | 'country',
  options: readonly (readonly [value: string, text: string])[],
  chosen: string | undefined,
  { say }: Frame,
): Fragment {
  return html`<label>${say.text(`incident.${name}`)} <select name="${name}"><option value="">${say.text('incident.all')}</option>${options.map(
    ([value, text]) => html`<option value="${value}"${selected(value === chosen)}>${text}</option>`,
  )}</select></label>`;
}

function renderFilters({ filter, services, countries }: IncidentsData, frame: Frame): Fragment {
  const { say, timeZone, defaultZone, base } = frame;
  return html`<form class="ledger-filters" method="get" action="${base}/incidents" aria-label="${say.text('incident.choose')}">
    ${renderSelect(
      'service',
      services.map(({ id, name }) => [id, name] as const),
      filter.service,
      frame,
    )}
    ${renderSelect(
      'country',
      countries.map((code) => [code, formatCountry(code, say)] as const),
      filter.country,
      frame,
    )}
    ${timeZone === defaultZone ? '' : html`<input type="hidden" name="tz" value="${timeZone}">`}
    <button type="submit">${say.text('incident.show')}</button></form>`;
}

function renderBody(data: IncidentsData, frame: Frame): Fragment {
  const { say } = frame;
  const { incidents, filter, services, more } = data;
  if (incidents.length > 0)
    return html`${renderIncidentTable(incidents, new Map(services.map(({ id, name }) => [id, name])), frame)}
      ${more === 0 ? '' : html`<p class="quiet">${say.text('incident.more', { n: more })}</p>`}`;
  if (filter.service === undefined && filter.country === undefined)
    return html`<p>${say.text('incident.none')}</p>`;
  const all = html`<a href="${linkTo(frame, '/incidents')}">${say.text('incident.show_all')}</a>`;
  return html`<p>${renderMessage(say, 'incident.none_chosen', { all })}</p>`;
}

/** Makes the page. */
export function createIncidentsPage(data: IncidentsData, frame: Frame): Page {
  const { say } = frame;
  const main = html`<h1>${say.text('incident.list_title')}</h1>
  <p class="lead">${say.text('incident.list_lead')}</p>
  ${renderFilters(data, frame)}
  ${renderBody(data, frame)}`;
  return {
    title: say.text('incident.list_title'),
    description: say.text('incident.list_lead'),
    current: 'incidents',
    main,
    forms: toFormUrls(frame),
  };
}
