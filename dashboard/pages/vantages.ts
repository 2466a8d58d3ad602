/**
 * All vantages, country by country: who reports, who is silent, how much of each day was measured and whether the
 * network there works at all. Silence is as loud as a block, since a silent vantage sees no block.
 */
import { html } from 'hono/html';
import { formatAge } from '../format.ts';
import { toCurrentState } from './board-state.ts';
import { describeDays, renderCoverageBar } from './coverage-picture.ts';
import type { Fragment, Frame, Page } from './frame.ts';
import { linkTo, renderAsOf } from './frame.ts';
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
import { ACCESS_WORDS, KIND_WORDS, ROLE_WORDS, STATUS_LOOKS } from './vantage-words.ts';
import { toCount, toCountryName, toSentenceList } from './words.ts';

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
export function renderStatus(status: VantageStatus): Fragment {
  const { glyph, word } = STATUS_LOOKS[status];
  return html`<span class="reporting reporting-${status}"><span class="glyph" aria-hidden="true">${glyph}</span>&nbsp;${word}</span>`;
}

/** Name and number of a network, e.g. `Volga Fixed · AS64512`. */
export function toNetworkLine({ vantage }: VantageView): string {
  return vantage.asn === 0 ? vantage.networkName : `${vantage.networkName} · AS${vantage.asn}`;
}

/** When it was last seen, with its delay where it has one. */
export function renderLastSeen({ vantage }: VantageView, frame: Frame): Fragment {
  const { lastMeasuredMs, publishDelayMinutes = 0 } = vantage;
  const delay =
    publishDelayMinutes === 0
      ? ''
      : html`<span class="note">shown ${renderSpan(publishDelayMinutes * 60_000)} late, by its operator’s wish</span>`;
  if (lastMeasuredMs === undefined) return html`<span class="quiet">never</span>${delay}`;
  return html`<span class="age-strong">${formatAge(lastMeasuredMs, frame.nowMs)}</span>
    <span class="note">${renderTime(lastMeasuredMs, frame.timeZone)}</span>${delay}`;
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
export function groupViews(views: readonly VantageView[]): [string, VantageView[]][] {
  const loudest = (group: readonly VantageView[]) =>
    group.some(({ status }) => status === 'silent') ? 0 : 1;
  return [...Map.groupBy(views, ({ vantage }) => vantage.countryCode)]
    .map(([code, group]): [string, VantageView[]] => [code, group.toSorted(compareViews)])
    .toSorted(
      ([a, first], [b, second]) =>
        loudest(first) - loudest(second) || toCountryName(a).localeCompare(toCountryName(b), 'en'),
    );
}

function renderVerdicts(view: VantageView, data: VantagesData, frame: Frame): Fragment {
  return html`<ul class="plain">${data.services.map(({ id, name }) => {
    const measurement = view.latest.find(({ service }) => service === id);
    const state = toCurrentState(measurement, frame.nowMs, view.vantage);
    const text = html`<span class="quiet">${name}</span> ${renderState(state)}`;
    return measurement === undefined
      ? html`<li>${text}</li>`
      : html`<li><a href="${linkTo(frame, `/m/${measurement.id}`)}">${text}</a></li>`;
  })}</ul>`;
}

/** How well it can be relied on: for a control that the services answered, for all others that their network worked. */
function renderReliance({ vantage, coverage }: VantageView): Fragment {
  const isControl = vantage.role === 'control';
  const share = isControl ? toOkShare(coverage) : toNetworkShare(coverage);
  return html`${formatShare(share)} <span class="note">${isControl ? 'services answered' : 'neutral hosts answered'}</span>`;
}

function renderRow(view: VantageView, data: VantagesData, frame: Frame): Fragment {
  const { vantage, days, status } = view;
  const role =
    vantage.role === 'control' ? html` <span class="tag">${ROLE_WORDS[vantage.role]}</span>` : '';
  return html`<tr class="vantage-${status}">
    <th scope="row"><a href="${linkTo(frame, `/v/${vantage.id}`)}">${vantage.id}</a>${role}
      <span class="note">${toNetworkLine(view)}</span></th>
    <td data-label="State">${renderStatus(status)}</td>
    <td data-label="Last seen">${renderLastSeen(view, frame)}</td>
    <td data-label="How">${KIND_WORDS[vantage.kind]} <span class="note">${ACCESS_WORDS[vantage.access]}</span></td>
    <td data-label="Own network, 90 d">${renderReliance(view)}</td>
    <td data-label="Coverage">${renderCoverageBar(days)}
      <span class="note">today ${formatShare(toShare(days.slice(-1)), '–')} · 90 d ${formatShare(toShare(days), '–')}</span></td>
    <td data-label="Now">${renderVerdicts(view, data, frame)}</td>
  </tr>`;
}

function renderTable(data: VantagesData, frame: Frame): Fragment {
  const groups = groupViews(data.vantages);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Vantages by country">
  <table class="list stacked vantage-table"><caption class="unseen">Vantages by country, silent ones first</caption>
    <thead><tr><th scope="col">Vantage and network</th><th scope="col">State</th><th scope="col">Last seen</th><th scope="col">How it measures</th>
      <th scope="col">Own network, 90 d</th><th scope="col">Coverage of 90 days</th><th scope="col">Verdict now</th></tr></thead>
    ${groups.map(
      ([code, views]) => html`<tbody>
      <tr class="group"><th scope="rowgroup" colspan="7">${toCountryName(code)} <span class="code">${code}</span></th></tr>
      ${views.map((view) => renderRow(view, data, frame))}
    </tbody>`,
    )}
  </table></div>`;
}

function renderSilent(data: VantagesData, frame: Frame): Fragment {
  const silent = data.vantages.filter(({ status }) => status === 'silent');
  if (silent.length === 0) return html``;
  return html`<section class="silence" aria-labelledby="silent"><h2 id="silent"><span aria-hidden="true">✕</span> ${toCount(silent.length, 'vantage is', 'vantages are')} silent</h2>
    <p>Nothing came from ${silent.length === 1 ? 'it' : 'them'} for more than ${SILENT_INTERVALS} rounds. What is restricted there now, nobody here can see.</p>
    <ul>${silent.map(
      (
        view,
      ) => html`<li><a href="${linkTo(frame, `/v/${view.vantage.id}`)}">${view.vantage.id}</a>, ${view.vantage.networkName} <span class="code">${view.vantage.countryCode}</span>:
        last seen ${formatAge(view.vantage.lastMeasuredMs ?? frame.nowMs, frame.nowMs)}</li>`,
    )}</ul></section>`;
}

function renderEmpty(frame: Frame): Fragment {
  return html`<section class="notice" aria-labelledby="empty"><h2 id="empty">There is no vantage yet</h2>
    <p>A vantage is a place and a network to measure from. To add one:</p>
    <ul>
      <li>This machine, a proxy or public probes: add a row under <code>vantages</code> in <code>config/reachline.yaml</code> and start again.</li>
      <li>A machine of somebody else: <code>npm run reachline -- vantage add</code> prints what they need. Have them read
        <a href="${linkTo(frame, '/volunteers')}">what running one means</a> first.</li>
      <li>To see the pages filled: <code>npm run demo</code></li>
    </ul></section>`;
}

function renderSummary(data: VantagesData, frame: Frame): Fragment {
  const count = (status: VantageStatus) =>
    data.vantages.filter((view) => view.status === status).length;
  const countries = new Set(data.vantages.map(({ vantage }) => vantage.countryCode)).size;
  const due = data.vantages.length - count('off') - count('imported');
  return html`<div class="summary"><p>${toCount(data.vantages.length, 'vantage')} in ${toCount(countries, 'country', 'countries')} ·
    <span class="${count('reporting') === due ? '' : 'loud'}">${count('reporting')} of ${due} reporting</span></p>${renderAsOf(frame)}</div>`;
}

/** Makes the page of all vantages. */
export function createVantagesPage(data: VantagesData, frame: Frame): Page {
  const isEmpty = data.vantages.length === 0;
  const names = toSentenceList(data.services.map(({ name }) => name));
  const main = html`<h1>Vantages</h1>
  ${
    isEmpty
      ? html`${renderEmpty(frame)}${renderAwaited(data)}`
      : html`${renderSummary(data, frame)}
  <p class="lead">The places and networks from which ${names} are measured. What no vantage sees is not known: fewer vantages is not fewer blocks.</p>
  ${renderSilent(data, frame)}${renderAwaited(data)}
  ${renderTable(data, frame)}
  <p class="quiet">Coverage: runs measured of the runs that were due, by UTC day; ${describeExample(data)}</p>`
  }
  <section aria-labelledby="more"><h2 id="more">More vantages</h2>
    <p>Before you run one for somebody, read <a href="${linkTo(frame, '/volunteers')}">what it does, what it stores and what it can mean</a>.</p></section>`;
  return {
    title: 'Vantages',
    description: `Where ${names} are measured from, and which places are silent.`,
    current: 'vantages',
    main,
    jsonUrl: '/api/v1/vantages',
  };
}

/** Places that are waited for are as worth knowing as those that fell silent. */
function renderAwaited({ awaited = [] }: VantagesData): Fragment {
  if (awaited.length === 0) return html``;
  return html`<p class="notice">Nothing has come yet from the probes of Globalping in ${toSentenceList(awaited)}. They are asked in turn; when none answers for long, the log of the server says why.</p>`;
}

/** What the bars mean, with the first vantage as example. */
function describeExample(data: VantagesData): string {
  const first = data.vantages[0];
  return `a full column is a complete day, two thin lines a day without a run, nothing a day on which nothing was due.${
    first === undefined ? '' : ` ${first.vantage.id}: ${describeDays(first.days)}.`
  }`;
}
