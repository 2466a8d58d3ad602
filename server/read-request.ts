/** What a handler gets: the request, and what its address and its connection say. */
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { negotiateLocale } from '../dashboard/i18n/locale.ts';
import { parseAddress } from './address.ts';
import type { HandlerRequest } from './contract.ts';
import { isSecureInFront } from './proxy.ts';
import { findClient, toClientNetwork } from './rate-limit.ts';

/** The address of the other end; unknown where requests do not come over a socket. */
export function readPeer(env: unknown): string | undefined {
  const { incoming } = (env ?? {}) as { incoming?: { socket?: { remoteAddress?: string } } };
  return incoming?.socket?.remoteAddress;
}

/** Reads what the address says besides the route. */
export function readRequest(
  { req, env }: Context,
  parameters: Readonly<Record<string, string>> = {},
): HandlerRequest {
  const request = req.raw;
  const connection = (env as Partial<HttpBindings> | undefined)?.outgoing;
  const peer = readPeer(env);
  const client = findClient(peer, request.headers.get('x-forwarded-for'));
  const url = new URL(request.url);
  const { path, locale, form } = parseAddress(url.pathname);
  return {
    request,
    url,
    path,
    locale: locale ?? negotiateLocale(request.headers.get('accept-language') ?? ''),
    base: locale === undefined ? '' : `/${locale}`,
    parameter: parameters['id'] ?? parameters['file'] ?? '',
    parameters,
    isSecureInFront: isSecureInFront(peer, request.headers.get('x-forwarded-proto')),
    ...(form === undefined ? {} : { form }),
    ...(connection === undefined ? {} : { cut: () => connection.destroy() }),
    ...(client === undefined ? {} : { clientNetwork: toClientNetwork(client) }),
  };
}
