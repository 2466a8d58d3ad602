/**
 * Fetches over HTTP what is to be imported: a whole file as a stream, or one answer of an API. Where an answer sends us
 * is text from outside, so that it may lead to another scheme, a private address or around in circles.
 */
import dns from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, request } from 'undici';
import { isBogon } from '../../probes/bogon.ts';

/** Why something could not be fetched, fit to be shown. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';
}

/** What is fetched, and the bounds that it must keep. */
export type DownloadDeps = {
  readonly signal: AbortSignal;
  readonly maxBytes: number;
};

/** An answer that is being read. */
export type Download = {
  readonly statusCode: number;
  /** Length as the server tells it. */
  readonly bytes?: number;
  /** How long to wait, where the server asks for it. */
  readonly retryAfterMs?: number;
  /** Ends with a DownloadError when it is longer than allowed. */
  readonly body: AsyncIterable<Uint8Array>;
};

/** A packed day of all of OONI's data of one test in one country has less than 1 GB. */
export const MAX_FILE_BYTES = 8 * 1024 ** 3;
const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const HEADERS_TIMEOUT_MS = 60_000;
/** Nothing for so long means that nothing will come. */
const BODY_TIMEOUT_MS = 120_000;

/** How names are resolved: `dns.lookup`, or what stands for it in tests. */
export type LookupAll = (
  hostname: string,
  options: dns.LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses?: dns.LookupAddress[]) => void,
) => void;

/** Makes a lookup that refuses private addresses, at the very lookup by which the connection is made. */
export function createPublicLookup(lookup: LookupAll): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses = []) => {
      const found = addresses.filter(({ address }) => !isBogon(address));
      const [first] = found;
      if (error || !first)
        callback(error ?? new DownloadError(`${hostname} has no public address.`), '', 0);
      else if (options.all) callback(null, found);
      else callback(null, first.address, first.family);
    });
  };
}

/**
 * Fetches an address that the operator wrote. Redirects are followed to https, or to the same place; never to a private
 * address, unless they stay where the operator sent us. @throws DownloadError
 */
export async function download(first: URL, { signal, maxBytes }: DownloadDeps): Promise<Download> {
  let url = first;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    const isOwn = url.origin === first.origin;
    const dispatcher = new Agent({
      headersTimeout: HEADERS_TIMEOUT_MS,
      bodyTimeout: BODY_TIMEOUT_MS,
      ...(isOwn ? {} : { connect: { lookup: createPublicLookup(dns.lookup) } }),
    });
    const answer = await request(url, { dispatcher, signal }).catch((error: unknown) => {
      throw explain(url, error);
    });
    const { statusCode, headers, body } = answer;
    const location = headers['location'];
    if (!REDIRECTS.has(statusCode) || typeof location !== 'string')
      return {
        statusCode,
        ...readLength(headers['content-length']),
        ...readRetryAfter(headers['retry-after']),
        body: limit(body, maxBytes, dispatcher),
      };
    // Nothing of it is wanted; that it was cut off is no error then.
    body.on('error', () => {}).destroy();
    await dispatcher.destroy();
    url = checkRedirect(first, URL.parse(location, url));
  }
  throw new DownloadError(`${first.host} redirects too often.`);
}

/** @throws DownloadError when the redirect leads where it must not. */
function checkRedirect(first: URL, next: URL | null): URL {
  if (!next)
    throw new DownloadError(
      `${first.host} redirects to what is no address, which is not followed.`,
    );
  const isOwn = next.origin === first.origin;
  if (!isOwn && next.protocol !== 'https:')
    throw new DownloadError(
      `${first.host} redirects to ${next.protocol} elsewhere, which is not followed.`,
    );
  const host = next.hostname.replace(/^\[|\]$/g, '');
  const isPrivate = (isIP(host) !== 0 && isBogon(host)) || host === 'localhost';
  if (!isOwn && isPrivate)
    throw new DownloadError(`${first.host} redirects to a private address, which is not followed.`);
  return next;
}

function explain(url: URL, error: unknown): DownloadError {
  if (error instanceof DownloadError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  return new DownloadError(
    `${url.host} cannot be reached (${code}). Check the address and the network.`,
    {
      cause: error,
    },
  );
}

function readLength(value: unknown): { bytes?: number } {
  const bytes = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
  return bytes === undefined ? {} : { bytes };
}

/** Seconds, or a date (RFC 9110 §10.2.3); at most an hour. */
function readRetryAfter(value: unknown): { retryAfterMs?: number } {
  if (typeof value !== 'string') return {};
  const ms = /^\d{1,6}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? {} : { retryAfterMs: Math.min(3_600_000, Math.max(0, ms)) };
}

async function* limit(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
  dispatcher: Agent,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  try {
    for await (const chunk of body) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw new DownloadError(`The answer is longer than ${maxBytes} bytes.`);
      yield chunk;
    }
  } finally {
    await dispatcher.destroy();
  }
}
