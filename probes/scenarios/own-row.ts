/** The shape that the cases of our own share, and what they are made of. */
import type { DnsAnswer } from '../lab/dns-server.ts';
import type { Service } from '../types.ts';
import { targetOf } from './hosts.ts';
import type { Origin, Scenario } from './scenario.ts';

/** The site of most cases. */
export const HOST = 'www.instagram.com';
/** Its addresses. */
export const ADDRESSES = ['157.240.205.174', '185.60.216.174'] as const;
/** A genuine address that is given out in another country. */
export const ABROAD = '31.13.66.174';
/** An address in a network that is not its own. */
export const OTHER_AS = '23.45.67.89';
/** Bytes after which connections to foreign networks stand still, as measured in Russia since June 2025. */
export const FREEZE = { kind: 'freeze', bytes: 16_384 } as const;
/** 128 kbit/s, the known rate of throttles of single services. */
export const THROTTLE = { kind: 'throttle', bytesPerSecond: 16_250 } as const;
/** A page that a freeze cannot let through. */
export const BIG_PAGE = { kind: 'big', bytes: 65_536 } as const;
/** The name does not exist. */
export const NXDOMAIN: DnsAnswer = { kind: 'nxdomain' };
/** A reset at the name. */
export const RESET = { kind: 'reset' } as const;
/** An answer with these addresses. */
export const to = (...addresses: readonly string[]): DnsAnswer => ({
  kind: 'addresses',
  addresses,
});

/** The site as a service of one target. */
export const SERVICE: Service = {
  id: 'site',
  name: 'Instagram',
  requiredFunctions: ['web'],
  targets: [targetOf('site.web.www', `https://${HOST}/`)],
};
/** Where it lives. */
export const ORIGINS: Readonly<Record<string, Origin>> = { [HOST]: { addresses: ADDRESSES } };

/** A case as a row: one site and the control outside unless told. */
export type OwnRow = Omit<Scenario, 'service' | 'countryCode' | 'origins' | 'control'> &
  Partial<Scenario>;
/** Makes a scenario of a row. */
export const toOwnScenario = (row: OwnRow): Scenario => ({
  service: SERVICE,
  countryCode: 'RU',
  origins: ORIGINS,
  control: 'sees_origin',
  ...row,
});
