/** The hosts of the bench: neutral ones, the shapes of services, and addresses that lie where real ones do. */
import type { BaselineTarget, Service, ServiceTarget } from '../types.ts';
import type { Origin } from './scenario.ts';

/** Name that stands for an innocuous one; it is a neutral host as well. */
export const INNOCUOUS_NAME = 'example.com';

/** A body larger than what any known freeze lets through. */
export const LARGE_PATH = '/large';
export const LARGE_BYTES = 262_144;

const baseline = (name: string, host: string, scope: BaselineTarget['scope']): BaselineTarget => ({
  id: `baseline.${name}`,
  kind: 'https',
  host,
  port: 443,
  path: '/',
  scope,
  largePath: LARGE_PATH,
});

/** Neutral hosts, two abroad and one at home. */
export const BASELINES: readonly BaselineTarget[] = [
  baseline('example', INNOCUOUS_NAME, 'foreign'),
  baseline('iana', 'www.iana.org', 'foreign'),
  baseline('ya', 'ya.ru', 'domestic'),
];

export const BASELINE_ORIGINS: Readonly<Record<string, Origin>> = {
  [INNOCUOUS_NAME]: { addresses: ['93.184.215.14'] },
  'www.iana.org': { addresses: ['192.0.46.8'] },
  'ya.ru': { addresses: ['77.88.55.242'] },
};

/** Where the resolvers of the bench stand. */
export const NETWORK_RESOLVER = '85.21.192.3';
export const PUBLIC_RESOLVER = '8.8.8.8';
export const DOH_HOST = 'dns.google';
/** Name by which a resolver tells who asks on its behalf, with an honest and a hijacked answer. */
export const WHOAMI_NAME = 'whoami.akamai.net';
export const WHOAMI_HONEST = '172.253.1.20';
export const WHOAMI_HIJACKED = '193.232.230.48';

/** One target of a service under test, from a URL; `function` is `web` unless told. */
export function targetOf(
  id: string,
  url: string,
  extra: Partial<ServiceTarget> = {},
): ServiceTarget {
  const { protocol, hostname, port, pathname } = new URL(url);
  const kind = protocol === 'https:' ? 'https' : 'http';
  return {
    id,
    kind,
    host: hostname,
    port: port === '' ? (kind === 'https' ? 443 : 80) : Number(port),
    path: pathname,
    function: 'web',
    largePath: LARGE_PATH,
    ...extra,
  };
}

/** A service of one page. Redirects are followed, as in the suite that the pages come from. */
export function siteOf(url: string): Service {
  return {
    id: 'site',
    name: url,
    requiredFunctions: ['web'],
    targets: [targetOf('site.web.page', url, { isFollowingRedirects: true })],
  };
}

/** Finds a service of the configuration, e.g. `whatsapp`. @throws when there is none of this id. */
export function serviceOf(services: readonly Service[], id: string): Service {
  const service = services.find((one) => one.id === id);
  if (!service) throw new Error(`the configuration has no service ${id}`);
  return service;
}

/** Gives every host of a service two addresses in ranges like its owner's. */
export function originsOf({ targets }: Service): Record<string, Origin> {
  const hosts = [...new Set(targets.map(({ host }) => host))];
  return Object.fromEntries(
    hosts.map((host, index) => [
      host,
      { addresses: [`157.240.${index + 1}.35`, `185.60.216.${index + 10}`] },
    ]),
  );
}
