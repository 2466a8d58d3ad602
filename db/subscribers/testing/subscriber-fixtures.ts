/** Subscribers for tests: a database of its own, and wishes that ask for everything unless told. */
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { WallClock } from '../../connection.ts';
import { makeFolder } from '../../testing/fixtures.ts';
import { openSubscribers } from '../open.ts';
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
): { subscribers: Subscribers; file: string } {
  let subscribers: Subscribers | undefined;
  const folder = makeFolder(t, () => subscribers?.close());
  const file = join(folder, 'subscribers.db');
  subscribers = openSubscribers({ file, key: TEST_KEY, clock });
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
