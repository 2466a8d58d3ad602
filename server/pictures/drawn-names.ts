/** Names of networks as pictures write them. */
import { shortenNetwork } from '../../dashboard/i18n/network-names.ts';
import type { HandlerDeps } from '../contract.ts';

/** The name of a network, of a simulated one without the word that says so: the notice on the sheet says it of all. */
export function toDrawnName(networkName: string, { info }: Pick<HandlerDeps, 'info'>): string {
  return info.isSimulated ? shortenNetwork(networkName) : networkName;
}

/** The same of whatever has the name of its network. */
export function showDrawnNames<T extends { readonly networkName: string }>(
  one: T,
  deps: Pick<HandlerDeps, 'info'>,
): T {
  return { ...one, networkName: toDrawnName(one.networkName, deps) };
}
