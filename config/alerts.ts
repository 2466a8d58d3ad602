/**
 * The section `alerts` of reachline.yaml: who sends messages, through what, and to where. Secrets are named by the
 * environment variable that holds them and stand in no file. Nothing of it bears on a measurement, so it is not part of
 * the published sum.
 */
import { z } from 'zod';
import { at, type Cursor, each, problemAt, textAt } from './cursor.ts';
import { filled, host, port, proxyHost, text, variableName, webAddress } from './fields.ts';
import type { Problem } from './problem.ts';

/** Channels that may be switched on; append only, since subscriptions name them. */
export const ALERT_CHANNELS = [
  'email',
  'webhook',
  'ntfy',
  'matrix',
  'mastodon',
  'telegram',
  'slack',
  'discord',
  'web_push',
] as const;

const LONGEST_NAME_CHARACTERS = 60;

const senderName = text(
  (value) => /^[^\p{C}\p{Zl}\p{Zp}<>"@]+$/u.test(value) && value.length <= LONGEST_NAME_CHARACTERS,
  'is not a name of a sender',
  `write at most ${LONGEST_NAME_CHARACTERS} characters without <, >, " and @`,
);

const mailAddress = text(
  (value) => /^[a-z0-9._-]{1,30}@[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(value),
  'is not an e-mail address',
  'write e.g. `alerts@example.org`, at most 30 characters before the @',
);

/** How e-mail leaves. */
export const AlertEmail = z
  .strictObject({
    from: mailAddress,
    senderName: senderName.default('Reachline'),
    /** Neither sender nor subject say what it is about, for readers whose mail others may see. */
    isNeutral: z.boolean().default(false),
    /** Where bounces go: `+<delivery>` is added before the @, so that each says what it is about. `from` unless given. */
    bounceAddress: mailAddress.exactOptional(),
    smtp: z
      .strictObject({
        host: proxyHost,
        port,
        /** `tls` from the first byte (465), `starttls` and nothing without it (587), `none`. */
        security: z.enum(['tls', 'starttls', 'none']).default('tls'),
        username: filled.exactOptional(),
        passwordVariable: variableName.exactOptional(),
        maxConnections: z.int().min(1).max(20).default(2),
      })
      .readonly(),
    /** Signature of the sending domain (RFC 6376); the private key is PEM. */
    dkim: z
      .strictObject({ domain: host, selector: filled, privateKeyVariable: variableName })
      .readonly()
      .exactOptional(),
  })
  .readonly();
export type AlertEmail = z.infer<typeof AlertEmail>;

/** An account of the operator's with a service that posts for us. */
const account = z.strictObject({ url: webAddress, tokenVariable: variableName }).readonly();

export const Alerts = z
  .strictObject({
    enabled: z.boolean().default(false),
    /** Address of this site as readers see it, without a path, e.g. `https://reachline.example.org`. */
    publicUrl: webAddress.exactOptional(),
    channels: z.array(z.enum(ALERT_CHANNELS)).default(['email', 'webhook', 'ntfy']).readonly(),
    /** Whether addresses that subscribers give may lie in private networks and on this machine. */
    allowPrivateTargets: z.boolean().default(false),
    /** Whether they may begin with http://. */
    allowPlainHttp: z.boolean().default(false),
    /** What happened longer before it became known stands in the feeds and is sent to nobody. */
    staleHours: z.int().min(1).max(168).default(6),
    /** Events of one incident so soon after one another are one message. */
    groupSeconds: z.int().min(0).max(3_600).default(60),
    /** Hour of the day, in the subscriber's zone, of daily digests, and on Mondays of weekly ones. */
    digestHour: z.int().min(0).max(23).default(8),
    /** Messages on their way at the same time, per channel. */
    maxConcurrent: z.int().min(1).max(256).default(8),
    email: AlertEmail.exactOptional(),
    telegram: account.exactOptional(),
    matrix: account.exactOptional(),
    mastodon: account.exactOptional(),
    webPush: z
      .strictObject({
        /** P-256 private key, 32 bytes in base64url. */
        privateKeyVariable: variableName,
        /** Whom a push service may write to: `mailto:` or `https:`. */
        contact: text(
          (value) => /^(mailto:[^@\s]+@[^@\s]+|https:\/\/\S+)$/.test(value),
          'is not a contact',
          'write e.g. `mailto:admin@example.org`',
        ),
      })
      .readonly()
      .exactOptional(),
  })
  .readonly();
export type Alerts = z.infer<typeof Alerts>;

/** Sections that a channel cannot do without. */
const SECTIONS: Readonly<Record<string, string>> = { email: 'email', web_push: 'webPush' };

/** Gives every broken rule between the keys of the section. */
export function checkAlerts(main: Cursor): Problem[] {
  const alerts = at(main, 'alerts');
  const problems: Problem[] = [];
  const isEnabled = at(alerts, 'enabled').value === true;
  const publicUrl = at(alerts, 'publicUrl');
  if (isEnabled && publicUrl.value === undefined) {
    const remedy = 'add the address of this site, e.g. `publicUrl: https://reachline.example.org`';
    problems.push(problemAt(alerts, 'alerts without `publicUrl`, which links need', remedy));
  }
  if (typeof publicUrl.value === 'string' && URL.canParse(publicUrl.value)) {
    const { pathname, search, hash } = new URL(publicUrl.value);
    if (pathname !== '/' || search !== '' || hash !== '' || publicUrl.value.endsWith('/'))
      problems.push(
        problemAt(publicUrl, 'links are made from the start', 'write scheme and host only'),
      );
  }
  const channels = each(at(alerts, 'channels'));
  for (const channel of isEnabled ? channels : []) {
    const section = typeof channel.value === 'string' ? SECTIONS[channel.value] : undefined;
    if (section === undefined || at(alerts, section).value !== undefined) continue;
    const problem = `\`${String(channel.value)}\` without the section \`${section}\``;
    problems.push(
      problemAt(channel, problem, 'add it as in the default configuration, or remove this'),
    );
  }
  return [...problems, ...checkLogin(at(alerts, 'email', 'smtp'))];
}

function checkLogin(smtp: Cursor): Problem[] {
  const username = at(smtp, 'username');
  const password = at(smtp, 'passwordVariable');
  if (username.value === undefined && password.value !== undefined)
    return [problemAt(password, 'a password without a name', 'add `username`')];
  if (username.value !== undefined && password.value === undefined)
    return [problemAt(username, 'a name without a password', 'add `passwordVariable`')];
  if (username.value === undefined || textAt(smtp, 'security') !== 'none') return [];
  const remedy = 'write `security: tls` or `starttls`, or remove `username`';
  return [problemAt(at(smtp, 'security'), 'a password would go over the line in clear', remedy)];
}
