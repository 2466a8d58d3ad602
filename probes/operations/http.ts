/**
 * One GET over a socket that is connected and, for https, verified. Redirects are recorded and not followed: each
 * hop is an operation of its own.
 * Follows OONI's httpt (df-001); HTTP itself is RFC 9112.
 */
import { hash } from 'node:crypto';
import type net from 'node:net';
import { type Budget, toEndFailure, withBudget } from '../deadline.ts';
import { toFailure } from '../failure.ts';
import type { Network } from '../network/network.ts';
import { getScrubber, type Scrubber } from '../scrub.ts';
import type { Failure, HttpInput, HttpValue, Outcome } from '../types.ts';
import { createReceived, exchange, type Received } from './exchange.ts';
import { createPace } from './pace.ts';
import { describePage, pickHeaders } from './page.ts';
import type { WireCounter } from './tls.ts';

/** What `probeHttp` needs beside its input. It owns the socket from here on. */
export type HttpDeps = Budget & {
  readonly socket: net.Socket;
  readonly wire: WireCounter;
  readonly network: Pick<Network, 'ownAddresses'>;
  /** Bytes after which reading stops. */
  readonly maxBodyBytes: number;
  /** Characters of text kept from the start of the body. */
  readonly bodyHeadBytes: number;
  /** Whether the rate and the silences of the body are measured. */
  readonly isTimed?: boolean;
  /** Called with the Location header as it came, before it is cut and scrubbed for keeping. */
  readonly onLocation?: (location: string) => void;
};

/**
 * A plain page visit: the services answer unknown clients otherwise than browsers. The body is asked for as it is,
 * so that its start can be read and nothing has to be unpacked. Same for every vantage, so it identifies none.
 */
const REQUEST_HEADERS = {
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'accept-language': 'en-US,en;q=0.5',
  'accept-encoding': 'identity',
} as const;

/** Sends one GET and reads the answer. Never rejects; closes the socket on every path. */
export async function probeHttp(input: HttpInput, deps: HttpDeps): Promise<Outcome<HttpValue>> {
  const received = createReceived();
  const bytesBefore = deps.wire.bytesIn();
  const countBytes = (): number => deps.wire.bytesIn() - bytesBefore;
  const pace = deps.isTimed ? createPace(countBytes, deps.clock) : undefined;
  if (pace) received.onBody = pace.look;
  const describeNow = (): HttpValue => ({
    ...describe(received, deps, countBytes()),
    ...pace?.conclude(),
  });
  const fail = (failure: Failure): Outcome<HttpValue> => {
    const seen = received.statusCode > 0 ? describeNow() : { wireBytesIn: countBytes() };
    return { kind: 'failed', failure, seen };
  };
  try {
    const request = { method: input.method, url: new URL(input.url), headers: REQUEST_HEADERS };
    const result = await withBudget(deps, (signal) =>
      exchange(deps.socket, request, deps.maxBodyBytes, signal, received),
    );
    pace?.end(result.kind === 'ended' && result.reason === 'timeout' && !result.isStalled);
    if (result.kind === 'ended') return fail(toEndFailure(result, 'http'));
    const { location } = received.headers;
    if (typeof location === 'string') deps.onLocation?.(location);
    return { kind: 'ok', value: describeNow() };
  } catch (error) {
    pace?.end(false);
    return fail(toFailure(error, 'http'));
  } finally {
    deps.socket.destroy();
  }
}

function describe(received: Received, deps: HttpDeps, wireBytesIn: number): HttpValue {
  const scrubber = getScrubber(deps.network.ownAddresses);
  const [first] = received.chunks;
  const body = received.chunks.length === 1 && first ? first : Buffer.concat(received.chunks);
  return {
    statusCode: received.statusCode,
    headers: pickHeaders(received.headers, scrubber),
    bodyBytes: received.bodyBytes,
    isBodyTruncated: received.isBodyTruncated,
    bodySha256: hashBody(body, scrubber),
    ...describePage(body, received.headers, deps.bodyHeadBytes, scrubber),
    wireBytesIn,
  };
}

/**
 * A page that echoes the vantage's address is hashed without it: whoever knows the page could otherwise try all
 * addresses until the sum fits.
 */
function hashBody(body: Buffer, scrubber: Scrubber): string {
  const text = body.toString('latin1');
  // Without the zeros of UTF-16, which keep an address apart.
  for (const spelling of text.includes('\0') ? [text, text.replaceAll('\0', '')] : [text]) {
    const scrubbed = scrubber.text(spelling);
    if (scrubbed !== spelling) return hash('sha256', Buffer.from(scrubbed, 'latin1'), 'hex');
  }
  return hash('sha256', body, 'hex');
}
