/** What a second detector says of the restrictions of an incident, beside what ours says. */
import { html } from 'hono/html';
import type { Interval } from '../../db/incident-types.ts';
import type { LedgerPart } from '../../db/ledger-types.ts';
import { formatLag } from '../i18n/times.ts';
import { sayFunction } from '../i18n/words.ts';
import type { Frame } from './frame.ts';
import type { NetworkNames } from './incident-log.ts';
import { renderInterval } from './interval.ts';
import type { Fragment } from './rich-text.ts';

/** The first restriction at one vantage as both see it. */
export type Opinion = {
  readonly vantageId: string;
  readonly function: LedgerPart;
  /** Of ours. */
  readonly onset: Interval;
  /** Absent when the second raised no alarm. */
  readonly second?: {
    readonly onset: Interval;
    /** Theirs minus ours, certainly between these; a bound that is not known is absent. */
    readonly differenceMs: { readonly leastMs?: number; readonly mostMs?: number };
  };
};

function renderDifference(
  { leastMs, mostMs }: NonNullable<Opinion['second']>['differenceMs'],
  { say }: Frame,
): Fragment {
  const write = (lengthMs: number | undefined) =>
    lengthMs === undefined ? '?' : formatLag(lengthMs, say);
  return html`${write(leastMs)} … ${write(mostMs)}`;
}

function renderOpinion(opinion: Opinion, names: NetworkNames, frame: Frame): Fragment {
  const { say } = frame;
  const { vantageId, onset, second } = opinion;
  return html`<tr><th scope="row">${names.get(vantageId) ?? vantageId} <span class="note">${sayFunction(say, opinion.function)}</span></th>
    <td>${renderInterval(onset, say)}</td>
    ${
      second === undefined
        ? html`<td colspan="2" class="quiet">${say.text('incident.second_none')}</td>`
        : html`<td>${renderInterval(second.onset, say)}</td><td>${renderDifference(second.differenceMs, frame)}</td>`
    }</tr>`;
}

/** Draws the comparison; folded, since nothing is concluded from it. */
export function renderOpinions(
  opinions: readonly Opinion[],
  names: NetworkNames,
  frame: Frame,
): Fragment {
  const { say } = frame;
  if (opinions.length === 0) return html``;
  const name = say.text('incident.second_title');
  return html`<section aria-labelledby="second"><h2 id="second">${name}</h2>
  <p class="quiet">${say.text('incident.second_lead')}</p>
  <details><summary>${say.text('incident.second_open')}</summary>
  <div class="scroll" tabindex="0" role="group" aria-label="${name}"><table class="list"><caption class="unseen">${name}</caption>
    <thead><tr><th scope="col">${say.text('incident.second_network')}</th><th scope="col">${say.text('incident.second_ours')}</th>
    <th scope="col">${say.text('incident.second_theirs')}</th><th scope="col">${say.text('incident.second_difference')}</th></tr></thead>
    <tbody>${opinions.map((opinion) => renderOpinion(opinion, names, frame))}</tbody></table></div></details></section>`;
}
