/**
 * What follows of a wish to subscribe. Whoever asks is answered before anything is looked up, so that neither the answer
 * nor its time says whether an address is known; the rest happens behind it.
 */

import type { WishNames } from '../../dashboard/pages/alert-words.ts';
import { createToken } from '../../db/subscribers/secret-box.ts';
import type { Subscribers } from '../../db/subscribers/subscribers.ts';
import type { NewSubscription } from '../../db/subscribers/subscriptions.ts';
import type { Clock } from '../../probes/clock.ts';
import type { Log } from '../log.ts';
import { needsAccount } from './account-channels.ts';
import type { Channel, SendResult, Target } from './channels/channel.ts';
import { findEndpoint } from './channels/web-push.ts';
import { createWebhookSecret } from './channels/webhook.ts';
import { writeConfirmation } from './confirmation.ts';
import { createRateLimit } from './rate-limit.ts';

/** What signing up works with. */
export type SignUpDeps = {
  readonly subscribers: Pick<Subscribers, 'addPending' | 'confirm' | 'manageToken' | 'bounceTag'>;
  readonly channels: ReadonlyMap<string, Channel>;
  /** Asks a webhook whether it wants our messages; absent where there are none. */
  readonly challenge?: (target: Target, signal: AbortSignal) => Promise<SendResult>;
  readonly clock: Clock;
  readonly log: Log;
  readonly publicUrl: string;
  /** The answer has long left when work on a wish begins. 250 ms unless told. */
  readonly startMs?: number;
};

/** What the holder of a webhook is told at once; where nothing is stored it is made up. */
export type WebhookKeys = { readonly secret: string; readonly manageToken: string };

export type SignUp = {
  /** Takes a wish; false when too many wait, whatever this one is. */
  readonly ask: (wish: NewSubscription, names: WishNames) => boolean;
  /** The same for a webhook. */
  readonly askWebhook: (wish: NewSubscription) => WebhookKeys | undefined;
  /** How long until a wish by this channel may be taken again, as far as that can be foreseen. */
  readonly waitMs: (channel: string) => number;
  /** Settles once nothing waits. */
  readonly settled: () => Promise<void>;
  /** Gives up what waits. */
  readonly stop: () => Promise<void>;
};

const START_MS = 250;
const SEND_MS = 30_000;
/** Waits before each try. A relay that greylists lets the second or third one through. */
const CONFIRMATION_WAITS_MS = [0, 60_000, 600_000];
/** The holder may need a while to make the receiver answer. */
const CHALLENGE_WAITS_MS = [0, 60_000, 300_000, 1_500_000];
/** More under way than that by one channel is no sign of interest. */
const MAX_UNDER_WAY = 500;
/** Work on a wish may take minutes; nobody should ask again by the second. */
const CROWDED_MS = 60_000;
const DAY_MS = 86_400_000;
const PER_TARGET = 3;
/** One server of a stranger's, such as that of many ntfy topics, in a day. */
const PER_HOST = 60;
/** From one relay in an hour, beyond which its good name is at stake; as many by all other channels together. */
const PER_SERVER = 300;

/** What counts as the same target, however it is spelt: mail to `a+b@` and `A@` comes to the same person. */
function toLimitKey(channel: string, address: string): string {
  // Keys can be made up at will, and all messages to an endpoint meet the same browser.
  if (channel === 'web_push') return `${channel} ${findEndpoint(address) ?? ''}`;
  const [local = '', domain] = address.toLowerCase().split('@');
  return channel === 'email'
    ? `${channel} ${local.replace(/\+.*$/, '').replaceAll('.', '')}@${domain ?? ''}`
    : `${channel} ${address}`;
}

/** Push services of the makers of browsers, where most endpoints are. */
const PUSH_SERVICES =
  /^(fcm\.googleapis\.com|web\.push\.apple\.com|[\w.-]+\.push\.apple\.com|[\w.-]+\.push\.services\.mozilla\.com|[\w.-]+\.notify\.windows\.com)$/;

/** A server of strangers whose patience is counted; empty for mail and for the services that expect many. */
function findHost({ channel, address }: NewSubscription): string {
  const url = channel === 'web_push' ? (findEndpoint(address) ?? '') : address;
  const host = URL.canParse(url) ? new URL(url).hostname.replace(/\.+$/, '') : '';
  return channel === 'web_push' && PUSH_SERVICES.test(host) ? '' : host;
}

/** Mail and the rest do not share what the whole server may send, so that neither keeps the other waiting. */
const toPool = (channel: string): string => (channel === 'email' ? 'email' : 'other');

/** Makes it. */
export function createSignUp(deps: SignUpDeps): SignUp {
  const { subscribers, clock, log, startMs = START_MS } = deps;
  const perTarget = createRateLimit({ clock, size: PER_TARGET, refillMs: DAY_MS / PER_TARGET });
  const perHost = createRateLimit({ clock, size: PER_HOST, refillMs: DAY_MS / PER_HOST });
  const all = createRateLimit({ clock, size: PER_SERVER, refillMs: 3_600_000 / PER_SERVER });
  const ending = new AbortController();
  const underWay = new Map<Promise<void>, string>();

  /**
   * Stores a wish unless its target has had enough. Only what is stored counts for the whole server: many wishes for one
   * target must not use up what others may ask.
   */
  function add(wish: NewSubscription) {
    const { channel, address } = wish;
    const host = findHost(wish);
    const isAllowed =
      !needsAccount(wish) &&
      perTarget(toLimitKey(channel, address)) &&
      (host === '' || perHost(`host ${host}`)) &&
      all.hasRoom(toPool(channel));
    const outcome = isAllowed ? subscribers.addPending(wish) : undefined;
    if (outcome?.kind === 'added') {
      all(toPool(channel));
      return outcome;
    }
    log('info', 'subscription_withheld', { channel });
    return undefined;
  }

  /** Tries until it goes through, will never, or was tried often enough. */
  async function tryOften(
    channel: string,
    waitsMs: readonly number[],
    attempt: (signal: AbortSignal) => Promise<SendResult>,
  ): Promise<boolean> {
    for (const waitMs of waitsMs) {
      await clock.sleep(waitMs, ending.signal);
      if (ending.signal.aborted) return false;
      const result = await attempt(AbortSignal.any([ending.signal, AbortSignal.timeout(SEND_MS)]));
      if (result.kind === 'ok') return true;
      log('warn', 'subscription_not_asked', { channel, reason: result.reason });
      if (result.kind === 'permanent' && waitsMs === CONFIRMATION_WAITS_MS) return false;
    }
    return false;
  }

  async function confirmBy(wish: NewSubscription, names: WishNames): Promise<void> {
    await clock.sleep(startMs, ending.signal);
    const channel = deps.channels.get(wish.channel);
    const added = ending.signal.aborted ? undefined : add(wish);
    if (channel === undefined || added === undefined) return;
    const { publicUrl } = deps;
    const bounceTag = subscribers.bounceTag(added.id);
    const message = channel.render(
      writeConfirmation(wish, names, { publicUrl, bounceTag, ...added }),
    );
    const target = { address: wish.address, secrets: wish.secrets ?? [] };
    await tryOften(wish.channel, CONFIRMATION_WAITS_MS, (signal) =>
      channel.send(message, target, signal),
    );
  }

  async function challengeBy(wish: NewSubscription, confirmToken: string): Promise<void> {
    await clock.sleep(startMs, ending.signal);
    const { challenge } = deps;
    if (challenge === undefined) return;
    const target = { address: wish.address, secrets: wish.secrets ?? [] };
    const isAnswered = await tryOften(wish.channel, CHALLENGE_WAITS_MS, (signal) =>
      challenge(target, signal),
    );
    if (isAnswered) subscribers.confirm(confirmToken);
  }

  function run(channel: string, work: Promise<void>): void {
    const noted = work
      .catch((error: unknown) => {
        log('error', 'subscription_failed', { error: error instanceof Error ? error.name : '' });
      })
      .finally(() => underWay.delete(noted));
    underWay.set(noted, channel);
  }

  /** The same for every address, so that the answer tells nothing of one. */
  const hasRoom = (channel: string): boolean =>
    [...underWay.values()].filter((one) => one === channel).length < MAX_UNDER_WAY &&
    all.hasRoom(toPool(channel));
  return {
    ask(wish, names) {
      if (!hasRoom(wish.channel)) return false;
      run(wish.channel, confirmBy(wish, names));
      return true;
    },
    askWebhook(wish) {
      if (!hasRoom(wish.channel)) return undefined;
      const secret = createWebhookSecret();
      const full = { ...wish, secrets: [secret] };
      const added = add(full);
      if (added === undefined) return { secret, manageToken: createToken() };
      run(wish.channel, challengeBy(full, added.confirmToken));
      return { secret, manageToken: subscribers.manageToken(added.id) };
    },
    waitMs: (channel) => Math.max(CROWDED_MS, all.waitMs(toPool(channel))),
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay.keys());
    },
    async stop() {
      ending.abort();
      await Promise.all(underWay.keys());
    },
  };
}
