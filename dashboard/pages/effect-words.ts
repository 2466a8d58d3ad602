/** Announced against measured in the language of the page: outcomes, lags, stated times and measured intervals. */
import { html } from 'hono/html';
import type { Interval } from '../../db/incident-types.ts';
import type { Lag, LedgerOutcome, StatedInterval } from '../../db/ledger-types.ts';
import { MINUTE_MS, toIsoMinute } from '../format.ts';
import type { Say } from '../i18n/say.ts';
import {
  formatBoth,
  formatClock,
  formatDay,
  formatDuration,
  formatTime,
  formatZone,
} from '../i18n/times.ts';
import type { Fragment } from './rich-text.ts';

/** What was found on one network, e.g. `on time`. */
export function sayOutcome(say: Say, outcome: LedgerOutcome): string {
  return say.text(`effect.outcome.${outcome}`);
}

const toMinute = (lengthMs: number): number => Math.round(lengthMs / MINUTE_MS) * MINUTE_MS;

/** A lag to the minute, e.g. `9 h to 11 h after`, `from 2 h before to 4 h after`. */
export function sayLag(say: Say, lag: Lag): string {
  const length = (lengthMs: number): string => formatDuration(Math.abs(lengthMs), say);
  const most = toMinute(lag.mostMs);
  if (lag.leastMs === undefined)
    return most < 0
      ? say.text('effect.lag.or_more_before', { length: length(most) })
      : say.text('effect.lag.at_most_after', { length: length(most) });
  const least = toMinute(lag.leastMs);
  if (least === most && most === 0) return say.text('effect.lag.same_minute');
  if (least === most)
    return say.text(most > 0 ? 'effect.lag.after' : 'effect.lag.before', { length: length(most) });
  if (least === 0) return say.text('effect.lag.at_most_after', { length: length(most) });
  if (most === 0) return say.text('effect.lag.at_most_before', { length: length(least) });
  if (least > 0)
    return say.text('effect.lag.between_after', { least: length(least), most: length(most) });
  if (most < 0)
    return say.text('effect.lag.between_before', { least: length(most), most: length(least) });
  return say.text('effect.lag.across', { before: length(least), after: length(most) });
}

/** A stated time as exactly as it is known: an instant in the page's zone and in UTC, days in the zone of their source. */
export function sayStated(say: Say, { earliestMs, latestMs, timeZone }: StatedInterval): string {
  if (earliestMs === latestMs) return formatBoth(earliestMs, say);
  const place = { locale: say.locale, timeZone };
  const zone = formatZone(timeZone, say);
  const first = formatDay(earliestMs, place);
  const last = formatDay(latestMs, place);
  return first === last
    ? say.text('time.one_day', { day: first, zone })
    : say.text('time.days_between', { first, last, zone });
}

/** The later end of an interval: without its day when that is the same. */
function formatSecond(firstMs: number, secondMs: number, say: Pick<Say, 'locale' | 'timeZone'>) {
  return formatDay(firstMs, say) === formatDay(secondMs, say)
    ? formatClock(secondMs, say)
    : formatTime(secondMs, say);
}

/** A measured interval in the page's zone, and in UTC as well when that differs. */
export function renderInterval({ afterMs, byMs }: Interval, say: Say): Fragment {
  const zone = formatZone(say.timeZone, say);
  const utc = { locale: say.locale, timeZone: 'UTC' };
  const text =
    afterMs === undefined
      ? say.text('effect.by', { by: formatTime(byMs, say), zone })
      : say.text('effect.between', {
          after: formatTime(afterMs, say),
          by: formatSecond(afterMs, byMs, say),
          zone,
        });
  const inUtc =
    afterMs === undefined
      ? `${formatTime(byMs, utc)} UTC`
      : say.text('effect.utc_between', {
          after: formatTime(afterMs, utc),
          by: formatSecond(afterMs, byMs, utc),
        });
  return html`<time datetime="${toIsoMinute(byMs)}">${text}</time>${
    say.timeZone === 'UTC' ? '' : html` <span class="quiet">(${inUtc})</span>`
  }`;
}
