/**
 * The ledger: every announcement that changes access against what was measured of it, network by network, and what
 * was measured without any announcement. Complete without JavaScript; the pictures repeat what the tables say.
 */
import { html } from 'hono/html';
import type { StoredLedger } from '../../db/ledger.ts';
import type {
  LedgerFinding,
  LedgerGroup,
  LedgerOutcome,
  LedgerPhase,
  LedgerRow,
  StatedInterval,
  Unannounced,
} from '../../db/ledger-types.ts';
import { formatInstant, formatZone } from '../format.ts';
import { ANNOUNCEMENT_MARKS } from '../palette.ts';
import type { Fragment, Frame, Page } from './frame.ts';
import { linkTo, selected } from './frame.ts';
import { renderLagPicture } from './lag-picture.ts';
import {
  describeGroup,
  describeLag,
  describeLags,
  describeStated,
  OUTCOME_WORDS,
  summariseGroup,
} from './ledger-words.ts';
import { renderDotted } from './states.ts';
import { renderShortTime } from './time.ts';
import { FUNCTION_WORDS, MECHANISM_WORDS, toCount, toCountryName } from './words.ts';

/** The choice that the address of a ledger stands for. */
export type LedgerFilter = {
  readonly service?: string;
  readonly country?: string;
  readonly outcome?: LedgerOutcome;
};

/** What the ledger's page is drawn from. */
export type LedgerData = {
  /** Absent before it was built for the first time. */
  readonly stored?: Omit<StoredLedger, 'content'>;
  /** The newest revision, when another one is shown. */
  readonly newestRevision?: number;
  readonly filter: LedgerFilter;
  readonly services: readonly { readonly id: string; readonly name: string }[];
  /** Countries and outcomes that the whole ledger has. */
  readonly countries: readonly string[];
  readonly outcomes: readonly LedgerOutcome[];
  /** Those that the filter lets pass, with the rows that it lets pass. */
  readonly groups: readonly LedgerGroup[];
  readonly unannounced: readonly Unannounced[];
  /** Titles of announcements by id; one that is missing is named by its id. */
  readonly titleOf: ReadonlyMap<string, string>;
  readonly csvUrl: string;
  readonly unannouncedCsvUrl: string;
  readonly jsonUrl: string;
};

/** Glyph and word of an outcome. */
export function renderOutcome(outcome: LedgerOutcome): Fragment {
  const { glyph, word, meaning } = OUTCOME_WORDS[outcome];
  return html`<span class="outcome outcome-${outcome.replaceAll('_', '-')}" title="${meaning}"><span class="glyph" aria-hidden="true">${glyph}</span> ${word}</span>`;
}

function renderSelect(
  name: string,
  label: string,
  all: string,
  options: readonly (readonly [value: string, text: string])[],
  chosen: string | undefined,
): Fragment {
  return html`<label>${label} <select name="${name}"><option value="">${all}</option>${options.map(
    ([value, text]) => html`<option value="${value}"${selected(value === chosen)}>${text}</option>`,
  )}</select></label>`;
}

function renderFilters(data: LedgerData, frame: Frame): Fragment {
  const { filter, services, countries, outcomes } = data;
  return html`<form class="ledger-filters" method="get" action="/ledger" aria-label="Choose what is shown">
    ${renderSelect(
      'service',
      'Service',
      'all',
      services.map(({ id, name }) => [id, name] as const),
      filter.service,
    )}
    ${renderSelect(
      'country',
      'Country',
      'all',
      countries.map((code) => [code, toCountryName(code)] as const),
      filter.country,
    )}
    ${renderSelect(
      'outcome',
      'Outcome',
      'all',
      outcomes.map((one) => [one, OUTCOME_WORDS[one].word] as const),
      filter.outcome,
    )}
    ${frame.timeZone === 'UTC' ? '' : html`<input type="hidden" name="tz" value="${frame.timeZone}">`}
    <button type="submit">Show</button></form>`;
}

function renderEvidence({ evidence, end }: LedgerFinding, phase: LedgerPhase, frame: Frame) {
  const isEnd = phase === 'lift' && end !== undefined;
  const pair = [
    ['before', isEnd ? evidence.lastBadId : evidence.lastGoodId],
    ['after', isEnd ? evidence.firstGoodId : evidence.firstBadId],
  ] as const;
  const links = pair.flatMap(([word, id]) =>
    id === undefined ? [] : [html`<a href="${linkTo(frame, `/m/${id}`)}">${word}</a>`],
  );
  return html`${links.map((link, index) => html`${index === 0 ? '' : ' · '}${link}`)}`;
}

function renderPoint(row: LedgerRow, phase: LedgerPhase, frame: Frame): Fragment {
  const point = phase === 'lift' ? row.finding?.end : row.finding?.onset;
  if (point === undefined) return html`<span class="quiet">–</span>`;
  return html`${point.afterMs === undefined ? html`<span class="quiet">not measured before,</span>` : html`${renderShortTime(point.afterMs, frame.say)} <span class="quiet">to</span>`}
    ${renderShortTime(point.byMs, frame.say)}`;
}

function renderMeans({ finding, partial, changed, underId }: LedgerRow, frame: Frame): Fragment {
  const means = (one: LedgerFinding) =>
    html`${FUNCTION_WORDS[one.function]}${one.mechanism === undefined ? '' : html` <code title="${MECHANISM_WORDS[one.mechanism]}">${renderDotted(one.mechanism)}</code>`}`;
  return html`${finding === undefined ? '' : means(finding)}${
    partial === undefined
      ? ''
      : html`<span class="note">only in part: ${means(partial)}, first seen ${renderShortTime(partial.onset.byMs, frame.say)}</span>`
  }${
    changed === undefined
      ? ''
      : html`<span class="note">other means first seen ${renderShortTime(changed.byMs, frame.say)}: ${FUNCTION_WORDS[changed.function]} <code title="${MECHANISM_WORDS[changed.mechanism]}">${renderDotted(changed.mechanism)}</code></span>`
  }${
    underId === undefined
      ? ''
      : html`<span class="note"><a href="${linkTo(frame, `/a/${underId}`)}">under an earlier announcement</a></span>`
  }`;
}

function renderRow(row: LedgerRow, group: LedgerGroup, frame: Frame): Fragment {
  const { sinceAnnounced, sinceEffective, finding } = row;
  const quiet = html`<span class="quiet">–</span>`;
  return html`<tr><th scope="row">${row.networkName}${row.asn === 0 ? '' : html` <span class="quiet">AS${row.asn}</span>`}</th>
    <td>${renderOutcome(row.outcome)}</td>
    <td>${sinceAnnounced === undefined ? quiet : describeLag(sinceAnnounced)}</td>
    ${hasSecondLag(group) ? html`<td>${sinceEffective === undefined ? quiet : describeLag(sinceEffective)}</td>` : ''}
    <td class="date">${renderPoint(row, group.phase, frame)}</td>
    <td>${renderMeans(row, frame)}</td>
    <td class="links">${finding === undefined ? html`<span class="quiet">${toCount(row.daysMeasured, 'day')} measured</span>` : renderEvidence(finding, group.phase, frame)}</td></tr>`;
}

const hasSecondLag = (group: LedgerGroup): boolean => group.reference !== 'announced';

function renderTable(group: LedgerGroup, name: string, frame: Frame): Fragment {
  const second = group.reference === 'lifted' ? 'Since the stated end' : 'Since the time of effect';
  const point = group.phase === 'lift' ? 'Ended' : 'Began';
  return html`<div class="scroll" tabindex="0" role="group" aria-label="Networks: ${name}"><table class="list wide"><caption class="unseen">Networks: ${name}</caption>
    <thead><tr><th scope="col">Network</th><th scope="col">Outcome</th><th scope="col">Since the announcement</th>${hasSecondLag(group) ? html`<th scope="col">${second}</th>` : ''}
    <th scope="col">${point} between (${formatZone(frame.timeZone)})</th><th scope="col">What and how</th><th scope="col">Evidence</th></tr></thead>
    <tbody>${group.rows.map((row) => renderRow(row, group, frame))}</tbody></table></div>`;
}

function renderGroup(group: LedgerGroup, id: string, data: LedgerData, frame: Frame): Fragment {
  const serviceName = data.services.find((one) => one.id === group.service)?.name ?? group.service;
  const name = describeGroup(group, serviceName);
  const { sinceAnnounced, sinceEffective } = group.summary;
  return html`<div class="ledger-group"><h3 id="${id}">${name}</h3>
    <p class="ledger-summary">${summariseGroup(group)}</p>
    ${sinceEffective === undefined ? '' : html`<p class="quiet">${describeLags(sinceEffective, group.reference === 'lifted' ? 'the stated end' : 'the time of effect')}</p>`}
    ${sinceAnnounced === undefined ? '' : html`<p class="quiet">${describeLags(sinceAnnounced, 'the announcement')}</p>`}
    ${group.isPartOfCountry ? html`<p class="note">Announced for a part of the country only; a network may lie outside it.</p>` : ''}
    ${renderLagPicture(group, `${id}-lags`)}
    ${group.rows.length === 0 ? '' : renderTable(group, name, frame)}</div>`;
}

function renderStatedLine(
  kind: keyof typeof ANNOUNCEMENT_MARKS,
  stated: StatedInterval | undefined,
): Fragment {
  const { glyph, word } = ANNOUNCEMENT_MARKS[kind];
  if (stated === undefined && kind === 'lifted') return html``;
  return html`<li><span class="glyph" aria-hidden="true">${glyph}</span> ${word}: ${
    stated === undefined
      ? html`<span class="quiet">not stated</span>`
      : html`${describeStated(stated)}${stated.basis === 'stated' ? '' : html` <span class="quiet">(${stated.basis === 'inferred' ? 'inferred by us' : 'basis not known'})</span>`}`
  }</li>`;
}

function renderAnnouncement(
  groups: readonly LedgerGroup[],
  index: number,
  data: LedgerData,
  frame: Frame,
): Fragment {
  const [first] = groups;
  if (first === undefined) return html``;
  const id = `announcement-${index + 1}`;
  return html`<article class="ledger-announcement" aria-labelledby="${id}"><h2 id="${id}"><a href="${linkTo(frame, `/a/${first.announcementId}`)}">${first.title}</a></h2>
    <p class="quiet">${first.actor}</p>
    <ul class="ledger-times">${renderStatedLine('announced', first.announced)}${renderStatedLine('effective', first.effective)}${renderStatedLine('lifted', first.lifted)}</ul>
    ${groups.map((group, position) => renderGroup(group, `${id}-${position + 1}`, data, frame))}</article>`;
}

function renderUnannouncedRow(one: Unannounced, data: LedgerData, frame: Frame): Fragment {
  const serviceName = data.services.find(({ id }) => id === one.service)?.name ?? one.service;
  const { onset, end, mechanism } = one;
  return html`<tr><th scope="row">${serviceName}, ${FUNCTION_WORDS[one.function]} <span class="quiet">${toCountryName(one.countryCode)}</span></th>
    <td>${one.networkName}${one.asn === 0 ? '' : html` <span class="quiet">AS${one.asn}</span>`}</td>
    <td class="date">${onset.afterMs === undefined ? html`<span class="quiet">not measured before,</span>` : html`${renderShortTime(onset.afterMs, frame.say)} <span class="quiet">to</span>`} ${renderShortTime(onset.byMs, frame.say)}</td>
    <td class="date">${end === undefined ? html`<span class="quiet">goes on</span>` : html`by ${renderShortTime(end.byMs, frame.say)}`}</td>
    <td>${mechanism === undefined ? '' : html`<code title="${MECHANISM_WORDS[mechanism]}">${renderDotted(mechanism)}</code>`}</td>
    <td>${one.nearIds.length === 0 ? html`<span class="quiet">none</span>` : html`${one.nearIds.map((id, index) => html`${index === 0 ? '' : html`<br>`}<a href="${linkTo(frame, `/a/${id}`)}">${data.titleOf.get(id) ?? id}</a>`)}`}</td>
    <td class="links">${renderEvidence(one, 'restriction', frame)}</td></tr>`;
}

function renderUnannounced(data: LedgerData, frame: Frame): Fragment {
  if (data.filter.outcome !== undefined) return html``;
  const { unannounced } = data;
  return html`<section aria-labelledby="unannounced"><h2 id="unannounced">Measured, never announced</h2>
    <p>Restrictions that no order or restriction on record covers. A statement or warning may speak of them: those of that time are named.</p>
    ${
      unannounced.length === 0
        ? html`<p class="quiet">None in this choice.</p>`
        : html`<div class="scroll" tabindex="0" role="region" aria-label="Restrictions that were never announced"><table class="list wide"><caption class="unseen">Restrictions that were never announced</caption>
      <thead><tr><th scope="col">What</th><th scope="col">Network</th><th scope="col">Began between (${formatZone(frame.timeZone)})</th><th scope="col">Ended</th><th scope="col">How</th><th scope="col">Said around that time</th><th scope="col">Evidence</th></tr></thead>
      <tbody>${unannounced.map((one) => renderUnannouncedRow(one, data, frame))}</tbody></table></div>`
    }</section>`;
}

function renderEmpty(data: LedgerData, frame: Frame): Fragment {
  if (data.stored === undefined)
    return html`<div class="notice"><p><strong>The ledger has not been built yet.</strong> It is built once announcements and measurements are stored, and again whenever either changes.
      <a href="${linkTo(frame, '/announcements')}">The announcements</a> can be read already; <a href="${linkTo(frame, '/')}">the board</a> says whether anything is being measured.</p></div>`;
  if (data.groups.length > 0) return html``;
  return html`<div class="notice"><p><strong>Nothing in this choice.</strong> <a href="${linkTo(frame, '/ledger')}">Show the whole ledger</a>, or choose another service, country or outcome.</p></div>`;
}

function renderLegend(outcomes: readonly LedgerOutcome[]): Fragment {
  return html`<details class="ledger-legend"><summary>What the outcomes mean</summary><dl class="facts">${outcomes.map(
    (one) => html`<dt>${renderOutcome(one)}</dt><dd>${OUTCOME_WORDS[one].meaning}</dd>`,
  )}</dl><p>A lag is an interval, since a restriction began between two measurements and a day without an hour is a whole day.
    What is not certain is not claimed.</p></details>`;
}

function renderSource(data: LedgerData, frame: Frame): Fragment {
  const { stored, newestRevision } = data;
  if (stored === undefined) return html``;
  return html`${
    newestRevision === undefined
      ? ''
      : html`<div class="notice"><p><strong>Revision ${stored.revision}, as it was concluded then.</strong> <a href="${linkTo(frame, '/ledger')}">Revision ${newestRevision} is newer.</a></p></div>`
  }<p class="quiet">Revision ${stored.revision}, ${formatInstant(stored.builtAtMs, frame.timeZone)} ·
    <a href="${data.csvUrl}">CSV</a> · <a href="${data.unannouncedCsvUrl}">CSV of what was never announced</a> · <a href="${data.jsonUrl}">JSON</a> ·
    SHA-256 <code class="hash">${stored.contentSha256.slice(0, 16)}</code></p>`;
}

/** Makes the page of the ledger. */
export function createLedgerPage(data: LedgerData, frame: Frame): Page {
  const byAnnouncement = [
    ...Map.groupBy(data.groups, ({ announcementId }) => announcementId).values(),
  ];
  const main = html`<h1>Ledger</h1>
  <p class="lead">What was announced against what was measured: for every order, restriction, exemption and end of one, what each network did and how long it took.</p>
  ${renderSource(data, frame)}
  ${data.stored === undefined ? '' : renderFilters(data, frame)}
  ${data.stored === undefined ? '' : renderLegend(data.outcomes)}
  ${renderEmpty(data, frame)}
  ${byAnnouncement.map((groups, index) => renderAnnouncement(groups, index, data, frame))}
  ${data.stored === undefined ? '' : renderUnannounced(data, frame)}`;
  return {
    title: 'Ledger',
    description: 'Announced against measured, per announcement, service and network.',
    current: 'ledger',
    main,
    jsonUrl: data.jsonUrl,
  };
}
