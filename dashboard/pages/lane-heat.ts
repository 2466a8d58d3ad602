/** Lanes by day: a table of days, a glyph and the counts in each cell, from the counts per day that are stored. */
import { html } from 'hono/html';
import type { Lane } from '../../db/lanes.ts';
import { bucketColumns, type ColumnBucket } from '../columns.ts';
import { DAY_MS } from '../format.ts';
import { formatDay, formatDuration, formatShortDay } from '../i18n/times.ts';
import { nameGroup } from '../lane-names.ts';
import type { LaneRow, RowGroup } from '../lane-rows.ts';
import type { Fragment, Frame } from './frame.ts';
import { renderSlice, toSliceStyle } from './lane-strip.ts';
import type { TimelineData } from './timeline.ts';
import { renderRowName, toNames } from './timeline-words.ts';

/** As many cells as a page can carry; a longer range gets cells of several days. */
const MAX_CELLS = 92;
const STEP_DAYS = [1, 2, 7, 14, 28, 56, 112];
/** Cells under one heading. */
const HEADING_CELLS = 7;

type Grid = { readonly fromMs: number; readonly cellMs: number; readonly cells: number };

/** Whole UTC days that hold the range, put together until they are few enough. */
function layDays(fromMs: number, toMs: number): Grid {
  const first = Math.floor(fromMs / DAY_MS) * DAY_MS;
  const days = Math.max(1, Math.ceil((toMs - first) / DAY_MS));
  const stepDays =
    STEP_DAYS.find((step) => days / step <= MAX_CELLS) ?? Math.ceil(days / MAX_CELLS);
  return { fromMs: first, cellMs: stepDays * DAY_MS, cells: Math.ceil(days / stepDays) };
}

function renderRow(
  row: LaneRow<Lane>,
  buckets: readonly ColumnBucket[],
  { fromMs, cellMs, cells }: Grid,
  data: TimelineData,
  frame: Frame,
): Fragment {
  const { say } = frame;
  const style = toSliceStyle(data, cells);
  const made = bucketColumns(
    buckets,
    DAY_MS,
    fromMs,
    fromMs + cells * cellMs,
    cells,
    style.agg === 'share',
  );
  return html`<tr><th scope="row">${renderRowName(row, toNames(data, frame))}</th>${Array.from(
    { length: cells },
    (_, index) => renderSlice(made, index, style, say),
  )}</tr>`;
}

function renderGroup(
  group: RowGroup<Lane>,
  grid: Grid,
  data: TimelineData,
  frame: Frame,
): Fragment {
  return html`<tbody><tr class="group"><th scope="rowgroup" colspan="${grid.cells + 1}">${nameGroup(group, toNames(data, frame))}</th></tr>
    ${group.rows.map((row) => renderRow(row, data.days?.get(row.key) ?? [], grid, data, frame))}</tbody>`;
}

/** Renders the days of every row. */
export function renderDays(data: TimelineData, frame: Frame): Fragment {
  const { say } = frame;
  const { choice } = data;
  const grid = layDays(choice.fromMs, choice.toMs);
  const length = formatDuration(grid.cellMs, say);
  const inUtc = { ...say, timeZone: 'UTC' };
  const starts = Array.from({ length: Math.ceil(grid.cells / HEADING_CELLS) }, (_, index) => {
    const first = index * HEADING_CELLS;
    const atMs = grid.fromMs + first * grid.cellMs;
    const width = Math.min(HEADING_CELLS, grid.cells - first);
    const text = index === 0 ? formatDay(atMs, inUtc) : formatShortDay(atMs, inUtc);
    // Too narrow for a date, and a heading must not be empty.
    return width < 3
      ? html`<td colspan="${width}"></td>`
      : html`<th scope="colgroup" colspan="${width}">${text}</th>`;
  });
  return html`<p class="quiet">${say.text(`timeline.each_cell_${choice.agg}`, { length })} UTC.</p>
  <div class="scroll strips" tabindex="0" role="region" aria-label="${say.text('timeline.days_region')}">
  <table class="strip heat"><caption class="unseen">${say.text('timeline.day_caption', { length })}</caption>
    <thead><tr><th scope="col">${say.text(`timeline.column_${choice.by}`)}</th>${starts}</tr></thead>
    ${data.groups.map((group) => renderGroup(group, grid, data, frame))}
  </table></div>`;
}
