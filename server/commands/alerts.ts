/** `reachline alerts`: what became of deliveries, the dead ones tried again, and a test message. Never prints an address. */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { loadConfig } from '../../config/load.ts';
import { DELIVERY_STATES, type DeliveryState } from '../../db/subscribers/delivery-log.ts';
import { openSubscribers, subscriberFiles } from '../../db/subscribers/open.ts';
import { loadSubscriberKey } from '../../db/subscribers/secret-box.ts';
import type { Subscribers } from '../../db/subscribers/subscribers.ts';
import { systemClock } from '../../probes/clock.ts';
import { createChannels } from '../alerts/channels/channels.ts';
import { toSubscriptionLinks } from '../alerts/compose.ts';
import type { CommandContext } from '../command.ts';

const USAGE = `Usage: reachline alerts list [--state dead] [--limit 50] [--json]
       reachline alerts replay <delivery id> | --all
       reachline alerts test <subscription id>
`;
const EXIT_USAGE = 64;
const DEFAULT_LIMIT = '50';
const SEND_TIMEOUT_MS = 30_000;

type Flags = {
  readonly state?: string | undefined;
  readonly limit: string;
  readonly json: boolean;
  readonly all: boolean;
};

/** Runs a verb. Exit code 0; 1 when a test message was not taken, or there was nothing to replay. */
export async function runAlerts(context: CommandContext): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...context.argv],
    allowPositionals: true,
    options: {
      state: { type: 'string' },
      limit: { type: 'string', default: DEFAULT_LIMIT },
      json: { type: 'boolean', default: false },
      all: { type: 'boolean', default: false },
    },
  });
  const [verb, id] = positionals;
  const { print, settings, environment = {} } = context;
  const { file, keyFile } = subscriberFiles(settings.dataFolder);
  if (!existsSync(file)) {
    print('Nobody has subscribed here yet.\n');
    return 0;
  }
  const key = loadSubscriberKey(keyFile, environment['REACHLINE_SUBSCRIBER_KEY']);
  // Beside a running server, which has the lock.
  using subscribers = openSubscribers({ file, key, clock: systemClock, isExclusive: false });
  if (verb === 'list') return list(subscribers, values, print);
  if (verb === 'replay' && (id !== undefined) !== values.all) return replay(subscribers, id, print);
  if (verb === 'test' && id !== undefined) return sendTest(subscribers, id, context);
  print(USAGE);
  return EXIT_USAGE;
}

function list(
  subscribers: Subscribers,
  { state, limit, json }: Flags,
  print: CommandContext['print'],
): number {
  const wanted = DELIVERY_STATES.find((one) => one === state);
  const count = Number(limit);
  if ((state !== undefined && wanted === undefined) || !(Number.isInteger(count) && count > 0)) {
    print(`--state is one of ${DELIVERY_STATES.join(', ')}; --limit a number from 1.\n`);
    return EXIT_USAGE;
  }
  const deliveries = subscribers.listDeliveries({
    limit: count,
    ...(wanted === undefined ? {} : { state: wanted satisfies DeliveryState }),
  });
  const figures = subscribers.figures();
  if (json) {
    print(`${JSON.stringify({ figures, deliveries })}\n`);
    return 0;
  }
  for (const one of deliveries) {
    const due = one.dueAtMs === undefined ? '' : ` due ${new Date(one.dueAtMs).toISOString()}`;
    const error = one.lastErrorClass === undefined ? '' : ` (${one.lastErrorClass})`;
    print(
      `${one.id} ${one.state.padEnd(10)} ${one.channel.padEnd(8)} tries ${one.attempts}${error}${due}\n  ${one.eventId} for ${one.subscriptionId}\n`,
    );
  }
  const counts = DELIVERY_STATES.map((one) => `${one} ${figures.byState[one]}`).join(', ');
  print(`${counts}; ${figures.subscriptions.active} active subscriptions\n`);
  return 0;
}

function replay(
  subscribers: Subscribers,
  id: string | undefined,
  print: CommandContext['print'],
): number {
  const count = subscribers.replayDead(id);
  print(`${count} put back in the queue; a running server sends them within seconds.\n`);
  return count > 0 ? 0 : 1;
}

async function sendTest(
  subscribers: Subscribers,
  id: string,
  { settings, environment = {}, signal, print }: CommandContext,
): Promise<number> {
  const subscription = subscribers.get(id);
  const target = subscribers.openTarget(id);
  const { alerts } = loadConfig({ file: settings.configFile });
  const channels = createChannels({ alerts, environment, clock: systemClock });
  const channel = [...channels.byKind.values()].find(({ kind }) => kind === subscription?.channel);
  if (!subscription || !target || !channel) {
    print('There is no such subscription, or its channel is switched off.\n');
    return 1;
  }
  const publicUrl = alerts.publicUrl ?? '';
  const rendered = channel.render({
    deliveryId: `test-${systemClock.nowMs()}`,
    locale: subscription.locale,
    subject: 'Reachline: test',
    paragraphs: ['This is a test. Nothing has happened.'],
    url: `${publicUrl}/`,
    severity: 'info',
    events: [],
    links: toSubscriptionLinks(publicUrl, subscribers.manageToken(id)),
  });
  const limit = AbortSignal.any([signal, AbortSignal.timeout(SEND_TIMEOUT_MS)]);
  const result = await channel.send(rendered, target, limit);
  channels.close();
  print(result.kind === 'ok' ? 'Taken.\n' : `Not taken: ${result.kind}, ${result.reason}\n`);
  return result.kind === 'ok' ? 0 : 1;
}
