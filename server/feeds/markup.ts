/** Text made safe for XML and HTML: escaped, and without what is not seen or turns its direction. */
import { escapeXml } from '../../dashboard/pictures/markup.ts';

/** Control characters but tab and line feed, which XML 1.0 §2.2 forbids or readers take for others, and noncharacters. */
const CONTROLS = /(?![\t\n])\p{Cc}|[\ufffe\uffff]/gu;
/** Bidirectional overrides, embeddings, isolates and marks; lone surrogates. */
const INVISIBLE = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|\p{Cs}/gu;

/** The text without invisible characters. */
export function stripHidden(text: string): string {
  return text.replaceAll(CONTROLS, '').replaceAll(INVISIBLE, '');
}

/** The text as content of an element or of a quoted attribute. */
export function escapeMarkup(text: string): string {
  return escapeXml(stripHidden(text));
}

/** Paragraphs as HTML; lines within one stay lines. */
export function toParagraphs(paragraphs: readonly string[]): string {
  return paragraphs
    .map((paragraph) => `<p>${escapeMarkup(paragraph).replaceAll('\n', '<br>')}</p>`)
    .join('');
}
