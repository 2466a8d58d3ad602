/** What became of deliveries, for the operator: states, failures, what is late. Says nothing of where they go. */
import type { SubscriberConnection } from './subscriber-connection.ts';
import { PAUSED } from './subscription-types.ts';

export const DELIVERY_STATES = [
  'queued',
  'held',
  'sending',
  'sent',
  'failed',
  'dead',
  'suppressed',
] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** One delivery as it stands. */
export type Delivery = {
  readonly id: string;
  readonly eventId: string;
  readonly subscriptionId: string;
  readonly channel: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  /** Absent once it is settled or while it is being sent. */
  readonly dueAtMs?: number;
  readonly lastErrorClass?: string;
  readonly messageId?: string;
  readonly createdAtMs: number;
  readonly settledAtMs?: number;
};

/** One try at one message. */
export type Attempt = {
  readonly messageId: string;
  readonly subscriptionId: string;
  readonly channel: string;
  readonly startedAtMs: number;
  readonly endedAtMs?: number;
  readonly outcome: 'started' | 'ok' | 'retry' | 'permanent' | 'unknown' | 'interrupted';
  readonly errorClass?: string;
  readonly deliveryIds: readonly string[];
};

/** Figures by which silence is noticed. */
export type OutboxFigures = {
  readonly byState: Readonly<Record<DeliveryState, number>>;
  /** When the oldest delivery was made that is neither settled nor held on purpose. */
  readonly oldestUndeliveredMs?: number;
  readonly channels: readonly {
    readonly channel: string;
    /** In the last 24 hours. */
    readonly attempts: number;
    readonly failures: number;
    readonly lastOkMs?: number;
  }[];
  readonly subscriptions: { readonly active: number; readonly disabled: number };
  /** Of those that are disabled, the ones that nobody paused. */
  readonly goneTargets: number;
};

const DAY_MS = 24 * 3_600_000;

function withoutNulls<T>(row: Readonly<Record<string, unknown>>): T {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as T;
}

/** Deliveries, newest first. */
export function listDeliveries(
  connection: SubscriberConnection,
  { state, limit }: { readonly state?: DeliveryState; readonly limit: number },
): Delivery[] {
  return connection
    .prepare<(string | number | null)[], Record<string, unknown>>(
      `SELECT d.id, d.event_id AS eventId, s.id AS subscriptionId, d.channel, d.state, d.attempts, d.due_at_ms AS dueAtMs,
         d.last_error_class AS lastErrorClass, d.message_id AS messageId, d.created_at_ms AS createdAtMs,
         d.settled_at_ms AS settledAtMs
       FROM delivery d JOIN subscription s ON s.number = d.subscription
       WHERE d.state = COALESCE(?, d.state) ORDER BY d.number DESC LIMIT ?`,
    )
    .all(state ?? null, limit)
    .map((row) => withoutNulls<Delivery>(row));
}

/** Tries, oldest first. */
export function listAttempts(connection: SubscriberConnection): Attempt[] {
  return connection
    .prepare<[], Record<string, unknown> & { number: number }>(
      `SELECT a.number, a.message_id AS messageId, s.id AS subscriptionId, a.channel, a.started_at_ms AS startedAtMs,
         a.ended_at_ms AS endedAtMs, a.outcome, a.error_class AS errorClass
       FROM attempt a JOIN subscription s ON s.number = a.subscription ORDER BY a.number`,
    )
    .all()
    .map(({ number, ...row }) => ({
      ...withoutNulls<Omit<Attempt, 'deliveryIds'>>(row),
      deliveryIds: connection
        .prepare<[number], { id: string }>(
          `SELECT d.id FROM attempt_delivery a JOIN delivery d ON d.number = a.delivery WHERE a.attempt = ? ORDER BY d.number`,
        )
        .all(number)
        .map(({ id }) => id),
    }));
}

/** Puts dead deliveries back in the queue: one by its id, or all; those whose target is gone stay. Gives how many. */
export function replayDead(connection: SubscriberConnection, id?: string): number {
  return connection
    .prepare(
      `UPDATE delivery SET state = 'queued', attempts = 0, due_at_ms = ?, settled_at_ms = NULL
       WHERE state = 'dead' AND id = COALESCE(?, id)
         AND subscription IN (SELECT number FROM subscription WHERE state = 'active')`,
    )
    .run(connection.clock.nowMs(), id ?? null).changes;
}

/** Reads the figures. */
export function readFigures(connection: SubscriberConnection): OutboxFigures {
  const counts = new Map(
    connection
      .prepare<[], { state: DeliveryState; count: number }>(
        'SELECT state, COUNT(*) AS count FROM delivery GROUP BY state',
      )
      .all()
      .map(({ state, count }) => [state, count]),
  );
  const oldest = connection
    .prepare<[], { oldest: number | null }>(
      `SELECT MIN(oldest) AS oldest FROM (
         SELECT MIN(created_at_ms) AS oldest FROM delivery WHERE state = 'queued'
         UNION ALL SELECT MIN(created_at_ms) FROM delivery WHERE state = 'sending'
         UNION ALL SELECT MIN(created_at_ms) FROM delivery WHERE state = 'failed')`,
    )
    .get()?.oldest;
  const channels = connection
    .prepare<[number], Record<string, unknown>>(
      `SELECT channel, COUNT(*) AS attempts, SUM(outcome NOT IN ('ok', 'started')) AS failures,
         MAX(CASE outcome WHEN 'ok' THEN ended_at_ms END) AS lastOkMs
       FROM attempt WHERE started_at_ms >= ? GROUP BY channel ORDER BY channel`,
    )
    .all(connection.clock.nowMs() - DAY_MS)
    .map((row) => withoutNulls<OutboxFigures['channels'][number]>(row));
  const subscriptions = connection
    .prepare<[], { active: number; disabled: number }>(
      `SELECT COUNT(*) FILTER (WHERE state = 'active') AS active,
         COUNT(*) FILTER (WHERE state = 'disabled') AS disabled FROM subscription`,
    )
    .get() ?? { active: 0, disabled: 0 };
  const { gone = 0 } =
    connection
      .prepare<[string], { gone: number }>(
        `SELECT COUNT(*) AS gone FROM subscription WHERE state = 'disabled' AND reason <> ?`,
      )
      .get(PAUSED) ?? {};
  return {
    byState: Object.fromEntries(
      DELIVERY_STATES.map((state) => [state, counts.get(state) ?? 0]),
    ) as Record<DeliveryState, number>,
    ...(oldest === null || oldest === undefined ? {} : { oldestUndeliveredMs: oldest }),
    channels,
    subscriptions,
    goneTargets: gone,
  };
}

/** Forgets settled deliveries and their tries from before an instant, and who is gone and has none left. */
export function pruneDeliveries(connection: SubscriberConnection, beforeMs: number): number {
  return connection.write(() => {
    const old = `SELECT number FROM delivery WHERE state IN ('sent', 'suppressed', 'dead') AND created_at_ms < ?`;
    connection.prepare(`DELETE FROM attempt_delivery WHERE delivery IN (${old})`).run(beforeMs);
    const { changes } = connection
      .prepare(
        `DELETE FROM delivery WHERE state IN ('sent', 'suppressed', 'dead') AND created_at_ms < ?`,
      )
      .run(beforeMs);
    connection
      .prepare(
        `DELETE FROM attempt WHERE started_at_ms < ? AND outcome <> 'started'
           AND NOT EXISTS (SELECT 1 FROM attempt_delivery d WHERE d.attempt = number)`,
      )
      .run(beforeMs);
    connection.prepare('DELETE FROM bounce WHERE received_at_ms < ?').run(beforeMs);
    connection
      .prepare(
        `DELETE FROM subscription WHERE state = 'gone'
           AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.subscription = subscription.number)`,
      )
      .run();
    return changes;
  });
}
