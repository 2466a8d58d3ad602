/** What lets scripts on pages of other sites read the data: nothing of it is for some readers alone, and nothing writes. */
import { SECURITY_HEADERS } from './reply.ts';

/** Headers of answers that such scripts may see. */
const EXPOSED = [
  'accept-ranges',
  'content-disposition',
  'content-range',
  'etag',
  'last-modified',
  'link',
  'ratelimit',
  'ratelimit-policy',
  'reachline-citation',
  'reachline-revision',
  'retry-after',
].join(', ');

/** Headers of every answer with data. */
export const OPEN_HEADERS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': EXPOSED,
} as const;

/** The answer to a browser that asks first. */
export const PREFLIGHT_HEADERS = {
  ...SECURITY_HEADERS,
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, HEAD, OPTIONS',
  'access-control-allow-headers': 'accept, if-modified-since, if-none-match, range',
  'access-control-max-age': '86400',
} as const;

/** True for addresses that give data, in the API and as files beside pages. */
export function isOpenData(pathname: string): boolean {
  return (
    pathname.startsWith('/api/') ||
    pathname.startsWith('/exports/') ||
    ((pathname.endsWith('.json') || pathname.endsWith('.csv')) && !pathname.startsWith('/assets/'))
  );
}

/** True for addresses whose answers are drawn or put together for each request: one client may not have all of it. */
export function isDrawn(pathname: string): boolean {
  return (
    /\.(?:png|svg|atom)$/.test(pathname) ||
    /^\/(?:[a-z]{2}\/)?(?:card|badge|embed|lite|snapshot\.html)(?:\/|$)/.test(pathname)
  );
}

/** Adds to an answer what holds of all of them. */
export function openToAll(
  { headers }: Response,
  more: Readonly<Record<string, string>> = {},
): void {
  for (const [name, value] of Object.entries(OPEN_HEADERS)) headers.set(name, value);
  for (const name of Object.keys(more)) headers.set(name, more[name] ?? '');
}
