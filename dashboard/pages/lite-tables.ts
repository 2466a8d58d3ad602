/**
 * Everything that is known as tables, with signs and words in place of pictures: the body of /lite and of the snapshot.
 * Links are made by the caller, since a file that is passed on has no address of its own.
 */

import { html } from 'hono/html';
import type { StoredAnnouncement } from '../../db/announcements.ts';
import type { Availability } from '../../db/availability-types.ts';
import type { Incident } from '../../db/incident-types.ts';
import type { LedgerGroup, LedgerOutcome } from '../../db/ledger-types.ts';
import type { StateChange } from '../../db/state-change-types.ts';
import { sayNetwork } from '../i18n/network-names.ts';
import type { Say } from '../i18n/say.ts';
import { formatCountry, formatStated, formatTime, formatZone } from '../i18n/times.ts';
import { LOOKS, STATES } from '../palette.ts';
import { nameAnswer, toAnswerGlyph, toAnswerState } from '../pictures/answer-state.ts';
import { toFigures } from './answer-path.ts';
import type { Fragment } from './frame.ts';
import { describeLag, sayOutcome } from './ledger-words.ts';

/** What the tables hold; each list is cut by the caller, who says how many there are in all. */
export type LiteData = {
  readonly services: readonly { readonly id: string; readonly name: string }[];
  readonly answers: readonly Availability[];
  readonly changes: readonly StateChange[];
  readonly incidents: Cut<Incident>;
  readonly announcements: Cut<StoredAnnouncement>;
  readonly ledger?: Cut<LedgerGroup>;
  /** Networks by vantage. */
  readonly networkOf: ReadonlyMap<string, { readonly name: string; readonly countryCode: string }>;
};

/** The newest of a list. */
export type Cut<T> = { readonly shown: readonly T[]; readonly total: number };

/** How links are written: the address of a path of the site, or undefined where there is none. */
export type LinkTo = (path: string) => string | undefined;

type Tables = { readonly data: LiteData; readonly say: Say; readonly linkTo: LinkTo };

function link(path: string, text: string | Fragment, { linkTo }: Tables): Fragment {
  const href = linkTo(path);
  return href === undefined ? html`${text}` : html`<a href="${href}">${text}</a>`;
}

function nameService(id: string, { data }: Tables): string {
  return data.services.find((one) => one.id === id)?.name ?? id;
}

function renderHeads(heads: readonly string[]): Fragment {
  return html`<thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>`;
}

function renderMore({ total, shown }: Cut<unknown>, path: string, tables: Tables): Fragment {
  const n = total - shown.length;
  return n > 0 ? html`<p>${link(path, tables.say.text('lite.more', { n }), tables)}</p>` : html``;
}

/** More letters than this in one word may break: without a style sheet nothing else keeps a table within a phone. */
const MAX_WORD = 14;
const BREAK_EVERY = 10;

/** A text from outside whose long words may break. */
function breakable(text: string): Fragment {
  const words = text.split(' ').map((word) => {
    const letters = Array.from(word);
    if (letters.length <= MAX_WORD) return html`${word}`;
    const parts = Array.from({ length: Math.ceil(letters.length / BREAK_EVERY) }, (_, index) =>
      letters.slice(index * BREAK_EVERY, (index + 1) * BREAK_EVERY).join(''),
    );
    return html`${parts.map((part, index) => html`${index === 0 ? '' : html`<wbr>`}${part}`)}`;
  });
  return html`${words.map((word, index) => html`${index === 0 ? '' : ' '}${word}`)}`;
}

function renderAnswers(tables: Tables): Fragment {
  const { data, say } = tables;
  const countries = [...new Set(data.answers.map(({ countryCode }) => countryCode))];
  const cell = (service: string, code: string): Fragment => {
    const answer = data.answers.find((one) => one.service === service && one.countryCode === code);
    if (answer === undefined) return html`<td>–</td>`;
    const state = toAnswerState(answer);
    const figures = ` ${toFigures(answer)}`.trimEnd();
    return html`<td>${link(`/is/${service}/in/${code}`, `${toAnswerGlyph(state)} ${nameAnswer(state, say)}${figures}`, tables)}</td>`;
  };
  // A row for each service: side by side they are wider than a phone.
  const row = ({ id, name }: LiteData['services'][number], code: string, index: number) =>
    html`<tr>${index === 0 ? html`<th scope="rowgroup" rowspan="${data.services.length}">${link(`/c/${code}`, formatCountry(code, say), tables)}</th>` : ''}<th scope="row">${name}</th>${cell(id, code)}</tr>
`;
  return html`<h2 id="answers">${say.text('lite.answers')}</h2>
<table border="1">${renderHeads([say.text('lite.country'), say.text('lite.what'), say.text('lite.answer')])}
${countries.map((code) => html`<tbody>${data.services.map((one, index) => row(one, code, index))}</tbody>`)}</table>
<p>${say.text('map.labels')}</p>`;
}

/** The network of a vantage and its country, e.g. `Volga Fixed, Russia`. */
function nameNetwork(vantageId: string, { data, say }: Tables): Fragment {
  const network = data.networkOf.get(vantageId);
  if (network === undefined) return breakable(vantageId);
  return html`${breakable(sayNetwork(say, network.name))}, ${formatCountry(network.countryCode, say)}`;
}

function renderChanges(tables: Tables): Fragment {
  const { data, say } = tables;
  if (data.changes.length === 0) return html`<p>${say.text('lite.no_changes')}</p>`;
  const name = (state: StateChange['from']) =>
    `${LOOKS[state].glyph} ${say.text(`words.state.${state}`)}`;
  return html`<table border="1">${renderHeads([
    say.text('lite.time', { zone: formatZone(say.timeZone, say) }),
    say.text('lite.what_where'),
    say.text('lite.from_to'),
  ])}<tbody>${data.changes.map(
    ({ service, vantageId, atMs, from, to, unstable, measurementId }) =>
      html`<tr><td>${link(`/m/${measurementId}`, formatTime(atMs, say), tables)}</td><td>${nameService(service, tables)}<br>${nameNetwork(vantageId, tables)}</td><td>${name(from)} → ${name(to)}${unstable === undefined ? '' : `, ${say.text('board.unstable')}`}</td></tr>
`,
  )}</tbody></table>`;
}

function renderIncidents(tables: Tables): Fragment {
  const { data, say } = tables;
  if (data.incidents.shown.length === 0) return html`<p>${say.text('lite.no_incidents')}</p>`;
  const zone = formatZone(say.timeZone, say);
  return html`<table border="1">${renderHeads([
    say.text('lite.what'),
    `${say.text('lite.began')} (${zone})`,
    say.text('lite.ended'),
    say.text('lite.networks'),
  ])}<tbody>${data.incidents.shown.map(
    ({ id, service, countryCode, onset, end, episodes }) =>
      html`<tr><td>${link(`/i/${id}`, `${nameService(service, tables)}, ${formatCountry(countryCode, say)}`, tables)}</td><td>${formatTime(onset.byMs, say)}</td><td>${end === undefined ? say.text('lite.goes_on') : formatTime(end.byMs, say)}</td><td>${say.number(new Set(episodes.map(({ networkName, asn }) => `${asn} ${networkName}`)).size)}</td></tr>
`,
  )}</tbody></table>${renderMore(data.incidents, '/incidents', tables)}`;
}

function renderAnnouncements(tables: Tables): Fragment {
  const { data, say } = tables;
  return html`<table border="1">${renderHeads([
    say.text('lite.announced'),
    say.text('lite.announcement'),
    say.text('lite.effective'),
  ])}<tbody>${data.announcements.shown.map(
    ({ announcement: one }) =>
      html`<tr><td>${formatStated(one.announced_at, say)}</td><td lang="${one.language}">${link(`/a/${one.id}`, breakable(one.title), tables)}<br>${breakable(one.actor.name)}</td><td>${one.effective_at === null ? '–' : formatStated(one.effective_at, say)}</td></tr>
`,
  )}</tbody></table>${renderMore(data.announcements, '/announcements', tables)}`;
}

function renderLedger(tables: Tables): Fragment {
  const { data, say } = tables;
  if (data.ledger === undefined) return html`<p>${say.text('lite.no_ledger')}</p>`;
  const outcomes = ({ summary }: LedgerGroup) =>
    Object.entries(summary.outcomes)
      .map(([outcome, count]) => `${sayOutcome(say, outcome as LedgerOutcome)} ${count}`)
      .join(', ');
  const lag = ({ summary, reference }: LedgerGroup) => {
    const found = reference === 'announced' ? summary.sinceAnnounced : summary.sinceEffective;
    return found === undefined ? '–' : describeLag(found.median, say);
  };
  return html`<table border="1">${renderHeads([
    say.text('lite.announcement'),
    say.text('lite.outcomes'),
    say.text('lite.lag'),
  ])}<tbody>${data.ledger.shown.map(
    (group) =>
      html`<tr><td>${nameService(group.service, tables)}, ${formatCountry(group.countryCode, say)}<br>${link(`/a/${group.announcementId}`, breakable(group.title), tables)}</td><td>${outcomes(group)}</td><td>${lag(group)}</td></tr>
`,
  )}</tbody></table>${renderMore(data.ledger, '/ledger', tables)}`;
}

/** Renders all tables, each under its heading. */
export function renderLiteTables(data: LiteData, say: Say, linkTo: LinkTo): Fragment {
  const tables: Tables = { data, say, linkTo };
  return html`${renderAnswers(tables)}
<h2 id="changes">${say.text('lite.changes')}</h2>
${renderChanges(tables)}
<h2 id="incidents">${say.text('lite.incidents')}</h2>
${renderIncidents(tables)}
<h2 id="announcements">${say.text('lite.announcements')}</h2>
${renderAnnouncements(tables)}
<h2 id="ledger">${say.text('lite.ledger')}</h2>
${renderLedger(tables)}
<h2 id="signs">${say.text('lite.signs')}</h2>
<table border="1"><tbody>${STATES.map(
    (state) =>
      html`<tr><td>${LOOKS[state].glyph}</td><th scope="row">${say.text(`words.state.${state}`)}</th><td>${say.text(`words.meaning.${state}`)}</td></tr>
`,
  )}</tbody></table>`;
}
