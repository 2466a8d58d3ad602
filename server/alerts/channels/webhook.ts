/**
 * Webhooks by Standard Webhooks 1.0 (https://github.com/standard-webhooks/standard-webhooks): every request carries the
 * id of the delivery, the time and a signature over both and the body for each secret that is valid.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { AlertEvent } from '../../../db/alert-types.ts';
import type { Channel, Message, SendResult, Target } from './channel.ts';
import { cleanLine } from './clean-text.ts';
import type { OutgoingRequest } from './guarded-request.ts';
import { FEW_ATTEMPTS, readAnswer, readJson } from './http-answer.ts';
import { createHttpChannel, type HttpChannelDeps, verifyUrl } from './http-channel.ts';

/** The standard asks for less than 20 kB. */
export const MAX_PAYLOAD_BYTES = 20_000;
const SECRET_PREFIX = 'whsec_';
const SECRET_BYTES = 32;
/** The standard's bounds. */
const LEAST_SECRET_BYTES = 24;
const MOST_SECRET_BYTES = 64;
/** Two while one is being replaced; more would be a mistake. */
const MAX_SECRETS = 3;
const CHALLENGE_BYTES = 24;
const MAX_TITLE_CHARACTERS = 400;

/** A webhook channel can also ask a receiver whether it wants our messages. */
export type WebhookChannel = Channel<WebhookBody> & {
  /**
   * Proves that whoever gave the address also runs it: sends a random value in `data.challenge`, which a receiver
   * answers with status 2xx as its whole body, or as `challenge` of a JSON object. Never rejects.
   */
  readonly challenge: (target: Target, signal: AbortSignal) => Promise<SendResult>;
};

export type WebhookBody = { readonly id: string; readonly body: string };

/** Makes a secret for a new target, e.g. `whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw…`. */
export function createWebhookSecret(): string {
  return `${SECRET_PREFIX}${randomBytes(SECRET_BYTES).toString('base64')}`;
}

/** The key in a secret; `undefined` for one that is malformed. */
function readSecret(secret: string): Buffer | undefined {
  if (!/^whsec_[A-Za-z0-9+/]+={0,2}$/.test(secret)) return undefined;
  const key = Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
  return key.length >= LEAST_SECRET_BYTES && key.length <= MOST_SECRET_BYTES ? key : undefined;
}

/** Makes the channel. */
export function createWebhookChannel(deps: HttpChannelDeps): WebhookChannel {
  const compose = ({ id, body }: WebhookBody, target: Target) =>
    signRequest(id, body, target, deps.clock.nowMs());
  const channel = createHttpChannel<WebhookBody>(
    {
      kind: 'webhook',
      verify: (address) => verifyUrl(address, deps.policy),
      render: (message) => ({ id: message.deliveryId, body: writePayload(message) }),
      compose,
    },
    deps,
  );
  return {
    ...channel,
    async challenge(target, signal) {
      const value = randomBytes(CHALLENGE_BYTES).toString('base64url');
      const body = JSON.stringify({
        type: 'reachline.challenge',
        timestamp: new Date(deps.clock.nowMs()).toISOString(),
        data: { challenge: value },
      });
      const outgoing = compose({ id: `challenge_${value.slice(0, 16)}`, body }, target);
      if ('kind' in outgoing) return outgoing;
      const answer = await deps.request(outgoing, signal);
      const result = readAnswer(answer, deps.clock.nowMs());
      if (result.kind !== 'ok' || answer.kind !== 'answered') return result;
      const echoed = [answer.text.trim(), readJson(answer, 'challenge')];
      return echoed.some((one) => isSame(one, value))
        ? { kind: 'ok' }
        : { kind: 'permanent', reason: 'challenge_not_answered' };
    },
  };
}

function isSame(given: unknown, value: string): boolean {
  if (typeof given !== 'string') return false;
  const [a, b] = [Buffer.from(given), Buffer.from(value)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Signs with every secret, newest first, so that a receiver may replace its own at any time. */
function signRequest(
  id: string,
  body: string,
  { address, secrets }: Target,
  nowMs: number,
): OutgoingRequest | SendResult {
  const keys = secrets.slice(0, MAX_SECRETS).map(readSecret);
  if (keys.length === 0 || keys.includes(undefined))
    return { kind: 'retry', reason: 'secret_malformed', mostAttempts: FEW_ATTEMPTS };
  const seconds = String(Math.floor(nowMs / 1_000));
  const signatures = keys.flatMap((key) =>
    key === undefined
      ? []
      : [`v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`],
  );
  return {
    method: 'POST',
    url: new URL(address),
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': seconds,
      'webhook-signature': signatures.join(' '),
    },
    body,
  };
}

/** The payload; what is too much for the standard goes, the least needed first, and the rest is counted. */
function writePayload(message: Message): string {
  const all = message.events.length;
  const write = (count: number, isFull: boolean): string =>
    JSON.stringify({
      type: 'reachline.alert',
      timestamp: new Date(Math.max(0, ...message.events.map((one) => one.knownMs))).toISOString(),
      data: {
        severity: message.severity,
        subject: message.subject,
        text: isFull ? message.paragraphs.join('\n\n') : '',
        language: message.locale,
        url: message.url,
        events: message.events.slice(0, count).map((event) => toData(event, isFull)),
        events_left_out: all - count,
      },
    });
  const full = write(all, true);
  if (Buffer.byteLength(full) < MAX_PAYLOAD_BYTES) return full;
  for (let count = all; count > 0; count = Math.floor(count / 2)) {
    const short = write(count, false);
    if (Buffer.byteLength(short) < MAX_PAYLOAD_BYTES) return short;
  }
  return write(0, false);
}

/** An event in the words of the API: snake case, times as ISO 8601 with Z. */
function toData(event: AlertEvent, isFull: boolean): Readonly<Record<string, unknown>> {
  const { facts } = event;
  return {
    id: event.id,
    kind: event.kind,
    severity: event.severity,
    services: event.services,
    countries: event.countryCodes,
    asns: event.asns.slice(0, isFull ? 200 : 20),
    at: toIso(event.atMs),
    known_at: toIso(event.knownMs),
    subject: event.subject,
    title: facts.title === undefined ? undefined : cleanLine(facts.title, MAX_TITLE_CHARACTERS),
    mechanism: facts.mechanism,
    previous_mechanism: facts.previousMechanism,
    changed_to: facts.changedTo,
    changed_asns: facts.changedNetworks?.map(({ asn }) => asn).slice(0, isFull ? 200 : 20),
    added_asns: facts.addedNetworks?.map(({ asn }) => asn).slice(0, isFull ? 200 : 20),
    added_parts: facts.addedParts,
    added_parts_asns: facts.addedPartNetworks?.map(({ asn }) => asn).slice(0, isFull ? 200 : 20),
    added_by: toIso(facts.addedByMs),
    freed_asns: facts.freedNetworks?.map(({ asn }) => asn).slice(0, isFull ? 200 : 20),
    freed_by: toIso(facts.freedByMs),
    networks_restricted: facts.restricted,
    networks_measured: facts.measured,
    parts: facts.parts,
    onset_after: toIso(facts.onsetAfterMs),
    onset_by: toIso(facts.onsetByMs),
    end_after: toIso(facts.endAfterMs),
    end_by: toIso(facts.endByMs),
    announced_earliest: toIso(facts.announcedEarliestMs),
    announced_latest: toIso(facts.announcedLatestMs),
    effective_earliest: toIso(facts.effectiveEarliestMs),
    effective_latest: toIso(facts.effectiveLatestMs),
    last_seen: toIso(facts.lastSeenMs),
    measurement_ids: isFull ? event.measurementIds : undefined,
  };
}

function toIso(atMs: number | undefined): string | undefined {
  return atMs === undefined ? undefined : new Date(atMs).toISOString();
}
