/** Where readers find this server: as it was told, or as the reader addressed it when that has a safe form. */
import type { HandlerRequest, ServerInfo } from './contract.ts';

/** Host and port, nothing that could end a quotation or begin a path. */
const SAFE_HOST = /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:]{2,45}\])(?::\d{1,5})?$/i;

/** The origin for absolute addresses, without a slash at its end; empty when the request's host has no safe form. */
export function toOrigin(
  { request, isSecureInFront }: Pick<HandlerRequest, 'request' | 'isSecureInFront'>,
  info: Pick<ServerInfo, 'publicUrl'>,
): string {
  if (info.publicUrl !== undefined) return info.publicUrl.replace(/\/+$/, '');
  const { host: ownHost, protocol } = new URL(request.url);
  const host = request.headers.get('host') ?? ownHost;
  if (!SAFE_HOST.test(host)) return '';
  return `${isSecureInFront ? 'https:' : protocol}//${host.toLowerCase()}`;
}
