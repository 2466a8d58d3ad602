/**
 * The announcement lane: links over the plot, each with its signs at announced, effective and lifted, so that they
 * can be focused, read aloud and opened. Signs differ by shape, never by hue.
 */
import type { Say } from '../i18n/say.ts';
import { formatStated } from '../i18n/times.ts';
import { sayPoint } from '../i18n/words.ts';
import { ANNOUNCEMENT_MARKS, DENIAL_GLYPH } from '../palette.ts';
import type { MarkKind, TimelineAnnouncement } from './data.ts';
import { make, place } from './dom.ts';
import { ANNOUNCEMENT_ROW_PX } from './layout.ts';
import {
  type Cluster,
  isAct,
  MARK_KINDS,
  type Packing,
  type PlacedAnnouncement,
} from './packing.ts';

/** A lane of announcements with its place, packed. */
export type PackedBand = { readonly topPx: number; readonly packing: Packing };

/** What links are written with: the voice, and the part of the address before the path. */
export type MarkStyle = { readonly say: Say; readonly toLink: (path: string) => string };

/** Glyph and word of a mark. */
export function describeMark(kind: MarkKind, say: Say): { glyph: string; word: string } {
  return kind === 'denied'
    ? { glyph: DENIAL_GLYPH, word: say.text('timeline.denied') }
    : { glyph: ANNOUNCEMENT_MARKS[kind].glyph, word: sayPoint(say, kind) };
}

/** What a link says when it is read aloud, e.g. `Roskomnadzor: … Announced 11 Mar 2022 (day in Moscow), takes effect …`. */
function describeAnnouncement(one: TimelineAnnouncement, say: Say): string {
  const times = MARK_KINDS.flatMap((kind) => {
    const time = one.times[kind];
    return time ? [`${describeMark(kind, say).word} ${formatStated(time.stated, say)}`] : [];
  });
  const who = one.actor === '' ? '' : `${one.actor}: `;
  return `${who}${one.title}. ${times.join(', ')}`;
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

function makeAnchor(
  one: TimelineAnnouncement,
  className: string,
  { toLink }: MarkStyle,
): HTMLAnchorElement {
  const href = toLink(`/a/${encodeURIComponent(one.id)}`);
  return make('a', { class: className, attributes: { href, lang: one.language } });
}

/** A stretch of the axis, cut to what is on screen and counted from `originPx`; undefined when nothing is left of it. */
function cut(fromPx: number, toPx: number, originPx: number, widthPx: number) {
  const left = Math.max(0, fromPx);
  const right = Math.min(widthPx, toPx);
  return right > left ? { left: left - originPx, width: right - left } : undefined;
}

function makeLink(
  item: PlacedAnnouncement,
  topPx: number,
  widthPx: number,
  style: MarkStyle,
): HTMLAnchorElement {
  const { announcement, marks, leftPx: originPx, rightPx, labelPx, row } = item;
  const name = isAct(announcement) ? 'tl-mark tl-mark-act' : 'tl-mark';
  const link = makeAnchor(announcement, name, style);
  const words = describeAnnouncement(announcement, style.say);
  link.setAttribute('aria-label', words);
  link.title = words;
  const lengthPx = Math.min(widthPx, rightPx + labelPx) - originPx;
  place(link, {
    left: originPx,
    top: topPx + row * ANNOUNCEMENT_ROW_PX + 4,
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
    const sign = describeMark(kind, style.say).glyph;
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
  topPx: number,
  widthPx: number,
  style: MarkStyle,
): HTMLElement {
  const summary = make('summary', {
    text: `+${announcements.length}`,
    attributes: {
      'aria-label': style.say.text('timeline.more_here', { n: announcements.length }),
    },
  });
  const list = make('ul', {
    children: announcements.map((one) => {
      const link = makeAnchor(one, '', style);
      link.textContent = describeAnnouncement(one, style.say);
      return make('li', { children: [link] });
    }),
  });
  const chip = make('details', { class: 'tl-cluster', children: [summary, list] });
  // Near the right edge the list opens to the left, so that it stays on the page.
  const listPx = Math.min(LIST_MAX_PX, widthPx);
  place(list, { width: listPx, marginLeft: Math.min(0, widthPx - leftPx - listPx) });
  place(chip, { left: leftPx, top: topPx + 4 });
  return chip;
}

/** Makes the layer that holds the announcement lane; put it over the plot once. */
export function makeMarksLayer(say: Say): HTMLElement {
  const layer = make('div', {
    class: 'tl-marks',
    attributes: { role: 'group', 'aria-label': say.text('timeline.announcements') },
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
  bands: readonly PackedBand[],
  widthPx: number,
  style: MarkStyle,
): void {
  const focused = layer.contains(document.activeElement)
    ? document.activeElement?.getAttribute('href')
    : undefined;
  layer.replaceChildren(
    ...bands.flatMap(({ topPx, packing }) => [
      ...packing.placed.map((item) => makeLink(item, topPx, widthPx, style)),
      ...packing.clusters.map((cluster) =>
        makeCluster(cluster, topPx + (packing.maxRows - 1) * ANNOUNCEMENT_ROW_PX, widthPx, style),
      ),
    ]),
  );
  if (!focused) return;
  const again = [...layer.querySelectorAll('a')].find((a) => a.getAttribute('href') === focused);
  again?.focus({ preventScroll: true });
}

/** Moves the focus to the next (1) or previous (-1) announcement; returns what it says, or undefined when there is none. */
export function focusMark(layer: HTMLElement, direction: 1 | -1): string | undefined {
  // In order of time, whichever lane they stand in; a cluster is a stop as well.
  const links = [
    ...layer.querySelectorAll<HTMLElement>('.tl-mark, .tl-cluster > summary'),
  ].toSorted((a, b) => a.getBoundingClientRect().left - b.getBoundingClientRect().left);
  const current = links.findIndex((link) => link === document.activeElement);
  const start = direction === 1 ? 0 : links.length - 1;
  const target = links[current < 0 ? start : current + direction];
  target?.focus();
  return target?.getAttribute('aria-label') ?? undefined;
}
