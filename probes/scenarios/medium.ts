/** How the vantage of a scenario reaches its network: as it is, or through a proxy of the lab that stands in it. */
import { startConnectProxy } from '../lab/connect-proxy.ts';
import { LOOPBACK_ADDRESS } from '../lab/lab-server.ts';
import type { LabProxy, LabProxyOptions } from '../lab/proxy-upstream.ts';
import { startSocksProxy } from '../lab/socks5-server.ts';
import { createHttpProxyNetwork } from '../network/http-proxy.ts';
import type { Network } from '../network/network.ts';
import type { ProxiedOptions } from '../network/proxied.ts';
import { createSocks5Network } from '../network/socks5.ts';

/** The ways into a network; `far` means that the proxy looks names up, otherwise we do through it. */
export const MEDIA = ['direct', 'socks5', 'socks5-far', 'http-proxy', 'http-proxy-far'] as const;
export type Medium = (typeof MEDIA)[number];

/** The network as the vantage has it, with what has to be closed after use. */
export type OpenMedium = AsyncDisposable & { readonly network: Network };

type Kind = {
  readonly start: (options: LabProxyOptions) => Promise<LabProxy>;
  readonly createNetwork: (options: ProxiedOptions) => Network;
};

const SOCKS5: Kind = { start: startSocksProxy, createNetwork: createSocks5Network };
const HTTP_PROXY: Kind = { start: startConnectProxy, createNetwork: createHttpProxyNetwork };

const KIND_OF: Readonly<
  Record<Exclude<Medium, 'direct'>, { readonly kind: Kind; readonly names: 'here' | 'far' }>
> = {
  socks5: { kind: SOCKS5, names: 'here' },
  'socks5-far': { kind: SOCKS5, names: 'far' },
  'http-proxy': { kind: HTTP_PROXY, names: 'here' },
  'http-proxy-far': { kind: HTTP_PROXY, names: 'far' },
};

/** The proxy wants a login, as those that are lent out do. */
const AUTH = { username: 'lab', password: 'lab password' } as const;

/** Opens the way into a network. The caller disposes of it, and closes the network itself. */
export async function openMedium(medium: Medium, inside: Network): Promise<OpenMedium> {
  if (medium === 'direct') return { network: inside, [Symbol.asyncDispose]: async () => {} };
  const { kind, names } = KIND_OF[medium];
  const proxy = await kind.start({ network: inside, auth: AUTH });
  const network = kind.createNetwork({
    proxy: { host: LOOPBACK_ADDRESS, port: proxy.port, ...AUTH },
    names,
    // The same resolver on the same port, asked in the only way that a proxy carries.
    resolvers: inside.resolvers.map((one) =>
      one.transport === 'udp' ? { ...one, transport: 'tcp' } : one,
    ),
    publicResolvers: inside.publicResolvers,
    trust: inside,
    ownAddresses: inside.ownAddresses,
  });
  return { network, [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose]() };
}
