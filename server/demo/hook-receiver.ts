/**
 * A webhook receiver on loopback, as a subscriber would write one: it checks the signature of Standard Webhooks with its
 * secret, keeps what it got, and refuses what is not signed.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../probes/clock.ts';
import type { TakenHook } from './mailbox.ts';

export type HookReceiver = {
  readonly url: string;
  readonly close: () => Promise<void>;
};

export type HookReceiverDeps = {
  readonly clock: Pick<Clock, 'nowMs'>;
  /** The secrets that are valid now. */
  readonly secrets: () => readonly string[];
  readonly keep: (hook: TakenHook) => Promise<void>;
};

const PATH = '/hook';
const MAX_BODY_BYTES = 64 * 1024;
/** Older or newer requests are refused, so that none can be played back. */
const TOLERANCE_MS = 300_000;
const SECRET_PREFIX = 'whsec_';

/** What a signature is made over. */
export type SignedRequest = Pick<TakenHook, 'headers' | 'body'>;

/** True when the request was signed with one of the secrets, within the last five minutes. */
export function isSignedBy(
  { headers, body }: SignedRequest,
  secrets: readonly string[],
  nowMs: number,
): boolean {
  const [id, seconds = '', signatures = ''] = ['id', 'timestamp', 'signature'].map(
    (name) => headers[`webhook-${name}`],
  );
  const sentMs = Number(seconds) * 1_000;
  if (id === undefined || !/^\d+$/.test(seconds)) return false;
  if (Math.abs(nowMs - sentMs) > TOLERANCE_MS) return false;
  const given = signatures
    .split(' ')
    .filter((one) => one.startsWith('v1,'))
    .map((one) => Buffer.from(one.slice('v1,'.length), 'base64'));
  return secrets.some((secret) => {
    const key = Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
    const right = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest();
    return given.some((one) => one.length === right.length && timingSafeEqual(one, right));
  });
}

/** Starts it. */
export async function startHookReceiver(deps: HookReceiverDeps): Promise<HookReceiver> {
  let url = '';
  const server = http.createServer((request, response) => {
    const answer = (status: number): void => void response.writeHead(status).end();
    if (request.method !== 'POST' || request.url !== PATH) return answer(404);
    readBody(request)
      .then(async (body) => {
        if (body === undefined) return answer(413);
        const taken = { headers: flatten(request.headers), body };
        const isSigned = isSignedBy(taken, deps.secrets(), deps.clock.nowMs());
        await deps.keep({ url, ...taken, isSigned });
        answer(isSigned ? 204 : 401);
      })
      // A full disk or a client that broke off: whoever is still there may try again.
      .catch(() => answer(503));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${PATH}`;
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readBody(request: http.IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function flatten(headers: http.IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}
