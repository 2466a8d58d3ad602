/**
 * The lag on the axis: a line from the time an announcement counts from to when the last network followed, a bar for
 * each network as long as what is not known of its onset, and a post at the median.
 */
import type { LagLine } from '../lag-lines.ts';
import { LAG_PX, type Layout } from './layout.ts';
import type { Ink } from './theme.ts';

type LagScene = {
  readonly layout: Layout;
  readonly fromMs: number;
  readonly toMs: number;
  readonly widthPx: number;
  readonly ink: Ink;
};

const BAR_PX = 4;
const POST_PX = 14;
const TICK_PX = 8;

/** The middle of what the median may be, on the axis. */
function medianMs({ median, from }: LagLine): number {
  const least = median.leastMs ?? median.mostMs;
  return (from.earliestMs + from.latestMs) / 2 + (least + median.mostMs) / 2;
}

function paintLag(
  ctx: CanvasRenderingContext2D,
  line: LagLine,
  topPx: number,
  { fromMs, toMs, widthPx, ink }: LagScene,
): void {
  const toPx = (atMs: number): number => ((atMs - fromMs) / (toMs - fromMs)) * widthPx;
  const middlePx = topPx + LAG_PX / 2;
  const bar = (startMs: number, endMs: number, heightPx: number): void => {
    const leftPx = Math.max(-1, toPx(startMs));
    const rightPx = Math.min(widthPx + 1, toPx(endMs));
    if (rightPx >= leftPx)
      ctx.fillRect(leftPx, middlePx - heightPx / 2, Math.max(2, rightPx - leftPx), heightPx);
  };
  const times = [line.from.earliestMs, line.from.latestMs, ...line.points.map(({ byMs }) => byMs)];
  ctx.fillStyle = ink.muted;
  bar(Math.min(...times), Math.max(...times), 1);
  ctx.globalAlpha = 0.25;
  bar(line.from.earliestMs, line.from.latestMs, POST_PX);
  ctx.globalAlpha = 0.5;
  for (const { afterMs, byMs } of line.points)
    if (afterMs !== undefined) bar(afterMs, byMs, BAR_PX);
  ctx.globalAlpha = 1;
  for (const { byMs } of line.points) bar(byMs, byMs, TICK_PX);
  ctx.fillStyle = ink.text;
  bar(line.from.earliestMs, line.from.earliestMs, POST_PX);
  bar(medianMs(line), medianMs(line), POST_PX);
}

/** Paints the lags of all groups. */
export function paintLags(ctx: CanvasRenderingContext2D, scene: LagScene): void {
  for (const { lags } of scene.layout.groups)
    for (const { line, topPx } of lags) paintLag(ctx, line, topPx, scene);
}
