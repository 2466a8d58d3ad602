/** `reachline alerts`: what the operator may see and do about subscriptions and deliveries. Never prints an address. */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { loadConfig } from '../../config/load.ts';
import { DELIVERY_STATES, type DeliveryState } from '../../db/subscribers/delivery-log.ts';
import { openSubscribers, subscriberFiles } from '../../db/subscribers/open.ts';
import { loadSubscriberKey } from '../../db/subscribers/secret-box.ts';
import type { Subscribers } from '../../db/subscribers/subscribers.ts';
import { PAUSED, type Subscription } from '../../db/subscribers/subscription-types.ts';
import { systemClock } from '../../probes/clock.ts';
import { createChannels } from '../alerts/channels/channels.ts';
import { toSubscriptionLinks } from '../alerts/compose.ts';
import { writeTestMessage } from '../alerts/test-message.ts';
import type { CommandContext } from '../command.ts';
import { runAdd, WISH_FLAGS } from './alerts-add.ts';
import { runBounce } from './alerts-bounce.ts';

const USAGE = `Usage: reachline alerts <verb>, beside a running server. No verb prints an address.

  list [--state dead] [--limit 50] [--json]
      Deliveries, the newest first, each with its state, tries, last error, event and subscription; then the targets that
      are switched off because they are gone, and the counts. States: ${DELIVERY_STATES.join(', ')}.
  subscriptions [--limit 50] [--json]
      Confirmed subscriptions, the newest first, with their ids.
  replay <delivery id> | --all
      Puts deliveries that were given up (state dead) back in the queue. Targets that are switched off need retry first.
  retry <subscription id>
      Sends to a target again that was switched off; a message goes there at once.
  test <subscription id>
      Sends a test message now and says what the receiver answered.
  end <subscription id>
      Ends a subscription and deletes its address.
  add --channel telegram --to @my_channel [--token-variable NAME] [--service facebook,whatsapp] [--country RU,UA]
      [--asn 12389] [--kind restriction,return] [--severity major] [--lang ru] [--mode daily] [--tz Europe/Moscow]
      [--quiet-from 22:00 --quiet-until 07:00 --break critical] [--test]
      Subscribes a target of yours at once, also through the accounts of the configuration, which strangers may not use.
      What is left out means all; kinds are restriction, return, announcement, mismatch, vantage; modes immediate, hourly,
      daily, weekly. With --test a message has to be taken first.
  bounce [--to ADDRESS] < REPORT, or bounce --maildir FOLDER
      Takes reports on mail that came back (RFC 3464). An address that is gone is switched off at once, any other failure for
      good (a full box, a refused content) after three messages in 30 days; what may pass is noted. In Postfix, with
      \`recipient_delimiter = +\` and in a file of aliases that belongs to the user of Reachline:
        bounces: "|cd /srv/reachline && node_modules/.bin/node server/reachline.mjs alerts bounce"
      It needs the data folder and the key of the server (REACHLINE_DATA and, where it is set, REACHLINE_SUBSCRIBER_KEY),
      which mail servers do not pass on: write them into the line, or let it run a script. Ends with 0 whatever comes, with
      75 (try later) when the database cannot be used.
`;
const EXIT_USAGE = 64;
const DEFAULT_LIMIT = '50';
const SEND_TIMEOUT_MS = 30_000;

/** Runs a verb. Exit code 0; 1 when something was not taken or there was nothing to do; 64 for a command that makes no sense. */
export async function runAlerts(
  context: CommandContext,
  input: AsyncIterable<Uint8Array | string> = process.stdin,
): Promise<number> {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    args: [...context.argv],
    allowPositionals: true,
    options: {
      state: text,
      limit: { ...text, default: DEFAULT_LIMIT },
      json: { type: 'boolean', default: false },
      all: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      test: { type: 'boolean', default: false },
      to: text,
      maildir: text,
      'token-variable': text,
      ...Object.fromEntries(WISH_FLAGS.map((name) => [name, text])),
    },
  });
  const [verb = '', id] = positionals;
  const { print, settings, environment = {} } = context;
  const { file, keyFile } = subscriberFiles(settings.dataFolder);
  // Beside a running server, which has the lock.
  const open = (): Subscribers => {
    const key = loadSubscriberKey(keyFile, environment['REACHLINE_SUBSCRIBER_KEY']);
    return openSubscribers({ file, key, clock: systemClock, isExclusive: false });
  };
  const limit = Number(values.limit);
  const fault = findUsageFault(verb, positionals.slice(1), values.all, limit);
  if (values.help || fault !== undefined) {
    print(values.help ? USAGE : `${fault} \`reachline alerts --help\` tells all verbs.\n`);
    return values.help ? 0 : EXIT_USAGE;
  }
  if (verb === 'add') {
    const config = loadConfig({ file: settings.configFile });
    return runAdd(context, config, open, values);
  }
  if (!existsSync(file)) {
    print('Nobody has subscribed here yet.\n');
    return 0;
  }
  if (verb === 'bounce') return runBounce(context, open, values, input);
  using subscribers = open();
  switch (verb) {
    case 'list':
      return list(subscribers, { ...values, limit }, print);
    case 'subscriptions':
      return listSubscriptions(subscribers, { ...values, limit }, print);
    case 'replay':
      return replay(subscribers, id, print);
    case 'retry':
      return retry(subscribers, id ?? '', print);
    case 'end':
      return end(subscribers, id ?? '', print);
    default:
      return sendTest(subscribers, id ?? '', context);
  }
}

/** Verbs with how many ids stand behind them; `replay --all` needs none. */
const VERBS: Readonly<Record<string, number>> = {
  list: 0,
  subscriptions: 0,
  add: 0,
  bounce: 0,
  replay: 1,
  retry: 1,
  end: 1,
  test: 1,
};

/** What is wrong with a command, as a sentence; undefined when it makes sense. */
function findUsageFault(
  verb: string,
  ids: readonly string[],
  isAll: boolean,
  limit: number,
): string | undefined {
  const known = Object.keys(VERBS);
  if (verb === '') return `Say what to do: ${known.join(', ')}.`;
  const usual = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
  if (usual === undefined) return `No verb \`${verb}\`. There are ${known.join(', ')}.`;
  const needed = verb === 'replay' && isAll ? 0 : usual;
  const extra = ids[needed];
  if (extra !== undefined) return `Unexpected argument \`${extra}\`.`;
  if (ids.length < needed)
    return verb === 'replay'
      ? '`alerts replay` needs --all, or the id of a delivery, which `alerts list --state dead` has.'
      : `\`alerts ${verb}\` needs the id of a subscription, which \`alerts subscriptions\` has.`;
  return Number.isInteger(limit) && limit > 0 ? undefined : '--limit takes a number from 1 on.';
}

type ListFlags = {
  readonly state?: string | undefined;
  readonly limit: number;
  readonly json: boolean;
};

const toText = (atMs: number | undefined): string =>
  atMs === undefined ? 'unknown' : new Date(atMs).toISOString().slice(0, 16).replace('T', ' ');

function list(
  subscribers: Subscribers,
  { state, limit, json }: ListFlags,
  print: CommandContext['print'],
): number {
  const wanted = DELIVERY_STATES.find((one) => one === state);
  if (state !== undefined && wanted === undefined) {
    print(`--state is one of ${DELIVERY_STATES.join(', ')}.\n`);
    return EXIT_USAGE;
  }
  const deliveries = subscribers.listDeliveries({
    limit,
    ...(wanted === undefined ? {} : { state: wanted satisfies DeliveryState }),
  });
  const figures = subscribers.figures();
  const gone = subscribers.list(MAX_GONE).filter(isGone);
  if (json) {
    print(`${JSON.stringify({ figures, deliveries, gone: gone.map(describe) })}\n`);
    return 0;
  }
  for (const one of deliveries) {
    const due = one.dueAtMs === undefined ? '' : ` due ${toText(one.dueAtMs)}`;
    const error = one.lastErrorClass === undefined ? '' : ` (${one.lastErrorClass})`;
    print(
      `${one.id} ${one.state.padEnd(10)} ${one.channel.padEnd(8)} made ${toText(one.createdAtMs)} tries ${one.attempts}${error}${due}\n  ${one.eventId} for ${one.subscriptionId}\n`,
    );
  }
  if (gone.length > 0) print('Switched off, since they are gone (times in UTC):\n');
  for (const { id, channel, disabled } of gone)
    print(`  ${id} ${channel.padEnd(8)} since ${toText(disabled?.atMs)} (${disabled?.reason})\n`);
  const counts = DELIVERY_STATES.map((one) => `${one} ${figures.byState[one]}`).join(', ');
  print(`${counts}; ${figures.subscriptions.active} active subscriptions\n`);
  return 0;
}

/** More are not looked through for those that are gone. */
const MAX_GONE = 10_000;

function isGone({ disabled }: Subscription): boolean {
  return disabled !== undefined && disabled.reason !== PAUSED;
}

/** A subscription without what only its holder needs. */
function describe({ id, channel, state, locale, timeZone, mode, filter, disabled }: Subscription) {
  return { id, channel, state, locale, timeZone, mode, filter, ...(disabled ? { disabled } : {}) };
}

function listSubscriptions(
  subscribers: Subscribers,
  { limit, json }: ListFlags,
  print: CommandContext['print'],
): number {
  const found = subscribers.list(limit);
  if (json) {
    print(`${JSON.stringify(found.map(describe))}\n`);
    return 0;
  }
  const orAll = (values: readonly (string | number)[], name: string): string =>
    values.length === 0 ? `all ${name}` : values.join(',');
  for (const { id, channel, state, locale, mode, filter, disabled } of found) {
    const why = disabled === undefined ? '' : ` (${disabled.reason})`;
    const wants = [
      orAll(filter.services, 'services'),
      orAll(filter.countryCodes, 'countries'),
      orAll(filter.asns, 'networks'),
      orAll(filter.kinds, 'events'),
      `from ${filter.minSeverity} on`,
    ].join('; ');
    print(`${id} ${channel.padEnd(8)} ${state}${why} ${locale} ${mode}\n  ${wants}\n`);
  }
  print(`${found.length} shown\n`);
  return 0;
}

function replay(
  subscribers: Subscribers,
  id: string | undefined,
  print: CommandContext['print'],
): number {
  const count = subscribers.replayDead(id);
  const none = 'Nothing was given up that could be sent: `list --state dead` shows what was.\n';
  const some = `${count} put back in the queue; a running server sends them within seconds.\n`;
  print(count > 0 ? some : none);
  return count > 0 ? 0 : 1;
}

function retry(subscribers: Subscribers, id: string, print: CommandContext['print']): number {
  const isEnabled = subscribers.enable(id);
  print(
    isEnabled
      ? 'Switched on; a running server writes there within seconds.\n'
      : 'There is no subscription of this id that is switched off.\n',
  );
  return isEnabled ? 0 : 1;
}

function end(subscribers: Subscribers, id: string, print: CommandContext['print']): number {
  const isEnded = subscribers.unsubscribe(id);
  print(isEnded ? 'Ended; its address is deleted.\n' : 'There is no subscription of this id.\n');
  return isEnded ? 0 : 1;
}

async function sendTest(
  subscribers: Subscribers,
  id: string,
  { settings, environment = {}, signal, print }: CommandContext,
): Promise<number> {
  const subscription = subscribers.get(id);
  const target = subscribers.openTarget(id);
  if (!subscription || !target) {
    print('There is no subscription of this id; `subscriptions` lists them.\n');
    return 1;
  }
  const { alerts } = loadConfig({ file: settings.configFile });
  const channels = createChannels({ alerts, environment, clock: systemClock });
  const channel = [...channels.byKind.values()].find(({ kind }) => kind === subscription.channel);
  if (!channel) {
    const lacking = channels.missing.find(({ kind }) => kind === subscription.channel);
    const why = lacking ? `lacks the variable ${lacking.variable}` : 'is switched off';
    print(`The channel ${subscription.channel} ${why}.\n`);
    return 1;
  }
  const publicUrl = alerts.publicUrl ?? '';
  const deliveryId = `test-${systemClock.nowMs()}`;
  const links = toSubscriptionLinks(publicUrl, subscribers.manageToken(id));
  const rendered = channel.render(writeTestMessage(subscription, publicUrl, { deliveryId, links }));
  const limit = AbortSignal.any([signal, AbortSignal.timeout(SEND_TIMEOUT_MS)]);
  const result = await channel.send(rendered, target, limit);
  channels.close();
  print(result.kind === 'ok' ? 'Taken.\n' : `Not taken: ${result.kind}, ${result.reason}\n`);
  return result.kind === 'ok' ? 0 : 1;
}
