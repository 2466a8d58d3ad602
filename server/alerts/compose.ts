/** From a claimed message to what a channel sends: its events in the subscriber's words, with links to change and stop it. */
import type { Config } from '../../config/schema.ts';
import { speak } from '../../dashboard/i18n/catalogue.ts';
import { sayChannel } from '../../dashboard/pages/alert-form.ts';
import { sayGone } from '../../dashboard/pages/alert-reasons.ts';
import type { AlertEvent } from '../../db/alert-types.ts';
import type { Notice } from '../../db/subscribers/disabled-targets.ts';
import type { ClaimedMessage } from '../../db/subscribers/outbox.ts';
import type { Subscription } from '../../db/subscribers/subscription-types.ts';
import type { Message } from './channels/channel.ts';
import { renderAlerts, renderDigest } from './channels/render-text.ts';

/** What is the same for all messages. */
export type ComposeContext = {
  readonly config: Pick<Config, 'services'>;
  /** Scheme and host of this site. */
  readonly publicUrl: string;
};

/** Addresses under which a subscription is shown, and ended. */
export function toSubscriptionLinks(
  publicUrl: string,
  manageToken: string,
): NonNullable<Message['links']> {
  const page = `${publicUrl}/alerts/s/${manageToken}`;
  return { manage: page, unsubscribe: `${page}/stop`, oneClick: `${page}/one-click` };
}

/** What a notice is about, as far as a reader needs to know. */
export type NoticeSubject = {
  readonly kind: Notice['kind'];
  readonly channel: string;
  /** Of one that was switched off. */
  readonly reason: string;
  readonly manageToken: string;
};

/** Writes what is told of a subscription and not of an event. */
export function composeNotice(
  { messageId }: Pick<ClaimedMessage, 'messageId'>,
  { kind, channel, reason, manageToken }: NoticeSubject,
  { locale, timeZone }: Subscription,
  ownToken: string,
  { publicUrl }: Pick<ComposeContext, 'publicUrl'>,
): Message {
  const say = speak(locale, timeZone);
  const stopped = {
    subject: say.text('alerts.notice.stopped', { channel: sayChannel(channel, say) }),
    paragraphs: [
      say.text('alerts.notice.stopped_about', { reason: sayGone(reason, say) }),
      say.text('alerts.notice.stopped_again'),
    ],
  };
  const again = {
    subject: say.text('alerts.notice.again'),
    paragraphs: [say.text('alerts.notice.again_about')],
  };
  return {
    deliveryId: messageId,
    locale,
    ...(kind === 'stopped' ? stopped : again),
    url: `${publicUrl}/${locale}/alerts/s/${manageToken}`,
    severity: 'info',
    events: [],
    links: toSubscriptionLinks(`${publicUrl}/${locale}`, ownToken),
  };
}

/** Writes a message. `events` must not be empty, and be in the order in which they became known. */
export function composeMessage(
  claimed: Pick<ClaimedMessage, 'messageId' | 'groupKey'>,
  events: readonly AlertEvent[],
  subscription: Subscription,
  manageToken: string,
  { config, publicUrl }: ComposeContext,
): Message {
  const { locale, timeZone } = subscription;
  const reader = {
    deliveryId: claimed.messageId,
    locale,
    timeZone,
    publicUrl,
    serviceNames: new Map(config.services.map(({ id, name }) => [id, name])),
    // In the language of the message, not of whichever browser opens them.
    links: toSubscriptionLinks(`${publicUrl}/${locale}`, manageToken),
  };
  const [kind = '', dueMs] = claimed.groupKey.split(':');
  if (kind !== 'digest' && kind !== 'quiet') return renderAlerts(events, reader);
  // From the first that is told to the planned end, which does not move with later tries.
  const untilMs = Number(dueMs);
  const fromMs = Math.min(untilMs, ...events.map(({ knownMs }) => knownMs));
  return renderDigest(events, reader, {
    kind: kind === 'digest' ? 'digest' : 'held',
    fromMs,
    untilMs,
  });
}
