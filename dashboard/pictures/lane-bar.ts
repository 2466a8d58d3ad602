/**
 * One lane as SVG, from the same columns as screen and table: the body is the state that held for most of a column,
 * the strip on its upper edge the worst one in it. One path per state keeps a year of lanes small.
 */
import type { LaneState } from '../../probes/types.ts';
import { stackShares } from '../column-shares.ts';
import { NO_STRIP } from '../column-states.ts';
import {
  type Aggregate,
  bodyOf,
  type ColumnSpan,
  type Columns,
  columns,
  type LaneSet,
} from '../columns.ts';
import { LOOKS, STATES } from '../palette.ts';
import { draw, join, type Markup } from './markup.ts';
import type { Paint } from './paint.ts';
import { DOTS_FILL, DOTS_MIN, fillOf } from './patterns.ts';

/** Where a bar lies; one column per px, so `x` and `width` are whole. */
export type BarPlace = {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
};

/** A stretch of equal columns, `end` exclusive. */
export type Run = { readonly state: LaneState; readonly start: number; readonly end: number };

/** Narrower runs are solid: a pattern would be noise. */
const PATTERN_MIN = 6;
/** Narrower runs get no separator: it would eat them. */
const SEPARATOR_MIN = 3;
const STRIP_HEIGHT = 3;
const NO_DATA = STATES.indexOf('no_data');

/** Joins neighbours that say the same; columns that say nothing are left out. */
export function listRuns(states: Uint8Array): Run[] {
  const runs: Run[] = [];
  for (let start = 0; start < states.length; ) {
    let end = start + 1;
    while (end < states.length && states[end] === states[start]) end += 1;
    const state = STATES[states[start] ?? NO_STRIP];
    if (state !== undefined) runs.push({ state, start, end });
    start = end;
  }
  return runs;
}

function toBody({ state, start, end }: Run, { x, y, height }: BarPlace): string {
  const bodyHeight = Math.max(2, Math.round(height * LOOKS[state].heightShare));
  const [top, length] = [y + height - bodyHeight, end - start];
  return `M${x + start} ${top}h${length}v${bodyHeight}h-${length}z`;
}

/** A path, unless it is empty. */
function drawPath(d: string, fill: string, stroke?: string): Markup | undefined {
  return d === '' ? undefined : draw('path', { d, fill, stroke });
}

const isShort = ({ start, end }: Run): boolean => end - start < DOTS_MIN;

function drawBodies(runs: readonly Run[], place: BarPlace, paint: Paint): Markup {
  const middle = Math.round(place.y + place.height / 2) - 1;
  return join(
    STATES.flatMap((state) => {
      const own = runs.filter((run) => run.state === state);
      if (own.length === 0) return [];
      const colour = paint.fill(state);
      if (state === 'no_data') {
        const toLine = ({ start, end }: Run, y: number, high: number) =>
          `M${place.x + start} ${y}h${end - start}v${high}h-${end - start}z`;
        const [short, long] = [own.filter(isShort), own.filter((run) => !isShort(run))];
        return [
          draw('path', {
            d: own.map((run) => toLine(run, place.y, place.height)).join(''),
            fill: paint.page,
          }),
          drawPath(long.map((run) => toLine(run, middle, 2)).join(''), DOTS_FILL),
          drawPath(short.map((run) => toLine(run, middle, 2)).join(''), colour),
        ];
      }
      const isPatterned = (run: Run) =>
        LOOKS[state].pattern !== 'solid' && run.end - run.start >= PATTERN_MIN;
      const solid = own.filter((run) => !isPatterned(run)).map((run) => toBody(run, place));
      const wide = own.filter(isPatterned).map((run) => toBody(run, place));
      return [
        drawPath(solid.join(''), colour),
        drawPath(wide.join(''), fillOf(state, paint), colour),
      ];
    }),
  );
}

function drawStrips(
  worst: Uint8Array,
  dominant: Uint8Array,
  { x, y }: BarPlace,
  paint: Paint,
): Markup {
  const runs = listRuns(worst).filter(({ state, start, end }) => {
    const index = STATES.indexOf(state);
    // One column beside a run of the same state is only the edge of that run.
    return end - start > 1 || (dominant[start - 1] !== index && dominant[end] !== index);
  });
  return join(
    [...Map.groupBy(runs, ({ state }) => state)].map(([state, own]) =>
      draw('path', {
        d: own
          .map(
            ({ start, end }) =>
              `M${x + start} ${y}h${end - start}v${STRIP_HEIGHT}h-${end - start}z`,
          )
          .join(''),
        fill: paint.fill(state),
      }),
    ),
  );
}

/** The body of every column by the rule in use, as indices of STATES. */
function listBodies(made: Columns, aggregate: Aggregate): Uint8Array {
  return Uint8Array.from({ length: made.width }, (_, index) => bodyOf(made, index, aggregate));
}

/** Shares of the states in each column, the worst lowest, as on screen. */
function drawShares(made: Columns, { x, y, height }: BarPlace, paint: Paint): Markup {
  const layers = stackShares(made, height);
  const drawn = layers.map(({ state, fromStep, toStep }) => {
    let path = '';
    for (let start = 0; start < made.width; ) {
      const [low = 0, high = 0] = [fromStep[start], toStep[start]];
      let end = start + 1;
      while (end < made.width && fromStep[end] === low && toStep[end] === high) end += 1;
      if (high > low)
        path += `M${x + start} ${y + height - high}h${end - start}v${high - low}h-${end - start}z`;
      start = end;
    }
    return draw('path', { d: path, fill: paint.fill(STATES[state] ?? 'no_data') });
  });
  const empty = made.dominant.map((_, column) =>
    layers.every(({ toStep }) => toStep[column] === 0) ? NO_DATA : NO_STRIP,
  );
  return join([...drawn, drawBodies(listRuns(empty), { x, y, width: made.width, height }, paint)]);
}

/** Draws one row of [fromMs, toMs): a lane, or several that are shown as one. */
export function drawBar(
  from: readonly ColumnSpan[] | LaneSet,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  place: BarPlace,
  paint: Paint,
  aggregate: Aggregate = 'dominant',
): Markup {
  const { x, y, width, height } = place;
  const made = columns(from, fromMs, toMs, width, aggregate === 'share');
  const ground = draw('rect', { x, y, width, height, fill: paint.track });
  if (aggregate === 'share') return join([ground, drawShares(made, place, paint)]);
  const bodies = listBodies(made, aggregate);
  const runs = listRuns(bodies);
  const separators = runs
    .filter(({ start, end }) => start > 0 && end - start >= SEPARATOR_MIN)
    .map(({ start }) => `M${x + start} ${y}h1v${height}h-1z`);
  return join([
    ground,
    drawBodies(runs, place, paint),
    separators.length === 0
      ? undefined
      : draw('path', { d: separators.join(''), fill: paint.page }),
    // Where the body is the worst already, there is nothing left for a strip to say.
    aggregate === 'worst' ? undefined : drawStrips(made.worst, made.dominant, place, paint),
  ]);
}
