/** The channels that are switched on, by kind. One more is a file beside this one, its test, and a line here. */
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
  const missing: { kind: ChannelKind; variable: string }[] = [];
  /** The value of a variable that stands in the configuration; an empty one counts as unset, as everywhere. */
  const read = (kind: ChannelKind, variable: string | undefined): string | undefined => {
    if (variable === undefined) return undefined;
    const value = Object.hasOwn(environment, variable) ? environment[variable] : undefined;
    if (value) return value;
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
      email = makeEmail(alerts.email, read);
      return email && erase(email);
    },
    webhook: () => {
      webhook = createWebhookChannel(deps);
      return erase(webhook);
    },
    ntfy: () => erase(createNtfyChannel(deps)),
    matrix: () => erase(createMatrixChannel(deps, findAccount('matrix'))),
    mastodon: () => erase(createMastodonChannel(deps, findAccount('mastodon'))),
    telegram: () => {
      const account = findAccount('telegram');
      return account && erase(createTelegramChannel(deps, account));
    },
    slack: () => erase(createSlackChannel(deps)),
    discord: () => erase(createDiscordChannel(deps)),
    web_push: () => {
      const variable = alerts.webPush?.privateKeyVariable;
      const privateKey = read('web_push', variable);
      if (alerts.webPush === undefined || variable === undefined || privateKey === undefined)
        return undefined;
      push = { privateKey, contact: alerts.webPush.contact };
      try {
        return erase(createPushChannel(deps, push));
      } catch {
        // Not a key, which a look at its length and a try to use it find out: said like one that is missing.
        push = undefined;
        missing.push({ kind: 'web_push', variable });
        return undefined;
      }
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
  read: (kind: ChannelKind, variable: string | undefined) => string | undefined,
): EmailChannel | undefined {
  if (settings === undefined) return undefined;
  const { smtp, dkim } = settings;
  const password = read('email', smtp.passwordVariable);
  const dkimKey = read('email', dkim?.privateKeyVariable);
  if (smtp.passwordVariable !== undefined && password === undefined) return undefined;
  if (dkim !== undefined && dkimKey === undefined) return undefined;
  return createEmailChannel(settings, {
    ...(password === undefined ? {} : { password }),
    ...(dkimKey === undefined ? {} : { dkimKey }),
  });
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
