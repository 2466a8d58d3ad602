/** Which vantages there are: those of the configuration and those that were added on the command line. */
import type { Config, ConfiguredVantage } from '../../config/schema.ts';
import type { Registry } from '../../db/registry.ts';

/** All vantages by id; what the configuration says wins over what was added. */
export type VantageDirectory = {
  readonly find: (id: string) => ConfiguredVantage | undefined;
  /** Vantages whose results are taken from agents, in no order. */
  readonly listAgentVantages: () => ConfiguredVantage[];
  /** Reads again what was added on the command line. */
  readonly refresh: () => void;
};

/** Reads the registry once; call `refresh` when something may have been added. */
export function createDirectory(
  config: Pick<Config, 'vantages'>,
  registry: Pick<Registry, 'listVantages'>,
): VantageDirectory {
  let vantages = new Map<string, ConfiguredVantage>();
  const refresh = (): void => {
    const all = [...registry.listVantages(), ...config.vantages];
    vantages = new Map(all.map((vantage) => [vantage.id, vantage]));
  };
  refresh();
  return {
    refresh,
    find: (id) => vantages.get(id),
    listAgentVantages: () =>
      [...vantages.values()].filter(({ kind, enabled }) => kind === 'agent' && enabled),
  };
}
