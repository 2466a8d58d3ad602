/** The configured vantages that this process measures from itself, each with the way its packets leave. */
import { ConfigError, type Problem } from '../config/problem.ts';
import type { Config, ConfiguredVantage } from '../config/schema.ts';
import { createDirectNetwork } from '../probes/network/direct.ts';
import { createHttpProxyNetwork } from '../probes/network/http-proxy.ts';
import type { Network } from '../probes/network/network.ts';
import type { ProxiedOptions, ProxyEndpoint } from '../probes/network/proxied.ts';
import { createSocks5Network } from '../probes/network/socks5.ts';
import type { Station } from './observatory.ts';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The kinds of vantage that go through a proxy. */
const PROXIED: Readonly<Partial<Record<string, (options: ProxiedOptions) => Network>>> = {
  socks5: createSocks5Network,
  'http-proxy': createHttpProxyNetwork,
};

/**
 * The vantages of this machine that are switched on, with the networks they use. Opens nothing.
 * @param environment holds the passwords of proxies under the names that the configuration gives.
 * @throws ConfigError that names every variable without a value.
 */
export function openStations(
  config: Config,
  ownAddresses: readonly string[],
  environment: Environment,
): Station[] {
  const own = config.vantages.filter(
    ({ enabled, kind }) => enabled && (kind === 'local' || PROXIED[kind] !== undefined),
  );
  const problems = own.flatMap((vantage) => checkPassword(vantage, environment));
  if (problems.length > 0) throw new ConfigError(problems);
  return own.map((vantage) => ({
    vantage,
    network: openNetwork(vantage, config, ownAddresses, environment),
  }));
}

function checkPassword({ id, proxy }: ConfiguredVantage, environment: Environment): Problem[] {
  const variable = proxy?.passwordVariable;
  if (variable === undefined || readVariable(environment, variable) !== undefined) return [];
  const remedy = `set it to the password for the proxy of vantage \`${id}\`, or switch that vantage off`;
  const place = { file: 'environment', line: 0, column: 0, path: variable };
  return [{ ...place, problem: 'has no value', remedy }];
}

function openNetwork(
  { kind, resolvers, proxy, names = 'far' }: ConfiguredVantage,
  { deep: { publicResolvers } }: Config,
  ownAddresses: readonly string[],
  environment: Environment,
): Network {
  const createNetwork = PROXIED[kind];
  if (createNetwork && proxy)
    return createNetwork({
      proxy: withPassword(proxy, environment),
      names,
      resolvers,
      publicResolvers,
      ownAddresses,
    });
  return createDirectNetwork({
    // An empty list in the configuration stands for the resolvers of the system.
    ...(resolvers.length > 0 ? { resolvers } : {}),
    publicResolvers,
    ownAddresses,
  });
}

function withPassword(
  { host, port, username, passwordVariable }: NonNullable<ConfiguredVantage['proxy']>,
  environment: Environment,
): ProxyEndpoint {
  const password = passwordVariable && readVariable(environment, passwordVariable);
  return {
    host,
    port,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
}

/** An empty variable counts as unset, as everywhere. */
function readVariable(environment: Environment, name: string): string | undefined {
  const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
  return value === '' ? undefined : value;
}
