/** Cases that no public suite has: frozen and slowed connections, hijacked paths, regimes, and faults of our own. */
import type { Service } from '../types.ts';
import { originsOf, serviceOf } from './hosts.ts';
import { dropHosts } from './messenger-scenarios.ts';
import { listNameRows } from './name-scenarios.ts';
import {
  ADDRESSES,
  BIG_PAGE,
  FREEZE,
  HOST,
  type OwnRow,
  RESET,
  THROTTLE,
  toOwnScenario,
} from './own-row.ts';
import { REGIME_ROWS } from './regime-scenarios.ts';
import type { Place, Scenario } from './scenario.ts';

const CONNECTIONS: readonly OwnRow[] = [
  {
    id: 'R1',
    name: 'reset at this name only',
    vantage: { names: { [HOST]: RESET } },
    expect: { verdict: 'blocked', mechanism: 'tls.reset.sni' },
  },
  {
    id: 'R2',
    name: 'reset at every name on its addresses',
    vantage: { routes: { [ADDRESSES[0]]: 'reset', [ADDRESSES[1]]: 'reset' } },
    expect: { verdict: 'blocked', mechanism: 'ip.reset' },
    because:
      'Accepted and then reset before any byte, which the runtime reports as a failed connect.',
  },
  {
    id: 'R3',
    name: 'silence at this name only',
    vantage: { names: { [HOST]: { kind: 'hang' } } },
    expect: { verdict: 'blocked', mechanism: 'tls.timeout.sni' },
  },
  {
    id: 'R4',
    name: 'a few packets, then silence',
    vantage: { names: { [HOST]: { kind: 'drop_after', chunks: 1 } } },
    expect: { verdict: 'blocked', mechanism: 'http.timeout', flags: ['bytes_before_stall'] },
    because:
      'The handshake is over for the client when the silence begins; only the page is missing.',
  },
  {
    id: 'R5',
    name: 'frozen after 16 KB everywhere abroad',
    origins: {
      [HOST]: { addresses: ADDRESSES, pages: { '/': BIG_PAGE } },
      'example.com': { addresses: ['93.184.215.14'], pages: { '/': BIG_PAGE } },
      'www.iana.org': { addresses: ['192.0.46.8'], pages: { '/': BIG_PAGE } },
    },
    vantage: { names: { '*': FREEZE, 'ya.ru': { kind: 'pass' }, 'dns.google': { kind: 'pass' } } },
    expect: { verdict: 'impaired', mechanism: 'transport.freeze' },
  },
  {
    id: 'R6',
    name: 'slowed at this name only',
    vantage: { names: { [HOST]: THROTTLE } },
    isLookedIntoWhenGood: true,
    expect: { verdict: 'impaired', mechanism: 'tls.throttle.sni' },
  },
  {
    id: 'R7',
    name: 'slow everywhere',
    vantage: { names: { '*': THROTTLE } },
    isLookedIntoWhenGood: true,
    expect: { verdict: 'ok', mechanism: 'none' },
    because: 'Neutral hosts are as slow, and the page came.',
  },
];

function listFunctionScenarios(services: readonly Service[]): OwnRow[] {
  const service = serviceOf(services, 'whatsapp');
  const origins = originsOf(service);
  const chat = service.targets.filter((one) => one.function === 'messages').map(({ host }) => host);
  const common = { service, origins };
  const rest = { web: 'ok', registration: 'ok', links: 'ok' } as const;
  const frozen: Place = {
    names: { 'mmg.whatsapp.net': FREEZE, 'pps.whatsapp.net': FREEZE },
  };
  const stun = (origins['stun.whatsapp.net']?.addresses ?? []).map(
    (one) => [`${one}:3478/udp`, 'drop'] as const,
  );
  return [
    {
      ...common,
      id: 'R21a',
      name: 'WhatsApp, port 5222 dropped, 443 fine',
      vantage: dropHosts(chat, origins, 5222),
      expect: {
        verdict: 'impaired',
        mechanism: 'ip.drop',
        perFunction: { ...rest, messages: 'impaired', media: 'ok', calls: 'ok' },
      },
    },
    {
      ...common,
      id: 'R21b',
      name: 'WhatsApp, media frozen',
      origins: {
        ...origins,
        'mmg.whatsapp.net': {
          addresses: origins['mmg.whatsapp.net']?.addresses ?? [],
          pages: { '/': BIG_PAGE },
        },
        'pps.whatsapp.net': {
          addresses: origins['pps.whatsapp.net']?.addresses ?? [],
          pages: { '/': BIG_PAGE },
        },
      },
      vantage: frozen,
      expect: {
        verdict: 'impaired',
        mechanism: 'transport.freeze',
        perFunction: { ...rest, messages: 'ok', media: 'impaired', calls: 'ok' },
      },
    },
    {
      ...common,
      id: 'R21c',
      name: 'WhatsApp, datagrams of calls dropped',
      vantage: { routes: Object.fromEntries(stun) },
      expect: {
        verdict: 'impaired',
        mechanism: 'udp.drop',
        perFunction: { ...rest, messages: 'ok', media: 'ok', calls: 'blocked' },
      },
    },
    {
      ...common,
      id: 'R21d',
      name: 'WhatsApp, only registration silent',
      vantage: { names: { 'v.whatsapp.net': { kind: 'hang' } } },
      expect: {
        verdict: 'impaired',
        mechanism: 'tls.timeout.sni',
        perFunction: {
          messages: 'ok',
          web: 'ok',
          links: 'ok',
          registration: 'blocked',
          media: 'ok',
        },
      },
    },
  ];
}

const QUIC: readonly OwnRow[] = [
  {
    id: 'R22',
    name: 'QUIC version 1 dropped, TCP fine',
    origins: { [HOST]: { addresses: ADDRESSES, hasQuic: true } },
    vantage: { isQuicV1Dropped: true },
    isLookedIntoWhenGood: true,
    expect: { verdict: 'ok', mechanism: 'none', tampering: ['quic.version'] },
  },
];

const BLOCKED: Place = { names: { [HOST]: RESET } };
const FLAPPING: Place = { names: { [HOST]: [RESET, { kind: 'pass' }] } };

const OVER_TIME: readonly OwnRow[] = [
  {
    id: 'R23',
    name: 'every other connection is reset',
    vantage: FLAPPING,
    steps: [0, 1, 2, 3].map((atHours) => ({ atHours, place: FLAPPING, verdict: 'likely_blocked' })),
    expect: { verdict: 'likely_blocked', mechanism: 'tls.reset.sni' },
    because: 'The page comes in the end, while only this name fails again and again.',
  },
  {
    id: 'R24',
    name: 'thirty hours without a run, then blocked',
    vantage: BLOCKED,
    steps: [
      { atHours: 0, place: {}, verdict: 'ok' },
      { atHours: 30, place: BLOCKED, verdict: 'blocked' },
    ],
    expect: { verdict: 'blocked', mechanism: 'tls.reset.sni' },
    because: 'Nothing is said of the hours between: the lane shows no data there.',
  },
  {
    id: 'R25',
    name: 'a block that is lifted',
    vantage: {},
    steps: [
      { atHours: 0, place: BLOCKED, verdict: 'blocked' },
      { atHours: 1, place: {}, verdict: 'ok' },
    ],
    expect: { verdict: 'ok', mechanism: 'none' },
  },
];

/** All cases of our own, in the order of their numbers, given the services of the configuration. */
export function listOwnScenarios(services: readonly Service[]): Scenario[] {
  const rows = [
    ...CONNECTIONS,
    ...listNameRows(services),
    ...REGIME_ROWS,
    ...listFunctionScenarios(services),
    ...QUIC,
    ...OVER_TIME,
  ];
  return rows
    .map(toOwnScenario)
    .toSorted((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
}
