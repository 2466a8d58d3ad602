/** Where readers find this server: as it was told, or as the reader addressed it when that has a safe form. */
import type { ServerInfo } from './contract.ts';

/** Host and port, nothing that could end a quotation or begin a path. */
const SAFE_HOST = /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:]{2,45}\])(?::\d{1,5})?$/i;

/** The origin for absolute addresses, without a slash at its end; empty when the request's host has no safe form. */
export function toOrigin(request: Request, info: Pick<ServerInfo, 'publicUrl'>): string {
  if (info.publicUrl !== undefined) return info.publicUrl.replace(/\/+$/, '');
  const host = request.headers.get('host') ?? new URL(request.url).host;
  if (!SAFE_HOST.test(host)) return '';
  // The web server in front of us speaks HTTPS and says so; nothing hangs on whether it tells the truth.
  const isSecure = request.headers.get('x-forwarded-proto') === 'https';
  return `${isSecure ? 'https:' : new URL(request.url).protocol}//${host.toLowerCase()}`;
}
