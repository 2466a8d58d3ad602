/** Cases about names: denied, hijacked on the way, answered with other addresses that are genuine or not. */
import type { Service } from '../types.ts';
import { originsOf, serviceOf, targetOf } from './hosts.ts';
import {
  ABROAD,
  ADDRESSES,
  HOST,
  NXDOMAIN,
  ORIGINS,
  OTHER_AS,
  type OwnRow,
  SERVICE,
  to,
} from './own-row.ts';
import type { DnsRules } from './scenario.ts';

const facebookNames = ({ targets }: Service): string[] => [
  ...new Set(targets.map(({ host }) => host).filter((host) => host.endsWith('facebook.com'))),
];
const deny = (hosts: readonly string[]): DnsRules =>
  Object.fromEntries(hosts.map((host) => [host, NXDOMAIN]));

/** Rows on names, given the services of the configuration. */
export function listNameRows(services: readonly Service[]): OwnRow[] {
  const facebook = serviceOf(services, 'facebook');
  const whatsapp = serviceOf(services, 'whatsapp');
  const lie = { [HOST]: to(OTHER_AS) };
  return [
    {
      id: 'R8a',
      name: 'names of Facebook denied by the resolver',
      service: facebook,
      origins: originsOf(facebook),
      vantage: { dns: deny(facebookNames(facebook)) },
      expect: {
        verdict: 'blocked',
        mechanism: 'dns.nxdomain',
        perFunction: { web: 'blocked', app: 'blocked', media: 'ok' },
        flags: ['reachable_if_resolved'],
      },
    },
    {
      id: 'R8b',
      name: 'web names of WhatsApp denied, short links fine',
      service: whatsapp,
      origins: originsOf(whatsapp),
      vantage: { dns: deny(['web.whatsapp.com', 'www.whatsapp.com']) },
      expect: {
        verdict: 'impaired',
        mechanism: 'dns.nxdomain',
        perFunction: { web: 'blocked', messages: 'ok', links: 'ok' },
        flags: ['reachable_if_resolved'],
      },
      because: 'Messages, the other required function, go on.',
    },
    {
      id: 'R9',
      name: 'public resolver hijacked over UDP, true over TCP and HTTPS',
      vantage: { dns: deny([HOST]), publicDns: { udp: deny([HOST]) } },
      expect: { verdict: 'blocked', mechanism: 'dns.injection.other', flags: ['udp_untrusted'] },
      because:
        'Injection on the path has no node of its own; what comes is no notice and no bogon.',
    },
    {
      id: 'R10',
      name: 'every control blocked, resolvers over HTTPS too',
      service: {
        ...SERVICE,
        targets: [
          targetOf('site.web.www', `https://${HOST}/`),
          targetOf('site.links.short', 'https://instagr.am/', { function: 'links' }),
        ],
      },
      origins: { ...ORIGINS, 'instagr.am': { addresses: ['157.240.205.63'] } },
      vantage: {
        routes: { [ADDRESSES[0]]: 'drop', [ADDRESSES[1]]: 'drop', '8.8.8.8': 'drop' },
        names: { 'dns.google': { kind: 'hang' } },
      },
      control: { isDown: true },
      expect: { verdict: 'insufficient', perFunction: { web: 'insufficient', links: 'ok' } },
      because: 'A name that proves itself needs no control; one that fails does.',
    },
    {
      id: 'R14a',
      name: 'another address of the same network, verified',
      origins: { [HOST]: { addresses: [...ADDRESSES, '157.240.205.175'] } },
      vantage: { dns: { [HOST]: to('157.240.205.175') } },
      control: { dns: { [HOST]: to(...ADDRESSES) } },
      isLookedIntoWhenGood: true,
      expect: { verdict: 'ok', mechanism: 'none', tampering: [] },
    },
    {
      id: 'R14b',
      name: 'an address of another network, verified',
      origins: { [HOST]: { addresses: [...ADDRESSES, OTHER_AS] } },
      vantage: { dns: lie },
      control: { dns: { [HOST]: to(...ADDRESSES) } },
      isLookedIntoWhenGood: true,
      expect: { verdict: 'ok', mechanism: 'none', tampering: [] },
    },
    {
      id: 'R15',
      name: 'an address of another network, false certificate',
      strangers: {
        [OTHER_AS]: { certificate: 'untrusted_root', page: { kind: 'page', title: 'Hello' } },
      },
      vantage: { dns: lie },
      expect: {
        verdict: 'blocked',
        mechanism: 'dns.injection.other',
        tampering: ['tls.mitm.ca_signed'],
      },
    },
    {
      id: 'R26',
      name: 'resolver gives a genuine address meant for another country',
      origins: { [HOST]: { addresses: [...ADDRESSES, ABROAD], dns: to(...ADDRESSES) } },
      vantage: { dns: { [HOST]: to(ABROAD) } },
      isLookedIntoWhenGood: true,
      expect: { verdict: 'ok', mechanism: 'none', tampering: [] },
    },
    {
      id: 'R27',
      name: 'the system asks a public resolver, the network’s own lies',
      vantage: { usesPublicResolver: true, dns: deny([HOST]) },
      expect: { verdict: 'ok', mechanism: 'none', flags: ['public_resolver_noted'] },
    },
  ];
}
