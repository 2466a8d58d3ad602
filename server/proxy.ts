/**
 * What a web server in front of us says of its readers in `X-Forwarded-…`: believed from this machine alone, since
 * anybody else could write the same. One rule for whom we count and for how we are addressed.
 */

/** True for addresses of this machine. */
export function isLoopback(address: string): boolean {
  return address === '::1' || address.replace(/^::ffff:/, '').startsWith('127.');
}

/**
 * Whom a web server on this machine passes on: the last entry of `X-Forwarded-For`, which that server wrote itself.
 * Undefined when it names nobody, and from any other peer.
 */
export function findForwarded(peer: string, forwarded: string | null): string | undefined {
  if (!isLoopback(peer)) return undefined;
  const last = forwarded?.split(',').at(-1)?.trim() ?? '';
  return last === '' ? undefined : last;
}

/** True when a web server on this machine says that its reader came by HTTPS. */
export function isSecureInFront(peer: string | undefined, protocol: string | null): boolean {
  return peer !== undefined && isLoopback(peer) && protocol === 'https';
}
