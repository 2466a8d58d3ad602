/** Labels of the time axis in the chosen zone: the time on the first line, what it belongs to on the second. Pure. */
import { DAY_MS, formatClock, formatDay, formatMonth, formatShortDay } from '../format.ts';

/** Labels for ticks `stepMs` apart; a second line appears on the first tick and where day or year change. */
export function labelTicks(ticksMs: readonly number[], stepMs: number, timeZone: string): string[] {
  const isDays = stepMs >= DAY_MS;
  const isMonths = stepMs >= 28 * DAY_MS;
  let previous = '';
  return ticksMs.map((atMs) => {
    const year = formatDay(atMs, timeZone).slice(-4);
    const day = formatShortDay(atMs, timeZone);
    const main = isMonths
      ? formatMonth(atMs, timeZone).slice(0, 3)
      : isDays
        ? day
        : formatClock(atMs, timeZone);
    const parent = isDays ? year : day;
    const isNew = parent !== previous;
    previous = parent;
    return isNew ? `${main}\n${parent}` : main;
  });
}
