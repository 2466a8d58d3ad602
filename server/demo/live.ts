/**
 * The region measured live once its story is told: some vantages directly, two through real proxies, two by real agents
 * that are processes of their own.
 */
import type { Config, ConfiguredVantage } from '../../config/schema.ts';
import type { Registry } from '../../db/registry.ts';
import type { Store } from '../../db/store.ts';
import { startConnectProxy } from '../../probes/lab/connect-proxy.ts';
import type { Region } from '../../probes/lab/region.ts';
import { startSocksProxy } from '../../probes/lab/socks5-server.ts';
import { createHttpProxyNetwork } from '../../probes/network/http-proxy.ts';
import { createSocks5Network } from '../../probes/network/socks5.ts';
import type { Vantage } from '../../probes/types.ts';
import { createSchedule, type ObservatoryDeps, type Station } from '../observatory.ts';
import { startLabAgents } from './lab-agents.ts';

/** How each vantage of the region is measured live; directly where nothing is said. */
const LIVE_KINDS: Readonly<Record<string, 'agent' | 'socks5' | 'http-proxy'>> = {
  'ru-ural-mobile': 'agent',
  'ua-dnipro-fixed': 'agent',
  'ru-neva-fixed': 'socks5',
  'pl-vistula-fixed': 'http-proxy',
};

/** The vantages of the region as they are live. */
export function listLiveVantages(region: Pick<Region, 'vantages'>): Vantage[] {
  return region.vantages.map((one) => ({ ...one, kind: LIVE_KINDS[one.id] ?? one.kind }));
}

/** The agents among them as a configuration would list them. */
export function listLiveAgents(region: Pick<Region, 'vantages'>): ConfiguredVantage[] {
  return listLiveVantages(region)
    .filter(({ kind }) => kind === 'agent')
    .map((one) => ({ ...one, kind: 'agent', enabled: true, resolvers: [] }));
}

export type LiveOptions = {
  readonly region: Region;
  readonly store: Store;
  readonly config: Config;
  readonly deps: ObservatoryDeps;
  readonly registry: Pick<Registry, 'addToken'>;
  /** Where agents keep their keys and spools. */
  readonly dataFolder: string;
  readonly configFile: string;
  readonly serverUrl: string;
};

/** Starts measuring on the schedule, the proxies and the agents. Dispose of it to end all of them. */
export async function startLive(options: LiveOptions): Promise<AsyncDisposable> {
  const { region, store, deps } = options;
  const vantages = listLiveVantages(region);
  store.syncVantages(vantages);
  const proxies = new AsyncDisposableStack();
  const stations = await Promise.all(
    vantages
      .filter(({ kind }) => kind !== 'agent')
      .map((vantage) => openStation(vantage, region, proxies)),
  );
  const schedule = createSchedule({ ...deps, stations }, () => undefined);
  for (const latest of store.latestMeasurements()) schedule.remember(latest.slotMs, latest.seq);
  schedule.start();
  const vantageIds = listLiveAgents(region).map(({ id }) => id);
  const agents = startLabAgents({ ...options, vantageIds });
  return {
    async [Symbol.asyncDispose]() {
      await Promise.all([agents[Symbol.asyncDispose](), schedule.stop()]);
      await proxies.disposeAsync();
    },
  };
}

/** The vantage with its way into the region; a proxy that it needs is closed with the others. */
async function openStation(
  vantage: Vantage,
  region: Region,
  proxies: AsyncDisposableStack,
): Promise<Station> {
  const network = region.networkOf(vantage.id);
  const start = { socks5: startSocksProxy, 'http-proxy': startConnectProxy };
  const create = { socks5: createSocks5Network, 'http-proxy': createHttpProxyNetwork };
  if (vantage.kind !== 'socks5' && vantage.kind !== 'http-proxy') return { vantage, network };
  const proxy = proxies.use(await start[vantage.kind]({ network }));
  const { ownAddresses } = network;
  return {
    vantage,
    network: create[vantage.kind]({
      proxy: { host: '127.0.0.1', port: proxy.port },
      names: 'far',
      trust: network,
      ownAddresses,
    }),
  };
}
