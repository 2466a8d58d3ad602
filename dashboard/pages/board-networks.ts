/** Network by network: the newest verdict of each service, folded by country. */
import { html } from 'hono/html';
import type { MeasurementSummary } from '../../db/measurement-list.ts';
import type { StoredVantage } from '../../db/vantages.ts';
import type { FunctionId, LaneState } from '../../probes/types.ts';
import { sayNetwork } from '../i18n/network-names.ts';
import { joinWords, type Say } from '../i18n/say.ts';
import { formatCountry } from '../i18n/times.ts';
import { sayFunction, sayMechanism, sayState } from '../i18n/words.ts';
import { LOOKS } from '../palette.ts';
import { NETWORK_LOOKS } from './answer-networks.ts';
import {
  type BoardData,
  type Cell,
  findCell,
  groupByCountry,
  isRestricted,
  toCurrentMs,
} from './board-state.ts';
import type { Frame } from './frame.ts';
import { linkTo } from './frame.ts';
import { renderLiveAge } from './live-block.ts';
import { type Fragment, renderMessage } from './rich-text.ts';
import { renderDotted, renderState, toStateClass } from './states.ts';

/** Parts of a service that are restricted while the whole is not stopped, e.g. `calls and web: blocked`. */
function describeParts(state: LaneState, measurement: MeasurementSummary, say: Say): string {
  if (state !== 'ok' && state !== 'impaired') return '';
  const stopped = Object.entries(measurement.functions).filter(([, { verdict }]) =>
    isRestricted(verdict),
  );
  return [...Map.groupBy(stopped, ([, { verdict }]) => verdict)]
    .map(([verdict, parts]) => {
      const names = parts.map(([id]) => sayFunction(say, id as FunctionId));
      return `${joinWords(names, say)}: ${sayState(say, verdict)}`;
    })
    .join(', ');
}

function renderCell(
  { state, measurement }: Cell,
  vantage: StoredVantage,
  { id, name }: BoardData['services'][number],
  frame: Frame,
): Fragment {
  const { say } = frame;
  const lane = `${id}/${vantage.id}/service`;
  if (measurement === undefined)
    return html`<td class="cell ${toStateClass(state)}" data-label="${name}" data-lane="${lane}"><a>${renderState(state, say)}</a></td>`;
  const mechanism = state === 'no_data' ? undefined : measurement.mechanism;
  const parts = describeParts(state, measurement, say);
  const age = renderLiveAge(measurement.startedAtMs, frame);
  return html`<td class="cell ${toStateClass(state)}" data-label="${name}" data-lane="${lane}" data-t="${measurement.slotMs}" data-keep="${toCurrentMs(measurement, vantage)}" data-verdict="${measurement.verdict}">
    <a href="${linkTo(frame, `/m/${measurement.id}`)}">${renderState(state, say)}</a>
    ${parts === '' ? '' : html`<span class="parts">${parts}</span>`}
    ${mechanism === undefined ? '' : html`<code class="mechanism-code" title="${sayMechanism(say, mechanism)}">${renderDotted(mechanism)}</code>`}
    ${state === 'no_data' ? html`<span class="was">${renderMessage(say, 'live.was', { state: sayState(say, measurement.verdict) })}</span>` : ''} ${age}
  </td>`;
}

/** Address of a service's parts over the last week. */
function toPartsLink({ id, functions }: BoardData['services'][number]): string {
  return `/t?service=${id}&function=${['service', ...functions].join(',')}&range=7d`;
}

function renderVantageHead(vantage: StoredVantage, frame: Frame): Fragment {
  const { say } = frame;
  const asn = vantage.asn === 0 ? '' : `AS${vantage.asn}`;
  const access = vantage.access === 'unknown' ? '' : say.text(`board.access_${vantage.access}`);
  const note = [asn, access].filter((text) => text !== '').join(' · ');
  return html`<th scope="row"><a class="network" href="${linkTo(frame, `/v/${vantage.id}`)}">${sayNetwork(say, vantage.networkName)}</a>
    ${note === '' ? '' : html`<span class="quiet">${note}</span>`}</th>`;
}

function renderTable(
  name: string,
  vantages: readonly StoredVantage[],
  data: BoardData,
  frame: Frame,
): Fragment {
  const { say } = frame;
  const label = say.text('board.by_network_in', { country: name });
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">
  <table class="board">
    <thead><tr><th scope="col">${say.text('board.network')}</th>${data.services.map((service) => html`<th scope="col">${service.name} <a class="parts-link" href="${linkTo(frame, toPartsLink(service))}">${say.text('board.parts_link')}<span class="unseen">: ${service.name}</span></a></th>`)}</tr></thead>
    <tbody>${vantages.map(
      (vantage) => html`<tr>${renderVantageHead(vantage, frame)}
        ${data.services.map((service) => renderCell(findCell(data, vantage.id, service.id, frame.nowMs), vantage, service, frame))}</tr>`,
    )}</tbody>
  </table></div>`;
}

/**
 * The states of a service on the networks of some vantages: those that its answer counts, by the rule of the answer, and
 * the newest verdict of others, which are controls and vantages that publish late.
 */
function listStates(
  vantages: readonly StoredVantage[],
  service: string,
  data: BoardData,
  nowMs: number,
): LaneState[] {
  const ids = new Set(vantages.map(({ id }) => id));
  const networks = data.availability
    .filter((one) => one.service === service)
    .flatMap((one) => one.networks)
    .filter(({ vantageIds }) => vantageIds.some((id) => ids.has(id)));
  const counted = new Set(networks.flatMap(({ vantageIds }) => vantageIds));
  const cellOf = (id: string): LaneState => findCell(data, id, service, nowMs).state;
  return [
    ...networks.map(({ state, vantageIds }) =>
      state === 'cannot_tell' && vantageIds.every((id) => cellOf(id) === 'no_data')
        ? 'no_data'
        : NETWORK_LOOKS[state],
    ),
    ...[...ids].filter((id) => !counted.has(id)).map(cellOf),
  ];
}

/** On how many networks each service is in which state, the worst first, so that a folded country hides nothing. */
function renderSummaryOf(
  vantages: readonly StoredVantage[],
  data: BoardData,
  frame: Frame,
): Fragment {
  const { say, nowMs } = frame;
  return html`${data.services.map(({ id, name }) => {
    const states = listStates(vantages, id, data, nowMs);
    const counts = [...Map.groupBy(states, (state) => state)].toSorted(
      ([a], [b]) => LOOKS[b].severity - LOOKS[a].severity,
    );
    return html` <span class="fold-fact"><span class="quiet">${name}</span> ${counts.map(([state, { length }]) => html`<span class="fold-count">${renderState(state, say)} ${say.number(length)}</span> `)}</span>`;
  })}`;
}

/** Countries, each with its table folded behind one line; the control stands last. */
export function renderNetworks(data: BoardData, frame: Frame): Fragment {
  const { say } = frame;
  const controls = data.vantages.filter((vantage) => vantage.role === 'control');
  const groups: [string, string, StoredVantage[]][] = groupByCountry(data.vantages, say).map(
    ([code, vantages]) => [code, formatCountry(code, say), vantages],
  );
  if (controls.length > 0) groups.push(['control', say.text('board.control'), controls]);
  return html`${groups.map(
    ([
      code,
      name,
      vantages,
    ]) => html`<details class="fold" id="in-${code}"${groups.length === 1 ? html` open` : ''}>
    <summary><span class="fold-name">${name}</span>${renderSummaryOf(vantages, data, frame)}</summary>
    ${renderTable(name, vantages, data, frame)}</details>`,
  )}`;
}
