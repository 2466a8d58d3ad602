/** Texts with links and emphasis in them, as HTML. */
import { html } from 'hono/html';
import { fillMessage } from '../i18n/message.ts';
import type { Say } from '../i18n/say.ts';
import type { MessageKey } from '../i18n/texts.ts';

/** A piece of HTML whose every value has been escaped. */
export type Fragment = ReturnType<typeof html>;

/** Fills a text with pieces of HTML; everything else in it is escaped. */
export function renderMessage(
  say: Say,
  key: MessageKey,
  values: Readonly<Record<string, Fragment | string | number>>,
): Fragment {
  return html`${fillMessage<Fragment>(say.parts(key), values, say.locale)}`;
}
