/** Service by country: the answer for each pair in a cell, and beside it the map, whose equivalent this table is. */
import { html } from 'hono/html';
import type { Availability } from '../../db/availability-types.ts';
import type { Say } from '../i18n/say.ts';
import { formatAge, formatCountry } from '../i18n/times.ts';
import { LOOKS } from '../palette.ts';
import { toAnswerState, toLook } from '../pictures/answer-state.ts';
import { countRestricted, countTelling, findOldestTold } from './answer-path.ts';
import { linkToPlace } from './board-changes.ts';
import type { BoardData } from './board-state.ts';
import type { Frame } from './frame.ts';
import { linkTo } from './frame.ts';
import { renderLiveAge } from './live-block.ts';
import { type Fragment, renderMessage } from './rich-text.ts';
import { toStateClass } from './states.ts';

/** What there is of an answer where there is none, and that it is too little where every network tells. */
function describeFindings(one: Availability, say: Say): string {
  const found = describeNetworks(one, say);
  return one.reason?.kind === 'few_networks' ? say.text('board.networks_few', { found }) : found;
}

/** On how many networks that is so; where there is no answer, what there is of one. */
function describeNetworks(one: Availability, say: Say): string {
  const { answer, blocked, partly, reachable } = one;
  if (answer === 'no') return say.text('board.networks_of', { n: reachable, total: reachable });
  if (answer !== 'cannot_tell')
    return say.text('board.networks_of', { n: countRestricted(one), total: countTelling(one) });
  const total = one.networks.length;
  const unsettled = one.networks.filter(({ isUnsettled }) => isUnsettled).length;
  if (unsettled > 0) return say.text('board.networks_unsettled', { n: unsettled, total });
  if (countTelling(one) === 0) return say.text('board.networks', { n: total });
  if (blocked > 0) return say.text('board.networks_blocked', { n: blocked, total });
  if (partly > 0) return say.text('board.networks_partly', { n: partly, total });
  return say.text('board.networks_reachable', { n: reachable, total });
}

function renderAnswer(
  one: Availability | undefined,
  service: string,
  data: BoardData,
  frame: Frame,
): Fragment {
  const { say } = frame;
  if (one === undefined || one.networks.length === 0)
    return html`<td class="cell state-no-data" data-label="${service}"><span class="quiet">${say.text('board.not_measured')}</span></td>`;
  const state = toLook(toAnswerState(one));
  const word = say.text(state === 'no_data' ? 'board.answer_silent' : `board.answer_${one.answer}`);
  const place = linkToPlace(frame, data, one.service, one.countryCode);
  const oldestMs = findOldestTold(one);
  return html`<td class="cell ${toStateClass(state)}" data-label="${service}">
    <a href="${place}"><span class="state ${toStateClass(state)}"><span class="glyph" aria-hidden="true">${LOOKS[state].glyph}</span>&nbsp;${word}</span></a>
    <span class="tally">${describeFindings(one, say)}${oldestMs === undefined ? '' : html`<br>${say.text('board.oldest', { age: formatAge(oldestMs, frame.nowMs, say) })}`}</span>
    ${one.lastCheckedMs === undefined ? '' : renderLiveAge(one.lastCheckedMs, frame)}
  </td>`;
}

/** The table; rows are countries in the order of the language. */
export function renderCountries(data: BoardData, frame: Frame): Fragment {
  const { say } = frame;
  const countries = [...new Set(data.availability.map(({ countryCode }) => countryCode))].toSorted(
    (a, b) => formatCountry(a, say).localeCompare(formatCountry(b, say), say.locale),
  );
  const find = (service: string, code: string) =>
    data.availability.find((one) => one.service === service && one.countryCode === code);
  return html`<div class="scroll" tabindex="0" role="region" aria-labelledby="countries-caption">
  <table class="board countries">
    <caption class="unseen" id="countries-caption">${say.text('board.by_country_caption')}</caption>
    <thead><tr><th scope="col">${say.text('board.country')}</th>${data.services.map(({ name }) => html`<th scope="col">${name}</th>`)}</tr></thead>
    <tbody>${countries.map(
      (
        code,
      ) => html`<tr><th scope="row">${formatCountry(code, say)} <span class="code">${code}</span></th>
      ${data.services.map(({ id, name }) => renderAnswer(find(id, code), name, data, frame))}</tr>`,
    )}</tbody>
  </table></div>`;
}

/** The service that is restricted on most networks; the first one when none is. */
function findWorstService({
  services,
  availability,
}: BoardData): BoardData['services'][number] | undefined {
  const count = (id: string) =>
    availability
      .filter(({ service }) => service === id)
      .reduce((sum, { blocked, partly }) => sum + blocked + partly, 0);
  return services.toSorted((a, b) => count(b.id) - count(a.id))[0];
}

/** The map of the service that fares worst; its equivalent for those who do not see it is the table beside it. */
export function renderMap(data: BoardData, frame: Frame): Fragment {
  const isPlaced = data.availability.some(({ countryCode }) => countryCode !== 'ZZ');
  const service = data.has.map && isPlaced ? findWorstService(data) : undefined;
  if (service === undefined) return html``;
  const { say } = frame;
  // Another address each minute with news, so that the picture is as new as the page.
  const version = Math.floor((frame.lastMeasuredMs ?? 0) / 60_000);
  const address = linkTo(frame, `/map.svg?service=${service.id}&size=small&v=${version}`);
  const links = data.services.map(
    ({ id, name }, index) =>
      html`${index === 0 ? '' : ' · '}<a href="${linkTo(frame, `/map?service=${id}`)}"${id === service.id ? html` aria-current="true"` : ''}>${name}</a>`,
  );
  return html`<figure class="map"><picture><source media="(prefers-color-scheme: dark)" srcset="${address}&theme=dark"><img src="${address}" width="450" height="320" loading="lazy" alt="${say.text('board.map_alt', { service: service.name })}"></picture>
    <figcaption class="quiet">${renderMessage(say, 'board.map_caption', { links: html`${links}` })}</figcaption></figure>`;
}
