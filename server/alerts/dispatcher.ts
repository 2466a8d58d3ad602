/**
 * Sends what the outbox holds: makes deliveries of new events, takes what is due, and sends it with so many messages at
 * once per channel. Every message is noted as on its way before it is sent, and how it ended after that; one that a crash
 * left on its way is sent again under the same id.
 */
import { setImmediate as yieldToEvents } from 'node:timers/promises';
import type { Config } from '../../config/schema.ts';
import type { Store } from '../../db/store.ts';
import { StoreError } from '../../db/store-error.ts';
import type { AttemptEnd } from '../../db/subscribers/attempts.ts';
import { readNotice } from '../../db/subscribers/disabled-targets.ts';
import type { ClaimedMessage } from '../../db/subscribers/outbox.ts';
import type { Subscribers } from '../../db/subscribers/subscribers.ts';
import type { Subscription } from '../../db/subscribers/subscription-types.ts';
import type { Clock } from '../../probes/clock.ts';
import type { Log } from '../log.ts';
import type { Channel, Message } from './channels/channel.ts';
import { composeMessage, composeNotice } from './compose.ts';
import { createPlanner, type SendRules } from './match.ts';

export type DispatcherDeps = {
  readonly subscribers: Subscribers;
  readonly store: Pick<Store, 'getAlert' | 'listAlertsAfter' | 'newestAlertSeq'>;
  readonly channels: ReadonlyMap<string, Channel>;
  readonly config: Pick<Config, 'services'>;
  readonly publicUrl: string;
  readonly rules: SendRules;
  /** Messages on their way at the same time, per channel. */
  readonly maxConcurrent: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
};

export type Dispatcher = {
  /** Looks now, as after new events. Cheap. */
  readonly wake: () => void;
  /** Sends until `stop`. */
  readonly start: () => void;
  /** Takes nothing new, cuts short what is on its way after a grace, and notes it as unknown. Within two seconds. */
  readonly stop: () => Promise<void>;
  /** When it last looked; undefined before the first look. */
  readonly lastLookMs: () => number | undefined;
};

type Ended = { readonly attempt: number; readonly end: AttemptEnd };

/** Longest pause between two looks. */
const LOOK_MS = 5_000;
const SEND_TIMEOUT_MS = 30_000;
/** How long messages on their way may take once told to end. */
const STOP_GRACE_MS = 1_000;
const EVENTS_AT_ONCE = 50;
/** The delivery log is kept this long. */
const KEPT_MS = 90 * 24 * 3_600_000;
const TIDY_MS = 3_600_000;
const MAX_REASON_CHARACTERS = 80;

/** Builds it; nothing runs before it is asked to. */
export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const { subscribers, channels, clock, log } = deps;
  const ending = new AbortController();
  /** Cuts short what is being sent, some time after `ending`. */
  const cutting = new AbortController();
  const busy = new Map([...channels.keys()].map((kind) => [kind, 0]));
  const sending = new Set<Promise<void>>();
  let ended: Ended[] = [];
  let sleep = new AbortController();
  let isWanted = false;
  let lastLookMs: number | undefined;
  let nextTidyMs = Number.NEGATIVE_INFINITY;
  let running = Promise.resolve();
  let stopping: Promise<void> | undefined;

  function wake(): void {
    isWanted = true;
    sleep.abort();
  }

  async function enqueue(): Promise<void> {
    const { seq } = subscribers.readCursor(deps.store.newestAlertSeq());
    for (const event of deps.store.listAlertsAfter(seq, EVENTS_AT_ONCE)) {
      const plan = createPlanner(event, clock.nowMs(), deps.rules);
      let count = 0;
      for (let isMore = true; isMore && !ending.signal.aborted; ) {
        const piece = subscribers.enqueuePiece(event, plan);
        count += piece.enqueued;
        isMore = piece.isMore;
        await yieldToEvents();
      }
      if (ending.signal.aborted) return;
      log('info', 'alert_enqueued', { id: event.id, deliveries: count });
      isWanted = true;
    }
  }

  /** Notes what ended and takes what is due, so far as there is room. */
  function exchange(): void {
    const settling = ended;
    ended = [];
    try {
      subscribers.settle(settling, deps.random);
    } catch (error) {
      ended = [...settling, ...ended];
      throw error;
    }
    for (const [kind, channel] of channels) {
      const free = deps.maxConcurrent - (busy.get(kind) ?? 0);
      for (const claimed of ending.signal.aborted ? [] : subscribers.claim(kind, free)) {
        busy.set(kind, (busy.get(kind) ?? 0) + 1);
        const one = attempt(channel, claimed).then((end) => {
          busy.set(kind, (busy.get(kind) ?? 1) - 1);
          sending.delete(one);
          ended.push({ attempt: claimed.attempt, end });
          logEnd(log, claimed, end);
          wake();
        });
        sending.add(one);
      }
    }
  }

  async function attempt(channel: Channel, claimed: ClaimedMessage): Promise<AttemptEnd> {
    // So that all that was claimed together is on its way before any of it is written.
    await yieldToEvents();
    const signal = AbortSignal.any([cutting.signal, AbortSignal.timeout(SEND_TIMEOUT_MS)]);
    const end = await send(deps, channel, claimed, signal);
    // Whatever a channel says of a send that we cut short, it may have arrived.
    return cutting.signal.aborted && end.kind === 'retry' ? { kind: 'interrupted' } : end;
  }

  function tidy(): void {
    if (clock.monotonicMs() < nextTidyMs) return;
    nextTidyMs = clock.monotonicMs() + TIDY_MS;
    subscribers.dropExpired();
    subscribers.prune(clock.nowMs() - KEPT_MS);
  }

  async function look(): Promise<void> {
    try {
      tidy();
      await enqueue();
      exchange();
    } finally {
      lastLookMs = clock.nowMs();
    }
  }

  function pauseMs(): number {
    const nowMs = clock.nowMs();
    const dues = [...channels.keys()].map((kind) =>
      (busy.get(kind) ?? 0) < deps.maxConcurrent ? subscribers.nextDueMs(kind) : undefined,
    );
    const waits = dues.flatMap((dueMs) => (dueMs === undefined ? [] : [dueMs - nowMs]));
    return Math.max(0, Math.min(LOOK_MS, ...waits));
  }

  async function run(): Promise<void> {
    let isRecovered = false;
    while (!ending.signal.aborted) {
      let waitMs = LOOK_MS;
      isWanted = false;
      try {
        if (!isRecovered) recover();
        isRecovered = true;
        await look();
        await yieldToEvents();
        if (isWanted) continue;
        waitMs = pauseMs();
      } catch (error) {
        // A full disk, another process that writes: what is not noted is done again; nothing is lost.
        log('error', 'alerts_not_sent', { reason: readReason(error) });
      }
      sleep = new AbortController();
      await clock.sleep(waitMs, AbortSignal.any([sleep.signal, ending.signal]));
    }
  }

  /** Takes up as unknown what was left on its way. */
  function recover(): void {
    const left = subscribers.recover();
    if (left > 0) log('warn', 'alerts_unknown', { messages: left });
  }

  async function end(): Promise<void> {
    ending.abort();
    await running;
    const cut = setTimeout(() => cutting.abort(), STOP_GRACE_MS);
    await Promise.race([Promise.all(sending), untilCut(cutting.signal)]);
    clearTimeout(cut);
    cutting.abort();
    subscribers.settle(ended, deps.random);
    // What a channel could not be made to end in time is taken up as unknown.
    recover();
  }

  return {
    wake,
    start() {
      running = running.then(run);
    },
    stop() {
      stopping ??= end();
      return stopping;
    },
    lastLookMs: () => lastLookMs,
  };
}

/** What may be logged of an error: the message of any other than ours may hold an address. */
function readReason(error: unknown): string {
  if (error instanceof StoreError) return error.message;
  return error instanceof Error ? error.name : 'unknown';
}

/** Resolves a moment after the cut, so that channels can say that they were cut. */
function untilCut(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => setTimeout(resolve, 100), { once: true });
  });
}

/** One try at one message; never rejects. */
async function send(
  deps: DispatcherDeps,
  channel: Channel,
  claimed: ClaimedMessage,
  signal: AbortSignal,
): Promise<AttemptEnd> {
  const { subscribers, log } = deps;
  try {
    const subscription = subscribers.get(claimed.subscriptionId);
    const target = subscribers.openTarget(claimed.subscriptionId);
    if (subscription?.state !== 'active' || target === undefined)
      return { kind: 'retry', reason: 'target_gone' };
    const message = write(deps, claimed, subscription);
    if (message === undefined) {
      const isNotice = readNotice(claimed.groupKey) !== undefined;
      return { kind: 'retry', reason: 'event_missing', ...(isNotice ? { mostAttempts: 1 } : {}) };
    }
    const bounceTag = subscribers.bounceTag(claimed.messageId);
    const result = await channel.send(channel.render({ ...message, bounceTag }), target, signal);
    return result.kind === 'ok'
      ? result
      : { ...result, reason: result.reason.slice(0, MAX_REASON_CHARACTERS) };
  } catch (error) {
    // A bug of a channel must not end the others. Its message may hold an address, so only its kind is told.
    log('error', 'channel_failed', {
      channel: claimed.channel,
      error: error instanceof Error ? error.name : 'unknown',
    });
    return { kind: 'retry', reason: 'channel_failed' };
  }
}

/** The message as its reader gets it; undefined when there is nothing left to tell. */
function write(
  { subscribers, store, config, publicUrl }: DispatcherDeps,
  claimed: ClaimedMessage,
  reader: Subscription,
): Message | undefined {
  const context = { config, publicUrl };
  const token = subscribers.manageToken(reader.id);
  const notice = readNotice(claimed.groupKey);
  if (notice === undefined) {
    const events = claimed.eventIds.flatMap((id) => store.getAlert(id) ?? []);
    return events.length === 0
      ? undefined
      : composeMessage(claimed, events, reader, token, context);
  }
  const about = subscribers.get(notice.subscriptionId);
  // It may have ended, or be sent to again, while the notice waited.
  if (about === undefined || (notice.kind === 'stopped' && about.state !== 'disabled'))
    return undefined;
  const { channel, disabled } = about;
  const manageToken = subscribers.manageToken(about.id);
  const subject = { kind: notice.kind, channel, reason: disabled?.reason ?? '', manageToken };
  return composeNotice(claimed, subject, reader, token, context);
}

function logEnd(log: Log, { messageId, channel, eventIds }: ClaimedMessage, end: AttemptEnd): void {
  log(end.kind === 'ok' ? 'info' : 'warn', 'alert_sent', {
    message: messageId,
    channel,
    events: eventIds.length,
    outcome: end.kind,
    reason: 'reason' in end ? end.reason : undefined,
  });
}
