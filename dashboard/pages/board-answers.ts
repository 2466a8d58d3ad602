/** The board in three lines: what can be reached where, before any table. */
import { html } from 'hono/html';
import type { LaneState } from '../../probes/types.ts';
import { LOOKS } from '../palette.ts';
import { type BoardData, findCell, groupByCountry } from './board-state.ts';
import type { Fragment, Frame } from './frame.ts';
import { renderState } from './states.ts';
import { toCountryName, toSentenceList } from './words.ts';

/** On how many networks of a country a service is in one state. */
type CountryState = {
  readonly code: string;
  readonly state: LaneState;
  readonly count: number;
  readonly total: number;
};

function listCountryStates(data: BoardData, service: string, nowMs: number): CountryState[] {
  return groupByCountry(data.vantages).flatMap(([code, vantages]) => {
    const states = vantages.map(({ id }) => findCell(data, id, service, nowMs).state);
    const total = states.length;
    return [...Map.groupBy(states, (state) => state)].map(([state, { length: count }]) => ({
      code,
      state,
      count,
      total,
    }));
  });
}

/** The answer for one service, the worst state first, e.g. `■ blocked in Russia (4 of 4 networks)`. */
function renderAnswer(
  { id, name }: BoardData['services'][number],
  data: BoardData,
  frame: Frame,
): Fragment {
  const states = listCountryStates(data, id, frame.nowMs);
  const groups = [...Map.groupBy(states, ({ state }) => state)].toSorted(
    ([a], [b]) => LOOKS[b].severity - LOOKS[a].severity,
  );
  if (groups.length === 0) return html``;
  return html`<li><strong>${name}</strong> ${groups.map(([state, countries]) => {
    const places = countries.map(({ code, count, total }) =>
      total === 1 ? toCountryName(code) : `${toCountryName(code)} (${count} of ${total} networks)`,
    );
    return html`<span class="answer">${renderState(state)} ${state === 'no_data' ? 'from' : 'in'} ${toSentenceList(places)}</span> `;
  })}</li>`;
}

/** One line per service: how it fares, where. */
export function renderAnswers(data: BoardData, frame: Frame): Fragment {
  return html`<ul class="answers" aria-label="In short">${data.services.map((service) => renderAnswer(service, data, frame))}</ul>`;
}
