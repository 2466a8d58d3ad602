/** The message that asks whoever has an address whether they want what was asked for in their name. */
import type { AlertWish } from '../../dashboard/alert-choices.ts';
import { speak } from '../../dashboard/i18n/catalogue.ts';
import { sayWish, type WishNames } from '../../dashboard/pages/alert-words.ts';
import type { Message } from './channels/channel.ts';

/** What makes a confirmation that of one wish. */
export type ConfirmationKeys = {
  readonly publicUrl: string;
  readonly id: string;
  readonly confirmToken: string;
  readonly bounceTag: string;
};

/**
 * Writes it, in the language of the wish. Everything in it comes of closed lists: nobody can send words of their own to
 * others through us.
 */
export function writeConfirmation(
  wish: AlertWish,
  names: WishNames,
  { publicUrl, id, confirmToken, bounceTag }: ConfirmationKeys,
): Message {
  const say = speak(wish.locale, wish.timeZone);
  return {
    deliveryId: id,
    bounceTag,
    locale: wish.locale,
    subject: say.text('alerts.mail.subject'),
    paragraphs: [
      say.text('alerts.mail.asked'),
      sayWish(wish, names, say).join('\n'),
      say.text('alerts.mail.confirm'),
      say.text('alerts.mail.ignore'),
    ],
    url: `${publicUrl}/${wish.locale}/alerts/confirm/${confirmToken}`,
    severity: 'info',
    events: [],
  };
}
