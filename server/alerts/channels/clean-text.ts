/** Text of others made safe to stand in a message: one line, nothing invisible, nothing that turns its direction. */

/** Ends of lines and what steers a terminal: each stands where a space could. */
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;
/**
 * What is not seen: bidirectional overrides and isolates (the "Trojan Source" set), zero width, tags, lone surrogates,
 * private use. The joiners between letters and between parts of an emoji stay.
 */
const INVISIBLE = /(?![\u200c\u200d])[\p{Cf}\p{Co}\p{Cs}]/gu;

/** The text on one line, at most so many characters. */
export function cleanLine(value: string, maxCharacters: number): string {
  // Far more than is kept would only cost time: a title of megabytes is nobody's.
  const head = value.slice(0, maxCharacters * 8);
  const seen = head.replaceAll(CONTROLS, ' ').replaceAll(INVISIBLE, '');
  const line = seen.replaceAll(/\s+/gu, ' ').trim();
  return cutText(line, maxCharacters);
}

/** The text in at most so many UTF-16 units, with an ellipsis where something is missing; never splits a character. */
export function cutText(value: string, maxCharacters: number): string {
  if (value.length <= maxCharacters) return value;
  const cut = value.slice(0, maxCharacters - 1);
  const isSplit = /[\ud800-\udbff]$/.test(cut);
  return `${(isSplit ? cut.slice(0, -1) : cut).trimEnd()}…`;
}

/** The text in at most so many bytes of UTF-8. */
export function cutBytes(value: string, maxBytes: number): string {
  if (Buffer.byteLength(value) <= maxBytes) return value;
  const mark = '…';
  const room = maxBytes - Buffer.byteLength(mark);
  // A character that the cut goes through becomes U+FFFD, which is taken off.
  const cut = Buffer.from(value)
    .subarray(0, room)
    .toString()
    .replace(/\ufffd+$/, '');
  return `${cut.trimEnd()}${mark}`;
}

/** The text with every `@` kept from calling somebody: a zero-width space after it ends the name. */
export function muteMentions(value: string): string {
  return value.replaceAll('@', '@\u200b');
}
