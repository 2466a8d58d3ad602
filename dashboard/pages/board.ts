/**
 * The board: what can be reached now, from each network; what changed in the last day; who is silent.
 * A result that is older than it should be counts as silence, never as the state it last had.
 */
import { html } from 'hono/html';
import type { MeasurementSummary } from '../../db/measurement-list.ts';
import type { StoredVantage } from '../../db/vantages.ts';
import type { FunctionId, LaneState } from '../../probes/types.ts';
import { formatAge } from '../format.ts';
import { LOOKS, worseOf } from '../palette.ts';
import { renderAnnouncementTimes, toByline } from './announcement-times.ts';
import { renderAnswers } from './board-answers.ts';
import {
  type BoardData,
  type Cell,
  findCell,
  groupByCountry,
  isReporting,
  isRestricted,
  toCurrentState,
} from './board-state.ts';
import type { Fragment, Frame, Page } from './frame.ts';
import { linkTo, renderAsOf } from './frame.ts';
import {
  renderDotted,
  renderLegend,
  renderState,
  renderTransition,
  toStateClass,
} from './states.ts';
import { renderSpan, renderTime } from './time.ts';
import {
  FUNCTION_WORDS,
  MECHANISM_WORDS,
  toCount,
  toCountryName,
  toSentenceList,
} from './words.ts';

/** Parts of a service that are restricted while the whole is not stopped, e.g. `calls and web blocked`. */
export function toPartWords(state: LaneState, measurement: MeasurementSummary): string {
  if (state !== 'ok' && state !== 'impaired') return '';
  const stopped = Object.entries(measurement.functions).filter(([, { verdict }]) =>
    isRestricted(verdict),
  );
  const byVerdict = Map.groupBy(stopped, ([, { verdict }]) => verdict);
  return [...byVerdict]
    .map(([verdict, parts]) => {
      const names = parts.map(([id]) => FUNCTION_WORDS[id as FunctionId]);
      return `${toSentenceList(names)} ${LOOKS[verdict].word}`;
    })
    .join(', ');
}

function renderCell({ state, measurement }: Cell, frame: Frame): Fragment {
  if (measurement === undefined)
    return html`<td class="cell ${toStateClass(state)}">${renderState(state)}</td>`;
  const mechanism = state === 'no_data' ? undefined : measurement.mechanism;
  const age = formatAge(measurement.startedAtMs, frame.nowMs);
  const parts = toPartWords(state, measurement);
  return html`<td class="cell ${toStateClass(state)}">
    <a href="${linkTo(frame, `/m/${measurement.id}`)}">${renderState(state)}</a>
    ${parts === '' ? '' : html`<span class="parts">${parts}</span>`}
    ${mechanism === undefined ? '' : html`<code class="mechanism-code" title="${MECHANISM_WORDS[mechanism]}">${renderDotted(mechanism)}</code>`}
    ${
      state === 'no_data'
        ? html`<span class="age">was ${LOOKS[measurement.verdict].word} ${age}</span>`
        : html`<span class="age">${age}</span>`
    }
  </td>`;
}

/** Address of a service's parts over the last week. */
function toPartsLink({ id, functions }: BoardData['services'][number]): string {
  return `/t?service=${id}&function=${['service', ...functions].join(',')}&range=7d`;
}

/** Says of one country and service how many networks are restricted, e.g. `3 of 4 blocked`. */
function renderTally(cells: readonly Cell[]): Fragment {
  const known = cells.filter(({ state }) => state !== 'no_data' && state !== 'insufficient');
  const restricted = known.filter(({ state }) => isRestricted(state));
  if (known.length === 0)
    return html`<td class="tally"><span class="quiet">no current result</span></td>`;
  const worst = known.map(({ state }) => state).reduce(worseOf);
  if (restricted.length === 0)
    return html`<td class="tally">${LOOKS[worst].word} on ${worst === 'ok' ? known.length : known.filter(({ state }) => state === worst).length} of ${cells.length}</td>`;
  return html`<td class="tally tally-restricted">restricted on ${restricted.length} of ${cells.length}</td>`;
}

function renderVantageHead(vantage: StoredVantage): Fragment {
  const asn = vantage.asn === 0 ? '' : `AS${vantage.asn}`;
  const access = vantage.access === 'unknown' ? '' : vantage.access;
  const note = [asn, access].filter((text) => text !== '').join(' · ');
  return html`<th scope="row"><span class="network">${vantage.networkName}</span>
    ${note === '' ? '' : html`<span class="quiet">${note}</span>`}</th>`;
}

function renderMatrix(data: BoardData, frame: Frame): Fragment {
  const { services } = data;
  const controls = data.vantages.filter((vantage) => vantage.role === 'control');
  const rowsOf = (vantages: readonly StoredVantage[]) =>
    vantages.map(
      (vantage) => html`<tr>${renderVantageHead(vantage)}
        ${services.map(({ id }) => renderCell(findCell(data, vantage.id, id, frame.nowMs), frame))}</tr>`,
    );
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Status by network and service">
  <table class="board">
    <caption class="unseen">Newest verdict of each service from each network</caption>
    <thead><tr><th scope="col">Network</th>${services.map((service) => html`<th scope="col">${service.name} <a class="parts-link" href="${linkTo(frame, toPartsLink(service))}" aria-label="Parts of ${service.name} over time">parts</a></th>`)}</tr></thead>
    ${groupByCountry(data.vantages).map(
      ([code, vantages]) => html`<tbody>
      <tr class="group"><th scope="rowgroup">${toCountryName(code)} <span class="code">${code}</span></th>
        ${services.map(({ id }) => renderTally(vantages.map((vantage) => findCell(data, vantage.id, id, frame.nowMs))))}</tr>
      ${rowsOf(vantages)}
    </tbody>`,
    )}
    ${
      controls.length === 0
        ? ''
        : html`<tbody class="controls"><tr class="group"><th scope="rowgroup" colspan="${services.length + 1}">Control, from outside</th></tr>${rowsOf(controls)}</tbody>`
    }
  </table>
</div>`;
}

function renderChanges(data: BoardData, frame: Frame): Fragment {
  if (data.changes.length === 0)
    return html`<p class="quiet">No service changed its state on any network in the last 24 hours.</p>`;
  const nameOf = new Map(data.services.map(({ id, name }) => [id, name]));
  const vantageOf = new Map(data.vantages.map((vantage) => [vantage.id, vantage]));
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Table of changes">
  <table class="list">
    <caption class="unseen">Changes in the last 24 hours, newest first</caption>
    <thead><tr><th scope="col">Seen</th><th scope="col">Service</th><th scope="col">Network</th><th scope="col">Change</th><th scope="col">Evidence</th></tr></thead>
    <tbody>${data.changes.map((change) => {
      const vantage = vantageOf.get(change.lane.vantageId);
      return html`<tr>
        <td>${renderTime(change.atMs, frame.timeZone)}</td>
        <th scope="row">${nameOf.get(change.lane.service) ?? change.lane.service}</th>
        <td>${vantage?.networkName ?? change.lane.vantageId} <span class="code">${vantage?.countryCode ?? ''}</span></td>
        <td>${renderTransition(change.from, change.to)}</td>
        <td class="links">${
          change.previousMeasurementId === undefined
            ? ''
            : html`<a href="${linkTo(frame, `/m/${change.previousMeasurementId}`)}">before</a> · `
        }<a href="${linkTo(frame, `/m/${change.measurementId}`)}">after</a></td>
      </tr>`;
    })}</tbody>
  </table></div>`;
}

function renderVantage(vantage: StoredVantage, data: BoardData, frame: Frame): Fragment {
  const { lastMeasuredMs } = vantage;
  const name = html`<span class="network">${vantage.networkName} <span class="code">${vantage.countryCode}</span></span>`;
  // Of a new vantage, or one whose results are held back, nothing is known: that is no alarm.
  if (lastMeasuredMs === undefined)
    return html`<li>${name} <span class="age">waiting for its first result</span></li>`;
  if (isReporting(data, vantage, frame.nowMs))
    return html`<li>${name} <span class="age">reported ${formatAge(lastMeasuredMs, frame.nowMs)}</span></li>`;
  const since = html`silent since ${renderTime(lastMeasuredMs, frame.timeZone)}`;
  return html`<li class="vantage-silent">${name} <strong>${since}</strong></li>`;
}

function renderVantages(data: BoardData, frame: Frame): Fragment {
  return html`<ul class="vantages">${data.vantages.map((vantage) => renderVantage(vantage, data, frame))}</ul>`;
}

function renderOpenAnnouncements(data: BoardData, frame: Frame): Fragment {
  if (data.openAnnouncements.length === 0)
    return html`<p class="quiet">None on record for this time. <a href="${linkTo(frame, '/announcements')}">All announcements</a></p>`;
  return html`<ul class="announcements">${data.openAnnouncements.map(
    ({ announcement }) => html`<li>
      <a href="${linkTo(frame, `/a/${announcement.id}`)}">${announcement.title}</a>
      <span class="quiet">${toByline(announcement)}</span>
      ${renderAnnouncementTimes(announcement, frame)}</li>`,
  )}</ul>
  <p><a href="${linkTo(frame, '/announcements')}">All announcements</a></p>`;
}

/** Vantages whose newest results all say that their own network reaches nothing. */
function listCutOff(data: BoardData, nowMs: number): StoredVantage[] {
  return data.vantages.filter((vantage) => {
    const results = data.latest.filter(
      (measurement) =>
        measurement.vantageId === vantage.id &&
        toCurrentState(measurement, nowMs, vantage) !== 'no_data',
    );
    return results.length > 0 && results.every(({ mechanism }) => mechanism === 'network.outage');
  });
}

function renderNotices(data: BoardData, frame: Frame): Fragment {
  return html`${listCutOff(data, frame.nowMs).map(
    (vantage) => html`<div class="notice" role="status">
      <p><strong>No network from this vantage: ${vantage.networkName}.</strong> The neutral hosts did not answer either, so nothing
      can be concluded about any service from there. Check its connection and DNS, then run
      <code>npm run reachline -- doctor</code>. What was stored and the announcements stay readable.</p></div>`,
  )}`;
}

function renderFirstRun(data: BoardData, frame: Frame): Fragment {
  const names = toSentenceList(data.services.map(({ name }) => name));
  return html`<section class="notice" aria-labelledby="first">
    <h2 id="first">First results arrive in about ${renderSpan(Math.max(60_000, data.nextSlotMs - frame.nowMs + 60_000))}</h2>
    <p>Reachline is running and has not finished a measurement yet. ${names} will be measured from
      ${toCount(data.vantages.length, 'vantage')}; load this page again then.</p>
    <ul>
      <li>Nothing after a few minutes? Run <code>npm run reachline -- doctor</code>: it checks configuration, clock, network and database.</li>
      <li>One measurement at once: <code>npm run reachline -- measure --service ${data.services[0]?.id ?? 'facebook'}</code></li>
      <li>A simulated region with weeks of history: <code>npm run demo</code></li>
      <li>Meanwhile: <a href="${linkTo(frame, '/announcements')}">what the authorities announced</a></li>
    </ul></section>`;
}

function renderSummary(data: BoardData, frame: Frame): Fragment {
  const reporting = data.vantages.filter((vantage) =>
    isReporting(data, vantage, frame.nowMs),
  ).length;
  return html`<div class="summary"><p>${toCount(data.changes.length, 'change')} in 24 h · <span class="${reporting === data.vantages.length ? '' : 'loud'}">${reporting} of
    ${toCount(data.vantages.length, 'vantage')} reporting</span></p>${renderAsOf(frame)}</div>`;
}

/** Makes the board's page. */
export function createBoardPage(data: BoardData, frame: Frame): Page {
  const isEmpty = data.measurementCount === 0;
  const main = html`<h1>Now</h1>
  ${isEmpty ? '' : renderSummary(data, frame)}
  ${renderNotices(data, frame)}
  ${isEmpty ? '' : renderAnswers(data, frame)}
  ${
    isEmpty
      ? renderFirstRun(data, frame)
      : html`<section aria-labelledby="status"><h2 id="status" class="unseen">Status by network</h2>${renderMatrix(data, frame)}</section>`
  }
  <div class="columns">
    ${
      isEmpty
        ? ''
        : html`<section aria-labelledby="changes"><h2 id="changes">Changes in the last 24 hours</h2>${renderChanges(data, frame)}</section>`
    }
    <section aria-labelledby="open"><h2 id="open">Announcements in force</h2>${renderOpenAnnouncements(data, frame)}</section>
  </div>
  <section aria-labelledby="vantages"><h2 id="vantages">Vantages</h2>${renderVantages(data, frame)}</section>
  <section aria-labelledby="legend"><h2 id="legend">Signs</h2>${renderLegend()}</section>`;
  return {
    title: 'Now',
    description: `Whether ${toSentenceList(data.services.map(({ name }) => name))} can be reached now, network by network.`,
    current: 'now',
    main,
    jsonUrl: '/api/v1/measurements?limit=50',
  };
}
