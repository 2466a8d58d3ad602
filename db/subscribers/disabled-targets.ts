/**
 * Targets that are switched off: paused by their holder, or gone. Of one that is gone the holder is told through another
 * subscription of theirs, where they named one; who holds which is known from nothing else.
 */
import { toDeliveryId } from './delivery-id.ts';
import type { SubscriberConnection } from './subscriber-connection.ts';
import { PAUSED } from './subscription-types.ts';
import { dropWishes, writeWishes } from './subscription-wishes.ts';
import { findRow, settleWaiting, toSubscription } from './subscriptions.ts';

/** What a message is about that speaks of a subscription and not of an event. */
export type Notice = {
  /** `stopped`: another subscription of the reader was switched off. `again`: this one is tried again. */
  readonly kind: 'stopped' | 'again';
  /** The subscription that it speaks of. */
  readonly subscriptionId: string;
};

const NOTICE = 'notice';

/** Reads the group of a delivery; undefined for one that is about events. */
export function readNotice(groupKey: string): Notice | undefined {
  const [name, kind, subscriptionId = ''] = groupKey.split(':');
  if (name !== NOTICE || (kind !== 'stopped' && kind !== 'again')) return undefined;
  return { kind, subscriptionId };
}

/** Puts a notice for a subscription into the outbox, inside a transaction of the caller. */
function enqueueNotice(
  connection: SubscriberConnection,
  reader: { readonly number: number; readonly id: string; readonly channel: string },
  { kind, subscriptionId }: Notice,
): void {
  const nowMs = connection.clock.nowMs();
  const groupKey = `${NOTICE}:${kind}:${subscriptionId}`;
  const eventId = `${groupKey}:${nowMs}`;
  connection
    .prepare(
      `INSERT OR IGNORE INTO delivery
         (id, event_id, event_seq, subscription, channel, group_key, state, due_at_ms, created_at_ms)
       VALUES (?, ?, 0, ?, ?, ?, 'queued', ?, ?)`,
    )
    .run(
      toDeliveryId(eventId, reader.id),
      eventId,
      reader.number,
      reader.channel,
      groupKey,
      nowMs,
      nowMs,
    );
}

/**
 * Stops sending to a target; its holder may still see why, and end it. What waited is dropped. Of one that did not stop
 * at its holder's wish, the subscription that was named for this is told once.
 */
export function disableSubscription(
  connection: SubscriberConnection,
  id: string,
  reason: string,
): void {
  connection.write(() => {
    const row = findRow(connection, 'id = ?', id);
    if (row?.state !== 'active') return;
    dropWishes(connection, row.number);
    connection
      .prepare(
        `UPDATE subscription SET state = 'disabled', reason = ?, disabled_at_ms = ? WHERE number = ?`,
      )
      .run(reason, connection.clock.nowMs(), row.number);
    settleWaiting(connection, row.number, 'target_disabled');
    const other =
      row.substitute === null ? undefined : findRow(connection, 'id = ?', row.substitute);
    if (reason !== PAUSED && other?.state === 'active')
      enqueueNotice(connection, other, { kind: 'stopped', subscriptionId: id });
  });
}

/**
 * Sends to a disabled target again, as its holder wishes. One that had been gone gets a message at once, so that its
 * holder sees whether it works. False when it was not disabled.
 */
export function enableSubscription(connection: SubscriberConnection, id: string): boolean {
  return connection.write(() => {
    const row = findRow(connection, 'id = ?', id);
    if (row?.state !== 'disabled') return false;
    connection
      .prepare(
        `UPDATE subscription SET state = 'active', reason = NULL, disabled_at_ms = NULL WHERE number = ?`,
      )
      .run(row.number);
    writeWishes(connection, row.number, toSubscription(row).filter);
    if (row.reason !== PAUSED)
      enqueueNotice(connection, row, { kind: 'again', subscriptionId: id });
    return true;
  });
}

/**
 * Names the subscription that is told when another one is switched off; none for `undefined`. False when either is not
 * there or both are the same.
 */
export function setSubstitute(
  connection: SubscriberConnection,
  id: string,
  substituteId: string | undefined,
): boolean {
  return connection.write(() => {
    const row = findRow(connection, 'id = ?', id);
    const other = substituteId === undefined ? row : findRow(connection, 'id = ?', substituteId);
    if (row === undefined || other === undefined || substituteId === id) return false;
    connection
      .prepare('UPDATE subscription SET substitute = ? WHERE number = ?')
      .run(substituteId ?? null, row.number);
    return true;
  });
}
