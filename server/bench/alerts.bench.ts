/**
 * A national restriction told to ten thousand subscribers, of twelve thousand: how long it takes to find them and make the
 * deliveries, how fast these go to a mail server on loopback with eight on their way at a time, and what memory it takes. The mail
 * server runs in the same process: rate and memory include it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SMTPServer } from 'smtp-server';
import { Alerts } from '../../config/alerts.ts';
import { openSubscribers } from '../../db/subscribers/open.ts';
import type { Subscribers } from '../../db/subscribers/subscribers.ts';
import {
  EVERYTHING,
  subscribe,
  TEST_KEY,
} from '../../db/subscribers/testing/subscriber-fixtures.ts';
import { systemClock } from '../../probes/clock.ts';
import { createChannels } from '../alerts/channels/channels.ts';
import { createDispatcher } from '../alerts/dispatcher.ts';
import { createPlanner } from '../alerts/match.ts';
import { createEventShelf, makeEvent } from '../alerts/testing/alert-fixtures.ts';
import { type BenchResult, type OnProgress, toSingleResult } from './result.ts';

const CONCERNED = 10_000;
const OTHERS = 2_000;
const MAX_ENQUEUE_MS = 2_000;
const AT_ONCE = 8;
const MIB = 1024 * 1024;
/** Gives up rather than run for ever. */
const MAX_SENDING_MS = 120_000;
const RULES = { groupMs: 0, digestHour: 8 };
const ZONES = ['Europe/Moscow', 'Europe/Kyiv', 'Asia/Yekaterinburg', 'UTC'];

/** Gives the time of making deliveries, the longest piece of it, deliveries per second, and memory. */
export async function benchAlerts(onProgress: OnProgress): Promise<readonly BenchResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'reachline-alerts-'));
  const subscribers = openSubscribers({
    file: join(folder, 'subscribers.db'),
    key: TEST_KEY,
    clock: systemClock,
  });
  const sink = await startSink();
  try {
    onProgress(0.05, 'subscribing');
    fill(subscribers);
    const beforeMib = process.memoryUsage.rss() / MIB;
    onProgress(0.4, 'making deliveries');
    const shelf = createEventShelf();
    shelf.add(makeEvent({ severity: 'critical' }));
    const pieces = enqueue(subscribers, shelf);
    onProgress(0.5, 'sending');
    const { perSecond, peakMib } = await sendAll(subscribers, shelf, sink.port);
    const { received, mostAtOnce } = sink.count();
    if (received !== CONCERNED) throw new Error(`${received} arrived of ${CONCERNED}`);
    const bound = { of: 'value', is: 'at_most', limit: MAX_ENQUEUE_MS } as const;
    return [
      toSingleResult('alerts.enqueue', 'ms', [pieces.reduce((sum, ms) => sum + ms, 0)], bound),
      toSingleResult('alerts.longest_piece', 'ms', [Math.max(...pieces)]),
      toSingleResult('alerts.send', 'messages/s', [perSecond]),
      toSingleResult('alerts.connections', 'at once', [mostAtOnce], {
        of: 'value',
        is: 'at_most',
        limit: AT_ONCE,
      }),
      toSingleResult('alerts.memory', 'MiB more', [peakMib - beforeMib]),
    ];
  } finally {
    await sink.close();
    subscribers.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

type Sink = {
  readonly port: number;
  readonly count: () => { readonly received: number; readonly mostAtOnce: number };
  readonly close: () => Promise<void>;
};

/** A mail server that takes everything and keeps nothing. */
async function startSink(): Promise<Sink> {
  let [received, open, mostAtOnce] = [0, 0, 0];
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    onConnect(_, done) {
      open += 1;
      mostAtOnce = Math.max(mostAtOnce, open);
      done();
    },
    onClose() {
      open -= 1;
    },
    onData(stream, _, done) {
      stream.resume().on('end', () => {
        received += 1;
        done();
      });
    },
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.server.address() as AddressInfo).port,
    count: () => ({ received, mostAtOnce }),
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

function fill(subscribers: Subscribers): void {
  subscribers.readCursor(0);
  for (let index = 0; index < CONCERNED + OTHERS; index += 1)
    subscribe(subscribers, `reader-${index}@mail.example`, {
      channel: 'email',
      timeZone: ZONES[index % ZONES.length] ?? 'UTC',
      filter: { ...EVERYTHING, countryCodes: [index < CONCERNED ? 'RU' : 'UA'] },
    });
}

/** Gives how long each piece took, in milliseconds. */
function enqueue(subscribers: Subscribers, shelf: ReturnType<typeof createEventShelf>): number[] {
  const [event] = shelf.listAlertsAfter(0, 1);
  if (event === undefined) throw new Error('there is no event');
  const plan = createPlanner(event, systemClock.nowMs(), RULES);
  const pieces: number[] = [];
  let enqueued = 0;
  for (let isMore = true; isMore; ) {
    const startedMs = performance.now();
    const piece = subscribers.enqueuePiece(event, plan);
    pieces.push(performance.now() - startedMs);
    enqueued += piece.enqueued;
    isMore = piece.isMore;
  }
  if (enqueued !== CONCERNED) throw new Error(`${enqueued} deliveries for ${CONCERNED}`);
  return pieces;
}

async function sendAll(
  subscribers: Subscribers,
  shelf: ReturnType<typeof createEventShelf>,
  port: number,
): Promise<{ perSecond: number; peakMib: number }> {
  const alerts = Alerts.parse({
    channels: ['email'],
    enabled: true,
    email: {
      from: 'alerts@reachline.example',
      smtp: { host: '127.0.0.1', port, security: 'none', maxConnections: AT_ONCE },
    },
  });
  const channels = createChannels({ alerts, environment: {}, clock: systemClock });
  const dispatcher = createDispatcher({
    subscribers,
    store: shelf,
    channels: channels.byKind,
    config: { services: [] },
    publicUrl: 'https://reachline.example',
    rules: RULES,
    maxConcurrent: AT_ONCE,
    clock: systemClock,
    log: () => undefined,
    random: Math.random,
  });
  const startedMs = performance.now();
  let peakMib = 0;
  dispatcher.start();
  while (subscribers.figures().byState.sent < CONCERNED) {
    if (performance.now() - startedMs > MAX_SENDING_MS) throw new Error('sending takes too long');
    peakMib = Math.max(peakMib, process.memoryUsage.rss() / MIB);
    await systemClock.sleep(100);
  }
  const perSecond = (CONCERNED / (performance.now() - startedMs)) * 1_000;
  await dispatcher.stop();
  channels.close();
  return { perSecond, peakMib };
}
