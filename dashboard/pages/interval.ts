/** Measured intervals in the language of the page. */
import { html } from 'hono/html';
import type { Interval } from '../../db/incident-types.ts';
import { toIsoMinute } from '../format.ts';
import type { Say } from '../i18n/say.ts';
import { formatClock, formatDay, formatTime, formatZone } from '../i18n/times.ts';
import type { Fragment } from './rich-text.ts';

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
