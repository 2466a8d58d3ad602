/** What was measured without any announcement that covers it. */
import { html } from 'hono/html';
import type { Unannounced } from '../../db/ledger-types.ts';
import { sayNetwork } from '../i18n/network-names.ts';
import { formatCountry, formatZone } from '../i18n/times.ts';
import { sayFunction } from '../i18n/words.ts';
import type { Frame } from './frame.ts';
import { linkTo } from './frame.ts';
import { renderAsn, renderCode, renderEvidence, renderInterval } from './ledger-cells.ts';
import { type Fragment, renderMessage } from './rich-text.ts';
import { renderShortTime } from './time.ts';

/** What the section is drawn from. */
export type UnannouncedData = {
  readonly services: readonly { readonly id: string; readonly name: string }[];
  readonly unannounced: readonly Unannounced[];
  /** Titles of announcements by id; one that is missing is named by its id. */
  readonly titleOf: ReadonlyMap<string, string>;
};

function renderUnannouncedRow(one: Unannounced, data: UnannouncedData, frame: Frame): Fragment {
  const { say } = frame;
  const serviceName = data.services.find(({ id }) => id === one.service)?.name ?? one.service;
  const { onset, end, mechanism, nearIds } = one;
  const until =
    end === undefined
      ? html`<span class="quiet">${say.text('ledger.goes_on')}</span>`
      : renderMessage(say, 'ledger.by', { time: renderShortTime(end.byMs, say) });
  const near = nearIds.map(
    (id, index) =>
      html`${index === 0 ? '' : html`<br>`}<a href="${linkTo(frame, `/a/${id}`)}" lang="en">${data.titleOf.get(id) ?? id}</a>`,
  );
  const heads = nameColumns(frame);
  const cell = (head: string, value: Fragment, look = '') =>
    html`<td${look === '' ? '' : html` class="${look}"`} data-label="${head}"><div>${value}</div></td>`;
  const quiet = html`<span class="quiet">–</span>`;
  return html`<tr><th scope="row">${serviceName}, ${sayFunction(say, one.function)} <span class="quiet">${formatCountry(one.countryCode, say)}</span></th>
    ${cell(heads.network, html`${sayNetwork(say, one.networkName)}${renderAsn(one.asn)}`)}
    ${cell(heads.between, renderInterval(onset, say), 'date')}
    ${cell(heads.ended, until, 'date')}
    ${cell(heads.how, mechanism === undefined ? quiet : renderCode(mechanism, say))}
    ${cell(heads.said, near.length === 0 ? html`<span class="quiet">${say.text('ledger.none')}</span>` : html`${near}`)}
    ${cell(heads.evidence, renderEvidence(one, 'restriction', frame), 'links')}</tr>`;
}

function nameColumns({ say, timeZone }: Frame) {
  return {
    what: say.text('ledger.what'),
    network: say.text('ledger.network'),
    between: say.text('ledger.began_between', { zone: formatZone(timeZone, say) }),
    ended: say.text('ledger.ended'),
    how: say.text('ledger.how'),
    said: say.text('ledger.said_around'),
    evidence: say.text('ledger.evidence'),
  };
}

function renderUnannouncedTable(data: UnannouncedData, frame: Frame): Fragment {
  const { say } = frame;
  const label = say.text('ledger.unannounced_table');
  const heads = Object.values(nameColumns(frame));
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table class="list wide stacked"><caption class="unseen">${label}</caption>
      <thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
      <tbody>${data.unannounced.map((one) => renderUnannouncedRow(one, data, frame))}</tbody></table></div>`;
}

/** Renders the section on what was never announced. */
export function renderUnannounced(data: UnannouncedData, frame: Frame): Fragment {
  const { say } = frame;
  return html`<section aria-labelledby="unannounced"><h2 id="unannounced">${say.text('ledger.unannounced')}</h2>
    <p>${say.text('ledger.unannounced_lead')}</p>
    ${data.unannounced.length === 0 ? html`<p class="quiet">${say.text('ledger.unannounced_none')}</p>` : renderUnannouncedTable(data, frame)}</section>`;
}
