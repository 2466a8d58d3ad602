/** The links of a message by which its reader confirms, changes or ends a subscription. */
import type { Locale } from '../../dashboard/i18n/locale.ts';
import type { Message } from './channels/channel.ts';

/** Absolute address of the page with the button that confirms. */
export function toConfirmUrl(publicUrl: string, locale: Locale, confirmToken: string): string {
  return `${publicUrl}/${locale}/alerts/confirm/${confirmToken}`;
}

/** What every message of a subscription carries. The page that unsubscribes shows a button, and acts on POST at once (RFC 8058). */
export function toMessageLinks(
  publicUrl: string,
  locale: Locale,
  manageToken: string,
): NonNullable<Message['links']> {
  const unsubscribe = `${publicUrl}/${locale}/alerts/unsubscribe/${manageToken}`;
  return {
    manage: `${publicUrl}/${locale}/alerts/manage/${manageToken}`,
    unsubscribe,
    oneClick: unsubscribe,
  };
}
