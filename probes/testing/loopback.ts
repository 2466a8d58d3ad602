/** For tests: a direct network that may dial loopback and trusts the roots it is given, and budgets on the real clock. */
import { systemClock } from '../clock.ts';
import type { Budget } from '../deadline.ts';
import { createDirectNetwork } from '../network/direct.ts';
import type { Network } from '../network/network.ts';
import { createTrust } from '../network/trust.ts';

/** The loopback address, which is all that tests dial. */
export const LOOPBACK = '127.0.0.1';

/** A network for tests over real sockets. */
export function createLoopbackNetwork(
  options: { readonly roots?: readonly string[]; readonly ownAddresses?: readonly string[] } = {},
): Network {
  const { secureContext, smallHelloContext } = createTrust({ roots: options.roots ?? [] });
  const direct = createDirectNetwork({ isRefused: () => false, resolvers: [] });
  return {
    connect: direct.connect,
    openUdp: direct.openUdp,
    resolvers: [],
    publicResolvers: [],
    secureContext,
    smallHelloContext,
    ownAddresses: options.ownAddresses ?? [],
  };
}

/** A budget that nothing else ends. */
export function createBudget(budgetMs: number, signal?: AbortSignal): Budget {
  return { budgetMs, signal: signal ?? new AbortController().signal, clock: systemClock };
}
