/** The channels that are switched on, by kind. One more is a file beside this one, its test, and a line here. */
import { createPrivateKey } from 'node:crypto';
import type { Alerts } from '../../../config/alerts.ts';
import type { Clock } from '../../../probes/clock.ts';
import type { Channel, ChannelKind } from './channel.ts';
import { createDiscordChannel } from './discord.ts';
import { createEmailChannel, type EmailChannel } from './email.ts';
import { createGuardedRequest, type GuardDeps } from './guarded-request.ts';
import type { Account, HttpChannelDeps } from './http-channel.ts';
import { createMastodonChannel } from './mastodon.ts';
import { createMatrixChannel } from './matrix.ts';
import { createNtfyChannel } from './ntfy.ts';
import { createSlackChannel } from './slack.ts';
import { createTelegramChannel } from './telegram.ts';
import { createPushChannel, derivePushKey, type PushIdentity } from './web-push.ts';
import { createWebhookChannel, type WebhookChannel } from './webhook.ts';

export type ChannelsDeps = {
  readonly alerts: Alerts;
  /** Where the secrets stand that the configuration names. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** For tests: how names are resolved and what is trusted. */
  readonly guard?: Pick<GuardDeps, 'resolve' | 'dial' | 'roots' | 'deadlineMs'>;
};

/** Every channel that is switched on and can work. */
export type Channels = {
  readonly byKind: ReadonlyMap<ChannelKind, Channel>;
  /** The webhooks again, since only they can ask a receiver. */
  readonly webhook?: WebhookChannel;
  /** What browsers subscribe with, in base64url. */
  readonly pushKey?: string;
  /** Switched on, but a variable that the configuration names is empty or wrong; said once at the start. */
  readonly missing: readonly { readonly kind: ChannelKind; readonly variable: string }[];
  /** Ends what is open. */
  readonly close: () => void;
};

/** Reads a variable that the configuration names; what is not there or not good is noted as missing. */
type ReadSecret = (
  kind: ChannelKind,
  variable: string | undefined,
  isGood?: (value: string) => boolean,
) => string | undefined;

/** Makes the channels. Opens nothing until something is sent. */
export function createChannels({ alerts, environment, clock, guard }: ChannelsDeps): Channels {
  const policy = {
    allowPrivateTargets: alerts.allowPrivateTargets,
    allowPlainHttp: alerts.allowPlainHttp,
  };
  const deps: HttpChannelDeps = {
    policy,
    clock,
    request: createGuardedRequest({ policy, clock, ...guard }),
  };
  /** What is sent to the operator's own account may go where strangers' addresses may not. */
  const trusting = (account: Account | undefined): HttpChannelDeps => {
    if (account === undefined) return deps;
    const own = { ...policy, trustedOrigin: new URL(account.url).origin };
    return { clock, policy: own, request: createGuardedRequest({ policy: own, clock, ...guard }) };
  };
  const missing: { kind: ChannelKind; variable: string }[] = [];
  /** The value of a variable that stands in the configuration; an empty one counts as unset, as everywhere. */
  const read: ReadSecret = (kind, variable, isGood = () => true) => {
    if (variable === undefined) return undefined;
    const value = Object.hasOwn(environment, variable) ? environment[variable] : undefined;
    if (value && isGood(value)) return value;
    missing.push({ kind, variable });
    return undefined;
  };
  const findAccount = (kind: 'telegram' | 'matrix' | 'mastodon'): Account | undefined => {
    const account = alerts[kind];
    const token = read(kind, account?.tokenVariable);
    return account === undefined || token === undefined ? undefined : { url: account.url, token };
  };
  let email: EmailChannel | undefined;
  let webhook: WebhookChannel | undefined;
  let push: PushIdentity | undefined;
  const makers: Readonly<Record<ChannelKind, () => Channel | undefined>> = {
    email: () => {
      email = makeEmail(alerts.email, read, clock);
      return email && erase(email);
    },
    webhook: () => {
      webhook = createWebhookChannel(deps);
      return erase(webhook);
    },
    ntfy: () => erase(createNtfyChannel(deps)),
    matrix: () => {
      const account = findAccount('matrix');
      return erase(createMatrixChannel(trusting(account), account));
    },
    mastodon: () => {
      const account = findAccount('mastodon');
      return erase(createMastodonChannel(trusting(account), account));
    },
    telegram: () => {
      const account = findAccount('telegram');
      return account && erase(createTelegramChannel(trusting(account), account));
    },
    slack: () => erase(createSlackChannel(deps)),
    discord: () => erase(createDiscordChannel(deps)),
    web_push: () => {
      const privateKey = read('web_push', alerts.webPush?.privateKeyVariable, isPushKey);
      if (alerts.webPush === undefined || privateKey === undefined) return undefined;
      push = { privateKey, contact: alerts.webPush.contact };
      return erase(createPushChannel(deps, push));
    },
  };
  const byKind = new Map<ChannelKind, Channel>();
  for (const kind of alerts.enabled ? alerts.channels : []) {
    const channel = makers[kind]();
    if (channel !== undefined) byKind.set(kind, channel);
  }
  return {
    byKind,
    missing,
    ...(webhook === undefined ? {} : { webhook }),
    ...(push === undefined ? {} : { pushKey: derivePushKey(push.privateKey) }),
    close: () => email?.close(),
  };
}

/** Without the password or the key that the configuration names, mail would be refused or look forged: none is sent. */
function makeEmail(
  settings: Alerts['email'],
  read: ReadSecret,
  clock: Clock,
): EmailChannel | undefined {
  if (settings === undefined) return undefined;
  const { smtp, dkim } = settings;
  const password = read('email', smtp.passwordVariable);
  const dkimKey = read('email', dkim?.privateKeyVariable, isSigningKey);
  if (smtp.passwordVariable !== undefined && password === undefined) return undefined;
  if (dkim !== undefined && dkimKey === undefined) return undefined;
  const secrets = {
    ...(password === undefined ? {} : { password }),
    ...(dkimKey === undefined ? {} : { dkimKey: toPem(dkimKey) }),
  };
  return createEmailChannel(settings, secrets, clock);
}

/** Files of variables often hold no line ends, so that they are written as `\n`. */
function toPem(value: string): string {
  return value.replaceAll('\\n', '\n');
}

function isSigningKey(value: string): boolean {
  try {
    return createPrivateKey(toPem(value)).type === 'private';
  } catch {
    return false; // not a key: said like one that is missing, before mail goes out unsigned
  }
}

function isPushKey(value: string): boolean {
  try {
    return derivePushKey(value) !== '';
  } catch {
    return false; // not a key of the curve: said like one that is missing
  }
}

/** Whoever goes through the table hands each channel only what that same channel has rendered. */
function erase<Rendered>(channel: Channel<Rendered>): Channel {
  return {
    kind: channel.kind,
    verify: channel.verify,
    render: channel.render,
    send: (rendered, target, signal) => channel.send(rendered as Rendered, target, signal),
  };
}
