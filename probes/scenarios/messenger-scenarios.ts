/**
 * The cases of OONI's messenger tests that make sense for services which are judged by function. Runs that were
 * cancelled are among them because the original format reports those as a full block.
 */
import type { Service } from '../types.ts';
import { originsOf, serviceOf } from './hosts.ts';
import type { DnsRules, Origin, Place, Scenario } from './scenario.ts';

const BOGON = '10.10.34.35';
const lieTo = (hosts: readonly string[]): DnsRules =>
  Object.fromEntries(hosts.map((host) => [host, { kind: 'addresses', addresses: [BOGON] }]));

const hostsOf = ({ targets }: Service, ...functions: readonly string[]): string[] => [
  ...new Set(targets.filter((one) => functions.includes(one.function)).map(({ host }) => host)),
];

const resetNames = (hosts: readonly string[]): Place => ({
  names: Object.fromEntries(hosts.map((host) => [host, { kind: 'reset' } as const])),
});

/** Drops everything to the addresses of some hosts, at one port or at all. */
export function dropHosts(
  hosts: readonly string[],
  origins: Readonly<Record<string, Origin>>,
  port?: number,
): Place {
  const addresses = hosts.flatMap((host) => origins[host]?.addresses ?? []);
  return {
    routes: Object.fromEntries(
      addresses.map((address) => [port === undefined ? address : `${address}:${port}`, 'drop']),
    ),
  };
}

/** The cases for WhatsApp and Messenger, given the services of the configuration. */
export function listMessengerScenarios(services: readonly Service[]): Scenario[] {
  return [
    ...listWhatsappScenarios(serviceOf(services, 'whatsapp')),
    ...listFacebookScenarios(serviceOf(services, 'facebook')),
  ];
}

function listWhatsappScenarios(service: Service): Scenario[] {
  const origins = originsOf(service);
  const web = hostsOf(service, 'web');
  const registration = hostsOf(service, 'registration');
  const allOk = { messages: 'ok', registration: 'ok', web: 'ok' } as const;
  const row = (
    one: Omit<Scenario, 'service' | 'countryCode' | 'origins' | 'control'>,
    control?: Scenario['control'],
  ): Scenario => ({
    service,
    countryCode: 'RU',
    origins,
    control: control ?? 'sees_origin',
    ...one,
  });
  const e6 = 'e6.whatsapp.net';
  const closed = (ports: readonly number[]): Record<string, Origin> => ({
    ...origins,
    [e6]: { addresses: origins[e6]?.addresses ?? [], closedPorts: ports },
  });
  return [
    row({
      id: 'C1',
      name: 'WhatsApp, nothing wrong',
      vantage: {},
      expect: { verdict: 'ok', mechanism: 'none', perFunction: { ...allOk, calls: 'ok' } },
      classic: 'all ok',
    }),
    row({
      id: 'C2',
      name: 'WhatsApp, impossible address for the web names',
      vantage: { dns: lieTo(web) },
      expect: {
        verdict: 'impaired',
        mechanism: 'dns.injection.bogon',
        perFunction: { ...allOk, web: 'blocked' },
      },
      because: 'One of two required functions is lost, the other works: the service is impaired.',
      classic: 'only web blocked',
    }),
    row({
      id: 'C3',
      name: 'WhatsApp, reset at the web names',
      vantage: resetNames(web),
      expect: {
        verdict: 'impaired',
        mechanism: 'tls.reset.sni',
        perFunction: { ...allOk, web: 'blocked' },
      },
      because: 'As C2.',
      classic: 'only web blocked',
    }),
    row({
      id: 'C4',
      name: 'WhatsApp, cancelled before it began',
      vantage: {},
      isCancelled: true,
      expect: {
        verdict: 'insufficient',
        perFunction: {
          messages: 'insufficient',
          registration: 'insufficient',
          web: 'insufficient',
        },
      },
      because: 'Nothing was measured, so nothing can be told.',
      classic: 'everything blocked',
    }),
    {
      ...row({
        id: 'C5',
        name: 'WhatsApp, one chat host closed on 443 for everybody',
        vantage: {},
        expect: { verdict: 'ok', mechanism: 'none', perFunction: allOk },
        classic: 'endpoints ok',
      }),
      origins: closed([443]),
    },
    {
      ...row({
        id: 'C6',
        name: 'WhatsApp, one chat host closed on both ports for everybody',
        vantage: {},
        expect: { verdict: 'ok', mechanism: 'none', perFunction: allOk },
        because: 'Other chat hosts answer, and the app takes any of them.',
        classic: 'endpoints ok, one listed',
      }),
      origins: closed([443, 5222]),
    },
    row({
      id: 'C7',
      name: 'WhatsApp, only registration reset',
      vantage: resetNames(registration),
      expect: {
        verdict: 'impaired',
        mechanism: 'tls.reset.sni',
        perFunction: { ...allOk, registration: 'blocked' },
      },
      because: 'Whoever is registered goes on; a function that is not required is lost.',
      classic: 'only registration blocked',
    }),
    row({
      id: 'C8',
      name: 'WhatsApp, everything fails',
      vantage: {
        ...resetNames([...web, ...registration]),
        ...dropHosts(hostsOf(service, 'messages'), origins),
      },
      expect: {
        verdict: 'blocked',
        mechanism: 'ip.drop',
        perFunction: { messages: 'blocked', registration: 'blocked', web: 'blocked' },
      },
      because: 'Both required functions are lost; messages are named first.',
      classic: 'all blocked',
    }),
  ];
}

function listFacebookScenarios(service: Service): Scenario[] {
  const origins = originsOf(service);
  const common = { service, countryCode: 'RU', origins, control: 'sees_origin' } as const;
  const all = [...new Set(service.targets.map(({ host }) => host))];
  return [
    {
      ...common,
      id: 'C9',
      name: 'Messenger, nothing wrong',
      vantage: {},
      expect: {
        verdict: 'ok',
        mechanism: 'none',
        perFunction: { web: 'ok', app: 'ok', media: 'ok' },
      },
      classic: 'all ok',
    },
    {
      ...common,
      id: 'C10',
      name: 'Messenger, cancelled before it began',
      vantage: {},
      isCancelled: true,
      expect: {
        verdict: 'insufficient',
        perFunction: { web: 'insufficient', app: 'insufficient' },
      },
      because: 'As C4.',
      classic: 'dns blocking',
    },
    {
      ...common,
      id: 'C11',
      name: 'Messenger, connecting to b-graph is never answered',
      vantage: dropHosts(['b-graph.facebook.com'], origins, 443),
      expect: {
        verdict: 'impaired',
        mechanism: 'ip.drop',
        perFunction: { web: 'ok', app: 'impaired', media: 'ok' },
      },
      because: 'One of three endpoints of the app is lost.',
      classic: 'tcp blocking',
    },
    {
      ...common,
      id: 'C12',
      name: 'Messenger, impossible addresses for all names',
      vantage: { dns: lieTo(all) },
      expect: {
        verdict: 'blocked',
        mechanism: 'dns.injection.bogon',
        perFunction: { web: 'blocked', app: 'blocked', media: 'blocked' },
      },
      classic: 'dns blocking',
    },
  ];
}
