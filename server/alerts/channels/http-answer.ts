/**
 * What the answer of a receiver means for a delivery. Only what says "gone" is permanent, because that switches the
 * target off: everything else may be a mistake that somebody mends, so it is tried again, with fewer attempts where
 * waiting will hardly help. Standard Webhooks 1.0, RFC 9110.
 */
import type { SendResult } from './channel.ts';
import type { Answer } from './guarded-request.ts';

/** Attempts at a receiver that refuses what we send, or sends us elsewhere. */
export const FEW_ATTEMPTS = 3;
/** A receiver that asks for longer is not waited for longer. */
const MAX_RETRY_AFTER_MS = 24 * 3_600_000;
const GONE = 410;
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);

/** Reads an answer. `statuses` are those that mean something else to a certain kind of receiver. */
export function readAnswer(
  answer: Answer,
  nowMs: number,
  statuses: Readonly<Record<number, SendResult['kind']>> = {},
): SendResult {
  // A name that now leads inwards, or a resolver that lies: either may pass, but not by waiting long.
  if (answer.kind === 'refused')
    return { kind: 'retry', reason: answer.reason, mostAttempts: FEW_ATTEMPTS };
  if (answer.kind === 'failed') return { kind: 'retry', reason: answer.reason };
  const { statusCode, headers } = answer;
  const reason = `http_${statusCode}`;
  const known = statuses[statusCode] ?? (statusCode === GONE ? 'permanent' : undefined);
  if (known === 'ok' || (known === undefined && statusCode >= 200 && statusCode < 300))
    return { kind: 'ok' };
  if (known === 'permanent') return { kind: 'permanent', reason };
  const afterMs = readRetryAfter(headers['retry-after'], nowMs);
  const isPassing = known === 'retry' || PASSING.has(statusCode) || statusCode >= 500;
  return {
    kind: 'retry',
    reason,
    ...(afterMs === undefined ? {} : { afterMs }),
    ...(isPassing ? {} : { mostAttempts: FEW_ATTEMPTS }),
  };
}

/** Seconds, or an HTTP date (RFC 9110 §10.2.3). */
export function readRetryAfter(
  value: string | string[] | undefined,
  nowMs: number,
): number | undefined {
  if (typeof value !== 'string' || value.length > 64) return undefined;
  if (/^\s*\d+\s*$/.test(value)) return boundWait(Number(value) * 1_000);
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? undefined : boundWait(atMs - nowMs);
}

/** A length that a receiver asks for, within what is waited for at all. */
export function boundWait(lengthMs: number): number {
  return Math.min(Math.max(Math.round(lengthMs), 0), MAX_RETRY_AFTER_MS);
}

/** The value at `keys` of a JSON answer; `undefined` when it is no JSON or has nothing there. */
export function readJson(answer: Answer, ...keys: readonly string[]): unknown {
  if (answer.kind !== 'answered') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(answer.text);
  } catch {
    return undefined; // not JSON: the status has to do
  }
  for (const key of keys)
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? Reflect.get(value, key)
        : undefined;
  return value;
}
