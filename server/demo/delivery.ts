/**
 * The messages of the demo: the alerts as on any site, sent to a mail server and a webhook receiver on loopback. While
 * the story is told its clock says when to look; after that they run by themselves. Nothing is sent beyond loopback.
 */
import net from 'node:net';
import { join } from 'node:path';
import { Alerts } from '../../config/alerts.ts';
import type { Config } from '../../config/schema.ts';
import type { StoredAlert } from '../../db/alert-types.ts';
import type { Store } from '../../db/store.ts';
import type { Delivery } from '../../db/subscribers/delivery-log.ts';
import type { Subscribers } from '../../db/subscribers/subscribers.ts';
import { systemClock } from '../../probes/clock.ts';
import type { VirtualClock } from '../../probes/lab/virtual-clock.ts';
import { dial } from '../../probes/network/direct.ts';
import { type Alerting, openAlerting } from '../alerts/alerting.ts';
import { type AlertDesk, createDesk } from '../alerts/desk.ts';
import type { Log } from '../log.ts';
import { type DemoSubscriptions, subscribeReaders } from './demo-readers.ts';
import { startHookReceiver } from './hook-receiver.ts';
import { startMailServer } from './mail-server.ts';
import { type Mailbox, openMailbox } from './mailbox.ts';

export type DeliveryDeps = {
  readonly store: Store;
  readonly config: Config;
  readonly clock: VirtualClock;
  readonly log: Log;
  /** Folder of the demo. */
  readonly folder: string;
  /** Scheme and host under which the links of messages lead to the pages of the demo. */
  readonly publicUrl: string;
};

/** Everything that was to be sent, and to whom. */
export type DeliveryRecord = {
  readonly events: readonly StoredAlert[];
  readonly deliveries: readonly Delivery[];
  readonly subscriptions: DemoSubscriptions;
};

export type DemoDelivery = AsyncDisposable & {
  /** That of the demo, with alerts switched on. */
  readonly config: Config;
  readonly alerting: Alerting;
  /** Where visitors subscribe, by e-mail alone. */
  readonly desk: AlertDesk;
  readonly mailbox: Mailbox;
  /** Looks for what follows from the books, and waits until it has arrived; moves the clock past the time of grouping. */
  readonly tell: () => Promise<void>;
  /** What was to be delivered since it was opened. */
  readonly record: () => DeliveryRecord;
};

const MAILBOX_FOLDER = 'mailbox';
const FROM = 'alerts@reachline.example';
/** On loopback a message takes milliseconds; what takes longer is tried again, and the story goes on. */
const SETTLE_MS = 20_000;
const PAUSE_MS = 2;
const SECOND_MS = 1_000;
/** The outbox forgets what is older than 90 days by the clock, so it is read as the story goes. */
const MAX_LISTED = 10_000;

function makeSettings(port: number, publicUrl: string): Alerts {
  return Alerts.parse({
    enabled: true,
    publicUrl,
    channels: ['email', 'webhook'],
    allowPrivateTargets: true,
    allowPlainHttp: true,
    // One after another, so that they lie in the mailbox in the order in which they were due.
    maxConcurrent: 1,
    email: {
      from: FROM,
      senderName: 'Reachline demo',
      smtp: { host: '127.0.0.1', port, security: 'none', maxConnections: 1 },
    },
  });
}

/** Connects to this machine and to nothing else, whatever a message is addressed to. */
const dialLoopback: typeof dial = (address, port, signal) => {
  const isLoopback = address === '::1' || (net.isIPv4(address) && address.startsWith('127.'));
  if (!isLoopback) throw new Error('the demo sends nothing beyond this machine');
  return dial(address, port, signal);
};

/** Opens the mailbox, starts what receives, and subscribes the readers; nothing is sent before it is told to. */
export async function openDelivery(deps: DeliveryDeps): Promise<DemoDelivery> {
  const { store, clock, log, folder, publicUrl } = deps;
  await using stack = new AsyncDisposableStack();
  const place = join(folder, MAILBOX_FOLDER);
  const mailbox = await openMailbox(place, clock);
  const mail = await startMailServer(mailbox.addMail);
  stack.defer(mail.close);
  let subscriptions: DemoSubscriptions = new Map();
  const readSecrets = (): readonly string[] => {
    const id = subscriptions.get('webhook');
    const target = id === undefined ? undefined : alerting.subscribers?.openTarget(id);
    return target?.secrets ?? [];
  };
  const hooks = await startHookReceiver({ clock, secrets: readSecrets, keep: mailbox.addHook });
  stack.defer(hooks.close);
  const config = { ...deps.config, alerts: makeSettings(mail.port, publicUrl) };
  // Every message of the story would be a line in the middle of the progress bar.
  const quiet: Log = (level, ...line) => (level === 'info' ? undefined : log(level, ...line));
  const guard = { dial: dialLoopback, resolve: () => Promise.resolve([]) };
  const told = { store, config, dataFolder: folder, environment: {}, clock, log: quiet, guard };
  const alerting = await openAlerting({ ...told, random: Math.random });
  stack.defer(alerting.stop);
  const { subscribers, channels } = alerting;
  if (subscribers === undefined || channels === undefined) throw new Error('alerts are on');
  subscriptions = await subscribeReaders(subscribers, place, hooks.url);
  const email = channels.byKind.get('email');
  const desk = createDesk({
    subscribers,
    // A webhook of a visitor could reach whatever listens on this machine.
    channels: new Map(email === undefined ? [] : [['email', email]]),
    clock,
    log,
    publicUrl,
  });
  stack.defer(() => desk.signUp.stop());
  const open = stack.move();
  const listing = createListing(subscribers);
  return {
    config,
    alerting,
    desk,
    mailbox,
    async tell() {
      await alerting.watch.look();
      if (!isWaiting(store, subscribers)) return;
      await settle(() => !isUnread(store, subscribers));
      clock.advanceTo(clock.nowMs() + config.alerts.groupSeconds * SECOND_MS + SECOND_MS);
      await settle(() => !isWaiting(store, subscribers));
      listing.note();
    },
    record: () => ({
      events: store.listAlertsAfter(0, MAX_LISTED),
      deliveries: listing.all(),
      subscriptions,
    }),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

/** True while there are events that no deliveries were made of. */
function isUnread(store: Store, subscribers: Subscribers): boolean {
  const { seq } = subscribers.readCursor(store.newestAlertSeq());
  return store.listAlertsAfter(seq, 1).length > 0;
}

function isWaiting(store: Store, subscribers: Subscribers): boolean {
  const { byState } = subscribers.figures();
  return byState.queued + byState.sending > 0 || isUnread(store, subscribers);
}

/** Waits in the time of the world until something holds; what takes too long is left to later tries. */
async function settle(holds: () => boolean): Promise<void> {
  const endMs = systemClock.monotonicMs() + SETTLE_MS;
  while (!holds() && systemClock.monotonicMs() < endMs) await systemClock.sleep(PAUSE_MS);
}

/** Deliveries by their id, as they stood when they were last read. */
function createListing(subscribers: Subscribers) {
  const known = new Map<string, Delivery>();
  return {
    note(): void {
      for (const one of subscribers.listDeliveries({ limit: MAX_LISTED })) known.set(one.id, one);
    },
    all: (): Delivery[] => [...known.values()],
  };
}
