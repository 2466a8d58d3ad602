/**
 * Keeps the address of whoever runs a probe out of what is stored. The platform does not tell it, so it cannot be
 * looked for: everything that looks like an address goes, except those that are known to be of others.
 */
import net from 'node:net';
import { SCRUBBED, type Scrubber } from '../../scrub.ts';

/** Four numbers with anything that may stand for a dot between them; also reversed, as in in-addr.arpa. */
const IPV4_LIKE = /(?<!\d)\d{1,3}(?:(?:\.|-|_|%(?:25)?2e|\[\.\]|&#0*46;)\d{1,3}){3}(?!\d)/gi;
const IPV6_LIKE = /(?:[0-9a-f]{0,4}(?::|%3a)){2,7}(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{0,4})/gi;

/** A scrubber of every address but those given: the service's own, and those of known block pages. */
export function createReaderScrubber(known: ReadonlySet<string>): Scrubber {
  const text = (original: string): string =>
    original
      .replace(IPV6_LIKE, (found) =>
        net.isIPv6(found.replace(/%3a/gi, ':')) && !known.has(found) ? SCRUBBED : found,
      )
      .replace(IPV4_LIKE, (found) => (known.has(found) ? found : SCRUBBED));
  return {
    text,
    isFoundIn: (original) => text(original) !== original,
    isFoundInBytes: (bytes) => {
      const latin1 = Buffer.from(bytes).toString('latin1');
      return text(latin1) !== latin1;
    },
    value: (value) => value,
  };
}

/** A redirect without its query, in which block pages like to say who was redirected. */
export function trimLocation(location: string): string {
  const end = location.search(/[?#]/);
  return end < 0 ? location : location.slice(0, end);
}
