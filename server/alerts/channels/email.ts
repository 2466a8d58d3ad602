/**
 * E-mail, in plain text: it reads everywhere, carries nothing to be tracked by, and is the least likely to be taken for
 * spam. One recipient per message. Each message can be unsubscribed from with one press (RFC 8058), is signed for the
 * sending domain (DKIM, RFC 6376), and comes back to an address of its own when it bounces.
 */
import { createHash } from 'node:crypto';
import { domainToASCII } from 'node:url';
import type { Transporter } from 'nodemailer';
import type SMTPPool from 'nodemailer/lib/smtp-pool';
import type { AlertEmail } from '../../../config/alerts.ts';
import { speak } from '../../../dashboard/i18n/catalogue.ts';
import { type Clock, systemClock } from '../../../probes/clock.ts';
import type { Channel, Message, SendResult, TargetProblem } from './channel.ts';
import { cleanLine } from './clean-text.ts';
import { FEW_ATTEMPTS } from './http-answer.ts';
import { writeFooter } from './plain-text.ts';

const MAX_SUBJECT_CHARACTERS = 200;
const MAX_ADDRESS_CHARACTERS = 254;
const CONNECT_MS = 10_000;
/** A relay that greylists or scans may think for a while after the last byte. */
const SILENCE_MS = 60_000;
/** After so many messages a connection is closed, as relays like it. */
const MESSAGES_PER_CONNECTION = 100;
const FIRST_PERMANENT = 500;

/** What a relay is told and what it is sent. */
export type Mail = {
  /** Made of the id of the delivery: the same for every attempt. */
  readonly tag: string;
  /** Stands in the address that it comes back to. */
  readonly bounceTag: string;
  readonly subject: string;
  readonly text: string;
  readonly locale: string;
  readonly oneClick?: string;
};

/** Secrets that the settings name, as they stand in the environment. */
export type EmailSecrets = { readonly password?: string; readonly dkimKey?: string };

export type EmailChannel = Channel<Mail> & {
  /** Ends the connections that are open. */
  readonly close: () => void;
};

/**
 * A form of the delivery's id that can stand in an address and a message id, which may lose the case of letters: the id
 * itself where it has only small letters, digits and hyphens, its hash otherwise.
 */
export function toMailTag(deliveryId: string): string {
  if (/^[a-z0-9-]{8,32}$/.test(deliveryId)) return deliveryId;
  return createHash('sha256').update(deliveryId).digest('hex').slice(0, 32);
}

/** Makes the channel. Nothing is loaded and no connection opened before the first message. */
export function createEmailChannel(
  settings: AlertEmail,
  secrets: EmailSecrets,
  clock: Pick<Clock, 'nowMs'> = systemClock,
): EmailChannel {
  let transport: Promise<Transporter<SMTPPool.SentMessageInfo>> | undefined;
  return {
    kind: 'email',
    verify: verifyAddress,
    render: (message) => renderMail(message, settings.isNeutral),
    async send(mail, { address }, signal) {
      try {
        transport ??= openTransport(settings, secrets);
        const mailer = await transport;
        const date = new Date(clock.nowMs());
        await mailer.sendMail({ ...addressMail(mail, address, settings), date, signal } as object);
        return { kind: 'ok' };
      } catch (error) {
        return readSmtpError(error);
      }
    },
    close() {
      const open = transport;
      transport = undefined;
      void open?.then((mailer) => mailer.close());
    },
  };
}

async function openTransport(
  { smtp, dkim }: AlertEmail,
  { password, dkimKey }: EmailSecrets,
): Promise<Transporter<SMTPPool.SentMessageInfo>> {
  // Only here: the library costs memory that a site without e-mail should keep.
  const { createTransport } = await import('nodemailer');
  const options: SMTPPool.Options & { readonly maxRequeues: number } = {
    pool: true,
    host: smtp.host,
    port: smtp.port,
    secure: smtp.security === 'tls',
    requireTLS: smtp.security === 'starttls',
    ignoreTLS: smtp.security === 'none',
    ...(smtp.username === undefined ? {} : { auth: { user: smtp.username, pass: password ?? '' } }),
    maxConnections: smtp.maxConnections,
    maxMessages: MESSAGES_PER_CONNECTION,
    // The outbox decides when something is tried again; a second try here could deliver twice.
    maxRequeues: 0,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(dkim === undefined || dkimKey === undefined
      ? {}
      : {
          dkim: { domainName: dkim.domain, keySelector: dkim.selector, privateKey: dkimKey },
        }),
  };
  return createTransport(options);
}

function verifyAddress(
  address: string,
): { readonly address: string } | { readonly problem: TargetProblem } {
  const given = address.trim();
  const at = given.lastIndexOf('@');
  const [local, domain] = [given.slice(0, at), domainToASCII(given.slice(at + 1))];
  // Dot-atoms of RFC 5321 only: quoted names are as good as never used, and often an attempt at something else.
  const isLocal = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/i.test(local);
  const isDomain = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/.test(
    domain,
  );
  if (at > 0 && local.length <= 64 && isLocal && isDomain && given.length <= MAX_ADDRESS_CHARACTERS)
    return { address: `${local}@${domain}` };
  return {
    problem: {
      detail: 'This is not an e-mail address that we can write to.',
      remedy: 'Write it like name@example.org, without a name around it.',
    },
  };
}

function renderMail(message: Message, isNeutral: boolean): Mail {
  const { deliveryId, locale, subject, paragraphs, links } = message;
  const tag = toMailTag(deliveryId);
  const line = cleanLine(subject, MAX_SUBJECT_CHARACTERS);
  return {
    tag,
    bounceTag: message.bounceTag ?? tag,
    subject: isNeutral ? speak(locale, 'UTC').text('alert.neutral_subject') : line,
    text: `${[...(isNeutral ? [line] : []), ...paragraphs, ...writeFooter(message)].join('\n\n')}\n`,
    locale,
    ...(links === undefined ? {} : { oneClick: links.oneClick }),
  };
}

function addressMail(
  { tag, bounceTag, subject, text, locale, oneClick }: Mail,
  recipient: string,
  settings: AlertEmail,
): Readonly<Record<string, unknown>> {
  const { from, senderName, isNeutral, bounceAddress = from } = settings;
  const [local = '', domain = ''] = bounceAddress.split('@');
  return {
    // Objects, so that nothing in a name or an address is read as another address.
    from: isNeutral ? from : { name: senderName, address: from },
    to: { name: '', address: recipient },
    envelope: { from: `${local}+${bounceTag}@${domain}`, to: [recipient] },
    messageId: `<${tag}@${from.split('@')[1] ?? ''}>`,
    subject,
    text,
    headers: {
      // RFC 3834: no automatic reply to an automatic message.
      'Auto-Submitted': 'auto-generated',
      'Content-Language': locale,
      ...(oneClick === undefined
        ? {}
        : {
            'List-Unsubscribe': `<${oneClick}>`,
            'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
          }),
    },
  };
}

/**
 * What an error of the relay means. Only a recipient that is refused for good is permanent; whatever else is refused for
 * good is between the operator and the relay. Login, sender and TLS may be mended meanwhile, the content will not change.
 */
function readSmtpError(error: unknown): SendResult {
  const get = (key: string): unknown => Reflect.get(Object(error), key);
  const [status, command, code] = [get('responseCode'), get('command'), get('code')];
  if (typeof status !== 'number') {
    const isCode = typeof code === 'string' && /^[A-Z]{2,20}$/.test(code);
    return { kind: 'retry', reason: isCode ? code.toLowerCase() : 'smtp_failed' };
  }
  const reason = `smtp_${status}`;
  if (status < FIRST_PERMANENT) return { kind: 'retry', reason };
  if (command === 'RCPT TO') return { kind: 'permanent', reason };
  return { kind: 'retry', reason, ...(command === 'DATA' ? { mostAttempts: FEW_ATTEMPTS } : {}) };
}
