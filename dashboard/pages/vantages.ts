/**
 * All vantages, country by country: who reports, who is silent, how much of each day was measured and whether the
 * network there works at all. Silence is as loud as a block, since a silent vantage sees no block.
 */
import { html } from 'hono/html';
import { INTL_LOCALES } from '../i18n/locale.ts';
import { sayNetwork } from '../i18n/network-names.ts';
import { joinWords, type Say } from '../i18n/say.ts';
import { formatAge, formatCountry } from '../i18n/times.ts';
import { toCurrentState } from './board-state.ts';
import { describeDays, renderCoverageBar } from './coverage-picture.ts';
import type { Frame, Page } from './frame.ts';
import { linkTo, renderAsOf } from './frame.ts';
import { toFormUrls } from './page-forms.ts';
import { type Fragment, renderMessage } from './rich-text.ts';
import { renderState } from './states.ts';
import { renderSpan, renderTime } from './time.ts';
import {
  formatShare,
  SILENT_INTERVALS,
  toNetworkShare,
  toOkShare,
  toShare,
  type VantageStatus,
  type VantageView,
} from './vantage-state.ts';
import { STATUS_GLYPHS } from './vantage-words.ts';

/** What the list is drawn from. */
export type VantagesData = {
  readonly services: readonly { readonly id: string; readonly name: string }[];
  readonly vantages: readonly VantageView[];
  /** Countries that Globalping shall measure and none of whose probes has reported yet. */
  readonly awaited?: readonly string[];
};

/** The loudest first. */
const STATUS_ORDER: readonly VantageStatus[] = [
  'silent',
  'waiting',
  'reporting',
  'imported',
  'off',
];

/** Sign and word of a status; silence fills its ground. */
export function renderStatus(status: VantageStatus, say: Say): Fragment {
  return html`<span class="reporting reporting-${status}"><span class="glyph" aria-hidden="true">${STATUS_GLYPHS[status]}</span>&nbsp;${say.text(`vantages.status.${status}`)}</span>`;
}

/** Name and number of a network, e.g. `Volga Fixed · AS64512`. */
export function toNetworkLine({ vantage }: VantageView, say: Say): string {
  const name = sayNetwork(say, vantage.networkName);
  return vantage.asn === 0 ? name : `${name} · AS${vantage.asn}`;
}

/** When it was last seen, with its delay where it has one. */
export function renderLastSeen({ vantage }: VantageView, { say, nowMs }: Frame): Fragment {
  const { lastMeasuredMs, publishDelayMinutes = 0 } = vantage;
  const length = renderSpan(publishDelayMinutes * 60_000, say);
  const delay =
    publishDelayMinutes === 0
      ? ''
      : html`<span class="note">${say.text('vantages.shown_late', { length })}</span>`;
  if (lastMeasuredMs === undefined)
    return html`<span class="quiet">${say.text('vantages.never')}</span>${delay}`;
  return html`<span class="age-strong">${formatAge(lastMeasuredMs, nowMs, say)}</span>
    <span class="note">${renderTime(lastMeasuredMs, say)}</span>${delay}`;
}

function compareViews(a: VantageView, b: VantageView): number {
  return (
    STATUS_ORDER.indexOf(a.status) - STATUS_ORDER.indexOf(b.status) ||
    Number(a.vantage.role === 'control') - Number(b.vantage.role === 'control') ||
    a.vantage.networkName.localeCompare(b.vantage.networkName, 'en') ||
    a.vantage.id.localeCompare(b.vantage.id)
  );
}

/** Countries with their vantages: those with a silent one first, then by name. */
export function groupViews(views: readonly VantageView[], say: Say): [string, VantageView[]][] {
  const loudest = (group: readonly VantageView[]) =>
    group.some(({ status }) => status === 'silent') ? 0 : 1;
  return [...Map.groupBy(views, ({ vantage }) => vantage.countryCode)]
    .map(([code, group]): [string, VantageView[]] => [code, group.toSorted(compareViews)])
    .toSorted(
      ([a, first], [b, second]) =>
        loudest(first) - loudest(second) ||
        formatCountry(a, say).localeCompare(formatCountry(b, say), INTL_LOCALES[say.locale]),
    );
}

function renderVerdicts(view: VantageView, data: VantagesData, frame: Frame): Fragment {
  return html`<ul class="plain">${data.services.map(({ id, name }) => {
    const measurement = view.latest.find(({ service }) => service === id);
    const state = toCurrentState(measurement, frame.nowMs, view.vantage);
    const text = html`<span class="quiet">${name}</span> ${renderState(state, frame.say)}`;
    return measurement === undefined
      ? html`<li>${text}</li>`
      : html`<li><a href="${linkTo(frame, `/m/${measurement.id}`)}">${text}</a></li>`;
  })}</ul>`;
}

/** How well it can be relied on: for a control that the services answered, for all others that their network worked. */
function renderReliance({ vantage, coverage }: VantageView, say: Say): Fragment {
  const isControl = vantage.role === 'control';
  const share = isControl ? toOkShare(coverage) : toNetworkShare(coverage);
  const what = say.text(isControl ? 'vantages.services_answered' : 'vantages.neutral_answered');
  return html`${formatShare(share, say)} <span class="note">${what}</span>`;
}

function renderRow(view: VantageView, data: VantagesData, frame: Frame): Fragment {
  const { say } = frame;
  const { vantage, days, status } = view;
  const role =
    vantage.role === 'control'
      ? html` <span class="tag">${say.text('vantages.role.control')}</span>`
      : '';
  const shares = say.text('vantages.today_and_90', {
    today: formatShare(toShare(days.slice(-1)), say, '–'),
    all: formatShare(toShare(days), say, '–'),
  });
  return html`<tr class="vantage-${status}">
    <th scope="row"><a href="${linkTo(frame, `/v/${vantage.id}`)}">${vantage.id}</a>${role}
      <span class="note">${toNetworkLine(view, say)}</span></th>
    <td data-label="${say.text('vantages.state')}">${renderStatus(status, say)}</td>
    <td data-label="${say.text('vantages.last_seen')}">${renderLastSeen(view, frame)}</td>
    <td data-label="${say.text('vantages.how_short')}">${say.text(`vantages.kind.${vantage.kind}`)} <span class="note">${say.text(`vantages.access.${vantage.access}`)}</span></td>
    <td data-label="${say.text('vantages.own_network_90')}">${renderReliance(view, say)}</td>
    <td data-label="${say.text('vantages.coverage_short')}">${renderCoverageBar(days, say)}
      <span class="note">${shares}</span></td>
    <td data-label="${say.text('vantages.now')}">${renderVerdicts(view, data, frame)}</td>
  </tr>`;
}

const HEADS = [
  'vantage_and_network',
  'state',
  'last_seen',
  'how_it_measures',
  'own_network_90',
  'coverage_90',
  'verdict_now',
] as const;

function renderTable(data: VantagesData, frame: Frame): Fragment {
  const { say } = frame;
  const groups = groupViews(data.vantages, say);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${say.text('vantages.by_country')}">
  <table class="list stacked vantage-table"><caption class="unseen">${say.text('vantages.by_country_caption')}</caption>
    <thead><tr>${HEADS.map((head) => html`<th scope="col">${say.text(`vantages.${head}`)}</th>`)}</tr></thead>
    ${groups.map(
      ([code, views]) => html`<tbody>
      <tr class="group"><th scope="rowgroup" colspan="${HEADS.length}">${formatCountry(code, say)} <span class="code">${code}</span></th></tr>
      ${views.map((view) => renderRow(view, data, frame))}
    </tbody>`,
    )}
  </table></div>`;
}

function renderSilent(data: VantagesData, frame: Frame): Fragment {
  const { say, nowMs } = frame;
  const silent = data.vantages.filter(({ status }) => status === 'silent');
  const n = silent.length;
  if (n === 0) return html``;
  return html`<section class="silence" aria-labelledby="silent"><h2 id="silent"><span aria-hidden="true">✕</span> ${say.text('vantages.silent_count', { n })}</h2>
    <p>${say.text('vantages.silent_lead', { n, rounds: SILENT_INTERVALS })}</p>
    <ul>${silent.map(({ vantage }) => {
      const age = formatAge(vantage.lastMeasuredMs ?? nowMs, nowMs, say);
      return html`<li><a href="${linkTo(frame, `/v/${vantage.id}`)}">${vantage.id}</a>, ${sayNetwork(say, vantage.networkName)} <span class="code">${vantage.countryCode}</span>:
        ${say.text('vantages.silent_since', { age })}</li>`;
    })}</ul></section>`;
}

function renderEmpty(frame: Frame): Fragment {
  const { say } = frame;
  const own = { key: html`<code>vantages</code>`, file: html`<code>config/reachline.yaml</code>` };
  const other = {
    command: html`<code>npm run reachline -- vantage add</code>`,
    link: html`<a href="${linkTo(frame, '/volunteers')}">${say.text('vantages.empty_other_link')}</a>`,
  };
  const demo = { command: html`<code>npm run demo</code>` };
  return html`<section class="notice" aria-labelledby="empty"><h2 id="empty">${say.text('vantages.empty')}</h2>
    <p>${say.text('vantages.empty_lead')}</p>
    <ul>
      <li>${renderMessage(say, 'vantages.empty_own', own)}</li>
      <li>${renderMessage(say, 'vantages.empty_other', other)}</li>
      <li>${renderMessage(say, 'vantages.empty_demo', demo)}</li>
    </ul></section>`;
}

function renderSummary(data: VantagesData, frame: Frame): Fragment {
  const { say } = frame;
  const count = (status: VantageStatus) =>
    data.vantages.filter((view) => view.status === status).length;
  const countries = new Set(data.vantages.map(({ vantage }) => vantage.countryCode)).size;
  const due = data.vantages.length - count('off') - count('imported');
  const n = count('reporting');
  return html`<div class="summary"><p>${say.text('vantages.summary', { n: data.vantages.length, countries })} ·
    <span class="${n === due ? '' : 'loud'}">${say.text('vantages.reporting_of', { n, due })}</span></p>${renderAsOf(frame)}</div>`;
}

/** Makes the page of all vantages. */
export function createVantagesPage(data: VantagesData, frame: Frame): Page {
  const { say } = frame;
  const services = joinWords(
    data.services.map(({ name }) => name),
    say,
  );
  const awaited = renderAwaited(data, say);
  const link = html`<a href="${linkTo(frame, '/volunteers')}">${say.text('vantages.more_link')}</a>`;
  const main = html`<h1>${say.text('vantages.title')}</h1>
  ${
    data.vantages.length === 0
      ? html`${renderEmpty(frame)}${awaited}`
      : html`${renderSummary(data, frame)}
  <p class="lead">${say.text('vantages.lead', { services })}</p>
  ${renderSilent(data, frame)}${awaited}
  ${renderTable(data, frame)}
  <p class="quiet">${say.text('vantages.coverage_note')} ${describeExample(data, say)}</p>`
  }
  <section aria-labelledby="more"><h2 id="more">${say.text('vantages.more')}</h2>
    <p>${renderMessage(say, 'vantages.more_lead', { link })}</p></section>`;
  return {
    title: say.text('vantages.title'),
    description: say.text('vantages.description', { services }),
    current: 'vantages',
    main,
    forms: toFormUrls(frame),
  };
}

/** Places that are waited for are as worth knowing as those that fell silent. */
function renderAwaited({ awaited = [] }: VantagesData, say: Say): Fragment {
  if (awaited.length === 0) return html``;
  return html`<p class="notice">${say.text('vantages.awaited', { countries: joinWords(awaited, say) })}</p>`;
}

/** The days of the first vantage, as an example of what the bars mean. */
function describeExample({ vantages: [first] }: VantagesData, say: Say): string {
  if (first === undefined) return '';
  const days = describeDays(first.days, say);
  return say.text('vantages.coverage_example', { vantage: first.vantage.id, days });
}
