/**
 * Reads a report on mail that could not be delivered (RFC 3464, and RFC 6533 for addresses that are not ASCII). Whatever
 * comes, it ends with a report or with none: anybody can write to the address that reports come to.
 */
import type { Email } from 'postal-mime';

/**
 * Of a report more is not read: it stands before the message that comes back with it. The parser takes a second or two for
 * the worst of such a size.
 */
export const MAX_REPORT_BYTES = 128 * 1024;
/** As deep as a report that was forwarded; a message that nests deeper is none. */
const MAX_NESTING = 12;
const MAX_HEADER_BYTES = 64 * 1024;
/** More would be somebody trying. */
const MAX_TAGS = 8;
const MAX_RECIPIENTS = 50;

/** What a report says. */
export type BounceReport = {
  /** What may be the tag of the message, as found in the addresses that the report was sent to. */
  readonly tags: readonly string[];
  /** The worst that is said of a recipient, e.g. `5.1.1` (RFC 3463). */
  readonly status: string;
};

const STATUS_PARTS: ReadonlySet<string> = new Set([
  'message/delivery-status',
  'message/global-delivery-status',
]);
/** Delivered, relayed and expanded are no trouble. */
const TROUBLE: ReadonlySet<string> = new Set(['failed', 'delayed']);
/** Where mail servers write whom a message was for; `To` is what the sender of the report wrote. */
const ADDRESSED: ReadonlySet<string> = new Set([
  'delivered-to',
  'x-original-to',
  'envelope-to',
  'x-envelope-to',
  'to',
]);
const TAG = /(?:^|\+)([0-9a-f]{32})(?=@|$|>)/gi;

/**
 * Reads a message. `recipients` is what the mail server said beside it of whom it was for. Undefined for what is no
 * report, or names nothing that could be ours. Never rejects.
 */
export async function readBounce(
  raw: Uint8Array,
  recipients: readonly string[] = [],
): Promise<BounceReport | undefined> {
  const email = await parse(raw.subarray(0, MAX_REPORT_BYTES));
  if (email === undefined) return undefined;
  const parts = email.attachments.filter(({ mimeType }) => STATUS_PARTS.has(mimeType));
  const statuses = parts.flatMap(({ content }) =>
    typeof content === 'string' ? readStatuses(content) : [],
  );
  const [status] = statuses.toSorted((a, b) => Number(b.charAt(0)) - Number(a.charAt(0)));
  const headers = email.headers.flatMap(({ key, value }) => (ADDRESSED.has(key) ? [value] : []));
  const tags = [...recipients, ...headers].flatMap((one) =>
    [...one.slice(0, 1_000).matchAll(TAG)].map(([, tag = '']) => tag.toLowerCase()),
  );
  if (status === undefined || tags.length === 0) return undefined;
  return { status, tags: [...new Set(tags)].slice(0, MAX_TAGS) };
}

async function parse(raw: Uint8Array): Promise<Email | undefined> {
  const { default: PostalMime } = await import('postal-mime');
  try {
    return await PostalMime.parse(raw, {
      forceRfc822Attachments: true,
      attachmentEncoding: 'utf8',
      maxNestingDepth: MAX_NESTING,
      maxHeadersSize: MAX_HEADER_BYTES,
    });
  } catch {
    return undefined; // too deep or too many headers: no report of a mail server
  }
}

/** The status of each recipient with whom something went wrong; groups of fields are separated by empty lines. */
function readStatuses(text: string): string[] {
  return text
    .replaceAll('\r\n', '\n')
    .split(/\n[ \t]*\n/, MAX_RECIPIENTS)
    .flatMap((group) => {
      const fields = readFields(group);
      if (!TROUBLE.has(fields.get('action') ?? '')) return [];
      const [, status] = /^([45]\.\d{1,3}\.\d{1,3})(?!\d)/.exec(fields.get('status') ?? '') ?? [];
      return status === undefined ? [] : [status];
    });
}

/** Fields by name, in lower case, without comments; a line that begins with white space goes on the one before. */
function readFields(group: string): Map<string, string> {
  const lines = group.replaceAll(/\n[ \t]+/g, ' ').split('\n');
  const pairs = lines.flatMap((line): [string, string][] => {
    const colon = line.indexOf(':');
    if (colon < 1) return [];
    const value = line.slice(colon + 1).replaceAll(/\([^()]*\)/g, '');
    return [[line.slice(0, colon).trim().toLowerCase(), value.trim().toLowerCase()]];
  });
  return new Map(pairs);
}
