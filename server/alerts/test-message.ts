/** The message by which an operator sees whether a target can be reached. */
import { speak } from '../../dashboard/i18n/catalogue.ts';
import type { Subscription } from '../../db/subscribers/subscription-types.ts';
import type { Message } from './channels/channel.ts';

/** Writes it; without links where there is no subscription yet. */
export function writeTestMessage(
  { locale, timeZone }: Pick<Subscription, 'locale' | 'timeZone'>,
  publicUrl: string,
  more: Pick<Message, 'deliveryId'> & Partial<Pick<Message, 'links' | 'bounceTag'>>,
): Message {
  const say = speak(locale, timeZone);
  return {
    locale,
    subject: say.text('alerts.test.subject'),
    paragraphs: [say.text('alerts.test.about')],
    url: `${publicUrl}/${locale}/`,
    severity: 'info',
    events: [],
    ...more,
  };
}
