/** Every try at sending, how it ended, and what follows for the deliveries in it. */
import { disableSubscription } from './disabled-targets.ts';
import type { SubscriberConnection } from './subscriber-connection.ts';

/** How a try ended. `reason` is short, without addresses, and kept in the delivery log. */
export type AttemptEnd =
  | { readonly kind: 'ok' }
  /**
   * May go through later; not before `afterMs` from now when the receiver said so. With `mostAttempts` the delivery is
   * dead after so many tries in all, since waiting will hardly help; the target stays as it is.
   */
  | {
      readonly kind: 'retry';
      readonly reason: string;
      readonly afterMs?: number;
      readonly mostAttempts?: number;
    }
  /** Will never go through: the target is gone or refuses us. */
  | { readonly kind: 'permanent'; readonly reason: string }
  /** We were stopped meanwhile, and cannot tell. */
  | { readonly kind: 'interrupted' };

/**
 * Pauses after the first, second, … try, as in the Standard Webhooks specification: some three days in all. After the
 * last try a delivery is dead.
 */
export const RETRY_PAUSES_MS: readonly number[] = [
  5_000,
  5 * 60_000,
  30 * 60_000,
  2 * 3_600_000,
  5 * 3_600_000,
  10 * 3_600_000,
  14 * 3_600_000,
  20 * 3_600_000,
  24 * 3_600_000,
];
/** Up to so much is added to a pause, so that receivers that failed together are not asked together. */
const JITTER_SHARE = 0.2;
/** Nobody may make us wait longer than the longest pause. */
const MAX_WISHED_PAUSE_MS = 24 * 3_600_000;

/** The pause after so many tries; undefined after the last. @param random from 0 to 1 */
function toRetryPauseMs(attempts: number, random: number, wishedMs = 0): number | undefined {
  const pauseMs = RETRY_PAUSES_MS[attempts - 1];
  if (pauseMs === undefined) return undefined;
  return Math.max(
    Math.round(pauseMs * (1 + JITTER_SHARE * random)),
    Math.min(wishedMs, MAX_WISHED_PAUSE_MS),
  );
}

/** Notes that a message is being sent, inside a transaction of the caller; gives the number of the attempt. */
export function writeAttempt(
  connection: SubscriberConnection,
  {
    messageId,
    subscription,
    channel,
    deliveries,
  }: {
    readonly messageId: string;
    readonly subscription: number;
    readonly channel: string;
    readonly deliveries: readonly number[];
  },
): number {
  const { lastInsertRowid } = connection
    .prepare(
      `INSERT INTO attempt (message_id, subscription, channel, started_at_ms, outcome)
       VALUES (?, ?, ?, ?, 'started')`,
    )
    .run(messageId, subscription, channel, connection.clock.nowMs());
  const attempt = Number(lastInsertRowid);
  const insert = connection.prepare(
    'INSERT INTO attempt_delivery (attempt, delivery) VALUES (?, ?)',
  );
  for (const delivery of deliveries) insert.run(attempt, delivery);
  return attempt;
}

type Tried = {
  readonly number: number;
  readonly attempts: number;
  readonly subscriptionId: string;
  readonly isActive: number;
};

/** Notes how a try ended and what becomes of its deliveries. Once only: a second end of the same try changes nothing. */
export function settleAttempt(
  connection: SubscriberConnection,
  attempt: number,
  end: AttemptEnd,
  random: number,
): void {
  connection.write(() => {
    const nowMs = connection.clock.nowMs();
    const reason = 'reason' in end ? end.reason : null;
    const { changes } = connection
      .prepare(
        `UPDATE attempt SET outcome = ?, error_class = ?, ended_at_ms = ? WHERE number = ? AND outcome = 'started'`,
      )
      .run(end.kind, reason, nowMs, attempt);
    if (changes === 0) return;
    const tried = connection
      .prepare<[number], Tried>(
        `SELECT d.number, d.attempts, s.id AS subscriptionId, s.state = 'active' AS isActive
         FROM attempt_delivery a JOIN delivery d ON d.number = a.delivery
         JOIN subscription s ON s.number = d.subscription WHERE a.attempt = ? AND d.state = 'sending'`,
      )
      .all(attempt);
    for (const delivery of tried) settleDelivery(connection, delivery, end, random);
    const [first] = tried;
    if (end.kind === 'permanent' && first)
      disableSubscription(connection, first.subscriptionId, end.reason);
  });
}

function settleDelivery(
  connection: SubscriberConnection,
  { number, attempts, isActive }: Tried,
  end: AttemptEnd,
  random: number,
): void {
  const nowMs = connection.clock.nowMs();
  const write = (
    state: 'sent' | 'failed' | 'dead' | 'suppressed',
    dueMs: number | null,
    error: string | null,
  ): void => {
    connection
      .prepare(
        `UPDATE delivery SET state = ?, due_at_ms = ?, last_error_class = ?, settled_at_ms = ? WHERE number = ?`,
      )
      .run(state, dueMs, error, dueMs === null ? nowMs : null, number);
  };
  if (end.kind === 'ok') return write('sent', null, null);
  if (isActive === 0) return write('suppressed', null, 'target_gone');
  if (end.kind === 'interrupted') return write('failed', fixMessage(connection, number), 'unknown');
  if (end.kind === 'permanent') return write('dead', null, end.reason);
  const isTriedOften = attempts >= (end.mostAttempts ?? Number.POSITIVE_INFINITY);
  const pauseMs = isTriedOften ? undefined : toRetryPauseMs(attempts, random, end.afterMs);
  if (pauseMs === undefined) return write('dead', null, end.reason);
  return write('failed', nowMs + pauseMs, end.reason);
}

/** Keeps a message that may have arrived as it is for its next try, which is due at once. */
function fixMessage(connection: SubscriberConnection, number: number): number {
  connection.prepare('UPDATE delivery SET is_message_fixed = 1 WHERE number = ?').run(number);
  return connection.clock.nowMs();
}

/** Takes up what an earlier process left on its way; gives how many messages these are. */
export function recoverAttempts(connection: SubscriberConnection): number {
  return connection.write(() => {
    const nowMs = connection.clock.nowMs();
    connection
      .prepare(
        `UPDATE delivery SET state = 'failed', last_error_class = 'unknown', due_at_ms = ?, is_message_fixed = 1
         WHERE state = 'sending'`,
      )
      .run(nowMs);
    return connection
      .prepare(`UPDATE attempt SET outcome = 'unknown', ended_at_ms = ? WHERE outcome = 'started'`)
      .run(nowMs).changes;
  });
}
