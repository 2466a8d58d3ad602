/**
 * The outbox: one row per event and subscription, made exactly once, and every try at sending it. Deliveries of one
 * subscription with the same group go out as one message, whose id follows from what is in it: the same content has the
 * same id however often it is tried. What was on its way when the process died may have arrived, and is sent again as
 * it was, so that a receiver that knows ids can tell.
 */
import { hash } from 'node:crypto';
import type { AlertEvent } from '../alert-types.ts';
import { writeAttempt } from './attempts.ts';
import { ID_CHARACTERS, toDeliveryId } from './delivery-id.ts';
import { findSubscribers, type MatchedSubscription } from './matching.ts';
import type { SubscriberConnection } from './subscriber-connection.ts';

/** When one subscriber is told of one event. */
export type DeliveryPlan = {
  /** `held`: on purpose, for quiet hours or a digest. */
  readonly state: 'queued' | 'held';
  readonly dueMs: number;
  readonly groupKey: string;
};

/** A message to be sent now. */
export type ClaimedMessage = {
  /** Of the attempt, for `settle`. */
  readonly attempt: number;
  readonly messageId: string;
  readonly subscriptionId: string;
  readonly channel: string;
  /** What its deliveries have in common, as planned. */
  readonly groupKey: string;
  /** In the order in which they became known. */
  readonly eventIds: readonly string[];
};

/** Enqueued in one transaction: more would keep probes waiting. */
const ENQUEUE_PIECE = 500;

/** Up to which event deliveries were made, and to which subscription of the next one. */
export type Cursor = {
  readonly seq: number;
  readonly partSeq: number;
  readonly partNumber: number;
};

/** Reads the cursor; before the first event of a new database it stands at `newestSeq`. */
export function readCursor(connection: SubscriberConnection, newestSeq: number): Cursor {
  const read = () =>
    connection
      .prepare<[], Cursor>(
        'SELECT seq, part_seq AS partSeq, part_number AS partNumber FROM cursor WHERE id = 1',
      )
      .get();
  const found = read();
  if (found) return found;
  connection.write(() => {
    connection
      .prepare('INSERT OR IGNORE INTO cursor (id, seq, part_seq, part_number) VALUES (1, ?, 0, 0)')
      .run(newestSeq);
  });
  return read() ?? { seq: newestSeq, partSeq: 0, partNumber: 0 };
}

/**
 * Makes the deliveries of an event for the next subscribers it concerns, and moves the cursor in the same transaction:
 * whatever is cut short is neither lost nor done twice. Gives whether there are more.
 */
export function enqueuePiece(
  connection: SubscriberConnection,
  event: AlertEvent & { readonly seq: number },
  plan: (subscription: MatchedSubscription) => DeliveryPlan,
): { readonly enqueued: number; readonly isMore: boolean } {
  return connection.write(() => {
    const cursor = readCursor(connection, 0);
    if (event.seq <= cursor.seq) return { enqueued: 0, isMore: false };
    const after = cursor.partSeq === event.seq ? cursor.partNumber : 0;
    const found = findSubscribers(connection, event, after, ENQUEUE_PIECE);
    const nowMs = connection.clock.nowMs();
    const insert = connection.prepare(
      `INSERT OR IGNORE INTO delivery
         (id, event_id, event_seq, subscription, channel, group_key, state, due_at_ms, created_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    let enqueued = 0;
    for (const subscription of found) {
      const { state, dueMs, groupKey } = plan(subscription);
      const { number, id, channel } = subscription;
      const deliveryId = toDeliveryId(event.id, id);
      enqueued += insert.run(
        deliveryId,
        event.id,
        event.seq,
        number,
        channel,
        groupKey,
        state,
        dueMs,
        nowMs,
      ).changes;
    }
    const isMore = found.length === ENQUEUE_PIECE;
    if (isMore)
      connection
        .prepare('UPDATE cursor SET part_seq = ?, part_number = ? WHERE id = 1')
        .run(event.seq, found.at(-1)?.number ?? 0);
    else
      connection
        .prepare('UPDATE cursor SET seq = ?, part_seq = 0, part_number = 0 WHERE id = 1')
        .run(event.seq);
    return { enqueued, isMore };
  });
}

type Due = {
  readonly subscription: number;
  readonly group_key: string;
  readonly message_id: string | null;
  readonly is_message_fixed: number;
};
type Member = {
  readonly number: number;
  readonly id: string;
  readonly event_id: string;
};

/**
 * Takes messages of a channel that are due, and notes that they are being sent, on disk when this returns. A message
 * takes along what else of its group waits, so that an incident that ended while its opening could not be delivered is
 * told in one.
 */
export function claimMessages(
  connection: SubscriberConnection,
  channel: string,
  limit: number,
): ClaimedMessage[] {
  if (limit <= 0) return [];
  const nowMs = connection.clock.nowMs();
  const isDue = connection
    .prepare<[string, number]>(
      'SELECT 1 FROM delivery WHERE channel = ? AND due_at_ms <= ? LIMIT 1',
    )
    .get(channel, nowMs);
  if (isDue === undefined) return [];
  return connection.write(() => {
    const claimed: ClaimedMessage[] = [];
    const next = connection.prepare<[string, number], Due>(
      `SELECT subscription, group_key, message_id, is_message_fixed FROM delivery
       WHERE channel = ? AND due_at_ms <= ? ORDER BY due_at_ms, number LIMIT 1`,
    );
    while (claimed.length < limit) {
      const due = next.get(channel, nowMs);
      if (due === undefined) break;
      claimed.push(claimOne(connection, channel, due));
    }
    return claimed;
  });
}

function claimOne(connection: SubscriberConnection, channel: string, due: Due): ClaimedMessage {
  const isFixed = due.is_message_fixed === 1;
  const members = connection
    .prepare<[number, string, number, string | null], Member>(
      `SELECT number, id, event_id FROM delivery
       WHERE subscription = ? AND group_key = ? AND due_at_ms IS NOT NULL AND is_message_fixed = ?
         AND message_id IS COALESCE(?, message_id) ORDER BY event_seq`,
    )
    .all(due.subscription, due.group_key, due.is_message_fixed, isFixed ? due.message_id : null);
  const [first] = members;
  const messageId =
    isFixed && due.message_id !== null
      ? due.message_id
      : members.length === 1 && first
        ? first.id
        : hash('sha256', members.map(({ id }) => id).join(' ')).slice(0, ID_CHARACTERS);
  const take = connection.prepare(
    `UPDATE delivery SET state = 'sending', due_at_ms = NULL, attempts = attempts + 1, message_id = ? WHERE number = ?`,
  );
  for (const { number } of members) take.run(messageId, number);
  const attempt = writeAttempt(connection, {
    messageId,
    subscription: due.subscription,
    channel,
    deliveries: members.map(({ number }) => number),
  });
  const { id: subscriptionId = '' } =
    connection
      .prepare<[number], { id: string }>('SELECT id FROM subscription WHERE number = ?')
      .get(due.subscription) ?? {};
  return {
    attempt,
    messageId,
    subscriptionId,
    channel,
    groupKey: due.group_key,
    eventIds: members.map(({ event_id }) => event_id),
  };
}

/** When the next delivery of a channel is due; undefined when none waits. */
export function nextDueMs(connection: SubscriberConnection, channel: string): number | undefined {
  return (
    connection
      .prepare<[string], { due: number | null }>(
        'SELECT MIN(due_at_ms) AS due FROM delivery WHERE channel = ? AND due_at_ms IS NOT NULL',
      )
      .get(channel)?.due ?? undefined
  );
}
