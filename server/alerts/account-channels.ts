/** Channels on which a stranger could make the operator's own accounts speak. */
import type { NewSubscription } from '../../db/subscribers/subscriptions.ts';

/** Channels that send with the operator's own account when a target brings no token. */
const ACCOUNT_CHANNELS: ReadonlySet<string> = new Set(['mastodon', 'matrix', 'telegram']);

/** Those that send with nothing else: a bot of Telegram is always the operator's. */
export const OPERATOR_CHANNELS: ReadonlySet<string> = new Set(['telegram']);

/**
 * True for what would be sent with the operator's account: a stranger must not make it speak, not even a confirmation,
 * which would appear in public.
 */
export function needsAccount({
  channel,
  secrets = [],
}: Pick<NewSubscription, 'channel' | 'secrets'>): boolean {
  return OPERATOR_CHANNELS.has(channel) || (ACCOUNT_CHANNELS.has(channel) && secrets.length === 0);
}
