/** Requests of agents that are not taken: problem details of RFC 9457 with a reason that the agent's program knows. */
import type { Refusal } from '../../probes/agent/protocol.ts';
import { SECURITY_HEADERS } from '../reply.ts';

/** Status and title of each reason, and what to do about it. */
const REFUSED: Readonly<
  Record<Refusal, { readonly status: number; readonly title: string; readonly remedy: string }>
> = {
  unknown_agent: {
    status: 401,
    title: 'No agent of this name has enrolled',
    remedy: 'Ask whoever runs the server for a token, and enrol with it.',
  },
  disabled: {
    status: 403,
    title: 'The agent is switched off',
    remedy: 'Nothing of it is stored. Ask whoever runs the server.',
  },
  bad_signature: {
    status: 401,
    title: 'The signature does not fit the request',
    remedy:
      'Something on the way changed the request, or the key is another; enrol with a new token.',
  },
  wrong_instance: {
    status: 403,
    title: 'The request was made for another server',
    remedy: 'The data of this server are new; enrol with a new token.',
  },
  wrong_version: {
    status: 400,
    title: 'The agent speaks another version of the protocol',
    remedy: 'Run the same version of Reachline here and there.',
  },
  sequence_reused: {
    status: 409,
    title: 'Another batch has this number',
    remedy: 'Send it again under `nextSequence`.',
  },
  malformed: {
    status: 400,
    title: 'The request cannot be read',
    remedy: 'Run the same version of Reachline here and there.',
  },
  too_large: {
    status: 413,
    title: 'The request is too large',
    remedy: 'Send fewer measurements at once.',
  },
  too_busy: {
    status: 429,
    title: 'The server has too much to do',
    remedy: 'Send it again after the time in Retry-After; nothing of it is stored yet.',
  },
  token_unknown: {
    status: 403,
    title: 'The token is not known here',
    remedy: 'Copy it whole, or ask for a new one: `reachline vantage add`.',
  },
  token_used: {
    status: 403,
    title: 'The token was used before',
    remedy: 'Ask for a new one: `reachline vantage rotate`.',
  },
  token_expired: {
    status: 403,
    title: 'The token is more than a day old',
    remedy: 'Ask for a new one: `reachline vantage add`.',
  },
};

/** A request that is not taken, and nothing of it stored. */
export type Refused = {
  readonly kind: 'refused';
  readonly reason: Refusal;
  /** What exactly is wrong; the title unless told. */
  readonly detail?: string;
  /** For `sequence_reused`. */
  readonly nextSequence?: number;
  /** For `too_busy`. */
  readonly retryAfterSeconds?: number;
};

/** Makes a refusal. */
export function refuse(
  reason: Refusal,
  detail?: string,
  more: Pick<Refused, 'nextSequence' | 'retryAfterSeconds'> = {},
): Refused {
  return { kind: 'refused', reason, ...(detail === undefined ? {} : { detail }), ...more };
}

/** Answers with a refusal. */
export function replyRefusal(path: string, refused: Refused): Response {
  const { reason, nextSequence, retryAfterSeconds } = refused;
  const { status, title, remedy } = REFUSED[reason];
  const body = {
    type: `urn:reachline:problem:${reason.replaceAll('_', '-')}`,
    title,
    status,
    detail: `${refused.detail ?? title}. ${remedy}`,
    instance: path,
    reason,
    ...(nextSequence === undefined ? {} : { nextSequence }),
  };
  return new Response(`${JSON.stringify(body)}\n`, {
    status,
    headers: {
      ...SECURITY_HEADERS,
      'cache-control': 'no-store',
      'content-type': 'application/problem+json',
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
      // What was not read of a body that is too large must not be taken for the next request.
      ...(reason === 'too_large' ? { connection: 'close' } : {}),
    },
  });
}

/** Answers with JSON that nobody may keep. */
export function replyAgentJson(value: unknown): Response {
  return new Response(`${JSON.stringify(value)}\n`, {
    headers: {
      ...SECURITY_HEADERS,
      'cache-control': 'no-store',
      'content-type': 'application/json',
    },
  });
}
