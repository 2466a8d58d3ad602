/**
 * Lanes as rows of table cells, one glyph per slice of time, under the announcements and lags of the same slices: the
 * picture for readers without JavaScript.
 */
import { html } from 'hono/html';
import type { Lane } from '../../db/lanes.ts';
import { troubledShare } from '../column-shares.ts';
import { type Column, type Columns, columnAt, columns } from '../columns.ts';
import { coverageOf, describeSlice, toSteps } from '../coverage.ts';
import { DAY_MS } from '../format.ts';
import type { Say } from '../i18n/say.ts';
import { formatDuration, formatInstant, formatShortDay } from '../i18n/times.ts';
import { sayState } from '../i18n/words.ts';
import { isOfGroup, touchesRange } from '../lag-lines.ts';
import { nameGroup } from '../lane-names.ts';
import { type LaneRow, listMeasuredLanes, type RowGroup } from '../lane-rows.ts';
import { LOOKS, STATES } from '../palette.ts';
import type { TimelineChoice } from '../timeline-choice.ts';
import type { Fragment, Frame } from './frame.ts';
import { renderMarkRows } from './mark-rows.ts';
import { toStateClass } from './states.ts';
import type { TimelineData } from './timeline.ts';
import { renderLagCell, renderRowName, toNames } from './timeline-words.ts';

/** Slices per lane: as many glyphs as fit a laptop's width and few enough to keep the page small. */
const STRIP_WIDTH = 60;
/** Slices under one heading. */
const HEADING_WIDTH = 10;
/** Steps in which heights are told apart; 0 is nothing at all. */
const STEPS = 8;

/** What a slice holds in words, where that is more than its sign says; empty where all of it is alike. */
function describeMixture(column: Column, hasCounts: boolean, say: Say): string {
  const counts = STATES.flatMap((state) => {
    const count = column.counts[state];
    const word = sayState(say, state);
    return count ? [hasCounts ? `${word} ${say.number(count)}` : word] : [];
  });
  return counts.length < 2 ? '' : counts.join(' · ');
}

/** Counts of more slices than this would weigh more than all the rest of the page: then states are named without. */
const MAX_COUNTED_SLICES = 1_000;

/** How slices are written: by which rule, and with counts while there are few enough. */
export type SliceStyle = Pick<TimelineChoice, 'agg'> & { readonly hasCounts: boolean };

/** The style of all slices of a page, each row `width` wide. */
export function toSliceStyle({ choice, groups }: TimelineData, width: number): SliceStyle {
  const rows = groups.reduce((sum, group) => sum + group.rows.length, 0);
  return { agg: choice.agg, hasCounts: rows * width <= MAX_COUNTED_SLICES };
}

/** One slice: glyph, pattern and, by the rule in use, what else it holds. */
export function renderSlice(
  made: Columns,
  index: number,
  { agg, hasCounts }: SliceStyle,
  say: Say,
): Fragment {
  const column = columnAt(made, index);
  const state = agg === 'worst' ? column.severest : column.dominant;
  const share = agg === 'share' ? troubledShare(made, index) : undefined;
  const worst =
    agg === 'dominant' && column.worst !== undefined
      ? ` worst-${column.worst.replace('_', '-')}`
      : '';
  const body =
    share === undefined
      ? toStateClass(state)
      : `${toStateClass(column.severest)} fill-${toSteps(share, STEPS)}`;
  const text = share === undefined ? LOOKS[state].glyph : String(Math.round(share * 100));
  const mixture = describeMixture(column, hasCounts, say);
  const title = mixture === '' ? '' : html` title="${mixture}"`;
  return html`<td class="slice ${body}${worst}"${title}>${text}</td>`;
}

function renderStrip(
  row: LaneRow<Lane>,
  data: TimelineData,
  frame: Frame,
  names: ReturnType<typeof toNames>,
): Fragment {
  const { say } = frame;
  const { choice } = data;
  const made = columns(row.set, choice.fromMs, choice.toMs, STRIP_WIDTH, choice.agg === 'share');
  const style = toSliceStyle(data, STRIP_WIDTH);
  return html`<tr><th scope="row">${renderRowName(row, names)}</th>${Array.from(
    { length: STRIP_WIDTH },
    (_, index) => renderSlice(made, index, style, say),
  )}</tr>`;
}

/** A ribbon under the lanes of a heading: how many of them were measured, so that a hole is not taken for calm. */
function renderRibbon(lanes: readonly Lane[], { choice }: TimelineData, { say }: Frame): Fragment {
  const { fromMs, toMs } = choice;
  const coverage = coverageOf(
    lanes.map(({ spans }) => spans),
    fromMs,
    toMs,
    STRIP_WIDTH,
  );
  const cells: Fragment[] = [];
  // Slices of the same height are one cell: the ribbon is read as a whole.
  for (let start = 0; start < STRIP_WIDTH; ) {
    const step = toSteps(coverage.shares[start] ?? 0, STEPS);
    let end = start + 1;
    while (end < STRIP_WIDTH && toSteps(coverage.shares[end] ?? 0, STEPS) === step) end += 1;
    const span = end - start === 1 ? '' : html` colspan="${end - start}"`;
    cells.push(
      html`<td class="ribbon ribbon-${step}"${span} title="${describeSlice(coverage, start, say)}">${step}</td>`,
    );
    start = end;
  }
  return html`<tr class="ribbon-row"><th scope="row">${say.text('timeline.coverage')}</th>${cells}</tr>`;
}

/** The coverage of each heading in words: what a picture of it says at its best and worst. */
export function renderCoverageWords(data: TimelineData, frame: Frame): Fragment {
  const { say } = frame;
  const { fromMs, toMs } = data.choice;
  const sliceMs = (toMs - fromMs) / STRIP_WIDTH;
  const names = toNames(data, frame);
  const lines = data.groups.map((group) => {
    const lanes = listMeasuredLanes(group);
    const spans = lanes.map((lane) => lane.spans);
    const slices = coverageOf(spans, fromMs, toMs, STRIP_WIDTH);
    const whole = coverageOf(spans, fromMs, toMs, 1).shares[0] ?? 0;
    const least = slices.shares.indexOf(Math.min(...slices.shares));
    const line = say.text('timeline.coverage_line', {
      percent: Math.round(whole * 100),
      n: lanes.length,
      time: formatInstant(fromMs + least * sliceMs, say),
      slice: describeSlice(slices, least, say),
    });
    return html`<li><strong>${nameGroup(group, names)}</strong>: ${line}</li>`;
  });
  return html`<details class="coverage-words"><summary>${say.text('timeline.coverage_words')}</summary>
    <p>${say.text('timeline.coverage_explained')}</p>
    <ul>${lines}</ul></details>`;
}

function renderGroup(group: RowGroup<Lane>, data: TimelineData, frame: Frame): Fragment {
  const { lanes, fromMs, toMs } = data.choice;
  const names = toNames(data, frame);
  const lags = lanes.includes('lag')
    ? data.lags.filter((line) => isOfGroup(line, group) && touchesRange(line, fromMs, toMs))
    : [];
  return html`<tbody><tr class="group"><th scope="rowgroup" colspan="${STRIP_WIDTH + 1}">${nameGroup(group, names)}</th></tr>
      ${lags.map((line) => html`<tr class="lag-row"><th scope="row">${frame.say.text('timeline.lag')}</th><td colspan="${STRIP_WIDTH}">${renderLagCell(line, frame)}</td></tr>`)}
      ${group.rows.map((row) => renderStrip(row, data, frame, names))}${
        lanes.includes('coverage') ? renderRibbon(listMeasuredLanes(group), data, frame) : ''
      }</tbody>`;
}

/** Renders one strip per row under headings with dates. */
export function renderStrips(data: TimelineData, frame: Frame): Fragment {
  const { say } = frame;
  const { fromMs, toMs, agg, lanes } = data.choice;
  const columnMs = (toMs - fromMs) / STRIP_WIDTH;
  const length = formatDuration(columnMs, say);
  const headings = Array.from({ length: STRIP_WIDTH / HEADING_WIDTH }, (_, index) => {
    const atMs = fromMs + index * HEADING_WIDTH * columnMs;
    const text =
      columnMs * HEADING_WIDTH < DAY_MS ? formatInstant(atMs, say) : formatShortDay(atMs, say);
    return html`<th scope="colgroup" colspan="${HEADING_WIDTH}">${text}</th>`;
  });
  return html`<p class="quiet">${say.text(`timeline.each_cell_${agg}`, { length })}</p>
  <div class="scroll strips" tabindex="0" role="region" aria-label="${say.text('timeline.strips')}">
  <table class="strip"><caption class="unseen">${say.text('timeline.strip_caption', { length })}</caption>
    <colgroup></colgroup>${headings.map(() => html`<colgroup span="${HEADING_WIDTH}"></colgroup>`)}
    <thead><tr><th scope="col">${say.text(`timeline.column_${data.choice.by}`)}</th>${headings}</tr></thead>
    ${lanes.includes('announcements') ? renderMarkRows(data, frame, STRIP_WIDTH) : ''}
    ${data.groups.map((group) => renderGroup(group, data, frame))}
  </table></div>`;
}
