/** What changed, before anything else: one card per service and country, with the measurements on both sides. */
import { html } from 'hono/html';
import { sayNetwork } from '../i18n/network-names.ts';
import { joinWords, type Say } from '../i18n/say.ts';
import { formatBoth, formatCountry } from '../i18n/times.ts';
import type { BoardChange } from './board-change.ts';
import type { BoardData } from './board-state.ts';
import type { Frame } from './frame.ts';
import { linkTo } from './frame.ts';
import { renderLiveAge } from './live-block.ts';
import { type Fragment, renderMessage } from './rich-text.ts';
import { renderState, renderTransition, toStateClass } from './states.ts';

/** Cards that are shown at once; more are folded. */
const MAX_SHOWN = 8;
/** Networks that are named; of more the number is enough, and the answer's page names all. */
const MAX_NAMED = 4;

/** Address of the answer for a service in a country; the timeline of both while there is no such page. */
export function linkToPlace(
  frame: Frame,
  { has }: Pick<BoardData, 'has'>,
  service: string,
  countryCode: string,
): string {
  return linkTo(
    frame,
    has.answers
      ? `/is/${service}/in/${countryCode}`
      : `/t?service=${service}&country=${countryCode}&range=7d`,
  );
}

/** How many networks turned, and which, e.g. `On 2 networks: Volga Fixed and Taiga Mobile`. */
function describeNetworks({ networks }: BoardChange, say: Say): string {
  const names = [
    ...new Set(
      networks.map(({ vantage, vantageId }) => sayNetwork(say, vantage?.networkName ?? vantageId)),
    ),
  ];
  const shown = names.slice(0, names.length > MAX_NAMED + 1 ? MAX_NAMED : names.length);
  const more = names.length - shown.length;
  const listed = more === 0 ? shown : [...shown, say.text('board.more_networks', { n: more })];
  return say.text('board.on_networks', { n: names.length, names: joinWords(listed, say) });
}

function renderEvidence({ networks }: BoardChange, frame: Frame): Fragment {
  const { say } = frame;
  const [newest] = networks;
  if (newest === undefined) return html``;
  const before =
    newest.beforeId === undefined
      ? ''
      : html`<a href="${linkTo(frame, `/m/${newest.beforeId}`)}">${say.text('board.before')}</a> · `;
  return html`<span class="change-evidence">${before}<a href="${linkTo(frame, `/m/${newest.afterId}`)}">${say.text('board.after')}</a></span>`;
}

/** Back and forth, with what it is at the moment. */
function renderUnstable(to: BoardChange['to'], changes: number, say: Say): Fragment {
  // Of one the rounds turn and not the restriction, and those are not counted here.
  const counted =
    changes > 1
      ? html`<span class="quiet">: ${say.text('board.unstable_changes', { n: changes })}</span>`
      : '';
  return html`<span class="transition"><strong>${say.text('board.unstable')}</strong>${counted}, ${renderMessage(say, 'board.unstable_now', { state: renderState(to, say) })}</span>`;
}

function renderChange(change: BoardChange, data: BoardData, frame: Frame): Fragment {
  const { say } = frame;
  const { service, countryCode, from, to, atMs, key } = change;
  const name = data.services.find(({ id }) => id === service)?.name ?? service;
  const place = formatCountry(countryCode, say);
  const mark = change.isConfirmed
    ? html`<span class="change-mark">✓ ${say.text('board.confirmed')}</span>`
    : '';
  return html`<li class="change ${toStateClass(to)}" id="c-${key}" data-key="${key}">
    <h3><a href="${linkToPlace(frame, data, service, countryCode)}">${name} · ${place}</a></h3>
    ${change.unstable === undefined ? renderTransition(from, to, say) : renderUnstable(to, change.unstable, say)}
    <p class="change-networks">${describeNetworks(change, say)}</p>
    <p class="change-facts">${renderLiveAge(atMs, frame)} <span class="quiet">${formatBoth(atMs, say)}</span> ${mark} ${renderEvidence(change, frame)}</p>
  </li>`;
}

function renderFolded(
  changes: readonly BoardChange[],
  key: 'board.more_changes' | 'board.passed_changes',
  data: BoardData,
  frame: Frame,
): Fragment {
  if (changes.length === 0) return html``;
  return html`<details id="${key.replace('.', '-')}"><summary>${frame.say.text(key, { n: changes.length })}</summary>
    <ol class="changes">${changes.map((change) => renderChange(change, data, frame))}</ol></details>`;
}

/** The list of changes; what has turned again is folded, and so is what is too much for one look. */
export function renderChanges(
  changes: readonly BoardChange[],
  data: BoardData,
  frame: Frame,
): Fragment {
  const { say } = frame;
  const standing = changes.filter(({ isStanding }) => isStanding);
  const passed = changes.filter(({ isStanding }) => !isStanding);
  const first = standing.slice(0, MAX_SHOWN);
  return html`${
    first.length === 0
      ? html`<p class="calm">${say.text('board.no_changes')}</p>`
      : html`<ol class="changes">${first.map((change) => renderChange(change, data, frame))}</ol>`
  }
  ${renderFolded(standing.slice(MAX_SHOWN), 'board.more_changes', data, frame)}
  ${renderFolded(passed, 'board.passed_changes', data, frame)}`;
}
