/**
 * How much of each day a vantage measured, as SVG: a bar of days for tables, a calendar for the page of one vantage.
 * Height says how much, an outline that nothing came, emptiness that nothing was due; the words stand beside.
 */
import { html, raw } from 'hono/html';
import { DAY_MS } from '../format.ts';
import { INTL_LOCALES } from '../i18n/locale.ts';
import type { Say } from '../i18n/say.ts';
import { formatDay, formatMonth } from '../i18n/times.ts';
import type { Fragment } from './rich-text.ts';
import { type CoverageDay, formatShare, toShare } from './vantage-state.ts';

/** `none`: due and not one run. `before`: nothing was due. */
type Level = 'full' | 'part' | 'none' | 'before';

/** From this share on a day counts as complete: a start over or a skipped run is no gap. */
const FULL_SHARE = 0.95;
/** Heights are told apart in this many steps, so that equal neighbours join. */
const STEPS = 8;
const BAR = { dayPx: 2, heightPx: 20 };
const CELL = { edgePx: 15, gapPx: 3, leftPx: 30, topPx: 16 };
/** Room for the name of a month that begins in the last week. */
const RIGHT_PX = 32;

/** How a day is shown. */
export function toLevel(day: CoverageDay): Level {
  if (day.expected === 0) return day.measured > 0 ? 'part' : 'before';
  if (day.measured === 0) return 'none';
  return day.measured / day.expected >= FULL_SHARE ? 'full' : 'part';
}

/** Height as a share of the whole, in steps; a day with any run stays visible. */
function toHeight(day: CoverageDay): number {
  const share = day.expected === 0 ? 0 : Math.min(1, day.measured / day.expected);
  return Math.max(1, Math.round(share * STEPS)) / STEPS;
}

/** Days of coverage are days of UTC in every zone of the page. */
const inUtc = ({ locale }: Say) => ({ locale, timeZone: 'UTC' });

/** The days in words, e.g. `97 % of 90 days: 84 days complete, 2 in part, 1 without a run, 3 with nothing due`. */
export function describeDays(days: readonly CoverageDay[], say: Say): string {
  const count = (level: Level) => days.filter((day) => toLevel(day) === level).length;
  const levels: readonly Level[] = [
    'full',
    'part',
    'none',
    ...(count('before') > 0 ? ['before' as const] : []),
  ];
  const parts = levels
    .map((level) => say.text(`vantages.days.${level}`, { n: count(level) }))
    .join(', ');
  const ratio = toShare(days);
  // Before the first round is over nothing was due, and runs may be there all the same.
  if (ratio === undefined) return parts;
  const share = say.text('vantages.days.share', {
    share: formatShare(ratio, say),
    n: days.length,
  });
  return say.text('vantages.days.all', { share, parts });
}

/** The shape of a run of equal days. */
function drawBar(level: Level, height: number, x: number, days: number): string {
  const width = days * BAR.dayPx;
  if (level === 'before') return '';
  if (level === 'none')
    return `<path class="cover-none" d="M${x} 1.5h${width}M${x} ${BAR.heightPx - 1.5}h${width}"/>`;
  const barPx = height * BAR.heightPx;
  return `<rect class="cover-${level}" x="${x}" y="${BAR.heightPx - barPx}" width="${width}" height="${barPx}"/>`;
}

/** Renders a bar with a column per day, as wide as a table's cell may be. */
export function renderCoverageBar(days: readonly CoverageDay[], say: Say): Fragment {
  const shapes: string[] = [];
  for (let first = 0; first < days.length; ) {
    const day = days[first];
    if (day === undefined) break;
    const level = toLevel(day);
    const height = level === 'full' ? 1 : toHeight(day);
    const isSame = (other: CoverageDay | undefined) =>
      other !== undefined &&
      toLevel(other) === level &&
      (level === 'full' || toHeight(other) === height);
    let end = first + 1;
    while (isSame(days[end])) end += 1;
    shapes.push(drawBar(level, height, first * BAR.dayPx, end - first));
    first = end;
  }
  const width = days.length * BAR.dayPx;
  // Numbers of ours alone: nothing that came from outside goes in unescaped.
  return html`<svg class="cover-bar" viewBox="0 0 ${width} ${BAR.heightPx}" width="${width}" height="${BAR.heightPx}" role="img" aria-label="${describeDays(days, say)}">${raw(shapes.join(''))}</svg>`;
}

/** Days since the Monday before; 1 January 1970 was a Thursday. */
function toWeekday(startMs: number): number {
  return (Math.floor(startMs / DAY_MS) + 3) % 7;
}

/** One day in words, e.g. `4 Mar 2022: 280 of 288 runs`. */
function describeDay({ startMs, measured, expected }: CoverageDay, say: Say): string {
  const day = formatDay(startMs, inUtc(say));
  return expected === 0 && measured === 0
    ? say.text('vantages.day.nothing_due', { day })
    : say.text('vantages.day.runs', { day, n: measured, due: Math.max(expected, measured) });
}

function renderCell(day: CoverageDay, week: number, say: Say): Fragment {
  const { edgePx, gapPx, leftPx, topPx } = CELL;
  const x = leftPx + week * (edgePx + gapPx);
  const y = topPx + toWeekday(day.startMs) * (edgePx + gapPx);
  const level = toLevel(day);
  const fillPx = level === 'full' ? edgePx : Math.round(toHeight(day) * edgePx);
  const isFilled = level === 'full' || level === 'part';
  return html`<g><title>${describeDay(day, say)}</title><rect class="cell-${level}" x="${x + 0.5}" y="${y + 0.5}" width="${edgePx - 1}" height="${edgePx - 1}"/>${
    isFilled
      ? html`<rect class="cover-${level}" x="${x}" y="${y + edgePx - fillPx}" width="${edgePx}" height="${fillPx}"/>`
      : level === 'none'
        ? html`<path class="cover-none" d="M${x + 3} ${y + 3}l${edgePx - 6} ${edgePx - 6}m0 ${6 - edgePx}l${6 - edgePx} ${edgePx - 6}"/>`
        : ''
  }</g>`;
}

/** Rows whose weekday is written, Monday first; all seven would run together. */
const NAMED_WEEKDAYS = [0, 2, 4, 6];
/** A Monday. */
const SOME_MONDAY_MS = Date.UTC(2024, 0, 1);

function nameWeekday(row: number, { locale }: Say): string {
  const format = new Intl.DateTimeFormat(INTL_LOCALES[locale], {
    weekday: 'short',
    timeZone: 'UTC',
  });
  return format.format(SOME_MONDAY_MS + row * DAY_MS);
}

/** The name of a month, with the year where a year begins: more would not fit above four weeks. */
function nameMonth(startMs: number, say: Say): string {
  const { locale } = say;
  const format = new Intl.DateTimeFormat(INTL_LOCALES[locale], { month: 'short', timeZone: 'UTC' });
  const isJanuary = new Date(startMs).getUTCMonth() === 0;
  return isJanuary ? formatMonth(startMs, inUtc(say)) : format.format(startMs);
}

/** Renders a calendar with a column per week and a row per weekday. */
export function renderCoverageCalendar(days: readonly CoverageDay[], say: Say): Fragment {
  const { edgePx, gapPx, leftPx, topPx } = CELL;
  const offset = toWeekday(days[0]?.startMs ?? 0);
  const weekOf = (index: number) => Math.floor((offset + index) / 7);
  const weeks = weekOf(days.length - 1) + 1;
  const width = leftPx + weeks * (edgePx + gapPx) + RIGHT_PX;
  const height = topPx + 7 * (edgePx + gapPx);
  const months = days.flatMap(({ startMs }, index) =>
    index === 0 || new Date(startMs).getUTCDate() === 1
      ? [{ x: leftPx + weekOf(index) * (edgePx + gapPx), text: nameMonth(startMs, say) }]
      : [],
  );
  // The first month gives way where the next begins too close for both names.
  const shown = months.filter(({ x }, index) => (months[index + 1]?.x ?? width + 99) - x >= 40);
  return html`<svg class="cover-calendar" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="calendar-title">
  <title id="calendar-title">${describeDays(days, say)}</title>
  ${shown.map(({ x, text }) => html`<text x="${x}" y="11">${text}</text>`)}
  ${NAMED_WEEKDAYS.map((row) => html`<text x="0" y="${topPx + row * (edgePx + gapPx) + 11}">${nameWeekday(row, say)}</text>`)}
  ${days.map((day, index) => renderCell(day, weekOf(index), say))}
</svg>`;
}

/** The same as a table, newest day first. */
export function renderCoverageTable(days: readonly CoverageDay[], say: Say): Fragment {
  const head = (name: 'runs_measured' | 'runs_due' | 'share') =>
    html`<th scope="col" class="number">${say.text(`vantages.${name}`)}</th>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${say.text('vantages.by_day')}"><table class="list narrow">
    <caption class="unseen">${say.text('vantages.by_day_caption')}</caption>
    <thead><tr><th scope="col">${say.text('vantages.day_utc')}</th>${head('runs_measured')}${head('runs_due')}${head('share')}</tr></thead>
    <tbody>${days.toReversed().map(
      (
        day,
      ) => html`<tr><th scope="row">${formatDay(day.startMs, inUtc(say))}</th><td class="number">${say.number(day.measured)}</td><td class="number">${say.number(day.expected)}</td>
        <td class="number">${day.expected === 0 ? '–' : formatShare(toShare([day]), say)}</td></tr>`,
    )}</tbody></table></div>`;
}
