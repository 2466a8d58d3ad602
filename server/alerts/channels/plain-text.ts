/** A message as one plain text, for every channel that shows text. */
import { speak } from '../../../dashboard/i18n/catalogue.ts';
import type { Message } from './channel.ts';
import { cutText } from './clean-text.ts';

/** What ends the text: the page, and how to stop. Addresses are never cut. */
export function writeFooter({ locale, url, links }: Message): string[] {
  const say = speak(locale, 'UTC');
  if (links === undefined) return [url];
  return [
    url,
    `${say.text('alert.footer.manage', { url: links.manage })}\n${say.text('alert.footer.unsubscribe', { url: links.unsubscribe })}`,
  ];
}

/**
 * The subject, the paragraphs and the address of the page, in at most so many characters: paragraphs give way first,
 * the address never. `write` changes texts, not the address, e.g. to escape them.
 */
export function writeShort(
  { subject, paragraphs, url }: Message,
  maxCharacters: number,
  write: (text: string) => string = (text) => text,
): string {
  const room = Math.max(maxCharacters - url.length - 2, 1);
  const text = [subject, ...paragraphs].join('\n\n');
  // Escaping makes it longer, and an escape must not be cut in two: what is too much goes before.
  for (let size = room; ; ) {
    const written = write(cutText(text, size));
    if (written.length <= room || size <= 1) return `${written}\n\n${url}`;
    size = Math.max(1, size - (written.length - room));
  }
}
