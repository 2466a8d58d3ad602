/** The cells of the board: each shows the newest verdict of its lane for as long as that holds, then silence. */
import type { Say } from '../i18n/say.ts';
import type { Block } from './block.ts';
import type { LaneMessage } from './feed.ts';

function findCell(lane: string): HTMLElement | undefined {
  // The form of a lane has been checked, so that nothing in it needs escaping.
  return document.querySelector<HTMLElement>(`[data-lane="${lane}"]`) ?? undefined;
}

/** The id of a measurement, as db/measurement-id.ts writes it. */
function toMeasurementId({ lane, t, n }: Pick<LaneMessage, 'lane' | 't' | 'n'>): string {
  const [service = '', vantage = ''] = lane.split('/');
  const slot = new Date(t).toISOString().replace(/[-:]|\.\d+/g, '');
  return `${service}.${vantage}.${slot}${n > 1 ? `.${n - 1}` : ''}`;
}

function showState(cell: HTMLElement, state: string, { looks }: Block): void {
  const name = state.replace('_', '-');
  const [glyph = '', word = ''] = looks[state] ?? [];
  cell.className = `cell state-${name}`;
  const shown = cell.querySelector('.state');
  if (!shown) return;
  shown.className = `state state-${name}`;
  const sign = document.createElement('span');
  sign.className = 'glyph';
  sign.setAttribute('aria-hidden', 'true');
  sign.textContent = glyph;
  shown.replaceChildren(sign, `\u00a0${word}`);
}

/** Shows a new verdict in its cell; false when the page has no such cell or knows a newer one. */
export function patchCell(message: LaneMessage, block: Block): boolean {
  const cell = findCell(message.lane);
  if (!cell || Number(cell.dataset['t'] ?? 0) > message.t) return false;
  const { t, at, until, verdict } = message;
  const isSame = cell.dataset['verdict'] === verdict && !cell.classList.contains('state-no-data');
  cell.dataset['t'] = String(t);
  cell.dataset['keep'] ??= String(2 * (until - t));
  cell.dataset['verdict'] = verdict;
  const link = cell.querySelector('a');
  if (link) link.href = block.measurementUrl.replace('{id}', toMeasurementId(message));
  let age = cell.querySelector<HTMLElement>('[data-age]');
  if (!age) {
    age = document.createElement('time');
    age.className = 'age';
    cell.append(age);
  }
  age.dataset['age'] = String(at);
  if (isSame) return true;
  // What is said of parts and means belongs to the verdict before.
  for (const old of cell.querySelectorAll('.parts, .mechanism-code, .was')) old.remove();
  showState(cell, verdict, block);
  return true;
}

/** Turns cells whose verdict has grown too old into silence. */
export function silenceCells(nowMs: number, block: Block, say: Say): void {
  for (const cell of document.querySelectorAll<HTMLElement>('[data-keep]:not(.state-no-data)')) {
    const { t, keep, verdict = '' } = cell.dataset;
    if (nowMs < Number(t) + Number(keep)) continue;
    showState(cell, 'no_data', block);
    for (const old of cell.querySelectorAll('.parts, .mechanism-code')) old.remove();
    const was = document.createElement('span');
    was.className = 'was';
    was.textContent = say.text('live.was', { state: block.looks[verdict]?.[1] ?? verdict });
    cell.querySelector('.age')?.before(was, ' ');
  }
}
