/** Patterns of the states as SVG, the same as those of the canvas: each state is told apart without colour. */
import type { LaneState } from '../../probes/types.ts';
import { LOOKS, type Pattern, STATES } from '../palette.ts';
import { draw, join, type Markup } from './markup.ts';
import type { Paint } from './paint.ts';

/** Edge of a tile, px; every pattern below closes over it. */
const TILE = 6;
/** Share of the colour under the lines: keeps the shape whole, and the lines at full contrast. */
const TINT_OPACITY = 0.32;
const RISING = `M-1 ${TILE + 1}L${TILE + 1} -1M-1 1L1 -1M${TILE - 1} ${TILE + 1}L${TILE + 1} ${TILE - 1}`;
const FALLING = `M${TILE + 1} ${TILE + 1}L-1 -1M${TILE + 1} 1L${TILE - 1} -1M1 ${TILE + 1}L-1 ${TILE - 1}`;

/** Distance and size of the dots that stand for nothing measured. */
const DOT_STEP = 5;
const DOT = 2;

const DRAWINGS: Readonly<Record<Exclude<Pattern, 'solid' | 'empty'>, (colour: string) => Markup>> =
  {
    hatch: (colour) => draw('path', { d: RISING, stroke: colour, 'stroke-width': 2.4 }),
    cross: (colour) => draw('path', { d: RISING + FALLING, stroke: colour, 'stroke-width': 1.2 }),
    stripes: (colour) => draw('rect', { width: TILE, height: TILE / 2, fill: colour }),
    dots: (colour) => draw('path', { d: 'M0 0h2v2h-2zM3 3h2v2h-2z', fill: colour }),
  };

/** Name of the pattern of a state in a picture; solid ones have none. */
function toPatternId(state: LaneState): string {
  return `rl-${state}`;
}

function drawPattern(state: LaneState, paint: Paint): Markup | undefined {
  const { pattern } = LOOKS[state];
  if (pattern === 'solid') return undefined;
  const colour = paint.fill(state);
  const shared = { id: toPatternId(state), patternUnits: 'userSpaceOnUse' };
  // Nothing measured is a line of dots through the middle of a lane on the page's own ground.
  if (pattern === 'empty')
    return draw(
      'pattern',
      { ...shared, width: TILE, height: TILE },
      draw('rect', { width: TILE, height: TILE, fill: paint.page }),
      draw('path', { d: RISING, stroke: colour, 'stroke-width': 0.9, opacity: 0.8 }),
    );
  return draw(
    'pattern',
    { ...shared, width: TILE, height: TILE },
    draw('rect', { width: TILE, height: TILE, fill: paint.page }),
    draw('rect', { width: TILE, height: TILE, fill: colour, opacity: TINT_OPACITY }),
    DRAWINGS[pattern](colour),
  );
}

/** What a shape of the state is filled with: its pattern, or its colour where it has none. */
export function fillOf(state: LaneState, paint: Paint): string {
  return LOOKS[state].pattern === 'solid' ? paint.fill(state) : `url(#${toPatternId(state)})`;
}

/** Fill of the line through a lane where nothing was measured: dots on a grid of the picture, so that neighbours line up. */
export const DOTS_FILL = 'url(#rl-dots)';

/** Shorter lines are drawn whole: all of them might lie between two dots. */
export const DOTS_MIN = DOT_STEP;

/** A tile of one px height, so that dots are as high as what is filled with them. */
function drawDots(paint: Paint): Markup {
  return draw(
    'pattern',
    { id: 'rl-dots', width: DOT_STEP, height: 1, patternUnits: 'userSpaceOnUse' },
    draw('rect', { width: DOT, height: 1, fill: paint.fill('no_data') }),
  );
}

/** The definitions that a picture with states needs once. */
export function drawPatterns(paint: Paint): Markup {
  return draw(
    'defs',
    {},
    join([...STATES.map((state) => drawPattern(state, paint)), drawDots(paint)]),
  );
}
