/**
 * What the proxies of the lab do behind their protocol: look the name up as the network they stand in does, dial
 * through it, and carry bytes. Like most real ones they close on a reset, so that nobody behind them sees which it was.
 */
import net from 'node:net';
import { createCodedError } from '../failure.ts';
import type { Network } from '../network/network.ts';
import { findAddress } from '../operations/find-address.ts';
import { ignoreClientError } from './lab-server.ts';

/** A running proxy of the lab on 127.0.0.1. */
export type LabProxy = AsyncDisposable & { readonly port: number };

/** How a proxy of the lab is started. */
export type LabProxyOptions = {
  /** The network in which the proxy stands: it resolves and dials through this. */
  readonly network: Network;
  /** Whom it lets in; anybody unless given. */
  readonly auth?: { readonly username: string; readonly password: string };
};

const LOOKUP_MS = 5_000;

/** Dials a host for a client. Rejects like `Network.connect`, with `ENOTFOUND` for a name without an address. */
export async function dialFor(
  host: string,
  port: number,
  network: Network,
  signal: AbortSignal,
): Promise<net.Socket> {
  const address =
    net.isIP(host) === 0 ? await findAddress(host, network, { budgetMs: LOOKUP_MS, signal }) : host;
  if (address === undefined) throw createCodedError('ENOTFOUND', 'no address for the name');
  const socket = await network.connect(address, port, signal);
  return socket.on('error', ignoreClientError);
}

/** A signal that aborts when the client leaves. */
export function untilGone(client: net.Socket): AbortSignal {
  const gone = new AbortController();
  client.once('close', () => gone.abort());
  return gone.signal;
}

/** Carries bytes both ways until either side ends; a reset upstream becomes a plain close. */
export function carryBytes(client: net.Socket, upstream: net.Socket): void {
  upstream.setNoDelay(true);
  client.setNoDelay(true);
  client.on('error', ignoreClientError);
  client.once('close', () => upstream.destroy());
  upstream.once('close', () => client.destroySoon());
  client.pipe(upstream);
  upstream.pipe(client);
}

/** The code of an error of the network. */
export function codeOfError(error: unknown): string {
  const isCoded = typeof error === 'object' && error !== null && 'code' in error;
  return isCoded ? String(error.code) : '';
}
