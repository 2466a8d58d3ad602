/** Alerts as a whole: watches for events, and sends them where subscribers and channels are configured. */

import type { Config } from '../../config/schema.ts';
import type { Store } from '../../db/store.ts';
import { StoreError } from '../../db/store-error.ts';
import type { OutboxFigures } from '../../db/subscribers/delivery-log.ts';
import type { Subscribers } from '../../db/subscribers/subscribers.ts';
import type { Clock } from '../../probes/clock.ts';
import type { Log } from '../log.ts';
import type { Channels, ChannelsDeps } from './channels/channels.ts';
import type { Dispatcher } from './dispatcher.ts';
import { createEventWatch, type EventWatch, type WatchStore } from './event-watch.ts';

export type AlertingDeps = {
  readonly store: WatchStore & Pick<Store, 'getAlert' | 'listAlertsAfter' | 'newestAlertSeq'>;
  readonly config: Config;
  readonly dataFolder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  readonly listDisabledAgents?: () => readonly string[];
  /** How targets of subscribers are reached; as everywhere unless told. */
  readonly guard?: ChannelsDeps['guard'];
};

/** How alerts are doing, for whoever watches over them. */
export type AlertHealth = OutboxFigures & {
  /** When the dispatcher last looked for work; absent before the first time. */
  readonly lastLookMs?: number;
  /** False when it has not looked for longer than it may. */
  readonly isBeating: boolean;
};

export type Alerting = {
  readonly watch: EventWatch;
  /** Absent where alerts are not configured. */
  readonly subscribers?: Subscribers;
  readonly channels?: Channels;
  /** Undefined where alerts are not configured. */
  readonly alertHealth: () => AlertHealth | undefined;
  /** Starts what runs, after the books were derived. */
  readonly start: () => void;
  /** Starts sending alone, where somebody else says when to look. `start` may follow. */
  readonly startSending: () => void;
  readonly stop: () => Promise<void>;
};

/** A dispatcher that has not looked for so long is stuck. */
const MAX_SILENCE_MS = 60_000;

/** Opens what is configured; nothing runs before `start`. @throws StoreError */
export async function openAlerting(deps: AlertingDeps): Promise<Alerting> {
  const { store, config, clock, log, listDisabledAgents } = deps;
  const sending = config.alerts.enabled ? await openSending(deps) : undefined;
  const watch = createEventWatch({
    store,
    config,
    clock,
    log,
    ...(listDisabledAgents === undefined ? {} : { listDisabledAgents }),
    onNew: () => sending?.dispatcher.wake(),
  });
  let stopping: Promise<void> | undefined;
  let isSending = false;
  function startSending(): void {
    if (!isSending) sending?.dispatcher.start();
    isSending = true;
  }
  async function end(): Promise<void> {
    await watch.stop();
    if (sending === undefined) return;
    try {
      await sending.dispatcher.stop();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      log('error', 'alerts_not_settled', { reason: error.message });
    }
    sending.channels.close();
    sending.subscribers.close();
  }
  return {
    watch,
    ...(sending === undefined
      ? {}
      : { subscribers: sending.subscribers, channels: sending.channels }),
    alertHealth: () => sending && readAlertHealth(sending, clock.nowMs()),
    start() {
      watch.start();
      startSending();
    },
    startSending,
    stop() {
      stopping ??= end();
      return stopping;
    },
  };
}

type Sending = {
  readonly subscribers: Subscribers;
  readonly channels: Channels;
  readonly dispatcher: Dispatcher;
};

async function openSending(deps: AlertingDeps): Promise<Sending> {
  const { store, config, dataFolder, environment, clock, log, random, guard } = deps;
  const { alerts } = config;
  // Loaded only where it is wanted: mail alone is larger than all the rest of this folder.
  const { createChannels } = await import('./channels/channels.ts');
  const { createDispatcher } = await import('./dispatcher.ts');
  const { openSubscribers, subscriberFiles } = await import('../../db/subscribers/open.ts');
  const { loadSubscriberKey } = await import('../../db/subscribers/secret-box.ts');
  const { file, keyFile } = subscriberFiles(dataFolder);
  const key = loadSubscriberKey(keyFile, environment['REACHLINE_SUBSCRIBER_KEY']);
  const subscribers = openSubscribers({ file, key, clock });
  const channels = createChannels({ alerts, environment, clock, ...(guard && { guard }) });
  for (const { kind, variable } of channels.missing)
    log('error', 'channel_off', { channel: kind, missing: variable });
  const dispatcher = createDispatcher({
    subscribers,
    store,
    channels: channels.byKind,
    config,
    publicUrl: alerts.publicUrl ?? '',
    rules: { groupMs: alerts.groupSeconds * 1_000, digestHour: alerts.digestHour },
    maxConcurrent: alerts.maxConcurrent,
    clock,
    log,
    random,
  });
  // Whatever is known already is no news to those who will subscribe.
  subscribers.readCursor(store.newestAlertSeq());
  return { subscribers, channels, dispatcher };
}

function readAlertHealth({ subscribers, dispatcher }: Sending, nowMs: number): AlertHealth {
  const lastLookMs = dispatcher.lastLookMs();
  return {
    ...subscribers.figures(),
    ...(lastLookMs === undefined ? {} : { lastLookMs }),
    isBeating: lastLookMs !== undefined && nowMs - lastLookMs <= MAX_SILENCE_MS,
  };
}
