/** A feed in Atom (RFC 4287). */
import type { Feed, FeedEntry } from './feed.ts';
import { escapeMarkup, toParagraphs } from './markup.ts';

const toTime = (atMs: number): string => new Date(atMs).toISOString();

/** Writes the document. */
export function toAtom(feed: Feed): string {
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="${escapeMarkup(feed.language)}">
<id>${feed.id}</id>
<title>${escapeMarkup(feed.title)}</title>
<subtitle>${escapeMarkup(feed.description)}</subtitle>
<updated>${toTime(feed.updatedMs)}</updated>
<link rel="self" type="application/atom+xml" href="${escapeMarkup(feed.url)}"/>
<link rel="alternate" type="text/html" href="${escapeMarkup(feed.homeUrl)}"/>
<author><name>Reachline</name></author>
<rights>CC BY 4.0</rights>
${feed.entries.map(writeEntry).join('')}</feed>
`;
}

function writeEntry({ id, title, url, atMs, tags, paragraphs }: FeedEntry): string {
  // HTML inside XML: its marks are escaped once more.
  const content = escapeMarkup(toParagraphs(paragraphs));
  return `<entry>
<id>${id}</id>
<title>${escapeMarkup(title)}</title>
<link rel="alternate" type="text/html" href="${escapeMarkup(url)}"/>
<published>${toTime(atMs)}</published>
<updated>${toTime(atMs)}</updated>
${tags.map((tag) => `<category term="${escapeMarkup(tag)}"/>`).join('')}
<content type="html">${content}</content>
</entry>
`;
}
