/** Subscribers for tests: a database of its own, and wishes that ask for everything unless told. */
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import Database from 'better-sqlite3';
import type { WallClock } from '../../connection.ts';
import { makeFolder } from '../../testing/fixtures.ts';
import { openSubscribers, type SubscriberOptions } from '../open.ts';
import type { Subscribers } from '../subscribers.ts';
import type { SubscriptionFilter } from '../subscription-types.ts';
import type { NewSubscription } from '../subscriptions.ts';

export const TEST_KEY = new Uint8Array(32).fill(7);

/** Wants everything. */
export const EVERYTHING: SubscriptionFilter = {
  services: [],
  countryCodes: [],
  asns: [],
  kinds: [],
  minSeverity: 'info',
};

/** Opens a database that goes away with the test. */
export function openTestSubscribers(
  t: TestContext,
  clock: WallClock,
  more: Pick<SubscriberOptions, 'busyTimeoutMs'> = {},
): { subscribers: Subscribers; file: string } {
  let subscribers: Subscribers | undefined;
  const folder = makeFolder(t, () => subscribers?.close());
  const file = join(folder, 'subscribers.db');
  subscribers = openSubscribers({ ...more, file, key: TEST_KEY, clock });
  return { subscribers, file };
}

/** A wish for everything, by webhook. */
export function wish(address: string, more: Partial<NewSubscription> = {}): NewSubscription {
  return {
    channel: 'webhook',
    address,
    filter: EVERYTHING,
    locale: 'en',
    timeZone: 'UTC',
    mode: 'immediate',
    ...more,
  };
}

/** Subscribes and confirms; gives the id. */
export function subscribe(
  subscribers: Subscribers,
  address: string,
  more: Partial<NewSubscription> = {},
): string {
  const outcome = subscribers.addPending(wish(address, more));
  if (outcome.kind !== 'added') throw new Error('not added');
  const confirmed = subscribers.confirm(outcome.confirmToken);
  if (!confirmed) throw new Error('not confirmed');
  return confirmed.id;
}

/** Holds the write lock of a database as another process would; gives what lets go of it. */
export function holdWriteLock(t: TestContext, file: string): () => void {
  const other = new Database(file);
  other.exec('BEGIN IMMEDIATE');
  const release = (): void => void other.close();
  t.after(release);
  return release;
}
