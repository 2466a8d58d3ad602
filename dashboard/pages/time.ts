/** Times and lengths as HTML: machine-readable in UTC, written in the language and zone of the page. */
import { html } from 'hono/html';
import { toIsoMinute } from '../format.ts';
import { speak } from '../i18n/catalogue.ts';
import type { Say } from '../i18n/say.ts';
import { formatBoth, formatDuration, formatInstant, formatTime } from '../i18n/times.ts';
import type { Fragment } from './rich-text.ts';

/** The voice of a page; of one that knows English alone, its zone. */
type Voice = Say | string;

const toSay = (voice: Voice): Say => (typeof voice === 'string' ? speak('en', voice) : voice);

/** An instant in the page's zone, with UTC as well when that differs. */
export function renderTime(atMs: number, voice: Voice): Fragment {
  return html`<time datetime="${new Date(atMs).toISOString()}">${formatBoth(atMs, toSay(voice))}</time>`;
}

function renderIn(atMs: number, text: string, say: Say): Fragment {
  const inUtc = formatInstant(atMs, { ...say, timeZone: 'UTC' });
  return html`<time datetime="${toIsoMinute(atMs)}" title="${inUtc}">${text}</time>`;
}

/** An instant in the page's zone alone; UTC stands in the attribute. */
export function renderShortTime(atMs: number, say: Say): Fragment {
  return renderIn(atMs, formatInstant(atMs, say), say);
}

/** The same for a column whose heading names the zone. */
export function renderColumnTime(atMs: number, say: Say): Fragment {
  return renderIn(atMs, formatTime(atMs, say), say);
}

/** A length such as `3 d 4 h`. */
export function renderSpan(lengthMs: number, say: Say = toSay('UTC')): string {
  return formatDuration(Math.round(lengthMs / 1_000) * 1_000, say);
}
