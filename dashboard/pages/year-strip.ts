/**
 * Twelve months of a lane as a strip, one column per UTC day, from the same columns as every other picture. SVG of a few
 * bytes per change; what it shows stands beside it in words, for browsers that draw no SVG and for readers who do not see it.
 */
import { html, raw } from 'hono/html';
import type { LaneState } from '../../probes/types.ts';
import { bucketColumns, type ColumnBucket, type Columns, columnAt } from '../columns.ts';
import { DAY_MS } from '../format.ts';
import type { Say } from '../i18n/say.ts';
import { formatMonth } from '../i18n/times.ts';
import { sayState } from '../i18n/words.ts';
import { LOOKS, STATES } from '../palette.ts';
import type { Fragment } from './rich-text.ts';
import { toStateClass } from './states.ts';

/** Days that a strip covers, today included. */
export const STRIP_DAYS = 365;
const HEIGHT = 24;
/** The upper edge is kept for what is worse than most of the day. */
const EDGE = 3;
const BODY = HEIGHT - EDGE - 1;
const MONTH_LABELS = 4;

/** The range of a strip, in whole UTC days. */
export type StripRange = { readonly fromMs: number; readonly toMs: number };

/** The last twelve months, today included. */
export function toStripRange(nowMs: number): StripRange {
  const toMs = (Math.floor(nowMs / DAY_MS) + 1) * DAY_MS;
  return { fromMs: toMs - STRIP_DAYS * DAY_MS, toMs };
}

/** Counts of several lanes by day, as of one lane; sorted by day. */
export function addBuckets(lanes: readonly (readonly ColumnBucket[])[]): ColumnBucket[] {
  const byDay = new Map<number, Record<keyof ColumnBucket['counts'], number>>();
  for (const { startMs, counts } of lanes.flat()) {
    const sum = byDay.get(startMs);
    if (sum === undefined) byDay.set(startMs, { ...counts });
    else for (const state of STATES) if (state !== 'no_data') sum[state] += counts[state];
  }
  return [...byDay]
    .map(([startMs, counts]) => ({ startMs, counts }))
    .toSorted((a, b) => a.startMs - b.startMs);
}

/** Bins days into the columns of a strip. */
export function toStripColumns(
  buckets: readonly ColumnBucket[],
  { fromMs, toMs }: StripRange,
): Columns {
  return bucketColumns(buckets, DAY_MS, fromMs, toMs, STRIP_DAYS);
}

/** Runs of equal neighbours: state or nothing, first column, length. */
function listRuns<T>(values: readonly T[]): { value: T; from: number; length: number }[] {
  const runs: { value: T; from: number; length: number }[] = [];
  values.forEach((value, index) => {
    const last = runs.at(-1);
    if (last !== undefined && last.value === value) last.length += 1;
    else runs.push({ value, from: index, length: 1 });
  });
  return runs;
}

/** A run of days as a subpath: where it starts, and its outline relative to that. */
type Shape = { readonly x: number; readonly y: number; readonly outline: string };

function drawBody(state: LaneState, from: number, length: number): Shape {
  const heightPx = Math.round(LOOKS[state].heightShare * BODY);
  return state === 'no_data'
    ? { x: from, y: HEIGHT / 2, outline: `h${length}h-${length}` }
    : { x: from, y: HEIGHT, outline: `h${length}v-${heightPx}h-${length}z` };
}

/** Joins shapes by relative moves, which repeat and so compress: each outline ends where it began. */
function toPath(shapes: readonly Shape[]): string {
  let [x, y] = [0, 0];
  return shapes
    .map((shape) => {
      const move = `m${shape.x - x} ${shape.y - y}`;
      [x, y] = [shape.x, shape.y];
      return `${move}${shape.outline}`;
    })
    .join('');
}

/** An instant that is marked by a line through the strip. */
export type StripMark = { readonly kind: 'announced' | 'effective'; readonly atMs: number };

function drawMarks(marks: readonly StripMark[], { fromMs, toMs }: Columns): string {
  return marks
    .filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
    .map(({ kind, atMs }) => {
      const x = Math.round(((atMs - fromMs) / DAY_MS) * 10) / 10;
      return `<path class="rule-${kind}" d="M${x} 0v${HEIGHT}"/>`;
    })
    .join('');
}

/** Draws the strip; hidden from screen readers, which get its words. */
export function renderStrip(columns: Columns, marks: readonly StripMark[] = []): Fragment {
  const days = Array.from({ length: columns.width }, (_, index) => columnAt(columns, index));
  const shapesOf = new Map<LaneState, Shape[]>();
  const add = (state: LaneState, shape: Shape) =>
    shapesOf.set(state, [...(shapesOf.get(state) ?? []), shape]);
  for (const { value, from, length } of listRuns(days.map(({ dominant }) => dominant)))
    add(value, drawBody(value, from, length));
  for (const { value, from, length } of listRuns(days.map(({ worst }) => worst)))
    if (value !== undefined)
      add(value, { x: from, y: 0, outline: `h${length}v${EDGE}h-${length}z` });
  const paths = [...shapesOf].map(
    ([state, shapes]) => `<path class="${toStateClass(state)}" d="${toPath(shapes)}"/>`,
  );
  // Numbers and classes of ours alone: nothing that came from outside goes in unescaped.
  return html`<svg class="year" viewBox="0 0 ${columns.width} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">${raw(paths.join('') + drawMarks(marks, columns))}</svg>`;
}

/** The strip in words: on how many days each state held for most of it, e.g. `reachable 300 days · blocked 12 days`. */
export function describeStrip(columns: Columns, say: Say): string {
  const days = Array.from({ length: columns.width }, (_, at) => columnAt(columns, at).dominant);
  return STATES.map((state) => [state, days.filter((day) => day === state).length] as const)
    .filter(([, count]) => count > 0)
    .map(
      ([state, count]) => `${sayState(say, state)} ${say.text('answer.strip.days', { n: count })}`,
    )
    .join(' · ');
}

/** Months under the strips, at equal distances. */
export function renderMonths({ fromMs, toMs }: StripRange, say: Say): Fragment {
  const stepMs = (toMs - fromMs) / MONTH_LABELS;
  const place = { locale: say.locale, timeZone: 'UTC' };
  return html`<span class="months" aria-hidden="true">${Array.from(
    { length: MONTH_LABELS },
    (_, index) => html`<span>${formatMonth(fromMs + index * stepMs, place)}</span>`,
  )}</span>`;
}
