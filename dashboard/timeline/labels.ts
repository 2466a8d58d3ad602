/**
 * What stands beside the plot: headings, lags and the names of the rows. The names are also the way in for the
 * keyboard: a grid whose rows are lanes, one of them in the tab order, as the ARIA grid pattern has it.
 */
import { describeLagFigures, describeLagKind, type LagLine } from '../lag-lines.ts';
import { describeRow, type Names, nameGroup, nameRow } from '../lane-names.ts';
import { ANNOUNCEMENT_MARKS, LOOKS } from '../palette.ts';
import { make, place } from './dom.ts';
import type { Layout, PlacedGroup } from './layout.ts';

/** Keys that the grid understands and what each asks for. */
const KEY_ACTIONS = {
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
  t: 'table',
} as const;
export type KeyAction =
  | (typeof KEY_ACTIONS)[keyof typeof KEY_ACTIONS]
  | 'previousSample'
  | 'nextSample';

/** What a key asks for; undefined when it is not ours or goes to the browser. */
export function toKeyAction(event: {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}): KeyAction | undefined {
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  if (event.shiftKey && event.key === 'ArrowLeft') return 'previousSample';
  if (event.shiftKey && event.key === 'ArrowRight') return 'nextSample';
  return Object.entries(KEY_ACTIONS).find(([key]) => key === event.key)?.[1];
}

/** How links of the page are written. */
export type ToLink = (path: string) => string;

/** The column beside the plot: what is read, and the grid in it. */
export type Labels = { readonly element: HTMLElement; readonly grid: HTMLElement };

/** Makes the empty column. */
export function makeLabels({ say }: Names): Labels {
  const grid = make('div', {
    class: 'tl-labels',
    attributes: { role: 'grid', 'aria-label': say.text('timeline.grid') },
  });
  return { grid, element: make('div', { class: 'tl-side', children: [grid] }) };
}

function makeLag(line: LagLine, topPx: number, names: Names, toLink: ToLink): HTMLElement {
  const { say } = names;
  const figures = describeLagFigures(line, say);
  const kind = describeLagKind(line, say);
  const link = make('a', {
    class: 'tl-lag',
    attributes: {
      href: toLink(`/a/${encodeURIComponent(line.announcementId)}`),
      title: `${line.title}. ${kind}: ${figures}`,
    },
    children: [
      make('span', {
        class: 'tl-lag-kind',
        text: `${ANNOUNCEMENT_MARKS[line.reference].glyph}→${LOOKS.blocked.glyph}`,
        attributes: { 'aria-hidden': 'true' },
      }),
      make('span', { class: 'tl-unseen', text: `${kind}: ` }),
      make('span', { class: 'tl-lag-figures', text: figures }),
      make('span', {
        class: 'tl-unseen',
        text: `. ${line.title}`,
        attributes: { lang: line.language },
      }),
    ],
  });
  place(link, { top: topPx });
  return link;
}

function makeHeads(
  { group, topPx, heightPx, ribbonTopPx, lags }: PlacedGroup,
  originPx: number,
  isNarrow: boolean,
  names: Names,
  toLink: ToLink,
): HTMLElement[] {
  const title = make('div', { class: 'tl-group', text: nameGroup(group, names) });
  place(title, { top: originPx + topPx, height: heightPx });
  const lagLinks = lags.map(({ line, topPx: lagPx }) =>
    makeLag(line, originPx + lagPx - (isNarrow ? 17 : 0), names, toLink),
  );
  if (ribbonTopPx === undefined) return [title, ...lagLinks];
  const ribbon = make('div', {
    class: 'tl-ribbon-label',
    text: names.say.text('timeline.coverage'),
    attributes: { title: names.say.text('timeline.coverage_meaning') },
  });
  place(ribbon, { top: originPx + ribbonTopPx - (isNarrow ? 15 : 5) });
  return [title, ...lagLinks, ribbon];
}

function makeRow(layout: Layout, index: number, originPx: number, isStop: boolean, names: Names) {
  const placed = layout.rows[index];
  const group = layout.groups.find(({ first, last }) => index >= first && index <= last);
  if (!placed || !group) return [];
  const { row, topPx, barTopPx, heightPx } = placed;
  const cell = make('div', {
    class: row.kind === 'control' ? 'tl-lane tl-control' : 'tl-lane',
    attributes: {
      role: 'gridcell',
      tabindex: isStop ? '0' : '-1',
      'data-lane': String(index),
    },
    children: [
      make('span', { class: 'tl-unseen', text: `${nameGroup(group.group, names)}, ` }),
      make('span', { class: 'tl-lane-name', text: nameRow(row, names) }),
      ' ',
      make('span', { class: 'tl-lane-note', text: describeRow(row, names) }),
    ],
  });
  place(cell, {
    top: originPx + topPx,
    height: layout.isNarrow ? barTopPx - topPx : heightPx,
  });
  return [make('div', { attributes: { role: 'row' }, children: [cell] })];
}

/** Fills the column from the layout; `originPx` is where the plot begins. */
export function showLabels(
  { element, grid }: Labels,
  layout: Layout,
  originPx: number,
  selected: number,
  names: Names,
  toLink: ToLink,
): void {
  const bands = layout.bands.map(({ band, topPx }) => {
    const label = make('div', {
      class: 'tl-band',
      text: names.say.text(`timeline.band_${band}`),
    });
    place(label, { top: originPx + topPx - (layout.isNarrow ? 15 : -4) });
    return label;
  });
  const heads = layout.groups.flatMap((group) =>
    makeHeads(group, originPx, layout.isNarrow, names, toLink),
  );
  grid.hidden = layout.rows.length === 0;
  grid.replaceChildren(
    ...layout.groups.map(({ group, first, last }) =>
      make('div', {
        attributes: { role: 'rowgroup', 'aria-label': nameGroup(group, names) },
        children: Array.from({ length: last - first + 1 }, (_, offset) => first + offset).flatMap(
          (index) => makeRow(layout, index, originPx, index === selected, names),
        ),
      }),
    ),
  );
  element.replaceChildren(...bands, ...heads, grid);
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
