/** Labels of the time axis in the page's language and zone: the time on the first line, what it belongs to below. Pure. */
import { DAY_MS } from '../format.ts';
import { INTL_LOCALES } from '../i18n/locale.ts';
import type { Say } from '../i18n/say.ts';
import { formatClock, formatShortDay } from '../i18n/times.ts';

type Place = Pick<Say, 'locale' | 'timeZone'>;

const formats = new Map<string, Intl.DateTimeFormat>();

/** Month and year alone; Intl gives a month that stands alone the case that it needs. */
function format(atMs: number, { locale, timeZone }: Place, part: 'month' | 'year'): string {
  const key = `${locale} ${timeZone} ${part}`;
  let known = formats.get(key);
  if (!known) {
    const options = part === 'month' ? { month: 'short' as const } : { year: 'numeric' as const };
    known = new Intl.DateTimeFormat(INTL_LOCALES[locale], { timeZone, ...options });
    formats.set(key, known);
  }
  // Some languages write `2022 г.`: on an axis the number is enough.
  return part === 'year' ? known.format(atMs).replace(/\D+/g, '') : known.format(atMs);
}

/** Labels for ticks `stepMs` apart; a second line appears on the first tick and where day or year change. */
export function labelTicks(ticksMs: readonly number[], stepMs: number, place: Place): string[] {
  const isDays = stepMs >= DAY_MS;
  const isMonths = stepMs >= 28 * DAY_MS;
  let previous = '';
  return ticksMs.map((atMs) => {
    const day = formatShortDay(atMs, place);
    const main = isMonths ? format(atMs, place, 'month') : isDays ? day : formatClock(atMs, place);
    const parent = isDays ? format(atMs, place, 'year') : day;
    const isNew = parent !== previous;
    previous = parent;
    return isNew ? `${main}\n${parent}` : main;
  });
}

/** A label and the middle of it, in the units of the axis. */
export type PlacedLabel = { readonly lines: readonly string[]; readonly middle: number };

/** Space between two labels. */
const GAP = 4;

/**
 * Moves labels that an end of the axis would cut inwards. One that would then lie on the label before is left out.
 * @param labels from left to right
 */
export function placeLabels(
  labels: readonly PlacedLabel[],
  length: number,
  widthOf: (text: string) => number,
): PlacedLabel[] {
  let taken = -GAP;
  return labels.flatMap(({ lines, middle }) => {
    const half = Math.max(...lines.map(widthOf)) / 2;
    const inside = Math.max(half, Math.min(length - half, middle));
    if (inside - half < taken + GAP) return [];
    taken = inside + half;
    return [{ lines, middle: inside }];
  });
}
