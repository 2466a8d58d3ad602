/** A feed in JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/). */
import type { Feed } from './feed.ts';
import { stripHidden, toParagraphs } from './markup.ts';

/** Writes the document. */
export function toJsonFeed(feed: Feed): string {
  return `${JSON.stringify(
    {
      version: 'https://jsonfeed.org/version/1.1',
      title: stripHidden(feed.title),
      description: stripHidden(feed.description),
      home_page_url: feed.homeUrl,
      feed_url: feed.url,
      language: feed.language,
      authors: [{ name: 'Reachline' }],
      items: feed.entries.map(({ id, url, title, paragraphs, atMs, tags }) => ({
        id,
        url,
        title: stripHidden(title),
        content_html: toParagraphs(paragraphs),
        content_text: stripHidden(paragraphs.join('\n\n')),
        date_published: new Date(atMs).toISOString(),
        tags: tags.map(stripHidden),
      })),
    },
    undefined,
    1,
  )}\n`;
}
