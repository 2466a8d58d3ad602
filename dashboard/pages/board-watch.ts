/** What a watch needs beside the changes: who reports, which incidents go on, what was announced and when it takes effect. */
import { html } from 'hono/html';
import type { Incident } from '../../db/incident-types.ts';
import type { StoredVantage } from '../../db/vantages.ts';
import { toTimeBox } from '../format.ts';
import { sayNetwork } from '../i18n/network-names.ts';
import type { Say } from '../i18n/say.ts';
import { formatBoth, formatClock, formatCountry } from '../i18n/times.ts';
import { sayMechanism } from '../i18n/words.ts';
import { renderAnnouncementTimes, toByline } from './announcement-times.ts';
import type { BoardChange } from './board-change.ts';
import { linkToPlace } from './board-changes.ts';
import type { BoardData } from './board-state.ts';
import type { Frame } from './frame.ts';
import { linkTo, renderAsOf } from './frame.ts';
import { renderLiveAge } from './live-block.ts';
import { type Fragment, renderMessage } from './rich-text.ts';
import { listIncidentSince } from './since.ts';
import { renderTime } from './time.ts';
import { toVantageStatus, type VantageStatus } from './vantage-state.ts';

const HOUR_MS = 3_600_000;
const MAX_LEFT_MS = Number.MAX_SAFE_INTEGER;
/** Watches begin at 06:00, 14:00 and 22:00 by the clock of the page: eight hours, so that no hour is meant of another day. */
const WATCH_HOURS = 8;
const FIRST_WATCH_HOUR = 6;

/** When the watch of an instant began, e.g. 06:00 for 09:41. */
export function findWatchStart(nowMs: number, say: Say): number {
  const [hour = 0, minute = 0] = formatClock(nowMs, say).split(':').map(Number);
  const hours = (hour + 24 - FIRST_WATCH_HOUR) % WATCH_HOURS;
  const startMs = Math.floor(nowMs / 60_000) * 60_000 - (hours * 60 + minute) * 60_000;
  // A change of clocks within the watch moves it by an hour.
  const candidates = [startMs, startMs - HOUR_MS, startMs + HOUR_MS];
  const isStart = (atMs: number) =>
    (Number(formatClock(atMs, say).slice(0, 2)) + 24 - FIRST_WATCH_HOUR) % WATCH_HOURS === 0;
  return candidates.find(isStart) ?? startMs;
}

/** The status of every vantage. */
function listStatuses(data: BoardData, nowMs: number): [StoredVantage, VantageStatus][] {
  return data.vantages.map((vantage) => {
    const latest = data.latest.filter(({ vantageId }) => vantageId === vantage.id);
    const isEnabled = !data.disabled.includes(vantage.id);
    return [vantage, toVantageStatus({ vantage, latest, isEnabled }, nowMs)];
  });
}

/** How many changes, how many vantages report, and how old the newest data are. */
export function renderSummary(
  changes: readonly BoardChange[],
  data: BoardData,
  frame: Frame,
): Fragment {
  const { say, nowMs } = frame;
  const sinceMs = findWatchStart(nowMs, say);
  const recent = changes.filter(({ atMs }) => atMs >= sinceMs).length;
  const due = listStatuses(data, nowMs).filter(([, status]) =>
    ['silent', 'reporting'].includes(status),
  );
  const reporting = due.filter(([, status]) => status === 'reporting').length;
  const hasSilent = reporting < due.length;
  const counted = say.text('board.changes_since', { n: recent, time: formatClock(sinceMs, say) });
  const told = say.text('board.reporting', { n: reporting, total: due.length });
  return html`<div class="summary" id="summary" data-region>
    <h1>${say.text('board.title')}</h1>
    <p class="counts"><span class="${recent > 0 ? 'loud' : ''}">${counted}</span> ·
    ${hasSilent ? html`<a class="loud" href="#vantages">${told}</a>` : html`<span>${told}</span>`}</p>${renderAsOf(frame)}</div>`;
}

function renderVantage(vantage: StoredVantage, status: VantageStatus, frame: Frame): Fragment {
  const { say } = frame;
  const name = html`<span><a class="network" href="${linkTo(frame, `/v/${vantage.id}`)}">${sayNetwork(say, vantage.networkName)}</a> <span class="code">${vantage.countryCode}</span></span>`;
  const { lastMeasuredMs } = vantage;
  if (status === 'reporting' && lastMeasuredMs !== undefined)
    return html`<li>${name} ${renderLiveAge(lastMeasuredMs, frame)}</li>`;
  if (status === 'silent' && lastMeasuredMs !== undefined) {
    const time = renderTime(lastMeasuredMs, say);
    return html`<li class="vantage-silent">${name} <strong>${renderMessage(say, 'board.silent_since', { time })}</strong></li>`;
  }
  const word = status === 'off' || status === 'imported' ? status : 'waiting';
  return html`<li class="vantage-other">${name} <span class="age">${say.text(`board.vantage_${word}`)}</span></li>`;
}

/** Every vantage; the silent ones first, as loud as a block. */
export function renderHealth(data: BoardData, frame: Frame): Fragment {
  const statuses = listStatuses(data, frame.nowMs);
  const silent = statuses.filter(([, status]) => status === 'silent');
  const others = statuses.filter(([, status]) => status !== 'silent');
  return html`<ul class="vantages">${[...silent, ...others].map(([vantage, status]) => renderVantage(vantage, status, frame))}</ul>`;
}

function renderIncident(incident: Incident, data: BoardData, frame: Frame): Fragment {
  const { say } = frame;
  const { id, service, countryCode, severity, mechanism, state } = incident;
  const name = data.services.find((one) => one.id === service)?.name ?? service;
  const networks = new Set(
    incident.episodes.filter(({ end }) => !end).map(({ asn, vantageId }) => asn || vantageId),
  ).size;
  const href = data.has.incidents
    ? linkTo(frame, `/i/${id}`)
    : linkToPlace(frame, data, service, countryCode);
  const facts = [
    ...listIncidentSince(incident).map(({ kind, interval }) =>
      say.text(`board.since.${kind}`, { time: formatBoth(interval.byMs, say) }),
    ),
    say.text('board.networks', { n: networks }),
    ...(mechanism === undefined ? [] : [sayMechanism(say, mechanism)]),
    ...(state === 'unstable' ? [say.text('board.unstable')] : []),
  ];
  return html`<li class="incident incident-${severity}"><a href="${href}">${name} · ${formatCountry(countryCode, say)}</a>
    <span class="tag">${say.text(`board.severity_${severity}`)}</span>
    <span class="note">${facts.join(' · ')}</span></li>`;
}

/** Incidents that go on. */
export function renderIncidents(data: BoardData, frame: Frame): Fragment {
  if (data.incidents.length === 0)
    return html`<p class="quiet">${frame.say.text('board.no_incidents')}</p>`;
  return html`<ul class="incidents">${data.incidents.map((one) => renderIncident(one, data, frame))}</ul>`;
}

/** Time until an announcement takes effect; the largest there is when it has, or nobody said when. */
function toLeftMs(
  { announcement: { effective_at } }: BoardData['openAnnouncements'][number],
  nowMs: number,
): number {
  const box = effective_at === null ? undefined : toTimeBox(effective_at);
  return box !== undefined && box.fromMs > nowMs ? box.fromMs - nowMs : MAX_LEFT_MS;
}

/** Announcements in force, those that are still to take effect first, with the time that is left. */
export function renderOpenAnnouncements(data: BoardData, frame: Frame): Fragment {
  const { say, nowMs } = frame;
  const all = html`<a href="${linkTo(frame, '/announcements')}">${say.text('board.all_announcements')}</a>`;
  if (data.openAnnouncements.length === 0)
    return html`<p class="quiet">${say.text('board.no_announcements')} ${all}</p>`;
  // Sorting is stable, so what is in force already stays newest first.
  const sorted = data.openAnnouncements.toSorted((a, b) => toLeftMs(a, nowMs) - toLeftMs(b, nowMs));
  return html`<ul class="announcements">${sorted.map(
    (one) => html`<li${toLeftMs(one, nowMs) < MAX_LEFT_MS ? html` class="due"` : ''}>
      <a href="${linkTo(frame, `/a/${one.announcement.id}`)}">${one.announcement.title}</a>
      <span class="quiet">${toByline(one.announcement, say)}</span>
      ${renderAnnouncementTimes(one.announcement, frame)}</li>`,
  )}</ul>
  <p>${all}</p>`;
}
