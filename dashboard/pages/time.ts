/** Times and lengths as HTML: machine-readable in UTC, written in the zone of the page. */
import { html } from 'hono/html';
import { formatBoth, formatDuration, formatInstant, toIsoMinute } from '../format.ts';
import type { Fragment } from './frame.ts';

/** An instant in the page's zone, with UTC as well when that differs. */
export function renderTime(atMs: number, timeZone: string): Fragment {
  return html`<time datetime="${new Date(atMs).toISOString()}">${formatBoth(atMs, timeZone)}</time>`;
}

/** An instant in the page's zone alone, for tables whose heading names the zone; UTC stands in the attribute. */
export function renderShortTime(atMs: number, timeZone: string): Fragment {
  const text = formatInstant(atMs, timeZone);
  return html`<time datetime="${toIsoMinute(atMs)}" title="${formatInstant(atMs, 'UTC')}">${text}</time>`;
}

/** A length such as `3 d 4 h`. */
export function renderSpan(lengthMs: number): string {
  return formatDuration(Math.round(lengthMs / 1_000) * 1_000);
}
