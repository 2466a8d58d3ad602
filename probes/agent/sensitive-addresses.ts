/** Addresses that tell where an agent is, beside those of its interfaces: they are scrubbed from all that is kept. */
import type { ResolverEndpoint } from '../network/network.ts';

const LOOPBACK = /^(?:127\.|::1$)/;

/**
 * The addresses under which the agent is seen, as told by whoever runs it, and those of its resolvers: a resolver of an
 * operator names the operator and often the town. Resolvers that anybody may ask say nothing and stay readable.
 */
export function listSensitiveAddresses(
  told: readonly string[],
  resolvers: readonly ResolverEndpoint[],
  publicResolvers: readonly Pick<ResolverEndpoint, 'address'>[],
): string[] {
  const open = new Set(publicResolvers.map(({ address }) => address));
  const own = resolvers
    .map(({ address }) => address)
    .filter((address) => !open.has(address) && !LOOPBACK.test(address));
  return [...new Set([...told, ...own])];
}
