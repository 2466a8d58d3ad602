/** What the page says of itself to the script (dashboard/pages/live-block.ts). */
import type { Locale } from '../i18n/locale.ts';
import { createSay, type Messages, type Say } from '../i18n/say.ts';

/** The block of JSON in the page. */
export type Block = {
  readonly locale: Locale;
  readonly timeZone: string;
  /** The server's clock when it made the page. */
  readonly nowMs: number;
  readonly intervalMs: number;
  readonly lastMeasuredMs?: number;
  readonly streamUrl: string;
  readonly pollUrl: string;
  /** With `{id}` in it. */
  readonly measurementUrl: string;
  readonly mark?: string;
  /** How long what the page says holds when nothing is new; absent where only news change it. */
  readonly rereadMs?: number;
  /** Glyph and word of every state. */
  readonly looks: Readonly<Record<string, readonly [glyph: string, word: string]>>;
  readonly messages: Messages;
};

/** Reads the block of a document; undefined on pages that show nothing live. */
export function readBlock(from: Document): Block | undefined {
  const text = from.getElementById('live-data')?.textContent;
  // Written by the server that served this script, so its form is known.
  return text ? (JSON.parse(text) as Block) : undefined;
}

/** The voice of the page. */
export function speakFor({ locale, timeZone, messages }: Block): Say {
  return createSay(locale, timeZone, messages);
}
