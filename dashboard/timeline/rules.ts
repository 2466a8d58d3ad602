/**
 * Lets the time of each act fall through the lanes of the services it names, so that the eye reads the lag at once:
 * a line for an instant, a band with a dashed edge for a day.
 */
import { concerns, type TimelineAnnouncement } from './data.ts';
import type { Layout } from './layout.ts';
import { isAct } from './packing.ts';
import type { Ink } from './theme.ts';

type RuleScene = {
  readonly layout: Layout;
  readonly announcements: readonly TimelineAnnouncement[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly widthPx: number;
  readonly ink: Ink;
};

type Stretch = { readonly topPx: number; readonly heightPx: number };

const LINE_PX = 1.5;
const DASH_PX = 4;
const DASH_STEP_PX = 7;
const BAND_ALPHA = 0.07;

/** Where a rule runs: through a whole group, or only through the bands where labels lie between them. */
function listStretches(layout: Layout, announcement: TimelineAnnouncement): Stretch[] {
  return layout.groups.flatMap((group) => {
    const rows = layout.rows
      .slice(group.first, group.last + 1)
      .filter(({ row }) => row.kind !== 'control' && concerns(announcement, row.lead));
    const last = rows.at(-1);
    const first = rows[0];
    if (!first || !last) return [];
    if (layout.isNarrow)
      return rows.map((row) => ({ topPx: row.barTopPx - 1, heightPx: row.barHeightPx + 2 }));
    const topPx = first.barTopPx - 5;
    return [{ topPx, heightPx: last.barTopPx + last.barHeightPx + 3 - topPx }];
  });
}

function paintLine(
  ctx: CanvasRenderingContext2D,
  { topPx, heightPx }: Stretch,
  leftPx: number,
  isDashed: boolean,
): void {
  const partPx = isDashed ? DASH_PX : heightPx;
  const stepPx = isDashed ? DASH_STEP_PX : heightPx;
  for (let y = topPx; y < topPx + heightPx; y += stepPx)
    ctx.fillRect(leftPx, y, LINE_PX, Math.min(partPx, topPx + heightPx - y));
}

/** Paints the rules of all acts in the range. */
export function paintRules(ctx: CanvasRenderingContext2D, scene: RuleScene): void {
  const { layout, fromMs, toMs, widthPx, ink } = scene;
  const toPx = (atMs: number): number => ((atMs - fromMs) / (toMs - fromMs)) * widthPx;
  for (const announcement of scene.announcements) {
    if (!isAct(announcement)) continue;
    // Where the source names no effective time, the announcement itself is the only date there is.
    const time = announcement.times.effective ?? announcement.times.announced;
    if (!time || time.box.untilMs < fromMs || time.box.fromMs > toMs) continue;
    const leftPx = Math.round(toPx(time.box.fromMs));
    const boxPx = toPx(time.box.untilMs) - leftPx;
    const isDashed = !time.box.isInstant || !announcement.times.effective;
    for (const stretch of listStretches(layout, announcement)) {
      ctx.fillStyle = ink.text;
      ctx.globalAlpha = BAND_ALPHA;
      if (boxPx >= 2) ctx.fillRect(leftPx, stretch.topPx, boxPx, stretch.heightPx);
      ctx.globalAlpha = 1;
      // A rim of page colour keeps the line in sight over a dark fill.
      ctx.fillStyle = ink.page;
      ctx.fillRect(leftPx - 1, stretch.topPx, LINE_PX + 2, stretch.heightPx);
      ctx.fillStyle = ink.text;
      paintLine(ctx, stretch, leftPx, isDashed);
    }
  }
}
