/**
 * What the script of live pages is given: addresses, the mark of what is shown, and the texts it speaks, in one block of
 * JSON. Without the script the page reloads by itself every five minutes.
 */
import { html, raw } from 'hono/html';
import { pickMessages } from '../i18n/catalogue.ts';
import type { Say } from '../i18n/say.ts';
import { formatAge } from '../i18n/times.ts';
import { sayState } from '../i18n/words.ts';
import { LOOKS, STATES } from '../palette.ts';
import type { Fragment } from './rich-text.ts';

/** What pages with live data say of themselves. */
export type LivePart = {
  /** Tells two renderings apart that show other changes or incidents. */
  readonly mark?: string;
  /** What the page says depends on the time too: it is read anew every five minutes even when nothing is new. */
  readonly isTimed?: boolean;
};

/** How long a page is good for when nothing is new. */
const KEEP_SECONDS = 300;

/** The part of a frame that the block is made of. */
type LiveFrame = {
  readonly say: Say;
  readonly nowMs: number;
  readonly intervalMs: number;
  readonly lastMeasuredMs?: number;
};

/** Texts beside those of the area `live`. */
const NEEDED = /^(?:live|time)\.|^frame\.(?:late|stale)$/;

/** Reload for readers whose browser runs no script. */
export const RELOAD = html`<noscript><meta http-equiv="refresh" content="${KEEP_SECONDS}"></noscript>`;

/** The block; the script finds it by its id. @param measurementUrl address of a measurement, with `{id}` in it */
export function renderLiveBlock(
  { say, nowMs, intervalMs, lastMeasuredMs }: LiveFrame,
  live: LivePart,
  measurementUrl: string,
): Fragment {
  const messages = pickMessages(say.locale, ['live', 'time', 'frame']);
  const block = {
    locale: say.locale,
    timeZone: say.timeZone,
    nowMs,
    intervalMs,
    lastMeasuredMs,
    streamUrl: '/api/v1/stream',
    pollUrl: '/index.json',
    measurementUrl,
    mark: live.mark,
    rereadMs: live.isTimed === true ? KEEP_SECONDS * 1_000 : undefined,
    looks: Object.fromEntries(
      STATES.map((state) => [state, [LOOKS[state].glyph, sayState(say, state)]]),
    ),
    messages: Object.fromEntries(Object.entries(messages).filter(([key]) => NEEDED.test(key))),
  };
  // No `<` in it can end the element; JSON reads the escape as the character.
  const json = JSON.stringify(block).replaceAll('<', '\\u003c');
  return html`<script type="application/json" id="live-data">${raw(json)}</script>`;
}

/** An age that goes on counting where the script runs, e.g. `4 min ago`. */
export function renderLiveAge(
  atMs: number,
  { say, nowMs }: Pick<LiveFrame, 'say' | 'nowMs'>,
): Fragment {
  return html`<time class="age" datetime="${new Date(atMs).toISOString()}" data-age="${atMs}">${formatAge(atMs, nowMs, say)}</time>`;
}

const KEYS = [
  ['j', 'board.key_next'],
  ['k', 'board.key_previous'],
  ['Enter', 'board.key_open'],
  ['a', 'board.key_acknowledge'],
  ['?', 'board.key_help'],
] as const;

/** The keys of the board; the script shows them. */
export function renderKeys({ say }: Pick<LiveFrame, 'say'>): Fragment {
  return html`<dialog id="keys" aria-labelledby="keys-title"><h2 id="keys-title">${say.text('board.keys')}</h2>
  <dl class="keys">${KEYS.map(([key, text]) => html`<div><dt><kbd>${key}</kbd></dt><dd>${say.text(text)}</dd></div>`)}</dl>
  <form method="dialog"><button>${say.text('board.keys_close')}</button></form></dialog>
  <p id="live-said" class="unseen" role="status" aria-live="polite"></p>`;
}
