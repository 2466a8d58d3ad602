/**
 * The network behind a SOCKS5 proxy (RFC 1928), with a name and password where the proxy wants them (RFC 1929).
 * The library's errors are text and carry the password, so none of them goes on: the proxy's own bytes say what happened.
 */
import type net from 'node:net';
import { SocksClient } from 'socks';
import { createCodedError, PROXY_CODES } from '../failure.ts';
import type { Network } from './network.ts';
import {
  createProxiedNetwork,
  createProxyError,
  nameEnd,
  type ProxiedOptions,
  type TunnelRequest,
} from './proxied.ts';

/** Longer than any budget may be: ours ends the attempt, never the library's own timer. */
const LIBRARY_TIMEOUT_MS = 121_000;

const VERSION = 5;
const WITHOUT_LOGIN = 0;
const WITH_LOGIN = 2;
const REFUSED_METHODS = 0xff;
const GRANTED = 0;
/** Bytes of the proxy's choice of a login, of its answer to the login, and of its reply up to the code. */
const METHOD_BYTES = 2;
const LOGIN_BYTES = 2;
const REPLY_BYTES = 2;
/** More than the answers that are looked at. */
const MAX_KEPT_BYTES = 64;

/** Builds the network behind a SOCKS5 proxy. Opens nothing until it is used. */
export function createSocks5Network(options: ProxiedOptions): Network {
  return createProxiedNetwork(options, openTunnel);
}

async function openTunnel(request: TunnelRequest): Promise<void> {
  const { socket, proxy, host, port, signal, onAwait } = request;
  const { username, password } = proxy;
  let said: Buffer = Buffer.alloc(0);
  const onData = (chunk: Buffer): void => {
    if (said.length < MAX_KEPT_BYTES) said = Buffer.concat([said, chunk]);
    if (readProgress(said).kind === 'requested') onAwait('target');
  };
  const onAbort = (): void => {
    socket.destroy();
  };
  socket.on('data', onData);
  signal.addEventListener('abort', onAbort);
  try {
    signal.throwIfAborted();
    await SocksClient.createConnection({
      command: 'connect',
      destination: { host, port },
      proxy: {
        host: proxy.host,
        port: proxy.port,
        type: VERSION,
        ...(username === undefined ? {} : { userId: username, password: password ?? '' }),
      },
      existing_socket: socket,
      timeout: LIBRARY_TIMEOUT_MS,
    });
    signal.throwIfAborted();
  } catch (error) {
    socket.destroy();
    if (signal.aborted) throw signal.reason;
    // The library names its own errors by text alone; whatever else it threw is a mistake in the calling.
    throw toTunnelError(said, socket, error);
  } finally {
    socket.off('data', onData);
    signal.removeEventListener('abort', onAbort);
  }
}

/** How far the proxy has come, by its bytes. */
type Progress =
  | { readonly kind: 'greeting' }
  | { readonly kind: 'no_socks' }
  | { readonly kind: 'login_refused' }
  /** It has our request; what follows is about the target. */
  | { readonly kind: 'requested' }
  | { readonly kind: 'replied'; readonly code: number };

function readProgress(said: Buffer): Progress {
  if (said.length < METHOD_BYTES) return { kind: 'greeting' };
  if (said[0] !== VERSION) return { kind: 'no_socks' };
  const method = said[1];
  if (method === REFUSED_METHODS) return { kind: 'login_refused' };
  if (method !== WITHOUT_LOGIN && method !== WITH_LOGIN) return { kind: 'no_socks' };
  const loginBytes = method === WITH_LOGIN ? LOGIN_BYTES : 0;
  if (said.length < METHOD_BYTES + loginBytes) return { kind: 'greeting' };
  if (method === WITH_LOGIN && said[METHOD_BYTES + 1] !== GRANTED) return { kind: 'login_refused' };
  const reply = said.subarray(METHOD_BYTES + loginBytes);
  if (reply.length < REPLY_BYTES) return { kind: 'requested' };
  return reply[0] === VERSION
    ? { kind: 'replied', code: reply[1] ?? GRANTED }
    : { kind: 'no_socks' };
}

function toTunnelError(said: Buffer, socket: net.Socket, error: unknown): Error {
  const progress = readProgress(said);
  switch (progress.kind) {
    case 'replied':
      if (progress.code === GRANTED) return createProxyError('NO_SOCKS5');
      return createCodedError(`${PROXY_CODES.socks5Reply}${progress.code}`, 'the proxy refused');
    case 'login_refused':
      return createProxyError('LOGIN_REFUSED');
    case 'no_socks':
      return createProxyError('NO_SOCKS5');
    case 'greeting':
    case 'requested':
      return createProxyError(nameEnd(socket.errored ?? error));
    default:
      return progress satisfies never;
  }
}
