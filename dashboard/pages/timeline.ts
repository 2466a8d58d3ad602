/**
 * The timeline: filters, announcements and lanes of one range. The strips and the table are the page itself;
 * the browser script replaces the strips by a canvas that it draws from the same columns.
 */
import { html } from 'hono/html';
import type { StoredAnnouncement } from '../../db/announcements.ts';
import type { Lane } from '../../db/lanes.ts';
import { FUNCTIONS } from '../../probes/types.ts';
import { formatInstant, formatTime, formatZone, toFieldTime, toIsoMinute } from '../format.ts';
import { renderAnnouncementTimes, toByline } from './announcement-times.ts';
import type { Fragment, Frame, Page } from './frame.ts';
import { linkTo, renderAsOf, renderZoneOptions, selected } from './frame.ts';
import { renderCoverageWords, renderStrips } from './lane-strip.ts';
import { renderLaneTables } from './lane-table.ts';
import { renderLegend } from './states.ts';
import { FUNCTION_WORDS, toCount, toCountryName, toSentenceList } from './words.ts';

/** The choice that a timeline's address stands for. */
export type TimelineFilter = {
  readonly services: readonly string[];
  readonly countries: readonly string[];
  readonly asns: readonly number[];
  readonly functions: readonly Lane['function'][];
  /** A preset such as `30d`; absent when `from` or `to` was given. */
  readonly range?: string;
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
};

/** What the timeline is drawn from. */
export type TimelineData = {
  readonly filter: TimelineFilter;
  readonly services: readonly { readonly id: string; readonly name: string }[];
  /** Every country and network there is to choose from. */
  readonly countries: readonly string[];
  readonly networks: readonly { readonly asn: number; readonly name: string }[];
  readonly rangePresets: readonly string[];
  /** Sorted by service, country and network. */
  readonly lanes: readonly Lane[];
  /** Verdicts in the hours or days that the range touches. */
  readonly verdictCount: number;
  /** Those with a mark in the range, by time. */
  readonly announcements: readonly StoredAnnouncement[];
  readonly lanesUrl: string;
  readonly announcementsUrl: string;
};

/** Lanes in reading order: service as configured, then country, network, whole service before its parts. */
export function sortLanes(lanes: readonly Lane[], serviceIds: readonly string[]): Lane[] {
  const functionOrder: readonly string[] = ['service', ...FUNCTIONS];
  const isControl = (lane: Lane) => (lane.vantage.role === 'control' ? 1 : 0);
  return lanes.toSorted(
    (a, b) =>
      serviceIds.indexOf(a.service) - serviceIds.indexOf(b.service) ||
      isControl(a) - isControl(b) ||
      a.vantage.countryCode.localeCompare(b.vantage.countryCode) ||
      a.vantage.networkName.localeCompare(b.vantage.networkName) ||
      functionOrder.indexOf(a.function) - functionOrder.indexOf(b.function),
  );
}

function renderCheckboxes(
  name: string,
  legend: string,
  options: readonly (readonly [value: string, text: string])[],
  chosen: readonly string[],
): Fragment {
  return html`<fieldset><legend>${legend}</legend>${options.map(
    ([value, text]) =>
      html`<label class="check"><input type="checkbox" name="${name}" value="${value}"${
        chosen.includes(value) ? html` checked` : ''
      }> ${text}</label>`,
  )}</fieldset>`;
}

/** What is chosen, in words: the line that the form folds into. */
function renderChoice(data: TimelineData, frame: Frame): Fragment {
  const { services, countries, asns, functions } = data.filter;
  const nameOf = new Map(data.services.map(({ id, name }) => [id, name]));
  const networkOf = new Map(data.networks.map(({ asn, name }) => [asn, name]));
  const words = [
    services.length === 0
      ? 'all services'
      : toSentenceList(services.map((id) => nameOf.get(id) ?? id)),
    countries.length === 0 ? 'all countries' : toSentenceList(countries.map(toCountryName)),
    ...(asns.length === 0
      ? []
      : [toSentenceList(asns.map((asn) => networkOf.get(asn) ?? `AS${asn}`))]),
    toSentenceList(
      (functions.length === 0 ? (['service'] as const) : functions).map((id) => FUNCTION_WORDS[id]),
    ),
    `times in ${formatZone(frame.timeZone)}`,
  ];
  return html`<span class="choice">${words.join(' · ')}</span> <span class="button">Change</span>`;
}

function renderFilters(data: TimelineData, frame: Frame): Fragment {
  const { filter } = data;
  const functionOptions = (['service', ...FUNCTIONS] as const).map(
    (id) => [id, FUNCTION_WORDS[id]] as const,
  );
  const networkOptions = data.networks.map(
    ({ asn, name }) => [String(asn), asn === 0 ? name : `${name} (AS${asn})`] as const,
  );
  const isCustom = filter.range === undefined;
  return html`<form class="filters" method="get" action="/t" aria-label="Choose what is shown"><details>
    <summary>${renderChoice(data, frame)}</summary>
    <div class="filter-row">
      ${renderCheckboxes(
        'service',
        'Services',
        data.services.map(({ id, name }) => [id, name] as const),
        filter.services,
      )}
      ${renderCheckboxes(
        'country',
        'Countries',
        data.countries.map((code) => [code, toCountryName(code)] as const),
        filter.countries,
      )}
      <label class="field">Range <select name="range">
        ${data.rangePresets.map((preset) => html`<option value="${preset}"${selected(preset === filter.range)}>${preset === 'all' ? 'everything' : `last ${preset}`}</option>`)}
        <option value=""${selected(isCustom)}>from – until</option></select></label>
      <label class="field">Times in <select name="tz">${renderZoneOptions(frame)}</select></label>
      <button type="submit" class="primary">Show</button>
    </div>
    <div class="filter-row filter-more">
      <label class="field">From <input type="datetime-local" name="from" value="${isCustom ? toFieldTime(filter.fromMs, frame.timeZone) : ''}"></label>
      <label class="field">Until (not included) <input type="datetime-local" name="to" value="${isCustom ? toFieldTime(filter.toMs, frame.timeZone) : ''}"></label>
      ${renderCheckboxes('function', 'Parts of a service', functionOptions, filter.functions)}
      ${networkOptions.length === 0 ? '' : renderCheckboxes('asn', 'Networks', networkOptions, filter.asns.map(String))}
    </div>
    <p class="quiet">Exact times win over the range. Nothing ticked means all of them, and the whole service.</p></details>
  </form>`;
}

function toRangeLink(frame: Frame, preset: string): string {
  const kept = frame.query.filter(([name]) => !['range', 'from', 'to'].includes(name));
  const query = new URLSearchParams(
    [...kept, ['range', preset] as const].map(([name, value]) => [name, value]),
  );
  return linkTo(frame, `${frame.path}?${query.toString()}`);
}

function renderPresets(data: TimelineData, frame: Frame): Fragment {
  return html`<ul class="presets" aria-label="Range">${data.rangePresets.map(
    (preset) =>
      html`<li><a href="${toRangeLink(frame, preset)}"${preset === data.filter.range ? html` aria-current="true"` : ''}>${preset}</a></li>`,
  )}</ul>`;
}

function renderAnnouncementList(data: TimelineData, frame: Frame): Fragment {
  if (data.announcements.length === 0)
    return html`<p class="quiet">No announcement on record has a mark in this range. <a href="${linkTo(frame, '/announcements')}">All announcements</a></p>`;
  return html`<ol class="announcements">${data.announcements.map(
    ({
      announcement,
    }) => html`<li><a href="${linkTo(frame, `/a/${announcement.id}`)}">${announcement.title}</a>
      <span class="quiet">${toByline(announcement)}</span>
      ${renderAnnouncementTimes(announcement, frame)}</li>`,
  )}</ol>`;
}

function renderHeading(data: TimelineData, frame: Frame): Fragment {
  const { filter, lanes } = data;
  return html`<div class="summary"><h1>Timeline</h1>${renderPresets(data, frame)}</div>
  <div class="summary"><p><span class="static-range"><strong>${formatTime(filter.fromMs, frame.timeZone)} – ${formatInstant(filter.toMs, frame.timeZone)}</strong> · </span>${toCount(lanes.length, 'lane')} ·
    ${toCount(data.verdictCount, 'verdict')} · ${toCount(data.announcements.length, 'announcement')}</p>${renderAsOf(frame)}</div>`;
}

function renderEmpty(data: TimelineData, frame: Frame): Fragment {
  if (data.verdictCount > 0) return html``;
  if (frame.lastMeasuredMs === undefined)
    return html`<div class="notice"><p><strong>Nothing is measured yet.</strong> <a href="${linkTo(frame, '/')}">When the first results come</a>.</p></div>`;
  const what = data.lanes.length === 0 ? 'No lane fits this choice.' : 'Nothing was measured here.';
  return html`<div class="notice"><p><strong>${what}</strong> There is no measurement in this range.
    Choose a longer range or fewer filters: <a href="${linkTo(frame, '/t?range=all')}">everything there is</a>.</p></div>`;
}

/** Makes the timeline's page. */
export function createTimelinePage(data: TimelineData, frame: Frame): Page {
  const { filter, lanes } = data;
  const main = html`${renderHeading(data, frame)}
  ${renderFilters(data, frame)}
  <section aria-labelledby="lanes"><h2 id="lanes" class="unseen">Lanes</h2>
    ${renderEmpty(data, frame)}
    <div id="timeline" data-lanes-url="${data.lanesUrl}" data-announcements-url="${data.announcementsUrl}"
      data-from="${toIsoMinute(filter.fromMs)}" data-to="${toIsoMinute(filter.toMs)}" data-tz="${frame.timeZone}">
      ${lanes.length === 0 ? '' : renderStrips(data, frame)}
    </div>
    ${renderLegend()}
    ${lanes.length === 0 ? '' : renderCoverageWords(data, frame)}
  </section>
  <section aria-labelledby="in-range"><h2 id="in-range">Announcements in this range</h2>${renderAnnouncementList(data, frame)}</section>
  ${
    lanes.length === 0
      ? ''
      : html`<section aria-labelledby="runs"><h2 id="runs">Runs of the same verdict</h2>${renderLaneTables(data, frame)}</section>`
  }`;
  return {
    title: 'Timeline',
    description: 'Verdicts over time, lane by lane, beside what the authorities announced.',
    current: 'timeline',
    main,
    isTimeline: true,
    jsonUrl: data.lanesUrl,
    hasZoneForm: false,
  };
}
