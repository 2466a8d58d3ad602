/** Looking a name up for our own sake, where the answer is a means and no evidence. */
import { systemClock } from '../clock.ts';
import type { Network } from '../network/network.ts';
import { probeDns } from './dns.ts';

/** The first IPv4 address that the network's first resolver gives; undefined when there is none. Never rejects. */
export async function findAddress(
  host: string,
  network: Network,
  { budgetMs, signal }: { readonly budgetMs: number; readonly signal: AbortSignal },
): Promise<string | undefined> {
  const [endpoint] = network.resolvers;
  if (!endpoint) return undefined;
  const { transport, resolver } = endpoint;
  const outcome = await probeDns(
    { host, recordType: 'A', transport, resolver },
    { network, endpoint, lateRepliesMs: 0, budgetMs, signal, clock: systemClock },
  );
  return outcome.kind === 'ok' ? outcome.value.addresses[0] : undefined;
}
