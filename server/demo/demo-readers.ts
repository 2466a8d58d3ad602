/**
 * Who reads the messages of the demo: one per language by e-mail, each with another choice, and one webhook. Their
 * addresses exist on no network.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { MailboxOwner } from '../../dashboard/pages/mailbox-items.ts';
import type { Subscribers } from '../../db/subscribers/subscribers.ts';
import type { SubscriptionFilter } from '../../db/subscribers/subscription-types.ts';
import type { NewSubscription } from '../../db/subscribers/subscriptions.ts';
import { createWebhookSecret } from '../alerts/channels/webhook.ts';

const EVERYTHING: SubscriptionFilter = {
  services: [],
  countryCodes: [],
  asns: [],
  kinds: [],
  minSeverity: 'info',
};

/** A reader; the address of the webhook is known once its receiver listens. */
export type DemoReader = Omit<NewSubscription, 'address'> & {
  readonly owner: Exclude<MailboxOwner, 'others'>;
  readonly address?: string;
};

export const DEMO_READERS: readonly DemoReader[] = [
  {
    owner: 'en',
    channel: 'email',
    address: 'reader@mail.example',
    filter: EVERYTHING,
    locale: 'en',
    timeZone: 'UTC',
    mode: 'immediate',
  },
  {
    owner: 'ru',
    channel: 'email',
    address: 'chitatel@mail.example',
    filter: { ...EVERYTHING, countryCodes: ['RU'] },
    locale: 'ru',
    timeZone: 'Europe/Moscow',
    mode: 'immediate',
  },
  {
    owner: 'uk',
    channel: 'email',
    address: 'chytach@mail.example',
    filter: { ...EVERYTHING, services: ['instagram', 'whatsapp'] },
    locale: 'uk',
    timeZone: 'Europe/Kyiv',
    mode: 'immediate',
  },
  {
    owner: 'webhook',
    channel: 'webhook',
    filter: EVERYTHING,
    locale: 'en',
    timeZone: 'UTC',
    mode: 'immediate',
  },
];

/** Whose mailbox an address is. */
export function findOwner(address: string): MailboxOwner {
  return DEMO_READERS.find((reader) => reader.address === address)?.owner ?? 'others';
}

const READERS_FILE = 'readers.json';
const Subscribed = z.record(z.string(), z.string());

/** Ids of the subscriptions by reader. */
export type DemoSubscriptions = ReadonlyMap<DemoReader['owner'], string>;

/**
 * Subscribes every reader that is not yet. A subscription that was ended through its link stays ended; the webhook of an
 * earlier start, whose port is gone, is replaced.
 */
export async function subscribeReaders(
  subscribers: Subscribers,
  folder: string,
  hookUrl: string,
): Promise<DemoSubscriptions> {
  const file = join(folder, READERS_FILE);
  const known = await readSubscribed(file);
  const ids = new Map<DemoReader['owner'], string>();
  for (const { owner, address = hookUrl, ...wish } of DEMO_READERS) {
    const id = known[owner];
    const target = id === undefined ? undefined : subscribers.openTarget(id);
    if (id !== undefined && (target === undefined || target.address === address)) {
      ids.set(owner, id);
      continue;
    }
    if (id !== undefined) subscribers.unsubscribe(id);
    const secrets = wish.channel === 'webhook' ? [createWebhookSecret()] : [];
    ids.set(owner, subscribe(subscribers, { ...wish, address, secrets }));
  }
  await writeFile(file, JSON.stringify(Object.fromEntries(ids)));
  return ids;
}

function subscribe(subscribers: Subscribers, wish: NewSubscription): string {
  const pending = subscribers.addPending(wish);
  const confirmed =
    pending.kind === 'added' ? subscribers.confirm(pending.confirmToken) : undefined;
  if (confirmed === undefined) throw new Error('a reader of the demo could not be subscribed');
  return confirmed.id;
}

async function readSubscribed(file: string): Promise<z.infer<typeof Subscribed>> {
  try {
    return Subscribed.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if (error instanceof Error && Reflect.get(error, 'code') === 'ENOENT') return {};
    throw error;
  }
}
