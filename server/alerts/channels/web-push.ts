/**
 * Web Push: a message for a browser that is closed, through the push service that its maker runs. The service sees when
 * and how much, and nothing else: the content is encrypted for the browser (RFC 8291, aes128gcm of RFC 8188) and signed
 * for with our own key (VAPID, RFC 8292).
 */
import {
  createCipheriv,
  createECDH,
  createHash,
  createPrivateKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import { speak } from '../../../dashboard/i18n/catalogue.ts';
import type { PushNote } from '../../../dashboard/push/push-note.ts';
import type { AlertSeverity } from '../../../db/alert-types.ts';
import type { Channel, TargetProblem } from './channel.ts';
import { cutBytes } from './clean-text.ts';
import type { GuardPolicy, OutgoingRequest } from './guarded-request.ts';
import { readAnswer } from './http-answer.ts';
import { createHttpChannel, type HttpChannelDeps, verifyUrl } from './http-channel.ts';

/** Push services take 4,096 bytes; header, tag and padding mark are 103 of them. */
const MAX_TEXT_BYTES = 2_500;
const MAX_TITLE_BYTES = 300;
/** What the service could not deliver in so long is no longer worth a sound. */
const TTL_SECONDS = 24 * 3_600;
const TOKEN_SECONDS = 12 * 3_600;
const RECORD_BYTES = 4_096;
const PUBLIC_KEY_BYTES = 65;
const SECRET_BYTES = 16;
const CURVE = 'prime256v1';
const URGENCIES: Readonly<Record<AlertSeverity, string>> = {
  info: 'low',
  minor: 'normal',
  major: 'high',
  critical: 'high',
};

/** Who we are to push services. */
export type PushIdentity = {
  /** P-256, 32 bytes in base64url. */
  readonly privateKey: string;
  /** `mailto:` or `https:`. */
  readonly contact: string;
};

/** A subscription as a browser gives it; as an address it is this, in JSON with these keys in this order. */
type PushTarget = { readonly endpoint: string; readonly p256dh: string; readonly auth: string };

export type PushMessage = {
  readonly content: string;
  readonly urgency: string;
  /** A newer message of the same topic replaces one that the service still holds. */
  readonly topic?: string;
};

/** The public key that browsers subscribe with, in base64url. @throws RangeError for a key that is none */
export function derivePushKey(privateKey: string): string {
  return derivePublic(privateKey).toString('base64url');
}

function derivePublic(privateKey: string): Buffer {
  const key = Buffer.from(privateKey, 'base64url');
  if (key.length !== 32) throw new RangeError('a push key has 32 bytes in base64url');
  const pair = createECDH(CURVE);
  pair.setPrivateKey(key);
  return pair.getPublicKey();
}

/** Makes the channel. @throws RangeError for a private key that is none */
export function createPushChannel(
  deps: HttpChannelDeps,
  identity: PushIdentity,
): Channel<PushMessage> {
  const publicKey = derivePublic(identity.privateKey);
  const signingKey = createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'EC',
      crv: 'P-256',
      d: identity.privateKey,
      x: publicKey.subarray(1, 33).toString('base64url'),
      y: publicKey.subarray(33).toString('base64url'),
    },
  });
  return createHttpChannel<PushMessage>(
    {
      kind: 'web_push',
      verify: (address) => verifySubscription(address, deps.policy),
      render: ({ subject, paragraphs, url, severity, events, locale, links }) => {
        const subjects = new Set(
          events.map((event) => `${event.subject.kind} ${event.subject.id}`),
        );
        const [only] = subjects;
        return {
          content: JSON.stringify({
            title: cutBytes(subject, MAX_TITLE_BYTES),
            body: cutBytes(paragraphs.join('\n'), MAX_TEXT_BYTES),
            url,
            lang: locale,
            ...(links === undefined
              ? {}
              : {
                  manage: {
                    url: links.manage,
                    text: speak(locale, 'UTC').text('alerts.manage.link'),
                  },
                }),
          } satisfies PushNote),
          urgency: URGENCIES[severity],
          // At most 32 characters of base64url (RFC 8030 §5.4), and nothing that can be read from outside.
          ...(only === undefined || subjects.size > 1
            ? {}
            : { topic: createHash('sha256').update(only).digest('base64url').slice(0, 32) }),
        };
      },
      compose: (message, { address }) => {
        const target = readSubscription(address);
        if (target === undefined) return { kind: 'permanent', reason: 'target_malformed' };
        const token = createToken(new URL(target.endpoint).origin, identity, signingKey, deps);
        return composePush(
          message,
          target,
          `vapid t=${token}, k=${publicKey.toString('base64url')}`,
        );
      },
      // 404 and 410: the reader has unsubscribed in the browser (RFC 8030 §7.3).
      read: (answer, nowMs) => readAnswer(answer, nowMs, { 404: 'permanent' }),
    },
    deps,
  );
}

function composePush(
  { content, urgency, topic }: PushMessage,
  target: PushTarget,
  authorization: string,
): OutgoingRequest {
  return {
    method: 'POST',
    url: new URL(target.endpoint),
    headers: {
      authorization,
      'content-type': 'application/octet-stream',
      'content-encoding': 'aes128gcm',
      ttl: String(TTL_SECONDS),
      urgency,
      ...(topic === undefined ? {} : { topic }),
    },
    body: encryptPush(Buffer.from(content), target),
  };
}

function createToken(
  audience: string,
  { contact }: PushIdentity,
  key: KeyObject,
  { clock }: HttpChannelDeps,
): string {
  const seconds = Math.floor(clock.nowMs() / 1_000);
  const claims = { aud: audience, exp: seconds + TOKEN_SECONDS, sub: contact };
  const signed = [{ typ: 'JWT', alg: 'ES256' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

/** Key and salt of one message; fresh ones unless a test gives those of the RFC. */
export type PushSecrets = { readonly privateKey: Buffer; readonly salt: Buffer };

/** Encrypts for one browser (RFC 8291 §3.4) as a single record (RFC 8188 §2). @throws Error for a key that is none */
export function encryptPush(
  content: Buffer,
  { p256dh, auth }: Pick<PushTarget, 'p256dh' | 'auth'>,
  secrets?: PushSecrets,
): Buffer {
  const theirs = Buffer.from(p256dh, 'base64url');
  const pair = createECDH(CURVE);
  if (secrets === undefined) pair.generateKeys();
  else pair.setPrivateKey(secrets.privateKey);
  const ours = pair.getPublicKey();
  const salt = secrets?.salt ?? randomBytes(SECRET_BYTES);
  const derive = (key: Buffer, from: Buffer, info: Buffer | string, length: number): Buffer =>
    Buffer.from(hkdfSync('sha256', key, from, info, length));
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), theirs, ours]);
  const key = derive(pair.computeSecret(theirs), Buffer.from(auth, 'base64url'), info, 32);
  const contentKey = derive(key, salt, 'Content-Encoding: aes128gcm\0', 16);
  const nonce = derive(key, salt, 'Content-Encoding: nonce\0', 12);
  const cipher = createCipheriv('aes-128-gcm', contentKey, nonce);
  const head = Buffer.alloc(SECRET_BYTES + 5);
  salt.copy(head);
  head.writeUInt32BE(RECORD_BYTES, SECRET_BYTES);
  head.writeUInt8(PUBLIC_KEY_BYTES, SECRET_BYTES + 4);
  // 2 marks the last record; no padding follows.
  const body = [cipher.update(content), cipher.update(Buffer.from([2])), cipher.final()];
  return Buffer.concat([head, ours, ...body, cipher.getAuthTag()]);
}

function verifySubscription(
  address: string,
  policy: GuardPolicy,
): { readonly address: string } | { readonly problem: TargetProblem } {
  const target = readSubscription(address);
  if (target === undefined)
    return {
      problem: {
        detail: 'This is not the subscription of a browser.',
        remedy: 'Subscribe again from the page, in a browser that supports push messages.',
      },
    };
  const checked = verifyUrl(target.endpoint, policy);
  if ('problem' in checked) return checked;
  return { address: JSON.stringify({ ...target, endpoint: checked.address }) };
}

/** Where the messages of a subscription are sent; undefined for what is none. */
export function findEndpoint(address: string): string | undefined {
  return readSubscription(address)?.endpoint;
}

/** Reads both forms: ours, and that of `PushSubscription.toJSON()`. */
function readSubscription(address: string): PushTarget | undefined {
  let value: unknown;
  try {
    value = JSON.parse(address);
  } catch {
    return undefined; // no JSON: no subscription
  }
  const get = (from: unknown, key: string): unknown => Reflect.get(Object(from), key);
  const keys = get(value, 'keys') ?? value;
  const [endpoint, p256dh, auth] = [get(value, 'endpoint'), get(keys, 'p256dh'), get(keys, 'auth')];
  if (typeof endpoint !== 'string' || typeof p256dh !== 'string' || typeof auth !== 'string')
    return undefined;
  const isWell =
    URL.canParse(endpoint) &&
    isPoint(p256dh) &&
    Buffer.from(auth, 'base64url').length === SECRET_BYTES;
  return isWell ? { endpoint, p256dh, auth } : undefined;
}

/** True for an uncompressed point of the curve: a wrong one would throw in every attempt. */
function isPoint(key: string): boolean {
  const bytes = Buffer.from(key, 'base64url');
  if (bytes.length !== PUBLIC_KEY_BYTES || bytes[0] !== 4) return false;
  const pair = createECDH(CURVE);
  pair.generateKeys();
  try {
    pair.computeSecret(bytes);
    return true;
  } catch {
    return false; // not on the curve
  }
}
