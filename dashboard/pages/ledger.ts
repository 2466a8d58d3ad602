/**
 * The ledger: every announcement that changes access against what was measured of it, network by network, and what
 * was measured without any announcement. Complete without JavaScript; the pictures repeat what the tables say.
 */
import { html } from 'hono/html';
import type { StoredLedger } from '../../db/ledger.ts';
import type {
  LedgerGroup,
  LedgerOutcome,
  LedgerPhase,
  LedgerRow,
  StatedInterval,
} from '../../db/ledger-types.ts';
import { sayNetwork } from '../i18n/network-names.ts';
import type { Say } from '../i18n/say.ts';
import { formatCountry, formatInstant, formatZone } from '../i18n/times.ts';
import { sayBasis, sayPoint } from '../i18n/words.ts';
import { ANNOUNCEMENT_MARKS } from '../palette.ts';
import type { Frame, Page } from './frame.ts';
import { linkTo, selected } from './frame.ts';
import { renderLagPicture } from './lag-picture.ts';
import {
  renderAsn,
  renderEvidence,
  renderInterval,
  renderOutcome,
  renderWhat,
} from './ledger-cells.ts';
import { renderUnannounced, type UnannouncedData } from './ledger-unannounced.ts';
import {
  describeGroup,
  describeLag,
  describeLags,
  describeStated,
  sayOutcome,
  sayOutcomeMeaning,
  summariseGroup,
} from './ledger-words.ts';
import { toFormUrls } from './page-forms.ts';
import { type Fragment, renderMessage } from './rich-text.ts';
import { renderShortTime } from './time.ts';

/** The choice that the address of a ledger stands for. */
export type LedgerFilter = {
  readonly service?: string;
  readonly country?: string;
  readonly outcome?: LedgerOutcome;
};

/** What the ledger's page is drawn from. */
export type LedgerData = UnannouncedData & {
  /** Absent before it was built for the first time. */
  readonly stored?: Omit<StoredLedger, 'content'>;
  /** The newest revision, when another one is shown. */
  readonly newestRevision?: number;
  /** Vantages that publish late, so that nothing is concluded from them here. */
  readonly leftOutVantages: number;
  readonly filter: LedgerFilter;
  /** Countries and outcomes that the whole ledger has. */
  readonly countries: readonly string[];
  readonly outcomes: readonly LedgerOutcome[];
  /** Those that the filter lets pass, with the rows that it lets pass. */
  readonly groups: readonly LedgerGroup[];
  readonly csvUrl: string;
  readonly unannouncedCsvUrl: string;
  readonly jsonUrl: string;
};

function renderSelect(
  name: 'service' | 'country' | 'outcome',
  options: readonly (readonly [value: string, text: string])[],
  chosen: string | undefined,
  say: Say,
): Fragment {
  return html`<label>${say.text(`ledger.${name}`)} <select name="${name}"><option value="">${say.text('ledger.all')}</option>${options.map(
    ([value, text]) => html`<option value="${value}"${selected(value === chosen)}>${text}</option>`,
  )}</select></label>`;
}

function renderFilters(data: LedgerData, frame: Frame): Fragment {
  const { say } = frame;
  const { filter } = data;
  const services = data.services.map(({ id, name }) => [id, name] as const);
  const countries = data.countries.map((code) => [code, formatCountry(code, say)] as const);
  const outcomes = data.outcomes.map((one) => [one, sayOutcome(say, one)] as const);
  return html`<form class="ledger-filters" method="get" action="${frame.base}/ledger" aria-label="${say.text('ledger.choose')}">
    ${renderSelect('service', services, filter.service, say)}
    ${renderSelect('country', countries, filter.country, say)}
    ${renderSelect('outcome', outcomes, filter.outcome, say)}
    ${frame.timeZone === frame.defaultZone ? '' : html`<input type="hidden" name="tz" value="${frame.timeZone}">`}
    <button type="submit">${say.text('ledger.show')}</button></form>`;
}

function renderPoint(row: LedgerRow, phase: LedgerPhase, say: Say): Fragment {
  const point = phase === 'lift' ? row.finding?.end : row.finding?.onset;
  return point === undefined ? html`<span class="quiet">–</span>` : renderInterval(point, say);
}

function renderMeans({ finding, partial, changed, underId }: LedgerRow, frame: Frame): Fragment {
  const { say } = frame;
  const notes = [
    partial &&
      renderMessage(say, 'ledger.only_partly', {
        what: renderWhat(partial.function, partial.mechanism, say),
        time: renderShortTime(partial.onset.byMs, say),
      }),
    changed &&
      renderMessage(say, 'ledger.other_means', {
        time: renderShortTime(changed.byMs, say),
        what: renderWhat(changed.function, changed.mechanism, say),
      }),
    underId !== undefined &&
      html`<a href="${linkTo(frame, `/a/${underId}`)}">${say.text('ledger.under_earlier')}</a>`,
  ];
  return html`${finding === undefined ? html`<span class="quiet">–</span>` : renderWhat(finding.function, finding.mechanism, say)}${notes.map(
    (note) => (note ? html`<span class="note">${note}</span>` : ''),
  )}`;
}

/** A cell with the name of its column, which stands beside the value on a phone. */
function renderCell(label: string, value: Fragment | string, look = ''): Fragment {
  return html`<td${look === '' ? '' : html` class="${look}"`} data-label="${label}"><div>${value}</div></td>`;
}

function renderRow(row: LedgerRow, group: LedgerGroup, frame: Frame): Fragment {
  const { say } = frame;
  const { sinceAnnounced, sinceEffective, finding } = row;
  const quiet = html`<span class="quiet">–</span>`;
  const measured = say.text('ledger.days_measured', { n: row.daysMeasured });
  const heads = nameColumns(group, frame);
  const evidence =
    finding === undefined
      ? html`<span class="quiet">${measured}</span>`
      : renderEvidence(finding, group.phase, frame);
  return html`<tr><th scope="row">${sayNetwork(say, row.networkName)}${renderAsn(row.asn)}</th>
    ${renderCell(heads.outcome, renderOutcome(row.outcome, say))}
    ${renderCell(heads.announced, sinceAnnounced === undefined ? quiet : describeLag(sinceAnnounced, say))}
    ${heads.second === undefined ? '' : renderCell(heads.second, sinceEffective === undefined ? quiet : describeLag(sinceEffective, say))}
    ${renderCell(heads.between, renderPoint(row, group.phase, say), 'date')}
    ${renderCell(heads.means, renderMeans(row, frame), 'asked')}
    ${renderCell(heads.evidence, evidence, 'links')}</tr>`;
}

const hasSecondLag = (group: LedgerGroup): boolean => group.reference !== 'announced';

/** What the second lag of a group counts from. */
const toSecond = (group: LedgerGroup) => (group.reference === 'lifted' ? 'lifted' : 'effective');

function nameColumns(group: LedgerGroup, { say, timeZone }: Frame) {
  const zone = formatZone(timeZone, say);
  return {
    network: say.text('ledger.network'),
    outcome: say.text('ledger.outcome'),
    announced: say.text('ledger.since.announced'),
    second: hasSecondLag(group) ? say.text(`ledger.since.${toSecond(group)}`) : undefined,
    between: say.text(group.phase === 'lift' ? 'ledger.ended_between' : 'ledger.began_between', {
      zone,
    }),
    means: say.text('ledger.what_and_how'),
    evidence: say.text('ledger.evidence'),
  };
}

function renderTable(group: LedgerGroup, name: string, frame: Frame): Fragment {
  const { say } = frame;
  const label = say.text('ledger.networks', { name });
  const heads = Object.values(nameColumns(group, frame)).filter((head) => head !== undefined);
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${label}"><table class="list wide stacked"><caption class="unseen">${label}</caption>
    <thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
    <tbody>${group.rows.map((row) => renderRow(row, group, frame))}</tbody></table></div>`;
}

function renderGroup(group: LedgerGroup, id: string, data: LedgerData, frame: Frame): Fragment {
  const { say } = frame;
  const serviceName = data.services.find((one) => one.id === group.service)?.name ?? group.service;
  const name = describeGroup(group, serviceName, say);
  const { sinceAnnounced, sinceEffective } = group.summary;
  return html`<div class="ledger-group"><h3 id="${id}">${name}</h3>
    <p class="ledger-summary">${summariseGroup(group, say)}</p>
    ${sinceEffective === undefined ? '' : html`<p class="quiet">${describeLags(sinceEffective, toSecond(group), say)}</p>`}
    ${sinceAnnounced === undefined ? '' : html`<p class="quiet">${describeLags(sinceAnnounced, 'announced', say)}</p>`}
    ${group.isPartOfCountry ? html`<p class="note">${say.text('ledger.part_of_country')}</p>` : ''}
    ${renderLagPicture(group, `${id}-lags`, say)}
    ${group.rows.length === 0 ? '' : renderTable(group, name, frame)}</div>`;
}

function renderStatedLine(
  kind: keyof typeof ANNOUNCEMENT_MARKS,
  stated: StatedInterval | undefined,
  say: Say,
): Fragment {
  if (stated === undefined && kind === 'lifted') return html``;
  const time =
    stated === undefined
      ? html`<span class="quiet">${say.text('ledger.not_stated')}</span>`
      : html`${describeStated(stated, say)}${stated.basis === 'stated' ? '' : html` <span class="quiet">(${sayBasis(say, stated.basis)})</span>`}`;
  return html`<li><span class="glyph" aria-hidden="true">${ANNOUNCEMENT_MARKS[kind].glyph}</span> ${renderMessage(say, 'ledger.point', { point: sayPoint(say, kind), time })}</li>`;
}

function renderAnnouncement(
  groups: readonly LedgerGroup[],
  index: number,
  data: LedgerData,
  frame: Frame,
): Fragment {
  const { say } = frame;
  const [first] = groups;
  if (first === undefined) return html``;
  const id = `announcement-${index + 1}`;
  // The records are kept in English; the page of one says its language.
  return html`<article class="ledger-announcement" aria-labelledby="${id}"><h2 id="${id}" lang="en"><a href="${linkTo(frame, `/a/${first.announcementId}`)}">${first.title}</a></h2>
    <p class="quiet" lang="en">${first.actor}</p>
    <ul class="ledger-times">${renderStatedLine('announced', first.announced, say)}${renderStatedLine('effective', first.effective, say)}${renderStatedLine('lifted', first.lifted, say)}</ul>
    ${groups.map((group, position) => renderGroup(group, `${id}-${position + 1}`, data, frame))}</article>`;
}

function renderEmpty(data: LedgerData, frame: Frame): Fragment {
  const { say } = frame;
  if (data.stored === undefined) {
    const why = renderMessage(say, 'ledger.not_built_why', {
      announcements: html`<a href="${linkTo(frame, '/announcements')}">${say.text('ledger.announcements_link')}</a>`,
      board: html`<a href="${linkTo(frame, '/')}">${say.text('ledger.board_link')}</a>`,
    });
    return html`<div class="notice"><p><strong>${say.text('ledger.not_built')}</strong> ${why}</p></div>`;
  }
  if (data.groups.length > 0) return html``;
  const link = html`<a href="${linkTo(frame, '/ledger')}">${say.text('ledger.whole_link')}</a>`;
  return html`<div class="notice"><p><strong>${say.text('ledger.nothing')}</strong> ${renderMessage(say, 'ledger.nothing_why', { link })}</p></div>`;
}

function renderLegend(outcomes: readonly LedgerOutcome[], say: Say): Fragment {
  return html`<details class="ledger-legend"><summary>${say.text('ledger.legend')}</summary><dl class="facts">${outcomes.map(
    (one) => html`<dt>${renderOutcome(one, say)}</dt><dd>${sayOutcomeMeaning(say, one)}</dd>`,
  )}</dl><p>${say.text('ledger.legend_note')}</p></details>`;
}

function renderSource(data: LedgerData, frame: Frame): Fragment {
  const { say } = frame;
  const { stored, newestRevision } = data;
  if (stored === undefined) return html``;
  const older =
    newestRevision === undefined
      ? ''
      : html`<div class="notice"><p><strong>${say.text('ledger.older', { n: stored.revision })}</strong> <a href="${linkTo(frame, '/ledger')}">${say.text('ledger.newer', { n: newestRevision })}</a></p></div>`;
  const time = formatInstant(stored.builtAtMs, say);
  const leftOut =
    data.leftOutVantages === 0
      ? ''
      : html`<p class="quiet">${say.text('ledger.left_out', { n: data.leftOutVantages })}</p>`;
  return html`${older}<p class="quiet">${say.text('ledger.revision', { n: stored.revision, time })} ·
    <a href="${data.csvUrl}">CSV</a> · <a href="${data.unannouncedCsvUrl}">${say.text('ledger.csv_unannounced')}</a> · <a href="${data.jsonUrl}">JSON</a> ·
    SHA-256 <code class="hash">${stored.contentSha256.slice(0, 16)}</code></p>${leftOut}`;
}

/** Makes the page of the ledger. */
export function createLedgerPage(data: LedgerData, frame: Frame): Page {
  const { say } = frame;
  const byAnnouncement = [
    ...Map.groupBy(data.groups, ({ announcementId }) => announcementId).values(),
  ];
  const main = html`<h1>${say.text('ledger.title')}</h1>
  <p class="lead">${say.text('ledger.lead')}</p>
  ${renderSource(data, frame)}
  ${data.stored === undefined ? '' : renderFilters(data, frame)}
  ${data.stored === undefined ? '' : renderLegend(data.outcomes, say)}
  ${renderEmpty(data, frame)}
  ${byAnnouncement.map((groups, index) => renderAnnouncement(groups, index, data, frame))}
  ${data.stored === undefined || data.filter.outcome !== undefined ? '' : renderUnannounced(data, frame)}`;
  return {
    title: say.text('ledger.title'),
    description: say.text('ledger.description'),
    current: 'ledger',
    main,
    forms: toFormUrls(frame),
  };
}
