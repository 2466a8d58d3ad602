/**
 * The signs of states and announcements as shapes of a 16 × 16 box: no font has all of them, and phones turn some into
 * coloured pictures.
 */
import type { LaneState } from '../../probes/types.ts';
import type { ANNOUNCEMENT_MARKS } from '../palette.ts';
import { draw, type Markup } from './markup.ts';

type Shape = { readonly d: string; readonly isOutline?: boolean };

const STATE_SHAPES: Readonly<Record<LaneState, Shape>> = {
  ok: { d: 'M8 2a6 6 0 1 0 .01 0z' },
  likely_blocked: { d: 'M8 1.5l7 12.5h-14z' },
  blocked: { d: 'M2 2h12v12h-12z' },
  impaired: {
    d: 'M1.5 6.8c2-3 4-3 6.5-1.2s4.5 1.8 6.5-1.2M1.5 11.8c2-3 4-3 6.5-1.2s4.5 1.8 6.5-1.2',
    isOutline: true,
  },
  down: { d: 'M2.2 3h11.6l-5.8 10z', isOutline: true },
  insufficient: {
    d: 'M4.5 5.5c0-4.5 7-4.5 7 0c0 2.6-3.5 2.6-3.5 5.2M8 13.4v1.4',
    isOutline: true,
  },
  no_data: { d: 'M3 8h10', isOutline: true },
};

/** A point in the life of an announcement, or a statement that denies another. */
export type SignKind = keyof typeof ANNOUNCEMENT_MARKS | 'denied';

const MARK_SHAPES: Readonly<Record<SignKind, Shape>> = {
  denied: { d: 'M8 2.6a5.4 5.4 0 1 0 .01 0z', isOutline: true },
  announced: { d: 'M3 2l11 6l-11 6z' },
  effective: { d: 'M8 1l7 7l-7 7l-7-7z' },
  lifted: { d: 'M8 1.8l6.2 6.2l-6.2 6.2l-6.2-6.2z', isOutline: true },
};

type Place = { readonly x: number; readonly y: number; readonly size: number };

function drawShape({ d, isOutline = false }: Shape, { x, y, size }: Place, colour: string): Markup {
  const transform = `translate(${x} ${y}) scale(${size / 16})`;
  return isOutline
    ? draw('path', { d, transform, fill: 'none', stroke: colour, 'stroke-width': 2.2 })
    : draw('path', { d, transform, fill: colour });
}

/** The sign of a state; `x` and `y` are its upper left corner. */
export function drawState(state: LaneState, place: Place, colour: string): Markup {
  return drawShape(STATE_SHAPES[state], place, colour);
}

/** The sign of a point in the life of an announcement. */
export function drawMark(kind: SignKind, place: Place, colour: string): Markup {
  return drawShape(MARK_SHAPES[kind], place, colour);
}
