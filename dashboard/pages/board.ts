/**
 * The board: what changed, what can be reached where, who is silent. Changes come first, since that is what a watch is for.
 * A result that is older than it should be counts as silence, never as the state it last had.
 */
import { html } from 'hono/html';
import type { StoredVantage } from '../../db/vantages.ts';
import { sayNetwork } from '../i18n/network-names.ts';
import { joinWords } from '../i18n/say.ts';
import { groupChanges } from './board-change.ts';
import { renderChanges } from './board-changes.ts';
import { renderCountries, renderMap } from './board-countries.ts';
import { renderNetworks } from './board-networks.ts';
import { type BoardData, toCurrentState } from './board-state.ts';
import {
  renderHealth,
  renderIncidents,
  renderOpenAnnouncements,
  renderSummary,
} from './board-watch.ts';
import type { Frame, Page } from './frame.ts';
import { linkTo } from './frame.ts';
import { renderKeys } from './live-block.ts';
import { toFormUrls } from './page-forms.ts';
import { type Fragment, renderMessage } from './rich-text.ts';
import { renderLegend } from './states.ts';
import { renderSpan } from './time.ts';

type TitleKey =
  `board.${'changes' | 'by_country' | 'by_network' | 'incidents' | 'announcements' | 'vantages' | 'signs'}`;

/** A part of the page that is read anew when something changes. */
function renderRegion(id: string, title: TitleKey, content: Fragment, frame: Frame): Fragment {
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${frame.say.text(title)}</h2><div id="${id}-now" data-region>${content}</div></section>`;
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
  const { say } = frame;
  const command = html`<code>npm run reachline -- doctor</code>`;
  return html`<div id="notices" data-region>${listCutOff(data, frame.nowMs).map(
    ({ networkName }) => html`<div class="notice" role="status">
      <p><strong>${say.text('board.cut_off', { network: sayNetwork(say, networkName) })}</strong> ${renderMessage(say, 'board.cut_off_advice', { command })}</p></div>`,
  )}</div>`;
}

function renderFirstRun(data: BoardData, frame: Frame): Fragment {
  const { say } = frame;
  const waitMs = Math.max(60_000, data.nextSlotMs - frame.nowMs + 60_000);
  const first = data.services[0]?.id ?? 'facebook';
  const announced = html`<a href="${linkTo(frame, '/announcements')}">${say.text('board.first_announcements_link')}</a>`;
  const services = joinWords(
    data.services.map(({ name }) => name),
    say,
  );
  return html`<section class="notice" aria-labelledby="first">
    <h2 id="first">${say.text('board.first_title', { time: renderSpan(waitMs, say) })}</h2>
    <p>${say.text('board.first_what', { services, n: data.vantages.length })}</p>
    <ul>
      <li>${renderMessage(say, 'board.first_doctor', { command: html`<code>npm run reachline -- doctor</code>` })}</li>
      <li>${renderMessage(say, 'board.first_measure', { command: html`<code>npm run reachline -- measure --service ${first}</code>` })}</li>
      <li>${renderMessage(say, 'board.first_demo', { command: html`<code>npm run demo</code>` })}</li>
      <li>${renderMessage(say, 'board.first_announcements', { link: announced })}</li>
    </ul></section>`;
}

function renderMeasured(data: BoardData, frame: Frame): Fragment {
  const { say } = frame;
  const changes = groupChanges(data, frame.nowMs);
  return html`${renderSummary(changes, data, frame)}
  ${renderNotices(data, frame)}
  <div class="watch">
    <div class="watch-main">
      ${renderRegion('changes', 'board.changes', renderChanges(changes, data, frame), frame)}
      ${renderRegion('countries', 'board.by_country', renderCountries(data, frame), frame)}
    </div>
    <div class="watch-side">
      ${renderRegion('incidents', 'board.incidents', renderIncidents(data, frame), frame)}
      ${renderMap(data, frame)}
      ${renderRegion('open', 'board.announcements', renderOpenAnnouncements(data, frame), frame)}
    </div>
    <div>
      ${renderRegion('vantages', 'board.vantages', renderHealth(data, frame), frame)}
      ${renderRegion('networks', 'board.by_network', renderNetworks(data, frame), frame)}
    </div>
  </div>
  <section aria-labelledby="legend"><h2 id="legend">${say.text('board.signs')}</h2>${renderLegend(say)}</section>
  ${renderKeys(frame)}`;
}

function renderUnmeasured(data: BoardData, frame: Frame): Fragment {
  return html`<h1>${frame.say.text('board.title')}</h1>
  ${renderNotices(data, frame)}
  ${renderFirstRun(data, frame)}
  ${renderRegion('open', 'board.announcements', renderOpenAnnouncements(data, frame), frame)}
  ${renderRegion('vantages', 'board.vantages', renderHealth(data, frame), frame)}`;
}

/** Makes the board's page. */
export function createBoardPage(data: BoardData, frame: Frame): Page {
  const { say } = frame;
  const services = joinWords(
    data.services.map(({ name }) => name),
    say,
  );
  return {
    title: say.text('board.title'),
    description: say.text('board.description', { services }),
    current: 'now',
    main: data.measurementCount === 0 ? renderUnmeasured(data, frame) : renderMeasured(data, frame),
    isBoard: true,
    forms: toFormUrls(frame),
    live: { mark: data.mark },
  };
}
