/**
 * One HTTP request to an address that a stranger gave us, without lending the stranger our place in the network: the
 * name is resolved once, every address it has is checked, the connection goes to an address that was checked and is
 * checked again once it stands. Redirects are not followed, answers are cut, and one deadline holds for all of it.
 * OWASP, Server-Side Request Forgery Prevention.
 */
import dns from 'node:dns/promises';
import net from 'node:net';
import tls from 'node:tls';
import type { Clock } from '../../../probes/clock.ts';
import { withBudget } from '../../../probes/deadline.ts';
import { dial as dialDirectly } from '../../../probes/network/direct.ts';
import { createReceived, exchange } from '../../../probes/operations/exchange.ts';
import type { TargetProblem } from './channel.ts';
import { isPublicAddress } from './public-address.ts';

/** Resolving, connecting, sending and reading, all together; receivers of webhooks get 15 to 30 s elsewhere too. */
const DEADLINE_MS = 15_000;
/** More of an answer is not read: no channel answers with more than some hundred bytes. */
const MAX_ANSWER_BYTES = 64 * 1024;
/** One address that is silent must not take the time of the others. */
const CONNECT_MS = 5_000;
const MAX_ADDRESSES = 4;
const MAX_URL_CHARACTERS = 2_000;
const HTTPS_PORT = 443;
const HTTP_PORT = 80;
/** Below are the ports of other protocols, whose servers might take our bytes for their own. */
const FIRST_FREE_PORT = 1_024;
const USER_AGENT = 'Reachline alerts';

/** What the operator allows; both are for tests and for those who send to their own machines. */
export type GuardPolicy = {
  /** Addresses of private networks and of this machine, at any port. */
  readonly allowPrivateTargets: boolean;
  /** Addresses that begin with http://. */
  readonly allowPlainHttp: boolean;
  /** The one place that the operator wrote down, wherever it lies; given only to the channel that it belongs to. */
  readonly trustedOrigin?: string;
};

/** What the request works with; all but policy and clock stand in for the system's own in tests. */
export type GuardDeps = {
  readonly policy: GuardPolicy;
  readonly clock: Clock;
  /** Every address of a name. The system's own resolver, since only that knows the names of an operator's network. */
  readonly resolve?: (hostname: string) => Promise<readonly string[]>;
  readonly dial?: typeof dialDirectly;
  /** PEM certificates that are trusted in place of the runtime's own. */
  readonly roots?: readonly string[];
  readonly deadlineMs?: number;
};

export type OutgoingRequest = {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
};

/** What came of a request. Reasons are codes and hold nothing of the address. */
export type Answer =
  | {
      readonly kind: 'answered';
      readonly statusCode: number;
      readonly headers: Readonly<Record<string, string | string[] | undefined>>;
      /** At most `MAX_ANSWER_BYTES` of it. */
      readonly text: string;
    }
  /** We do not connect there. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string };

/** Sends a request. Never rejects. */
export type GuardedRequest = (request: OutgoingRequest, signal: AbortSignal) => Promise<Answer>;

/** An address that the guard does not let through: kept apart from what networks do. */
class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

/**
 * Reads an address that a stranger gave and writes it one way. Sends nothing: a name that leads into a private network
 * is found only when it is resolved.
 */
export function readTargetUrl(
  address: string,
  policy: GuardPolicy,
): { readonly url: URL } | { readonly problem: TargetProblem } {
  const problem = (detail: string, remedy: string) => ({ problem: { detail, remedy } });
  if (address.length > MAX_URL_CHARACTERS || !URL.canParse(address))
    return problem('This is not a web address.', 'Write a full address that starts with https://.');
  const url = new URL(address);
  url.hash = '';
  const reason = findFault(url, policy);
  if (reason === undefined) return { url };
  const [detail, remedy] = FAULTS[reason];
  return problem(detail, remedy);
}

const FAULTS = {
  scheme_not_allowed: ['The address must start with https://.', 'Give an https:// address.'],
  login_in_address: [
    'The address holds a name or password.',
    'Remove what stands before the @; use a secret path or the signature instead.',
  ],
  port_not_allowed: ['This port is not allowed.', 'Use port 443 or one from 1024 on.'],
  address_not_public: [
    'The address lies in a private network or on this machine.',
    'Give an address that can be reached from everywhere.',
  ],
} as const satisfies Readonly<Record<string, readonly [detail: string, remedy: string]>>;

function findFault(url: URL, policy: GuardPolicy): keyof typeof FAULTS | undefined {
  const isPlain = url.protocol === 'http:';
  if (url.origin === policy.trustedOrigin && url.username === '') return undefined;
  if (url.protocol !== 'https:' && !(isPlain && policy.allowPlainHttp)) return 'scheme_not_allowed';
  if (url.username !== '' || url.password !== '') return 'login_in_address';
  if (policy.allowPrivateTargets) return undefined;
  const port = portOf(url);
  const isUsual = port === HTTPS_PORT || (isPlain && port === HTTP_PORT);
  if (!isUsual && port < FIRST_FREE_PORT) return 'port_not_allowed';
  // Numbers in every base and length have become four decimal ones in the parser.
  const host = hostOf(url);
  const isLocal = net.isIP(host) === 0 ? /(^|\.)localhost\.?$/.test(host) : !isPublicAddress(host);
  return isLocal ? 'address_not_public' : undefined;
}

function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'http:' ? HTTP_PORT : HTTPS_PORT;
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

/** Makes the one way by which channels reach addresses that subscribers gave. Opens nothing until it is used. */
export function createGuardedRequest(deps: GuardDeps): GuardedRequest {
  const { clock, deadlineMs = DEADLINE_MS } = deps;
  // One context for all connections: making one costs more than a handshake.
  let context: tls.SecureContext | undefined;
  const secureContext = () => {
    context ??= tls.createSecureContext(deps.roots ? { ca: [...deps.roots] } : {});
    return context;
  };
  return async (request, signal) => {
    try {
      const result = await withBudget({ budgetMs: deadlineMs, clock, signal }, (own) =>
        send(request, deps, secureContext, own),
      );
      return result.kind === 'settled' ? result.value : { kind: 'failed', reason: result.reason };
    } catch (error) {
      if (error instanceof RefusedError) return { kind: 'refused', reason: error.message };
      return { kind: 'failed', reason: readCode(error) };
    }
  };
}

/** A code that the system or OpenSSL gave; texts of errors may hold addresses. */
function readCode(error: unknown): string {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_/ ]{1,60}$/.test(code)
    ? code.toLowerCase()
    : 'unknown_failure';
}

async function send(
  request: OutgoingRequest,
  deps: GuardDeps,
  secureContext: () => tls.SecureContext,
  signal: AbortSignal,
): Promise<Answer> {
  const { url } = request;
  const fault = findFault(url, deps.policy);
  if (fault !== undefined) throw new RefusedError(fault);
  const host = hostOf(url);
  const addresses = net.isIP(host) === 0 ? await (deps.resolve ?? resolveAll)(host) : [host];
  const plain = await connectToOne(addresses, url, deps, signal);
  const socket =
    url.protocol === 'http:' ? plain : await secure(plain, host, secureContext(), signal);
  const received = createReceived();
  const body = Buffer.from(request.body);
  const headers = { 'user-agent': USER_AGENT, ...request.headers };
  await exchange(socket, { ...request, headers, body }, MAX_ANSWER_BYTES, signal, received);
  return {
    kind: 'answered',
    statusCode: received.statusCode,
    headers: received.headers,
    text: Buffer.concat(received.chunks).toString(),
  };
}

async function resolveAll(hostname: string): Promise<readonly string[]> {
  return (await dns.lookup(hostname, { all: true })).map(({ address }) => address);
}

/** One bad address among good ones is refused with them: nobody has a good reason to mix the two. */
async function connectToOne(
  addresses: readonly string[],
  url: URL,
  { policy, clock, dial = dialDirectly }: GuardDeps,
  signal: AbortSignal,
): Promise<net.Socket> {
  const isAnywhere = policy.allowPrivateTargets || url.origin === policy.trustedOrigin;
  const assertAllowed = (address: string | undefined): void => {
    if (isAnywhere || (address !== undefined && isPublicAddress(address))) return;
    throw new RefusedError('address_not_public');
  };
  for (const address of addresses) assertAllowed(address);
  let failure: unknown = new RefusedError('no_address');
  for (const address of addresses.slice(0, MAX_ADDRESSES)) {
    try {
      const result = await withBudget(
        { budgetMs: CONNECT_MS, clock, signal },
        (own) => dial(address, portOf(url), own),
        (late) => late.destroy(),
      );
      if (result.kind === 'ended') throw Object.assign(new Error(), { code: 'ETIMEDOUT' });
      const socket = result.value;
      try {
        assertAllowed(socket.remoteAddress);
      } catch (error) {
        socket.destroy();
        throw error;
      }
      return socket;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof RefusedError) throw error;
      failure = error;
    }
  }
  throw failure;
}

/** Shakes hands over a connection that stands. Destroys it on every path but success. */
function secure(
  plain: net.Socket,
  host: string,
  secureContext: tls.SecureContext,
  signal: AbortSignal,
): Promise<tls.TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({
      socket: plain,
      // Checked against the certificate; a name is also sent, an address never (RFC 6066 §3).
      host,
      ...(net.isIP(host) === 0 ? { servername: host.replace(/\.$/, '') } : {}),
      secureContext,
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['http/1.1'],
    });
    const fail = (error: unknown): void => {
      socket.destroy();
      plain.destroy();
      reject(error);
    };
    const onAbort = (): void => fail(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    // Stays for the life of the socket: without a listener an error between two steps would end the process.
    socket.on('error', fail);
    socket.once('secureConnect', () => {
      signal.removeEventListener('abort', onAbort);
      resolve(socket);
    });
  });
}
