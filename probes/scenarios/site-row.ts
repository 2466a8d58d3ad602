/** The shape that the cases about single sites share. */
import type { DnsAnswer } from '../lab/dns-server.ts';
import { siteOf } from './hosts.ts';
import type { DnsRules, Origin, Place, Scenario } from './scenario.ts';

/** The site of most cases, where it lives, and an address that resolvers give in its place. */
export const SITE = 'www.example.com';
export const SITE_ADDRESS = '93.184.216.34';
export const LIE_ADDRESS = '83.224.65.41';

const to = (...addresses: readonly string[]): DnsAnswer => ({ kind: 'addresses', addresses });
/** The name does not exist. */
export const NXDOMAIN: DnsAnswer = { kind: 'nxdomain' };
/** A rule that gives a host other addresses. */
export const lie = (host: string, ...addresses: readonly string[]): DnsRules => ({
  [host]: to(...addresses),
});
/** The same answer from every resolver that a place can ask. */
export const everywhere = (rules: DnsRules): Place => ({
  dns: rules,
  publicDns: { udp: rules, tcp: rules, doh: rules },
});

/** A case as a row: a site by its URL, and the control outside unless told. */
export type SiteRow = Omit<Scenario, 'service' | 'countryCode' | 'origins' | 'control'> &
  Partial<Pick<Scenario, 'control'>> & {
    readonly url: string;
    /** Added to the host of the URL. */
    readonly origin?: Partial<Origin>;
    readonly origins?: Readonly<Record<string, Origin>>;
  };

/** Makes a scenario of a row. */
export function toSiteScenario({ url, origin, origins, ...row }: SiteRow): Scenario {
  const { hostname } = new URL(url);
  return {
    service: siteOf(url),
    countryCode: 'RU',
    control: 'sees_origin',
    origins: { [hostname]: { addresses: [SITE_ADDRESS], ...origin }, ...origins },
    ...row,
  };
}
