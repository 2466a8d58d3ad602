/** From a claimed message to what a channel sends: its events in the subscriber's words, with links to change and stop it. */
import type { Config } from '../../config/schema.ts';
import type { AlertEvent } from '../../db/alert-types.ts';
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
    links: toSubscriptionLinks(publicUrl, manageToken),
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
