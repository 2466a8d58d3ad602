/** Which hosts a network dials: a redirect or a forged answer must not lead a probe to where no service can be. */
import net from 'node:net';
import { createCodedError, OWN_CODES } from '../failure.ts';
import type { ResolverEndpoint } from './network.ts';

/** Makes a check that throws for what is refused; resolvers are always allowed, wherever they are. */
export function createAddressGuard(
  resolvers: readonly ResolverEndpoint[],
  isRefused: (host: string) => boolean,
): (host: string) => void {
  const allowed = new Set(resolvers.map(({ address }) => address));
  return (host) => {
    if (net.isIP(host) !== 0 && allowed.has(host)) return;
    if (isRefused(host)) throw createCodedError(OWN_CODES.bogon, 'not a public address');
  };
}
