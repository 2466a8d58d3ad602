/** Draws the pattern of a state once per theme and screen density, as a tile that the canvas repeats. */

import type { LaneState } from '../../probes/types.ts';
import { LOOKS, type Pattern, type StateLook, type Theme } from '../palette.ts';

/** Tile edge in CSS pixels; every pattern below closes over it. */
const TILE_PX = 6;
/** Share of the colour under the lines: keeps the shape whole, and the lines at full contrast. */
const TINT_ALPHA = 0.32;

type Draw = (ctx: OffscreenCanvasRenderingContext2D) => void;

function strokeLines(lines: readonly (readonly [number, number, number, number])[]): Draw {
  return (ctx) => {
    ctx.beginPath();
    for (const [x0, y0, x1, y1] of lines) {
      ctx.moveTo(x0, y0);
      ctx.lineTo(x1, y1);
    }
    ctx.stroke();
  };
}

/** A diagonal and its two neighbours, so that corners join across tiles. */
const RISING = [
  [-1, TILE_PX + 1, TILE_PX + 1, -1],
  [-1, 1, 1, -1],
  [TILE_PX - 1, TILE_PX + 1, TILE_PX + 1, TILE_PX - 1],
] as const;
const FALLING = RISING.map(([x0, y0, x1, y1]) => [TILE_PX - x0, y0, TILE_PX - x1, y1] as const);

const DRAWINGS: Readonly<Record<Exclude<Pattern, 'solid' | 'empty'>, Draw>> = {
  hatch: (ctx) => {
    ctx.lineWidth = 2.4;
    strokeLines(RISING)(ctx);
  },
  cross: (ctx) => {
    ctx.lineWidth = 1.2;
    strokeLines([...RISING, ...FALLING])(ctx);
  },
  stripes: (ctx) => ctx.fillRect(0, 0, TILE_PX, TILE_PX / 2),
  dots: (ctx) => {
    ctx.fillRect(0, 0, 2, 2);
    ctx.fillRect(TILE_PX / 2, TILE_PX / 2, 2, 2);
  },
};

function makePattern(
  ctx: CanvasRenderingContext2D,
  { fill, pattern }: StateLook,
  theme: Theme,
  ratio: number,
): CanvasPattern | undefined {
  if (pattern === 'solid' || pattern === 'empty') return undefined;
  const edge = Math.round(TILE_PX * ratio);
  const tile = new OffscreenCanvas(edge, edge);
  const pen = tile.getContext('2d');
  if (!pen) return undefined;
  pen.scale(edge / TILE_PX, edge / TILE_PX);
  pen.fillStyle = fill[theme];
  pen.strokeStyle = fill[theme];
  pen.globalAlpha = TINT_ALPHA;
  pen.fillRect(0, 0, TILE_PX, TILE_PX);
  pen.globalAlpha = 1;
  DRAWINGS[pattern](pen);
  const made = ctx.createPattern(tile, 'repeat') ?? undefined;
  // The context is scaled to CSS pixels; the tile is already in device pixels.
  made?.setTransform(new DOMMatrix().scale(TILE_PX / edge));
  return made;
}

/** Gives the pattern of a state, or undefined where the state is drawn solid or not at all. */
export type PatternSource = (state: LaneState) => CanvasPattern | undefined;

/** Makes patterns on first use and keeps them; make a new source when theme or density change. */
export function createPatterns(
  ctx: CanvasRenderingContext2D,
  theme: Theme,
  ratio: number,
): PatternSource {
  const made = new Map<LaneState, CanvasPattern | undefined>();
  return (state) => {
    if (!made.has(state)) made.set(state, makePattern(ctx, LOOKS[state], theme, ratio));
    return made.get(state);
  };
}
