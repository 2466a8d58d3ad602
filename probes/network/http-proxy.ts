/** The network behind an HTTP proxy, through tunnels that CONNECT opens (RFC 9110 §9.3.6), with Basic login (RFC 7617). */
import type net from 'node:net';
import { isIPv6 } from 'node:net';
import { createCodedError, PROXY_CODES } from '../failure.ts';
import { handOver } from '../operations/exchange.ts';
import { Client } from '../operations/undici-client.ts';
import type { Network } from './network.ts';
import {
  createProxiedNetwork,
  createProxyError,
  nameEnd,
  type ProxiedOptions,
  type ProxyEndpoint,
  type TunnelRequest,
} from './proxied.ts';

/** Nothing is asked of this name: undici wants an origin, and the socket is handed to it. */
const ORIGIN = 'http://proxy.invalid';

/** Builds the network behind an HTTP proxy. Opens nothing until it is used. */
export function createHttpProxyNetwork(options: ProxiedOptions): Network {
  return createProxiedNetwork(options, openTunnel);
}

async function openTunnel(request: TunnelRequest): Promise<void> {
  const { socket, proxy, host, port, signal, onAwait } = request;
  const authority = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  const onAbort = (): void => {
    socket.destroy();
  };
  signal.addEventListener('abort', onAbort);
  try {
    signal.throwIfAborted();
    // The socket is connected, so the request leaves at once: an HTTP proxy says nothing before it has tried.
    onAwait('target');
    const statusCode = await ask(socket, authority, { host: authority, ...toLogin(proxy) });
    signal.throwIfAborted();
    if (statusCode < 200 || statusCode >= 300) {
      throw createCodedError(`${PROXY_CODES.connectStatus}${statusCode}`, 'the proxy refused');
    }
  } catch (error) {
    socket.destroy();
    if (signal.aborted) throw signal.reason;
    throw isOfTunnel(error) ? error : createProxyError(nameEnd(error));
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Resolves to the status of the proxy's answer, whatever it is; undici lets go of the socket then. */
function ask(
  socket: net.Socket,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<number> {
  const client = new Client(ORIGIN, {
    connect: handOver(socket),
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
  });
  return new Promise((resolve, reject) => {
    client.dispatch(
      { method: 'CONNECT', path, headers },
      {
        onRequestStart() {},
        onRequestUpgrade: (_controller, statusCode) => resolve(statusCode),
        onResponseError: (_controller, error) => reject(error),
      },
    );
  });
}

function toLogin({ username, password = '' }: ProxyEndpoint): Record<string, string> {
  if (username === undefined) return {};
  const credentials = Buffer.from(`${username}:${password}`, 'utf8').toString('base64');
  return { 'proxy-authorization': `Basic ${credentials}` };
}

/** Whether the error is the proxy's own answer, whose code says all. */
function isOfTunnel(error: unknown): boolean {
  return nameEnd(error).startsWith(PROXY_CODES.connectStatus);
}
