/**
 * The announcement lane: links over the plot, each with its signs at announced, effective and lifted, so that they
 * can be focused, read aloud and opened. Signs differ by shape, never by hue.
 */
import { formatStated } from '../format.ts';
import { ANNOUNCEMENT_MARKS } from '../palette.ts';
import type { MarkKind, TimelineAnnouncement } from './data.ts';
import { make, place } from './dom.ts';
import { ANNOUNCEMENT_ROW_PX, ANNOUNCEMENT_ROWS } from './layout.ts';
import { type Cluster, isAct, type Packing, type PlacedAnnouncement } from './packing.ts';

const KINDS: readonly MarkKind[] = ['announced', 'effective', 'lifted'];

/** What a link says when it is read aloud, e.g. `Roskomnadzor: … Announced 11 Mar 2022 (day in Moscow), takes effect …`. */
export function describeAnnouncement(one: TimelineAnnouncement, timeZone: string): string {
  const times = KINDS.flatMap((kind) => {
    const time = one.times[kind];
    return time ? [`${ANNOUNCEMENT_MARKS[kind].word} ${formatStated(time.stated, timeZone)}`] : [];
  });
  return `${one.actor}: ${one.title}. ${times.join(', ')}`;
}

/** Width of one sign. */
const SIGN_PX = 13;
/** A narrower box holds no title. */
const LABEL_INSIDE_MIN_PX = 90;
/** Of the list that a cluster opens. */
const LIST_MAX_PX = 352;

/** Whether the signs of an announcement would cover each other. */
function isTight({ marks }: PlacedAnnouncement): boolean {
  return marks.length > 1 && (marks.at(-1)?.leftPx ?? 0) - (marks[0]?.leftPx ?? 0) < SIGN_PX;
}

function linkTo(one: TimelineAnnouncement, className: string): HTMLAnchorElement {
  return make('a', { class: className, attributes: { href: `/a/${encodeURIComponent(one.id)}` } });
}

/** A stretch of the axis, cut to what is on screen and counted from `originPx`; undefined when nothing is left of it. */
function cut(fromPx: number, toPx: number, originPx: number, widthPx: number) {
  const left = Math.max(0, fromPx);
  const right = Math.min(widthPx, toPx);
  return right > left ? { left: left - originPx, width: right - left } : undefined;
}

function makeLink(item: PlacedAnnouncement, widthPx: number, timeZone: string): HTMLAnchorElement {
  const { announcement, marks, leftPx: originPx, rightPx, labelPx, row } = item;
  const link = linkTo(announcement, isAct(announcement) ? 'tl-mark tl-mark-act' : 'tl-mark');
  const words = describeAnnouncement(announcement, timeZone);
  link.setAttribute('aria-label', words);
  link.title = words;
  const lengthPx = Math.min(widthPx, rightPx + labelPx) - originPx;
  place(link, {
    left: originPx,
    top: row * ANNOUNCEMENT_ROW_PX + 4,
    width: Math.max(18, lengthPx),
  });
  const add = (
    className: string,
    where: { left: number; width?: number } | undefined,
    text = '',
  ) => {
    if (!where) return;
    const part = make('span', { class: className, text });
    place(part, where);
    link.append(part);
  };
  const [first, last] = [marks[0], marks.at(-1)];
  if (first && last && !isTight(item))
    add('tl-mark-wait', cut(first.leftPx + SIGN_PX, last.leftPx, originPx, widthPx));
  for (const { kind, leftPx, widthPx: boxPx } of marks) {
    if (boxPx >= 3) add('tl-mark-box', cut(leftPx, leftPx + boxPx, originPx, widthPx));
    // Announced and effective on the same day would cover each other: the second steps aside.
    const asidePx = kind !== first?.kind && isTight(item) ? SIGN_PX : 0;
    // A box that began before the range keeps its sign in sight; an instant out of sight has none.
    const isSeen = leftPx + Math.max(SIGN_PX, boxPx) > 0 && leftPx <= widthPx;
    const sign = ANNOUNCEMENT_MARKS[kind].glyph;
    if (isSeen) add('tl-mark-sign', { left: Math.max(0, leftPx - originPx) + asidePx }, sign);
  }
  const signsPx = SIGN_PX * (isTight(item) ? 2 : 1) + 4;
  // Behind the box where there is room, else inside it where it is wide enough.
  const startPx = labelPx > 0 ? Math.max(signsPx, rightPx - originPx + 4) : signsPx;
  if (labelPx > 0 || ((isTight(item) || marks.length === 1) && lengthPx >= LABEL_INSIDE_MIN_PX))
    add(
      'tl-mark-label',
      { left: startPx, width: Math.max(0, lengthPx - startPx - 4) },
      announcement.title,
    );
  return link;
}

function makeCluster(
  { leftPx, announcements }: Cluster,
  widthPx: number,
  timeZone: string,
): HTMLElement {
  const summary = make('summary', {
    text: `+${announcements.length}`,
    attributes: { 'aria-label': `${announcements.length} more announcements here` },
  });
  const list = make('ul', {
    children: announcements.map((one) => {
      const link = linkTo(one, '');
      link.textContent = describeAnnouncement(one, timeZone);
      return make('li', { children: [link] });
    }),
  });
  const chip = make('details', { class: 'tl-cluster', children: [summary, list] });
  // Near the right edge the list opens to the left, so that it stays on the page.
  const listPx = Math.min(LIST_MAX_PX, widthPx);
  place(list, { width: listPx, marginLeft: Math.min(0, widthPx - leftPx - listPx) });
  place(chip, { left: leftPx, top: (ANNOUNCEMENT_ROWS - 1) * ANNOUNCEMENT_ROW_PX + 4 });
  return chip;
}

/** Makes the layer that holds the announcement lane; put it over the plot once. */
export function makeMarksLayer(): HTMLElement {
  const layer = make('div', {
    class: 'tl-marks',
    attributes: { role: 'group', 'aria-label': 'Announcements' },
  });
  // A press on a link must not start a brush.
  for (const type of ['mousedown', 'pointerdown', 'dblclick'])
    layer.addEventListener(type, (event) => {
      if (event.target !== layer) event.stopPropagation();
    });
  layer.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') closeClusters(layer);
  });
  return layer;
}

/** Closes the list of every cluster; a focus inside goes back to its chip. */
export function closeClusters(layer: HTMLElement): void {
  for (const chip of layer.querySelectorAll<HTMLDetailsElement>('details[open]')) {
    if (chip.contains(document.activeElement)) chip.querySelector('summary')?.focus();
    chip.open = false;
  }
}

/** Fills the layer anew and keeps the focus on the same announcement. */
export function showMarks(
  layer: HTMLElement,
  { placed, clusters }: Packing,
  widthPx: number,
  timeZone: string,
): void {
  const focused = layer.contains(document.activeElement)
    ? document.activeElement?.getAttribute('href')
    : undefined;
  layer.replaceChildren(
    ...placed.map((item) => makeLink(item, widthPx, timeZone)),
    ...clusters.map((cluster) => makeCluster(cluster, widthPx, timeZone)),
  );
  if (!focused) return;
  const again = [...layer.querySelectorAll('a')].find((a) => a.getAttribute('href') === focused);
  again?.focus({ preventScroll: true });
}

/** Moves the focus to the next (1) or previous (-1) announcement; returns what it says, or undefined when there is none. */
export function focusMark(layer: HTMLElement, direction: 1 | -1): string | undefined {
  const links = [...layer.querySelectorAll<HTMLAnchorElement>('.tl-mark')];
  const current = links.findIndex((link) => link === document.activeElement);
  const start = direction === 1 ? 0 : links.length - 1;
  const target = links[current < 0 ? start : current + direction];
  target?.focus();
  return target?.getAttribute('aria-label') ?? undefined;
}
