/**
 * The time axis of a picture: ticks at round times of the page's zone, because a day in Moscow begins on the day before
 * in UTC. Labels have two lines: the time, and what it belongs to where that changes.
 */
import { DAY_MS, HOUR_MS, MINUTE_MS, startOfDayMs, toFieldTime } from '../format.ts';
import type { Say } from '../i18n/say.ts';
import { formatClock, formatMonth, formatShortDay } from '../i18n/times.ts';
import { measureText } from './lettering.ts';
import { draw, join, type Markup } from './markup.ts';
import type { Paint } from './paint.ts';

/** A tick with its label, one line or two. */
export type Tick = { readonly atMs: number; readonly label: readonly string[] };

type Range = { readonly fromMs: number; readonly toMs: number };
type Step =
  | { readonly kind: 'time'; readonly stepMs: number }
  | { readonly kind: 'days'; readonly days: number }
  | { readonly kind: 'months'; readonly months: number };

const STEPS: readonly (Step & { readonly roughMs: number })[] = [
  ...[5, 15, 30].map((minutes) => {
    const stepMs = minutes * MINUTE_MS;
    return { kind: 'time', stepMs, roughMs: stepMs } as const;
  }),
  ...[1, 2, 3, 6, 12].map((hours) => {
    const stepMs = hours * HOUR_MS;
    return { kind: 'time', stepMs, roughMs: stepMs } as const;
  }),
  ...[1, 2, 7, 14].map((days) => ({ kind: 'days', days, roughMs: days * DAY_MS }) as const),
  ...[1, 2, 3, 6, 12, 24, 60].map(
    (months) => ({ kind: 'months', months, roughMs: months * 30.4 * DAY_MS }) as const,
  ),
];
const LAST_STEP = { kind: 'months', months: 60 } as const;
/** More ticks than this on one axis are a mistake of the caller. */
const MAX_TICKS = 200;
const SIZE = 11.5;
const MAX_SHIFT = 14;

function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

function addMonths(date: string, months: number): string {
  const [year = 0, month = 1] = date.split('-').map(Number);
  return new Date(Date.UTC(year, month - 1 + months, 1)).toISOString().slice(0, 10);
}

/** Days of the calendar of a zone from the one before the range on, a step apart, as instants. */
function listDates({ fromMs, toMs }: Range, step: Exclude<Step, { kind: 'time' }>, zone: string) {
  const first = toFieldTime(fromMs, zone).slice(0, 10);
  const [year = '', month = '1'] = first.split('-');
  let date =
    step.kind === 'days'
      ? // Weeks count from Monday 5 January 1970, so that a tick stays where it is when the range moves.
        addDays(first, -(Math.floor(Date.parse(`${first}T00:00:00Z`) / DAY_MS - 4) % step.days))
      : step.months >= 12
        ? `${Math.floor(Number(year) / (step.months / 12)) * (step.months / 12)}-01-01`
        : addMonths(`${year}-${month}-01`, -((Number(month) - 1) % step.months));
  const times: number[] = [];
  for (let index = 0; index < MAX_TICKS; index += 1) {
    const atMs = startOfDayMs(date, zone);
    if (atMs >= toMs) break;
    if (atMs >= fromMs) times.push(atMs);
    date = step.kind === 'days' ? addDays(date, step.days) : addMonths(date, step.months);
  }
  return times;
}

function listTimes({ fromMs, toMs }: Range, stepMs: number, zone: string): number[] {
  const times: number[] = [];
  let date = toFieldTime(fromMs, zone).slice(0, 10);
  for (let day = 0; day < MAX_TICKS; day += 1) {
    const startMs = startOfDayMs(date, zone);
    date = addDays(date, 1);
    const endMs = startOfDayMs(date, zone);
    for (let atMs = startMs; atMs < endMs && times.length < MAX_TICKS; atMs += stepMs)
      if (atMs >= fromMs && atMs < toMs) times.push(atMs);
    if (endMs >= toMs) break;
  }
  return times;
}

function labelOf(atMs: number, step: Step, say: Say): readonly [main: string, parent: string] {
  const year = toFieldTime(atMs, say.timeZone).slice(0, 4);
  if (step.kind === 'time') return [formatClock(atMs, say), formatShortDay(atMs, say)];
  if (step.kind === 'days') return [formatShortDay(atMs, say), year];
  return step.months >= 12 ? [year, ''] : [formatMonth(atMs, say), ''];
}

/** Chooses ticks so that each has at least `minPx` of an axis of `widthPx`. */
export function listTicks(range: Range, widthPx: number, minPx: number, say: Say): Tick[] {
  const perPxMs = (range.toMs - range.fromMs) / widthPx;
  const step: Step = STEPS.find(({ roughMs }) => roughMs / perPxMs >= minPx) ?? LAST_STEP;
  const times =
    step.kind === 'time'
      ? listTimes(range, step.stepMs, say.timeZone)
      : listDates(range, step, say.timeZone);
  let previous = '';
  return times.map((atMs) => {
    const [main, parent] = labelOf(atMs, step, say);
    const isNew = parent !== previous && parent !== '';
    previous = parent;
    return { atMs, label: isNew ? [main, parent] : [main] };
  });
}

/** Draws labels under `y`, and lines up to `topY`. `toX` maps a time to the picture. */
export function drawAxis(
  ticks: readonly Tick[],
  toX: (atMs: number) => number,
  place: { readonly topY: number; readonly y: number; readonly right: number },
  paint: Paint,
): { readonly lines: Markup; readonly labels: Markup } {
  const { topY, y, right } = place;
  return {
    lines: draw('path', {
      d: ticks.map(({ atMs }) => `M${Math.round(toX(atMs)) + 0.5} ${topY}V${y + 5}`).join(''),
      stroke: paint.line,
    }),
    labels: join(
      ticks.flatMap(({ atMs, label }) => {
        const x = Math.round(toX(atMs));
        const over = x + 4 + Math.max(...label.map((one) => measureText(one, SIZE))) - right;
        // A label at the right edge moves a little to the left, or is left out: it must not lie on the one before.
        if (over > MAX_SHIFT) return [];
        return label.map((text, line) =>
          draw(
            'text',
            {
              x: x + 4 - Math.max(0, over),
              y: y + 15 + line * 14,
              'font-size': SIZE,
              fill: line === 0 ? paint.text : paint.quiet,
              'font-weight': line === 0 ? undefined : '600',
            },
            text,
          ),
        );
      }),
    ),
  };
}
