/**
 * Mail that came back. The address that a report is sent to carries half of the message's id and half of a keyed hash of
 * it: nobody who has not seen that address can report anything, and no table of addresses is kept.
 */
import { timingSafeEqual } from 'node:crypto';
import { disableSubscription } from './disabled-targets.ts';
import type { SubscriberConnection } from './subscriber-connection.ts';

/** What became of a report. */
export type BounceOutcome =
  /** No message of ours has such an address: made up, or older than the delivery log. */
  | 'unknown'
  /** The same report came before. */
  | 'again'
  /** Noted; the target stays. */
  | 'noted'
  /** The target was switched off, or the wish that was to be confirmed forgotten. */
  | 'disabled';

const HALF_CHARACTERS = 16;
/** The first character after those of a hexadecimal number. */
const AFTER_HEX = 'g';
const HEX = /^[0-9a-f]{32}$/;
/**
 * Says of the address itself that it is none or no longer one (RFC 3463): anything else, a full box, a refused content,
 * a relay on a list, may be true of one message and not of the next.
 */
const ADDRESS_IS_GONE = /^5\.(0\.0|1\.\d{1,3}|2\.[01])$/;
/** So many messages that came back for good, of any kind, end it as well. */
const MOST_FAILURES = 3;
const FAILURES_WITHIN_MS = 30 * 24 * 3_600_000;

/** What stands behind the `+` of the address that reports of a message are sent to: 32 hexadecimal digits. */
export function toBounceTag({ box }: SubscriberConnection, messageId: string): string {
  const proof = Buffer.from(box.tokenOf(`bounce ${messageId}`), 'base64url').toString('hex');
  return messageId.slice(0, HALF_CHARACTERS) + proof.slice(0, HALF_CHARACTERS);
}

type Found = { readonly messageId: string; readonly subscription: number };

function findMessage(connection: SubscriberConnection, tag: string): Found | undefined {
  if (!HEX.test(tag)) return undefined;
  const half = tag.slice(0, HALF_CHARACTERS);
  const sent = connection
    .prepare<[string, string], Found>(
      `SELECT DISTINCT message_id AS messageId, subscription FROM attempt
       WHERE message_id >= ? AND message_id < ? AND channel = 'email'`,
    )
    .all(half, half + AFTER_HEX);
  // A confirmation is no delivery: it has the id of the wish.
  const asked = connection
    .prepare<[string, string], Found>(
      `SELECT id AS messageId, number AS subscription FROM subscription
       WHERE id >= ? AND id < ? AND channel = 'email' AND state = 'pending'`,
    )
    .all(half, half + AFTER_HEX);
  return [...sent, ...asked].find(({ messageId }) =>
    timingSafeEqual(Buffer.from(toBounceTag(connection, messageId)), Buffer.from(tag)),
  );
}

/** Notes a report of a message by its tag, and switches the target off when nothing else will come through. */
export function noteBounce(
  connection: SubscriberConnection,
  tag: string,
  status: string,
): BounceOutcome {
  return connection.write(() => {
    const found = findMessage(connection, tag);
    if (found === undefined) return 'unknown';
    const { messageId, subscription } = found;
    const nowMs = connection.clock.nowMs();
    const { changes } = connection
      .prepare(
        `INSERT OR IGNORE INTO bounce (message_id, subscription, received_at_ms, status) VALUES (?, ?, ?, ?)`,
      )
      .run(messageId, subscription, nowMs, status);
    if (changes === 0) return 'again';
    connection
      .prepare('UPDATE delivery SET last_error_class = ? WHERE message_id = ? AND subscription = ?')
      .run(`bounced_${status}`, messageId, subscription);
    return isOver(connection, subscription, status)
      ? stop(connection, subscription, status)
      : 'noted';
  });
}

function isOver(connection: SubscriberConnection, subscription: number, status: string): boolean {
  if (!status.startsWith('5.')) return false;
  if (ADDRESS_IS_GONE.test(status)) return true;
  const { messages = 0 } =
    connection
      .prepare<[number, number], { messages: number }>(
        `SELECT COUNT(DISTINCT message_id) AS messages FROM bounce
         WHERE subscription = ? AND received_at_ms > ? AND status LIKE '5.%'`,
      )
      .get(subscription, connection.clock.nowMs() - FAILURES_WITHIN_MS) ?? {};
  return messages >= MOST_FAILURES;
}

function stop(
  connection: SubscriberConnection,
  subscription: number,
  status: string,
): BounceOutcome {
  const row = connection
    .prepare<[number], { id: string; state: string }>(
      'SELECT id, state FROM subscription WHERE number = ?',
    )
    .get(subscription);
  if (row?.state === 'pending')
    connection.prepare('DELETE FROM subscription WHERE number = ?').run(subscription);
  else if (row?.state === 'active') disableSubscription(connection, row.id, `bounced_${status}`);
  else return 'noted';
  return 'disabled';
}
