/**
 * `reachline alerts add`: subscribes a target of the operator's, also through accounts that strangers may not use. Nothing
 * is asked of the target but with `--test`, whose message has to be taken before anything is stored.
 */
import type { Config } from '../../config/schema.ts';
import { speak } from '../../dashboard/i18n/catalogue.ts';
import { sayWish } from '../../dashboard/pages/alert-words.ts';
import type { Subscribers } from '../../db/subscribers/subscribers.ts';
import type { NewSubscription } from '../../db/subscribers/subscriptions.ts';
import { systemClock } from '../../probes/clock.ts';
import type { Channel } from '../alerts/channels/channel.ts';
import { type Channels, createChannels } from '../alerts/channels/channels.ts';
import { createWebhookSecret } from '../alerts/channels/webhook.ts';
import { toSubscriptionLinks } from '../alerts/compose.ts';
import { writeTestMessage } from '../alerts/test-message.ts';
import { readWish, WISH_FIELDS } from '../alerts/wish-form.ts';
import type { CommandContext } from '../command.ts';
import { RequestProblem } from '../problem.ts';

/** Flags are the fields of the form with hyphens, e.g. `--quiet-from`. */
const toFlag = (field: string): string => field.replaceAll('_', '-');
/** Flags of the wish. */
export const WISH_FLAGS: readonly string[] = WISH_FIELDS.map(toFlag);

/** What stands on the command line. */
export type AddFlags = Readonly<Record<string, string | boolean | undefined>> & {
  readonly channel?: string | undefined;
  readonly to?: string | undefined;
  /** Variable of the environment that holds the token of the target. */
  readonly 'token-variable'?: string | undefined;
  readonly test: boolean;
};

type Problem = { readonly flag: string; readonly detail: string; readonly remedy: string };

const EXIT_USAGE = 64;
const SEND_TIMEOUT_MS = 30_000;

/** Adds a subscription. Exit code 0; 1 when the test message was not taken; 64 for flags that cannot be used. */
export async function runAdd(
  { print, environment = {}, signal }: Pick<CommandContext, 'print' | 'environment' | 'signal'>,
  config: Pick<Config, 'alerts' | 'services'>,
  openSubscribers: () => Subscribers,
  flags: AddFlags,
): Promise<number> {
  const { alerts } = config;
  if (!alerts.enabled || alerts.publicUrl === undefined) {
    print(
      'Messages are switched off: set `enabled: true` and `publicUrl` in the section `alerts` of the configuration.\n',
    );
    return EXIT_USAGE;
  }
  const channels = createChannels({ alerts, environment, clock: systemClock });
  try {
    const read = readFlags(flags, config, channels, environment);
    if ('problems' in read) {
      for (const { flag, detail, remedy } of read.problems)
        print(`--${flag}: ${detail.replace(/\.$/, '')}. ${remedy}\n`);
      return EXIT_USAGE;
    }
    const { wish, channel } = read;
    if (flags.test) {
      const message = writeTestMessage(wish, alerts.publicUrl, {
        deliveryId: `test-${systemClock.nowMs()}`,
      });
      const limit = AbortSignal.any([signal, AbortSignal.timeout(SEND_TIMEOUT_MS)]);
      const target = { address: wish.address, secrets: wish.secrets ?? [] };
      const result = await channel.send(channel.render(message), target, limit);
      if (result.kind !== 'ok') {
        print(`Not stored: the test message was not taken (${result.kind}, ${result.reason}).\n`);
        return 1;
      }
    }
    using subscribers = openSubscribers();
    return store(subscribers, wish, config, alerts.publicUrl, print);
  } finally {
    channels.close();
  }
}

/** Reads all of it, so that every problem is told at once. */
function readFlags(
  flags: AddFlags,
  { services }: Pick<Config, 'services'>,
  { byKind, missing }: Channels,
  environment: Readonly<Record<string, string | undefined>>,
):
  | { readonly problems: readonly Problem[] }
  | { readonly wish: NewSubscription; readonly channel: Channel } {
  const problems: Problem[] = [];
  const kinds = [...byKind.keys()].filter((kind) => kind !== 'web_push');
  const lacking = missing.find(({ kind }) => kind === flags.channel);
  if (flags.channel === undefined || !kinds.some((kind) => kind === flags.channel))
    problems.push({
      flag: 'channel',
      detail: lacking
        ? `\`${lacking.kind}\` lacks the variable ${lacking.variable}`
        : `${flags.channel === undefined ? 'it is missing' : `\`${flags.channel}\` is not switched on`}`,
      remedy: lacking
        ? 'Set it as for the server.'
        : `Write one of: ${kinds.join(', ')}; \`channels\` in the configuration switches more on.`,
    });
  if (flags.to === undefined)
    problems.push({
      flag: 'to',
      detail: 'it is missing',
      remedy: 'Write where the messages go: an address, a topic, a room, @channel.',
    });
  const secrets = readToken(flags['token-variable'], environment, problems);
  const fields = new URLSearchParams();
  for (const name of WISH_FIELDS) {
    const value = flags[toFlag(name)];
    if (typeof value === 'string' && name !== 'channel') fields.set(name, value);
  }
  if ((flags['quiet-from'] === undefined) !== (flags['quiet-until'] === undefined))
    problems.push({
      flag: flags['quiet-from'] === undefined ? 'quiet-from' : 'quiet-until',
      detail: 'it is missing',
      remedy: 'Quiet hours have a beginning and an end.',
    });
  const wished = readFields(fields, services, problems);
  const channel = [...byKind].find(([kind]) => kind === flags.channel)?.[1];
  const checked = flags.to === undefined ? undefined : channel?.verify(flags.to);
  if (checked !== undefined && 'problem' in checked)
    problems.push({ flag: 'to', ...checked.problem });
  if (problems.length > 0 || !wished || !channel || !checked || 'problem' in checked)
    return { problems };
  const { kind } = channel;
  const wish = {
    ...wished,
    channel: kind,
    address: checked.address,
    secrets: kind === 'webhook' && secrets.length === 0 ? [createWebhookSecret()] : secrets,
  };
  return { wish, channel };
}

/** The wish as the form reads it. */
function readFields(
  fields: URLSearchParams,
  services: Config['services'],
  problems: Problem[],
): ReturnType<typeof readWish> | undefined {
  const choices = { services, countryCodes: [], networks: [], channels: [] };
  try {
    return readWish(fields, choices, 'en');
  } catch (error) {
    if (!(error instanceof RequestProblem)) throw error;
    for (const { parameter, detail, remedy } of error.problem.errors ?? [])
      problems.push({ flag: toFlag(parameter), detail, remedy });
    return undefined;
  }
}

function readToken(
  variable: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
  problems: Problem[],
): string[] {
  if (variable === undefined) return [];
  const token = Object.hasOwn(environment, variable) ? environment[variable] : undefined;
  if (token) return [token];
  problems.push({
    flag: 'token-variable',
    detail: `the variable ${variable} is empty`,
    remedy:
      'Name the variable of the environment that holds the token; it never stands in a command.',
  });
  return [];
}

function store(
  subscribers: Subscribers,
  wish: NewSubscription,
  { services }: Pick<Config, 'services'>,
  publicUrl: string,
  print: CommandContext['print'],
): number {
  const added = subscribers.addPending(wish);
  if (added.kind === 'too_many') {
    print('Not stored: three unanswered wishes wait for this target; try again in 48 hours.\n');
    return 1;
  }
  subscribers.confirm(added.confirmToken);
  const names = {
    services: new Map(services.map(({ id, name }) => [id, name])),
    networks: new Map(),
  };
  const say = speak('en', wish.timeZone);
  print(
    [
      `Subscribed: ${added.id}`,
      ...sayWish(wish, names, say).map((sentence) => `  ${sentence}`),
      ...(wish.channel === 'webhook' ? [`  Secret: ${wish.secrets?.[0] ?? ''}`] : []),
      `  Whoever has this link can change and end it: ${toSubscriptionLinks(publicUrl, subscribers.manageToken(added.id)).manage}`,
      '',
    ].join('\n'),
  );
  return 0;
}
