/** What is kept of a response for readers and for the search of block pages: a few headers, the title, the first text. */
import type { Scrubber } from '../scrub.ts';

type RawHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** Headers that say what answered, never who asked. */
const KEPT_HEADERS = [
  'content-type',
  'content-length',
  'content-encoding',
  'location',
  'server',
  'date',
  'via',
  'retry-after',
] as const;

/** Opaque ids of Meta's own servers: that one is there is a sign of the genuine service, its value tells nothing. */
const PRESENCE_HEADERS = ['x-fb-debug', 'x-fb-request-id', 'x-fb-trip-id'] as const;

const MAX_HEADER_CHARS = 512;
const MAX_TITLE_CHARS = 200;

/** How far into the body the title is looked for. Real pages carry it in the first few thousand bytes. */
const TITLE_SEARCH_BYTES = 16_384;

const TEXT_CONTENT = /^(?:text\/|application\/(?:[\w.+-]*\+)?(?:json|xml|xhtml|javascript))/i;
const CHARSET_IN_HEADER = /charset\s*=\s*["']?([\w.:-]+)/i;
const CHARSET_IN_PAGE = /<meta[^>]{0,200}charset\s*=\s*["']?([\w.:-]+)/i;
const TITLE = /<title[^>]{0,200}>([^<]{0,2000})/i;
// oxlint-disable-next-line no-control-regex -- removing them is the purpose
const CONTROL_CHARACTERS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
};

/** Picks the headers worth keeping, scrubbed, cut and in lower case. */
export function pickHeaders(headers: RawHeaders, scrubber: Scrubber): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of KEPT_HEADERS) {
    const value = headers[name];
    if (value !== undefined) kept[name] = scrubber.text(String(value)).slice(0, MAX_HEADER_CHARS);
  }
  for (const name of PRESENCE_HEADERS) {
    if (headers[name] !== undefined) kept[name] = 'present';
  }
  return kept;
}

/** The readable part of a body: empty texts when it is no text. */
export function describePage(
  body: Buffer,
  headers: RawHeaders,
  bodyHeadBytes: number,
  scrubber: Scrubber,
): { readonly title: string; readonly bodyHead: string } {
  const contentType = String(headers['content-type'] ?? 'text/html');
  const isEncoded = (headers['content-encoding'] ?? 'identity') !== 'identity';
  if (body.length === 0 || isEncoded || !TEXT_CONTENT.test(contentType)) {
    return { title: '', bodyHead: '' };
  }
  const searched = body.subarray(0, Math.max(TITLE_SEARCH_BYTES, bodyHeadBytes));
  const charset = findCharset(contentType, searched);
  // Scrubbed before it is cut, so that no address survives as a half.
  const text = scrubber.text(decode(searched, charset));
  // Once more when its entities are read, since any character of an address may be written as one.
  const title = scrubber.text(decodeEntities(TITLE.exec(text)?.[1] ?? ''));
  return {
    title: title.replace(/\s+/g, ' ').trim().slice(0, MAX_TITLE_CHARS).toWellFormed(),
    bodyHead: text.slice(0, bodyHeadBytes).toWellFormed(),
  };
}

function findCharset(contentType: string, body: Buffer): string {
  const named = CHARSET_IN_HEADER.exec(contentType);
  return (named ?? CHARSET_IN_PAGE.exec(body.toString('latin1', 0, 1024)))?.[1] ?? 'utf-8';
}

/** Bytes that the charset does not know become U+FFFD; a character cut at the end is dropped. */
function decode(bytes: Buffer, charset: string): string {
  return createDecoder(charset).decode(bytes, { stream: true }).replace(CONTROL_CHARACTERS, ' ');
}

function createDecoder(charset: string): TextDecoder {
  try {
    return new TextDecoder(charset);
  } catch {
    // The page names a charset that does not exist: utf-8 shows at least its ASCII part.
    return new TextDecoder('utf-8');
  }
}

function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w{2,5}));/gi, (whole, dec, hex, name) => {
    if (name) return ENTITIES[String(name).toLowerCase()] ?? whole;
    const point = dec ? Number(dec) : Number.parseInt(String(hex), 16);
    return point > 0 && point <= 0x10_ffff ? String.fromCodePoint(point) : whole;
  });
}
