/**
 * Paints lanes on a canvas: per lane one pass over pixel columns, one rectangle per run of equal columns.
 * A rectangle per sample would cost seconds for a year of lanes; this costs milliseconds.
 */
import type { LaneState } from '../../probes/types.ts';
import { stackShares } from '../column-shares.ts';
import { NO_STRIP } from '../column-states.ts';
import { type Aggregate, bodyOf, type Columns, columns } from '../columns.ts';
import { coverageOf, toSteps } from '../coverage.ts';
import { listMeasuredLanes } from '../lane-rows.ts';
import { LOOKS, STATES, type Theme } from '../palette.ts';
import type { TimelineAnnouncement } from './data.ts';
import { paintLags } from './lag-row.ts';
import { type Layout, type PlacedGroup, type PlacedRow, RIBBON_PX } from './layout.ts';
import { createPatterns, type PatternSource } from './patterns.ts';
import { paintRules } from './rules.ts';
import { INKS, type Ink } from './theme.ts';

/** What one drawing needs. Lengths in CSS pixels, the context scaled to them, the origin at the plot's corner. */
export type Scene = {
  readonly layout: Layout;
  readonly announcements: readonly TimelineAnnouncement[];
  readonly aggregate: Aggregate;
  readonly fromMs: number;
  readonly toMs: number;
  /** Outside of it nothing is known yet, which is not `no_data`: nothing is painted there. */
  readonly loadedFromMs: number;
  readonly loadedToMs: number;
  readonly widthPx: number;
  /** Device pixels per CSS pixel. */
  readonly ratio: number;
  readonly theme: Theme;
  readonly ink: Ink;
  readonly patterns: PatternSource;
};

/** Narrower runs are solid: a pattern would be noise. */
const PATTERN_MIN_PX = 6;
/** Narrower runs get no separator: it would eat them. */
const SEPARATOR_MIN_PX = 3;
/** Height of the strip that names the worst state. */
const STRIP_PX = 3;

type Brush = Pick<Scene, 'theme' | 'ink' | 'patterns'>;
type Band = Pick<PlacedRow, 'barTopPx' | 'barHeightPx'>;
/** First and last column of what is loaded, the last not included. */
type Stretch = { readonly first: number; readonly last: number };

function drawNoData(
  ctx: CanvasRenderingContext2D,
  { theme, ink }: Brush,
  row: Band,
  x0: number,
  x1: number,
): void {
  ctx.fillStyle = ink.page;
  ctx.fillRect(x0, row.barTopPx, x1 - x0, row.barHeightPx);
  ctx.fillStyle = LOOKS.no_data.fill[theme];
  const middlePx = Math.round(row.barTopPx + row.barHeightPx / 2) - 1;
  // Dots sit on a grid of the screen, not of the run, so that neighbours line up.
  for (let x = Math.ceil(x0 / 5) * 5; x + 2 <= x1; x += 5) ctx.fillRect(x, middlePx, 2, 2);
  if (x1 - x0 < 5) ctx.fillRect(x0, middlePx, x1 - x0, 2);
}

function drawBody(
  ctx: CanvasRenderingContext2D,
  brush: Brush,
  row: Band,
  stateIndex: number,
  x0: number,
  x1: number,
): void {
  const state = STATES[stateIndex] ?? 'no_data';
  if (state === 'no_data') {
    drawNoData(ctx, brush, row, x0, x1);
    return;
  }
  const { theme, patterns } = brush;
  const look = LOOKS[state];
  const heightPx = Math.max(2, Math.round(row.barHeightPx * look.heightShare));
  const topPx = row.barTopPx + row.barHeightPx - heightPx;
  const isWide = x1 - x0 >= PATTERN_MIN_PX;
  ctx.fillStyle = (isWide ? patterns(state) : undefined) ?? look.fill[theme];
  ctx.fillRect(x0, topPx, x1 - x0, heightPx);
  if (isWide && look.pattern !== 'solid') {
    ctx.strokeStyle = look.fill[theme];
    ctx.lineWidth = 1;
    ctx.strokeRect(x0 + 0.5, topPx + 0.5, x1 - x0 - 1, heightPx - 1);
  }
}

/** Calls `draw` for every run of columns that read alike. */
function eachRun(
  { first, last }: Stretch,
  read: (column: number) => number,
  draw: (value: number, start: number, end: number) => void,
): void {
  for (let start = first; start < last; ) {
    const value = read(start);
    let end = start + 1;
    while (end < last && read(end) === value) end += 1;
    draw(value, start, end);
    start = end;
  }
}

/** Paints bodies, one rectangle per run of equal columns, with separators between runs that are wide enough. */
function paintBodies(
  ctx: CanvasRenderingContext2D,
  scene: Scene,
  row: PlacedRow,
  made: Columns,
  stretch: Stretch,
): void {
  const { ratio, ink, aggregate } = scene;
  const snap = (x: number): number => Math.round(x * ratio) / ratio;
  eachRun(
    stretch,
    (column) => bodyOf(made, column, aggregate),
    (state, start, end) => {
      drawBody(ctx, scene, row, state, snap(start), snap(end));
      if (start === stretch.first || end - start < SEPARATOR_MIN_PX) return;
      ctx.fillStyle = ink.page;
      ctx.fillRect(snap(start), row.barTopPx, 1 / ratio, row.barHeightPx);
    },
  );
}

/** Paints the strips that name the worst state where it is not the body. */
function paintStrips(
  ctx: CanvasRenderingContext2D,
  { ratio, theme }: Scene,
  row: PlacedRow,
  { worst, dominant }: Columns,
  stretch: Stretch,
): void {
  const snap = (x: number): number => Math.round(x * ratio) / ratio;
  eachRun(
    stretch,
    (column) => worst[column] ?? NO_STRIP,
    (state, start, end) => {
      const look = STATES[state];
      // One column beside a run of the same state is only the edge of that run.
      const isEdge =
        end - start === 1 && (dominant[start - 1] === state || dominant[end] === state);
      if (!look || isEdge) return;
      ctx.fillStyle = LOOKS[look].fill[theme];
      ctx.fillRect(snap(start), row.barTopPx, snap(end) - snap(start), STRIP_PX);
    },
  );
}

/** Paints the share of each state from the bottom up, the worst lowest, as high as the band for all of them together. */
function paintShares(
  ctx: CanvasRenderingContext2D,
  scene: Scene,
  row: PlacedRow,
  made: Columns,
  stretch: Stretch,
): void {
  const { theme } = scene;
  const steps = row.barHeightPx;
  const bottomPx = row.barTopPx + steps;
  const layers = stackShares(made, steps);
  for (const { state, fromStep, toStep } of layers) {
    ctx.fillStyle = LOOKS[STATES[state] ?? 'no_data'].fill[theme];
    eachRun(
      stretch,
      (column) => (fromStep[column] ?? 0) * 256 + (toStep[column] ?? 0),
      (ends, start, end) => {
        const heightPx = (ends % 256) - Math.floor(ends / 256);
        if (heightPx > 0) ctx.fillRect(start, bottomPx - (ends % 256), end - start, heightPx);
      },
    );
  }
  eachRun(
    stretch,
    (column) => Number(layers.some(({ toStep }) => (toStep[column] ?? 0) > 0)),
    (isMeasured, start, end) => {
      if (isMeasured === 0) drawNoData(ctx, scene, row, start, end);
    },
  );
}

/** Paints one row: ground, bodies, strips. */
function paintLane(ctx: CanvasRenderingContext2D, scene: Scene, placed: PlacedRow): void {
  const { fromMs, toMs, widthPx, ink, aggregate } = scene;
  const width = Math.max(1, Math.round(widthPx));
  const perMs = width / (toMs - fromMs);
  const first = Math.max(0, Math.floor((scene.loadedFromMs - fromMs) * perMs + 1e-6));
  const last = Math.min(width, Math.ceil((scene.loadedToMs - fromMs) * perMs - 1e-6));
  if (last <= first) return;
  const made = columns(placed.row.set, fromMs, toMs, width, aggregate === 'share');
  const stretch = { first, last };
  ctx.fillStyle = ink.track;
  ctx.fillRect(first, placed.barTopPx, last - first, placed.barHeightPx);
  if (aggregate === 'share') {
    paintShares(ctx, scene, placed, made, stretch);
    return;
  }
  paintBodies(ctx, scene, placed, made, stretch);
  if (aggregate === 'dominant') paintStrips(ctx, scene, placed, made, stretch);
}

/** Paints under a group how many of its lanes were measured: a bar as high as their share, on the ground of a lane. */
function paintRibbon(
  ctx: CanvasRenderingContext2D,
  scene: Scene,
  { group, ribbonTopPx }: PlacedGroup,
): void {
  if (ribbonTopPx === undefined) return;
  const { fromMs, toMs, widthPx, ink } = scene;
  const width = Math.max(1, Math.round(widthPx));
  const perMs = width / (toMs - fromMs);
  const first = Math.max(0, Math.floor((scene.loadedFromMs - fromMs) * perMs + 1e-6));
  const last = Math.min(width, Math.ceil((scene.loadedToMs - fromMs) * perMs - 1e-6));
  if (last <= first) return;
  const lanes = listMeasuredLanes(group).map(({ spans }) => spans);
  const { shares } = coverageOf(lanes, fromMs, toMs, width);
  ctx.fillStyle = ink.track;
  ctx.fillRect(first, ribbonTopPx, last - first, RIBBON_PX);
  ctx.fillStyle = ink.muted;
  eachRun(
    { first, last },
    (column) => toSteps(shares[column] ?? 0, RIBBON_PX),
    (heightPx, start, end) =>
      ctx.fillRect(start, ribbonTopPx + RIBBON_PX - heightPx, end - start, heightPx),
  );
}

const SWATCH = { widthPx: 30, heightPx: 16 };

/** Paints one state into a small canvas of its own, as lanes show it: for legends. */
export function paintSwatch(canvas: HTMLCanvasElement, state: LaneState, theme: Theme): void {
  const ratio = devicePixelRatio;
  canvas.width = SWATCH.widthPx * ratio;
  canvas.height = SWATCH.heightPx * ratio;
  const ctx = canvas.getContext('2d');
  if (!ctx) return;
  ctx.scale(ratio, ratio);
  const ink = INKS[theme];
  ctx.fillStyle = ink.track;
  ctx.fillRect(0, 0, SWATCH.widthPx, SWATCH.heightPx);
  const band = { barTopPx: 0, barHeightPx: SWATCH.heightPx };
  const brush = { theme, ink, patterns: createPatterns(ctx, theme, ratio) };
  drawBody(ctx, brush, band, STATES.indexOf(state), 0, SWATCH.widthPx);
}

/** Paints all rows, the lags, and the rules over them. */
export function paintScene(ctx: CanvasRenderingContext2D, scene: Scene): void {
  for (const row of scene.layout.rows) paintLane(ctx, scene, row);
  for (const group of scene.layout.groups) paintRibbon(ctx, scene, group);
  paintLags(ctx, scene);
  paintRules(ctx, scene);
}
