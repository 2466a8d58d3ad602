/** Events, a store of them, a channel and a clock for the tests of sending. */
import { setImmediate as yieldToEvents } from 'node:timers/promises';
import type { AlertEvent, StoredAlert } from '../../../db/alert-types.ts';
import type { Clock } from '../../../probes/clock.ts';
import type { Channel, Message, SendResult, Target } from '../channels/channel.ts';
import type { DispatcherDeps } from '../dispatcher.ts';

export const START_MS = Date.UTC(2026, 2, 14, 12);

/** An incident that was opened; everything that is not told is the same for all. */
export function makeEvent(change: Partial<AlertEvent> = {}): AlertEvent {
  return {
    id: 'instagram-ru-20260314t1200z/opened',
    kind: 'incident_opened',
    severity: 'major',
    services: ['instagram'],
    countryCodes: ['RU'],
    asns: [64_496],
    atMs: START_MS,
    knownMs: START_MS,
    subject: { kind: 'incident', id: 'instagram-ru-20260314t1200z' },
    facts: {
      networks: [{ asn: 64_496, networkName: 'Volga Fixed' }],
      restricted: 1,
      parts: ['service'],
      onsetByMs: START_MS,
    },
    measurementIds: [],
    ...change,
  };
}

/** The end of the same incident. */
export function makeEnd(change: Partial<AlertEvent> = {}): AlertEvent {
  const event = makeEvent();
  return {
    ...event,
    id: 'instagram-ru-20260314t1200z/closed-20260314t1300z',
    kind: 'incident_closed',
    facts: { ...event.facts, endByMs: START_MS + 3_600_000 },
    ...change,
  };
}

/** What of a store the dispatcher reads. */
export type EventShelf = DispatcherDeps['store'] & { readonly add: (event: AlertEvent) => void };

export function createEventShelf(): EventShelf {
  const alerts: StoredAlert[] = [];
  return {
    add: (event) => void alerts.push({ ...event, seq: alerts.length + 1 }),
    getAlert: (id) => alerts.find((alert) => alert.id === id),
    listAlertsAfter: (seq, limit) => alerts.filter((alert) => alert.seq > seq).slice(0, limit),
    newestAlertSeq: () => alerts.length,
  };
}

/** A clock that stands still until it is set; whoever sleeps wakes when their time has come. */
export type TestClock = Clock & {
  readonly set: (atMs: number) => void;
  /** How many sleep now. */
  readonly sleeping: () => number;
};

export function createTestClock(startMs: number = START_MS): TestClock {
  let nowMs = startMs;
  const sleepers = new Set<{ readonly untilMs: number; readonly wake: () => void }>();
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const wake = (): void => {
          sleepers.delete(sleeper);
          resolve();
        };
        const sleeper = { untilMs: nowMs + ms, wake };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', wake, { once: true });
        if (signal?.aborted) wake();
      }),
    sleeping: () => sleepers.size,
    set(atMs) {
      nowMs = atMs;
      for (const sleeper of sleepers) if (sleeper.untilMs <= nowMs) sleeper.wake();
    },
  };
}

/** A channel that keeps what it is given and answers as it is told. */
export type TestChannel = Channel & {
  readonly sent: { readonly message: Message; readonly target: Target }[];
  /** What the next ones are answered; `ok` where nothing is left. */
  readonly answers: (SendResult | Promise<SendResult>)[];
};

export function createTestChannel(): TestChannel {
  const sent: TestChannel['sent'] = [];
  const answers: TestChannel['answers'] = [];
  return {
    kind: 'webhook',
    sent,
    answers,
    verify: (address) => ({ address }),
    render: (message) => message,
    send(rendered, target) {
      sent.push({ message: rendered as Message, target });
      return Promise.resolve(answers.shift() ?? { kind: 'ok' });
    },
  };
}

/** Lets other work run until something holds. @throws Error when it never does */
export async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 5_000; turn += 1) {
    if (holds()) return;
    await yieldToEvents();
  }
  throw new Error(`never true: ${holds.toString()}`);
}

/** Lets other work run for a while, for what must not happen. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await yieldToEvents();
}
