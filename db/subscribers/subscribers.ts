/** The subscribers and what is sent to them, behind one object that owns the open database. */
import type { AlertEvent } from '../alert-types.ts';
import { type AttemptEnd, recoverAttempts, settleAttempt } from './attempts.ts';
import { type BounceOutcome, noteBounce, toBounceTag } from './bounces.ts';
import {
  type Attempt,
  type Delivery,
  type DeliveryState,
  listAttempts,
  listDeliveries,
  type OutboxFigures,
  pruneDeliveries,
  readFigures,
  replayDead,
} from './delivery-log.ts';
import { disableSubscription, enableSubscription, setSubstitute } from './disabled-targets.ts';
import type { MatchedSubscription } from './matching.ts';
import {
  type ClaimedMessage,
  type Cursor,
  claimMessages,
  type DeliveryPlan,
  enqueuePiece,
  nextDueMs,
  readCursor,
} from './outbox.ts';
import type { SubscriberConnection } from './subscriber-connection.ts';
import type { Subscription } from './subscription-types.ts';
import {
  addPending,
  changeSecrets,
  changeSubscription,
  confirmPending,
  dropExpired,
  findByToken,
  findPending,
  getSubscription,
  listSubscriptions,
  type NewSubscription,
  openTarget,
  type PendingOutcome,
  type SealedTarget,
  type SubscriptionChange,
  toManageToken,
  unsubscribe,
} from './subscriptions.ts';

/** All reads and writes, which throw a StoreError; made by `openSubscribers`. Close it, or let `using` do so. */
export class Subscribers {
  readonly #connection: SubscriberConnection;
  readonly #releaseLock: () => void;
  #isClosed = false;

  constructor(connection: SubscriberConnection, releaseLock: () => void) {
    this.#connection = connection;
    this.#releaseLock = releaseLock;
  }

  /** Stores a wish until it is confirmed or expires after 48 hours. */
  addPending(wanted: NewSubscription): PendingOutcome {
    return addPending(this.#connection, wanted);
  }

  /** The wish that a confirmation token belongs to; nothing changes. */
  findPending(confirmToken: string): Subscription | undefined {
    return this.#connection.read(() => findPending(this.#connection, confirmToken));
  }

  /** Makes a wish active; of e-mail and browsers in place of an earlier subscription of the same address. */
  confirm(confirmToken: string): Subscription | undefined {
    return this.#connection.read(() => confirmPending(this.#connection, confirmToken));
  }

  /** The confirmed subscription that a token may change. */
  findByToken(manageToken: string): Subscription | undefined {
    return this.#connection.read(() => findByToken(this.#connection, manageToken));
  }

  /** The token that `findByToken` takes, for the links of a message. */
  manageToken(id: string): string {
    return toManageToken(this.#connection, id);
  }

  /** One subscription by its id. */
  get(id: string): Subscription | undefined {
    return this.#connection.read(() => getSubscription(this.#connection, id));
  }

  /** Changes what is wanted. */
  change(id: string, change: SubscriptionChange): Subscription | undefined {
    return changeSubscription(this.#connection, id, change);
  }

  /** Replaces the secrets of a target, newest first. */
  changeSecrets(id: string, secrets: readonly string[]): boolean {
    return changeSecrets(this.#connection, id, secrets);
  }

  /** Ends a subscription and deletes its address and secrets. */
  unsubscribe(id: string): boolean {
    return unsubscribe(this.#connection, id);
  }

  /** Stops sending to a target that is gone. `reason` without addresses. */
  disable(id: string, reason: string): void {
    disableSubscription(this.#connection, id, reason);
  }

  /** Sends to a disabled target again. */
  enable(id: string): boolean {
    return enableSubscription(this.#connection, id);
  }

  /** Names the subscription that is told when another one is switched off, or none. */
  setSubstitute(id: string, substituteId: string | undefined): boolean {
    return setSubstitute(this.#connection, id, substituteId);
  }

  /** Subscriptions that were confirmed and have not ended, the newest first. */
  list(limit: number): Subscription[] {
    return this.#connection.read(() => listSubscriptions(this.#connection, limit));
  }

  /** What stands in the address that reports of a message are sent to. */
  bounceTag(messageId: string): string {
    return toBounceTag(this.#connection, messageId);
  }

  /** Notes a report by that tag. `status` as in RFC 3463. */
  noteBounce(tag: string, status: string): BounceOutcome {
    return noteBounce(this.#connection, tag, status);
  }

  /** Where messages go; for whoever sends, and for nobody else. */
  openTarget(id: string): SealedTarget | undefined {
    return this.#connection.read(() => openTarget(this.#connection, id));
  }

  /** Deletes wishes that nobody confirmed in time. */
  dropExpired(): number {
    return dropExpired(this.#connection);
  }

  /** Up to which event deliveries were made; before the first one it stands at `newestSeq`. */
  readCursor(newestSeq: number): Cursor {
    return this.#connection.read(() => readCursor(this.#connection, newestSeq));
  }

  /** Makes deliveries of an event for the next subscribers it concerns, each exactly once. */
  enqueuePiece(
    event: AlertEvent & { readonly seq: number },
    plan: (subscription: MatchedSubscription) => DeliveryPlan,
  ): { readonly enqueued: number; readonly isMore: boolean } {
    return enqueuePiece(this.#connection, event, plan);
  }

  /** Takes messages of a channel that are due. */
  claim(channel: string, limit: number): ClaimedMessage[] {
    return this.#connection.read(() => claimMessages(this.#connection, channel, limit));
  }

  /** Notes how tries ended, in one transaction. `random` from 0 to 1. */
  settle(
    ends: readonly { readonly attempt: number; readonly end: AttemptEnd }[],
    random: () => number,
  ): void {
    if (ends.length === 0) return;
    this.#connection.write(() => {
      for (const { attempt, end } of ends) settleAttempt(this.#connection, attempt, end, random());
    });
  }

  /** When the next delivery of a channel is due; undefined when none waits. */
  nextDueMs(channel: string): number | undefined {
    return this.#connection.read(() => nextDueMs(this.#connection, channel));
  }

  /** Takes up what an earlier process left on its way. */
  recover(): number {
    return recoverAttempts(this.#connection);
  }

  /** Deliveries, newest first. */
  listDeliveries(query: { readonly state?: DeliveryState; readonly limit: number }): Delivery[] {
    return this.#connection.read(() => listDeliveries(this.#connection, query));
  }

  /** Every try, oldest first. */
  listAttempts(): Attempt[] {
    return this.#connection.read(() => listAttempts(this.#connection));
  }

  /** Puts dead deliveries back in the queue. */
  replayDead(id?: string): number {
    return replayDead(this.#connection, id);
  }

  /** Figures by which silence is noticed. */
  figures(): OutboxFigures {
    return this.#connection.read(() => readFigures(this.#connection));
  }

  /** Forgets what was settled before an instant. */
  prune(beforeMs: number): number {
    return pruneDeliveries(this.#connection, beforeMs);
  }

  /** Closes the database; again does nothing. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // What was deleted must not stay in a log beside the file.
    this.#connection.database.pragma('wal_checkpoint(TRUNCATE)');
    this.#connection.database.close();
    this.#releaseLock();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
