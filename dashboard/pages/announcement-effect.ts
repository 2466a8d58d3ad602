/** What was measured of one announcement: per service and country the outcome of each network, its lag and its evidence. */
import { html } from 'hono/html';
import type { LedgerGroup, LedgerRow } from '../../db/ledger-types.ts';
import { sayNetwork } from '../i18n/network-names.ts';
import { sayIn } from '../i18n/places.ts';
import { renderLags } from './announced-measured.ts';
import { toAnswerPath } from './answer-path.ts';
import type { Fragment, Frame } from './frame.ts';
import { linkTo } from './frame.ts';
import { renderInterval } from './interval.ts';
import { renderLagPicture } from './lag-picture.ts';
import { renderAsn, renderEvidence, renderOutcome } from './ledger-cells.ts';
import { describeLag, summariseGroup } from './ledger-words.ts';

/** What the ledger says of an announcement. */
export type AnnouncementEffect = {
  /** Absent before the ledger was built. */
  readonly revision?: number;
  readonly groups: readonly LedgerGroup[];
  readonly nameOf: ReadonlyMap<string, string>;
};

function renderRow(row: LedgerRow, group: LedgerGroup, frame: Frame): Fragment {
  const { say } = frame;
  const { finding, outcome, asn } = row;
  const lag =
    (group.reference === 'announced' ? row.sinceAnnounced : row.sinceEffective) ??
    row.sinceAnnounced;
  const point = group.phase === 'lift' ? finding?.end : finding?.onset;
  const quiet = html`<span class="quiet">–</span>`;
  const name =
    asn === 0
      ? html`${sayNetwork(say, row.networkName)}`
      : html`<a href="${linkTo(frame, `/as/${asn}`)}">${sayNetwork(say, row.networkName)}</a>${renderAsn(asn)}`;
  return html`<tr><th scope="row">${name}</th>
    <td>${renderOutcome(outcome, say)}</td>
    <td>${lag === undefined ? quiet : describeLag(lag, say)}</td>
    <td>${point === undefined ? quiet : renderInterval(point, say)}</td>
    <td class="links">${finding === undefined ? html`<span class="quiet">${say.text('ledger.days_measured', { n: row.daysMeasured })}</span>` : renderEvidence(finding, group.phase, frame)}</td></tr>`;
}

function renderGroup(
  group: LedgerGroup,
  index: number,
  { nameOf }: AnnouncementEffect,
  frame: Frame,
): Fragment {
  const { say } = frame;
  const service = nameOf.get(group.service) ?? group.service;
  const name = `${service} ${sayIn(say, group.countryCode)}: ${say.text(`ledger.phase.${group.phase}`)}`;
  const id = `effect-${index + 1}`;
  const label = say.text('effect.table', { name });
  return html`<h3 id="${id}"><a href="${linkTo(frame, toAnswerPath(group))}">${name}</a></h3>
  <p>${summariseGroup(group, say)}</p>
  ${renderLags(group, say)}
  ${renderLagPicture(group, `${id}-lags`, say)}
  ${
    group.rows.length === 0
      ? ''
      : html`<div class="scroll" tabindex="0" role="group" aria-label="${label}"><table class="list"><caption class="unseen">${label}</caption>
    <thead><tr><th scope="col">${say.text('effect.column.network')}</th><th scope="col">${say.text('effect.column.outcome')}</th><th scope="col">${say.text('effect.column.lag')}</th><th scope="col">${say.text('effect.column.when')}</th><th scope="col">${say.text('effect.column.evidence')}</th></tr></thead>
    <tbody>${group.rows.map((row) => renderRow(row, group, frame))}</tbody></table></div>`
  }`;
}

/** The section of the announcement's page. */
export function renderAnnouncementEffect(effect: AnnouncementEffect, frame: Frame): Fragment {
  const { say } = frame;
  const { revision, groups } = effect;
  return html`<section aria-labelledby="effect"><h2 id="effect">${say.text('effect.effect_title')}</h2>
  ${
    revision === undefined
      ? html`<p class="quiet">${say.text('effect.not_built')}</p>`
      : groups.length === 0
        ? html`<p class="quiet">${say.text('effect.effect_none')}</p>`
        : html`<p class="quiet">${say.text('effect.effect_lead', { revision })}</p>
          ${groups.map((group, index) => renderGroup(group, index, effect, frame))}`
  }</section>`;
}
