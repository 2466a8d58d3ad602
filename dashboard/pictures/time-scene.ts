/** What pictures with rows on a time axis share: where labels and bars lie, and the axis under them. */
import type { Say } from '../i18n/say.ts';
import type { Theme } from '../palette.ts';
import { drawAxis, listTicks } from './axis.ts';
import { cutText, measureText } from './lettering.ts';
import { draw, join, type Markup } from './markup.ts';
import { PAINTS, type Paint } from './paint.ts';
import { BODY_TOP, MARGIN } from './sheet.ts';

/** Height of a row, px, and of the bar in it. */
export const ROW = 24;
export const BAR = 17;
/** Height of a heading, px. */
export const GROUP = 28;
/** Height of the axis with both lines of its labels, px. */
export const AXIS = 40;
/** More rows make a picture that nobody can read; a note says how many are left out. */
export const MAX_ROWS = 60;
/** Least distance of two labels of the axis, px. */
export const MIN_TICK = 84;

/** Range of a picture, `toMs` exclusive. */
export type TimeRange = { readonly fromMs: number; readonly toMs: number };

/** Where things lie, and in which voice and colours they are drawn. */
export type TimeScene = {
  readonly range: TimeRange;
  readonly say: Say;
  readonly paint: Paint;
  /** First and last px of the axis. */
  readonly left: number;
  readonly right: number;
  readonly width: number;
  /** From an instant to px of the picture, held within the axis. */
  readonly toX: (atMs: number) => number;
};

/** Lays out a picture of a width; `labelPx` is what labels have at most, `tailPx` what stands behind the axis. */
export function openScene(
  range: TimeRange,
  widthPx: number,
  say: Say,
  theme: Theme,
  { labelPx = 270, tailPx = 0 }: { readonly labelPx?: number; readonly tailPx?: number } = {},
): TimeScene {
  const left = MARGIN + Math.round(Math.min(labelPx, widthPx * 0.3));
  const right = widthPx - MARGIN - tailPx;
  const width = Math.round(right - left);
  const toX = (atMs: number) =>
    left +
    Math.min(width, Math.max(0, ((atMs - range.fromMs) / (range.toMs - range.fromMs)) * width));
  return { range, say, paint: PAINTS[theme], left, right, width, toX };
}

/** The lines of the axis, which lie under everything, and its labels under `y`. */
export function drawTimeAxis(
  { range, width, toX, right, say, paint }: TimeScene,
  y: number,
): { readonly lines: Markup; readonly labels: Markup } {
  const ticks = listTicks(range, width, MIN_TICK, say);
  return drawAxis(ticks, toX, { topY: BODY_TOP, y, right }, paint);
}

/** A heading over rows. */
function drawHeading(text: string, top: number, { right, paint }: TimeScene): Markup {
  return draw(
    'text',
    { x: MARGIN, y: top + 18, 'font-size': 13.5, 'font-weight': '700', fill: paint.text },
    cutText(text, right - MARGIN, 13.5, true),
  );
}

/** The name of a row, and small at the end of its room what is worth knowing beside it. */
export function drawRowLabel(
  name: string,
  tail: string,
  top: number,
  { left, paint }: Pick<TimeScene, 'left' | 'paint'>,
): Markup {
  const room = left - MARGIN - 14;
  const y = top + BAR - 4;
  const beside = room - measureText(tail, 10.5) - 8;
  // In a narrow picture the name says more than what stands beside it.
  const isAlone = tail === '' || measureText(name, 12.5) > beside;
  return join([
    draw('text', { x: MARGIN, y, 'font-size': 12.5, fill: paint.text }, cutText(name, room, 12.5)),
    isAlone
      ? undefined
      : draw(
          'text',
          { x: left - 12, y, 'font-size': 10.5, 'text-anchor': 'end', fill: paint.quiet },
          tail,
        ),
  ]);
}

/** Rows under a heading. */
export type SceneGroup<T> = { readonly name: string; readonly rows: readonly T[] };

/** Draws groups of rows from the top of the body on; `empty` stands where there is none. */
export function drawGroups<T>(
  groups: readonly SceneGroup<T>[],
  drawRow: (row: T, top: number) => Markup,
  empty: string,
  scene: TimeScene,
): { readonly drawn: Markup; readonly bottom: number; readonly hidden: number } {
  let y = BODY_TOP;
  let room = MAX_ROWS;
  const drawn: Markup[] = [];
  for (const { name, rows } of groups) {
    const shown = rows.slice(0, room);
    room -= shown.length;
    if (shown.length === 0) continue;
    const top = y + GROUP;
    drawn.push(drawHeading(name, y, scene));
    drawn.push(...shown.map((row, index) => drawRow(row, top + index * ROW)));
    y = top + shown.length * ROW + 10;
  }
  if (drawn.length === 0) {
    drawn.push(drawNote(empty, y + 20, scene));
    y += 34;
  }
  const total = groups.reduce((sum, { rows }) => sum + rows.length, 0);
  return { drawn: join(drawn), bottom: y, hidden: total - (MAX_ROWS - room) };
}

/** What stands under the axis at `y` when rows were left out, and how far it reaches. */
export function drawHidden(
  hidden: number,
  y: number,
  scene: TimeScene,
): { readonly drawn: Markup | undefined; readonly bottom: number } {
  const bottom = y + AXIS;
  if (hidden === 0) return { drawn: undefined, bottom };
  const text = scene.say.text('picture.more_rows', { n: hidden });
  return { drawn: drawNote(text, bottom + 8, scene), bottom: bottom + 22 };
}

/** A quiet line of words in the body. */
export function drawNote(text: string, y: number, { paint }: TimeScene): Markup {
  return draw('text', { x: MARGIN, y, 'font-size': 13, fill: paint.quiet }, text);
}
