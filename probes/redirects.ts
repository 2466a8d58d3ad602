/**
 * Redirects of one visit, followed to their end. Where one leads is text from the network: it may name this machine,
 * a file, nothing, or itself, and none of these is ever opened (RFC 9110 §15.4).
 */
import { isIP } from 'node:net';
import { isBogon } from './bogon.ts';
import { createFailure } from './failure.ts';
import type { Subject } from './recorder.ts';
import type { StageDeps } from './stages.ts';
import type { Failure } from './types.ts';
import type { Fetched } from './web-visit.ts';

/** Redirects followed at most; browsers give up at 20, OONI at 10. */
export const MAX_HOPS = 10;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Characters of a Location that are kept when it is not followed. */
const MAX_KEPT_CHARACTERS = 512;

/**
 * Visits where each answer leads until one leads nowhere. Resolves to true when the last one was reached.
 * A redirect that is not followed is recorded as a failed request of the hop that it would have been.
 */
export async function followRedirects(
  first: Fetched,
  subject: Subject,
  deps: StageDeps,
  visit: (url: URL, hop: number) => Promise<Fetched | undefined>,
): Promise<boolean> {
  let last = first;
  for (let hop = 1; leadsOn(last); hop += 1) {
    const next = hop > MAX_HOPS ? 'too_many' : readLocation(last);
    if (deps.signal.aborted) return false;
    if (!(next instanceof URL)) {
      recordUnfollowed(last.location, next, { ...subject, hop }, deps);
      return false;
    }
    const fetched = await visit(next, hop);
    if (!fetched) return false;
    last = fetched;
  }
  return last.isReached;
}

/** Over a false certificate nothing is followed: whoever stands in the path may send us anywhere. */
function leadsOn(fetched: Fetched): fetched is Fetched & { readonly location: string } {
  const { isReached, response, location } = fetched;
  return (
    isReached &&
    response !== undefined &&
    REDIRECTS.has(response.statusCode) &&
    location !== undefined
  );
}

/** The URL parser would take the first part of the path for the host that is missing; nobody means that. */
const EMPTY_HOST = /^https?:(?![\\/]{2}[^\\/?#:])|^[\\/]{2}(?:$|[\\/?#:])/i;

/** The address that a redirect names, when it may be opened. */
function readLocation({ url, location }: Fetched & { readonly location: string }): URL | 'invalid' {
  if (EMPTY_HOST.test(location.trim())) return 'invalid';
  const next = URL.parse(location, url);
  if (!next || (next.protocol !== 'http:' && next.protocol !== 'https:')) return 'invalid';
  next.hostname = next.hostname.replace(/\.$/, '');
  const host = toLiteral(next.hostname);
  if (host === '' || /(?:^|\.)localhost$/.test(host)) return 'invalid';
  if (isIP(host) !== 0 && isBogon(host)) return 'invalid';
  // Never sent on: who put them there is not the one who would get them.
  next.username = '';
  next.password = '';
  next.hash = '';
  return next;
}

/** The host of a URL without the brackets of an IPv6 address. */
export function toLiteral(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}

const FAILURES: Readonly<Record<'invalid' | 'too_many', Failure>> = {
  invalid: createFailure('http', 'http_invalid_redirect_location_host'),
  too_many: createFailure('http', 'unknown_failure', { raw: 'too_many_redirects' }),
};

function recordUnfollowed(
  location: string,
  why: keyof typeof FAILURES,
  subject: Subject,
  { clock, recorder }: StageDeps,
): void {
  const url = location.slice(0, MAX_KEPT_CHARACTERS);
  const input = { method: 'GET', url, address: '' } as const;
  const outcome = { kind: 'failed', failure: FAILURES[why] } as const;
  recorder.record({ ...subject, operation: 'http', input, outcome }, clock.monotonicMs());
}
