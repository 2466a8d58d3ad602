/**
 * Subscriptions: asked for, confirmed, changed and ended. There is no account: whoever holds the token of a subscription
 * may change it, and the token is made of the key, so that every message can carry it while only its hash is stored.
 */
import { randomBytes } from 'node:crypto';
import { ALERT_SEVERITIES } from '../alert-types.ts';
import { createToken, hashToken } from './secret-box.ts';
import type { SubscriberConnection } from './subscriber-connection.ts';
import type { QuietHours, Subscription, SubscriptionFilter } from './subscription-types.ts';
import { dropWishes, writeWishes } from './subscription-wishes.ts';

/** What a person asks for; the address as its channel wrote it. */
export type NewSubscription = Pick<
  Subscription,
  'channel' | 'filter' | 'locale' | 'timeZone' | 'mode' | 'quiet'
> & {
  readonly address: string;
  /** Secret of a webhook, token of a bot; none unless given. */
  readonly secrets?: readonly string[];
};

/** What of a subscription its holder may change; what is left out stays, and `quiet: null` ends quiet hours. */
export type SubscriptionChange = Partial<
  Pick<Subscription, 'filter' | 'locale' | 'timeZone' | 'mode'>
> & { readonly quiet?: QuietHours | null };

/** Where the messages of a subscription go. */
export type SealedTarget = { readonly address: string; readonly secrets: readonly string[] };

/** What became of a wish to subscribe. Whoever asked is told the same in both cases. */
export type PendingOutcome =
  | { readonly kind: 'added'; readonly id: string; readonly confirmToken: string }
  /** The address has too many unanswered ones: nothing was stored, and nothing must be sent. */
  | { readonly kind: 'too_many' };

/** A wish that nobody confirms is forgotten after this. */
export const PENDING_MS = 48 * 3_600_000;
/** What comes to an address of these is read by its holder alone. */
const PRIVATE_CHANNELS: ReadonlySet<string> = new Set(['email', 'web_push']);
/** Unanswered ones per address, so that nobody can be flooded with confirmations. */
const MAX_PENDING = 3;

type Row = {
  readonly number: number;
  readonly id: string;
  readonly channel: string;
  readonly locale: Subscription['locale'];
  readonly time_zone: string;
  readonly mode: Subscription['mode'];
  readonly quiet: string | null;
  readonly filter: string;
  readonly state: Subscription['state'];
  readonly created_at_ms: number;
  readonly reason: string | null;
  readonly disabled_at_ms: number | null;
  readonly substitute: string | null;
};

const COLUMNS = `number, id, channel, locale, time_zone, mode, quiet, filter, state, created_at_ms, reason, disabled_at_ms,
  substitute`;

/** Reads a row as the rest of the program knows it. */
export function toSubscription(row: Row): Subscription {
  return {
    id: row.id,
    channel: row.channel,
    filter: JSON.parse(row.filter) as SubscriptionFilter,
    locale: row.locale,
    timeZone: row.time_zone,
    mode: row.mode,
    ...(row.quiet === null ? {} : { quiet: JSON.parse(row.quiet) as QuietHours }),
    state: row.state,
    createdAtMs: row.created_at_ms,
    ...(row.state === 'disabled' ? { disabled: toDisabled(row) } : {}),
    ...(row.substitute === null ? {} : { substituteId: row.substitute }),
  };
}

function toDisabled({ reason, disabled_at_ms: atMs }: Row): NonNullable<Subscription['disabled']> {
  return { reason: reason ?? '', ...(atMs === null ? {} : { atMs }) };
}

/** The row of a subscription that has not ended. */
export function findRow(
  connection: SubscriberConnection,
  where: string,
  value: string | Uint8Array,
): Row | undefined {
  return connection
    .prepare<[string | Uint8Array], Row>(
      `SELECT ${COLUMNS} FROM subscription WHERE ${where} AND state <> 'gone'`,
    )
    .get(value);
}

/** Stores a wish until it is confirmed with the token or expires. Keeps no trace of who else has the address. */
export function addPending(
  connection: SubscriberConnection,
  wanted: NewSubscription,
): PendingOutcome {
  const nowMs = connection.clock.nowMs();
  const { channel, address, secrets = [], filter, locale, timeZone, mode, quiet } = wanted;
  const lookup = connection.box.lookUp(channel, address);
  const id = randomBytes(16).toString('hex');
  const confirmToken = createToken();
  return connection.write(() => {
    dropExpired(connection);
    const { pending = 0 } =
      connection
        .prepare<[Uint8Array], { pending: number }>(
          `SELECT COUNT(*) AS pending FROM subscription WHERE address_lookup = ? AND state = 'pending'`,
        )
        .get(lookup) ?? {};
    if (pending >= MAX_PENDING) return { kind: 'too_many' };
    connection
      .prepare(
        `INSERT INTO subscription (id, channel, locale, time_zone, mode, quiet, filter, min_severity, state,
           created_at_ms, expires_at_ms, address_lookup, sealed, confirm_hash, manage_hash)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        id,
        channel,
        locale,
        timeZone,
        mode,
        quiet ? JSON.stringify(quiet) : null,
        JSON.stringify(filter),
        ALERT_SEVERITIES.indexOf(filter.minSeverity),
        nowMs,
        nowMs + PENDING_MS,
        lookup,
        connection.box.seal(JSON.stringify({ address, secrets } satisfies SealedTarget), id),
        hashToken(confirmToken),
        hashToken(toManageToken(connection, id)),
      );
    return { kind: 'added', id, confirmToken };
  });
}

/** The token with which a subscription is changed and ended; goes into every message and is stored nowhere. */
export function toManageToken({ box }: SubscriberConnection, id: string): string {
  return box.tokenOf(`manage ${id}`);
}

/**
 * Makes a wish active. By e-mail and in a browser it replaces an earlier subscription of the same address, since nobody
 * else reads what comes there; a topic or a room may be read by anyone, who must not end what others have there. Undefined for a token that
 * is unknown, used or expired.
 */
export function confirmPending(
  connection: SubscriberConnection,
  token: string,
): Subscription | undefined {
  // Tokens that are made up must not keep whoever writes waiting.
  if (findRow(connection, 'confirm_hash = ?', hashToken(token)) === undefined) return undefined;
  return connection.write(() => {
    dropExpired(connection);
    const row = findRow(connection, 'confirm_hash = ?', hashToken(token));
    if (row?.state !== 'pending') return undefined;
    if (PRIVATE_CHANNELS.has(row.channel)) replaceOthers(connection, row.number);
    connection
      .prepare(
        `UPDATE subscription SET state = 'active', confirmed_at_ms = ?, expires_at_ms = NULL, confirm_hash = NULL
         WHERE number = ?`,
      )
      .run(connection.clock.nowMs(), row.number);
    const subscription = toSubscription({ ...row, state: 'active' });
    writeWishes(connection, row.number, subscription.filter);
    return subscription;
  });
}

/** The wish that a confirmation token belongs to, for the page with the button; nothing changes. */
export function findPending(
  connection: SubscriberConnection,
  token: string,
): Subscription | undefined {
  const row = findRow(connection, 'confirm_hash = ?', hashToken(token));
  const isAlive = row !== undefined && row.created_at_ms + PENDING_MS > connection.clock.nowMs();
  return isAlive ? toSubscription(row) : undefined;
}

/** The confirmed subscription that a token may change. */
export function findByToken(
  connection: SubscriberConnection,
  token: string,
): Subscription | undefined {
  const row = findRow(connection, 'manage_hash = ?', hashToken(token));
  return row && row.state !== 'pending' ? toSubscription(row) : undefined;
}

/** Changes what is wanted; what waits already is sent as it was to be. Undefined when there is no such subscription. */
export function changeSubscription(
  connection: SubscriberConnection,
  id: string,
  change: SubscriptionChange,
): Subscription | undefined {
  return connection.write(() => {
    const row = findRow(connection, 'id = ?', id);
    if (!row) return undefined;
    const { quiet: oldQuiet, ...old } = toSubscription(row);
    const { quiet: newQuiet, ...rest } = change;
    const quiet = newQuiet === undefined ? oldQuiet : (newQuiet ?? undefined);
    const changed: Subscription = { ...old, ...rest, ...(quiet ? { quiet } : {}) };
    connection
      .prepare(
        `UPDATE subscription SET filter = ?, min_severity = ?, locale = ?, time_zone = ?, mode = ?, quiet = ?
         WHERE number = ?`,
      )
      .run(
        JSON.stringify(changed.filter),
        ALERT_SEVERITIES.indexOf(changed.filter.minSeverity),
        changed.locale,
        changed.timeZone,
        changed.mode,
        quiet ? JSON.stringify(quiet) : null,
        row.number,
      );
    if (changed.state === 'active') writeWishes(connection, row.number, changed.filter);
    return changed;
  });
}

/** Replaces the secrets of a target, e.g. while one of a webhook is being exchanged: newest first. */
export function changeSecrets(
  connection: SubscriberConnection,
  id: string,
  secrets: readonly string[],
): boolean {
  return connection.write(() => {
    const target = openTarget(connection, id);
    if (!target) return false;
    const sealed = connection.box.seal(JSON.stringify({ ...target, secrets }), id);
    connection.prepare('UPDATE subscription SET sealed = ? WHERE id = ?').run(sealed, id);
    return true;
  });
}

/** Ends a subscription: address and secrets are deleted, what waits is not sent. False when there was none. */
export function unsubscribe(connection: SubscriberConnection, id: string): boolean {
  return connection.write(() => {
    const row = findRow(connection, 'id = ?', id);
    if (row) endSubscription(connection, row.number, 'unsubscribed');
    return row !== undefined;
  });
}

/** One subscription by its id. */
export function getSubscription(
  connection: SubscriberConnection,
  id: string,
): Subscription | undefined {
  const row = findRow(connection, 'id = ?', id);
  return row && toSubscription(row);
}

/** Subscriptions that were confirmed and have not ended, the newest first. */
export function listSubscriptions(connection: SubscriberConnection, limit: number): Subscription[] {
  return connection
    .prepare<[number], Row>(
      `SELECT ${COLUMNS} FROM subscription WHERE state IN ('active', 'disabled') ORDER BY number DESC LIMIT ?`,
    )
    .all(limit)
    .map(toSubscription);
}

/** Where messages of a subscription go; undefined once it has ended. For whoever sends, and for nobody else. */
export function openTarget(connection: SubscriberConnection, id: string): SealedTarget | undefined {
  const row = connection
    .prepare<[string], { sealed: Uint8Array | null }>(
      'SELECT sealed FROM subscription WHERE id = ?',
    )
    .get(id);
  if (!row?.sealed) return undefined;
  return JSON.parse(connection.box.open(row.sealed, id)) as SealedTarget;
}

/** Deletes wishes that nobody confirmed in time; gives how many. */
export function dropExpired(connection: SubscriberConnection): number {
  return connection.write(
    () =>
      connection
        .prepare('DELETE FROM subscription WHERE expires_at_ms <= ?')
        .run(connection.clock.nowMs()).changes,
  );
}

/** Ends what else has the address of a subscription. */
function replaceOthers(connection: SubscriberConnection, kept: number): void {
  const others = connection
    .prepare<[number, number], { number: number }>(
      `SELECT number FROM subscription WHERE address_lookup =
         (SELECT address_lookup FROM subscription WHERE number = ?) AND number <> ?`,
    )
    .all(kept, kept);
  for (const { number } of others) endSubscription(connection, number, 'replaced');
}

function endSubscription(
  connection: SubscriberConnection,
  number: number,
  reason: 'unsubscribed' | 'replaced',
): void {
  dropWishes(connection, number);
  settleWaiting(connection, number, reason);
  const { deliveries = 0 } =
    connection
      .prepare<[number], { deliveries: number }>(
        'SELECT EXISTS (SELECT 1 FROM delivery WHERE subscription = ?) AS deliveries',
      )
      .get(number) ?? {};
  if (deliveries === 0) {
    connection.prepare('DELETE FROM subscription WHERE number = ?').run(number);
    return;
  }
  // The delivery log stays explained by a row that says nothing of anybody.
  connection
    .prepare(
      `UPDATE subscription SET state = 'gone', reason = ?, address_lookup = NULL, sealed = NULL, confirm_hash = NULL,
         manage_hash = NULL, expires_at_ms = NULL, quiet = NULL, substitute = NULL, filter = '{}', time_zone = '', locale = ''
       WHERE number = ?`,
    )
    .run(reason, number);
}

/** Ends what waits for a subscription, inside a transaction of the caller. */
export function settleWaiting(
  connection: SubscriberConnection,
  number: number,
  reason: string,
): void {
  connection
    .prepare(
      `UPDATE delivery SET state = 'suppressed', last_error_class = ?, due_at_ms = NULL, settled_at_ms = ?
       WHERE subscription = ? AND due_at_ms IS NOT NULL`,
    )
    .run(reason, connection.clock.nowMs(), number);
}
