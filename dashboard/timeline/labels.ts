/**
 * The names of the lanes beside the plot. They are also the way in for the keyboard: a grid whose rows are lanes,
 * one of them in the tab order, as the ARIA grid pattern has it.
 */
import { make, place } from './dom.ts';
import { describeNetwork, type Layout, nameNetwork } from './layout.ts';

/** Keys that the grid understands and what each asks for. */
export const KEY_ACTIONS = {
  ArrowLeft: 'previous',
  ArrowRight: 'next',
  ArrowUp: 'up',
  ArrowDown: 'down',
  Home: 'first',
  End: 'last',
  Enter: 'open',
  '+': 'zoomIn',
  '=': 'zoomIn',
  '-': 'zoomOut',
  '[': 'previousAnnouncement',
  ']': 'nextAnnouncement',
} as const;
export type KeyAction = (typeof KEY_ACTIONS)[keyof typeof KEY_ACTIONS];

/** What a key asks for; undefined when it is not ours or goes to the browser. */
export function toKeyAction(event: {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}): KeyAction | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  return Object.entries(KEY_ACTIONS).find(([key]) => key === event.key)?.[1];
}

/** Makes the empty grid of labels. */
export function makeLabels(): HTMLElement {
  return make('div', {
    class: 'tl-labels',
    attributes: { role: 'grid', 'aria-label': 'Lanes. Left and right go from change to change.' },
  });
}

/** Fills the grid from the layout; `topPx` is where the plot begins. */
export function showLabels(
  grid: HTMLElement,
  layout: Layout,
  topPx: number,
  selected: number,
): void {
  grid.classList.toggle('tl-labels-over', layout.isNarrow);
  const children = layout.groups.map((group) => {
    const title = make('div', {
      class: 'tl-group',
      text: group.title,
      attributes: { 'aria-hidden': 'true' },
    });
    place(title, { top: topPx + group.topPx, height: group.heightPx });
    const ribbon = make('div', {
      class: 'tl-ribbon-label',
      text: 'coverage',
      attributes: {
        'aria-hidden': 'true',
        title:
          'How many of the lanes above were measured. Where it is low, calm may only mean that nobody looked.',
      },
    });
    place(ribbon, { top: topPx + group.ribbonTopPx - (layout.isNarrow ? 15 : 5) });
    const rows = layout.rows.slice(group.first, group.last + 1).map((row, offset) => {
      const index = group.first + offset;
      const cell = make('div', {
        class: 'tl-lane',
        attributes: {
          role: 'gridcell',
          tabindex: index === selected ? '0' : '-1',
          'data-lane': String(index),
        },
        children: [
          make('span', { class: 'tl-unseen', text: `${group.title}, ` }),
          make('span', { class: 'tl-lane-name', text: nameNetwork(row.lane) }),
          ' ',
          make('span', { class: 'tl-lane-note', text: describeNetwork(row.lane) }),
        ],
      });
      place(cell, {
        top: topPx + row.topPx,
        height: layout.isNarrow ? row.barTopPx - row.topPx : row.heightPx,
      });
      return make('div', { attributes: { role: 'row' }, children: [cell] });
    });
    return make('div', {
      attributes: { role: 'rowgroup', 'aria-label': group.title },
      children: [title, ...rows, ribbon],
    });
  });
  grid.replaceChildren(...children);
}

/** Gives the focus to a lane and makes it the one in the tab order. */
export function focusLane(grid: HTMLElement, index: number): void {
  for (const cell of grid.querySelectorAll<HTMLElement>('.tl-lane')) {
    const isTarget = cell.dataset['lane'] === String(index);
    cell.tabIndex = isTarget ? 0 : -1;
    if (isTarget) cell.focus();
  }
}

/** Index of the lane that an event came from; undefined when it was none. */
export function laneOf(target: EventTarget | null): number | undefined {
  const cell = target instanceof HTMLElement ? target.closest<HTMLElement>('.tl-lane') : null;
  return cell ? Number(cell.dataset['lane']) : undefined;
}
