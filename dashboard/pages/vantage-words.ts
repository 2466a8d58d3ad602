/** The English of vantages: kinds, roles, states and blind spots as words for readers outside the field. */
import type { BlindSpot, Vantage, VantageKind } from '../../probes/types.ts';
import type { VantageStatus } from './vantage-state.ts';

/** How a vantage measures, as a line of a table. */
export const KIND_WORDS: Readonly<Record<VantageKind, string>> = {
  local: 'this machine',
  lab: 'simulated network',
  socks5: 'SOCKS5 proxy',
  'http-proxy': 'HTTP proxy',
  agent: 'agent on another machine',
  globalping: 'public probes of Globalping',
  import: 'measured by others',
};

/** The same as a sentence. */
export const KIND_SENTENCES: Readonly<Record<VantageKind, string>> = {
  local: 'Our probes run on the machine of this server and use its own network.',
  lab: 'Our probes run on a network that is simulated on one machine.',
  socks5:
    'Our probes run on the machine of this server; their connections leave through a SOCKS5 proxy in the network.',
  'http-proxy':
    'Our probes run on the machine of this server; their connections leave through an HTTP proxy in the network.',
  agent:
    'Our probes run on a machine in the network, which sends what it measured. Somebody runs it there.',
  globalping:
    'Probes that others share on the platform Globalping fetch the pages for us. They are not ours.',
  import: 'Others measured and published it; the records were read in and judged by our rules.',
};

/** What a kind cannot show whatever it measured, for vantages without a run that would tell. */
export const KIND_BLIND_SPOTS: Readonly<Record<VantageKind, readonly BlindSpot[]>> = {
  local: [],
  lab: [],
  agent: [],
  socks5: ['udp', 'close', 'connect'],
  'http-proxy': ['udp', 'close', 'connect'],
  globalping: ['udp', 'late_replies', 'close', 'chain', 'body', 'repeat', 'deep'],
  import: ['repeat', 'deep'],
};

/** What a medium cannot show, and what follows for its verdicts. */
export const BLIND_SPOT_WORDS: Readonly<Record<BlindSpot, string>> = {
  udp: 'Calls and other traffic without a connection (UDP) cannot be tried.',
  late_replies: 'A second, forged answer to the question for an address would not be seen.',
  close: 'A connection that is torn down looks like one that ends in order.',
  connect: 'Why a connection did not come about is only known as far as the proxy tells it.',
  names: 'Somebody else looks up the addresses, so forged answers in this network are not seen.',
  addresses: 'Only one address is tried, and it is chosen elsewhere.',
  chain: 'Certificates are not seen as a whole, so a forged one may stay unknown.',
  body: 'Only the beginning of a page is seen.',
  baselines:
    'No neutral host is visited in the same run, so trouble of the network itself may stay unknown.',
  repeat: 'A failure is not tried again after a pause.',
  deep: 'In doubt nothing further is tried.',
};

/** Whether a vantage reports: sign and word together. */
export const STATUS_LOOKS: Readonly<
  Record<VantageStatus, { readonly glyph: string; readonly word: string }>
> = {
  reporting: { glyph: '●', word: 'reporting' },
  silent: { glyph: '✕', word: 'silent' },
  waiting: { glyph: '…', word: 'no result yet' },
  imported: { glyph: '↓', word: 'read in from others' },
  off: { glyph: '○', word: 'switched off' },
};

/** How people at this network are connected. */
export const ACCESS_WORDS: Readonly<Record<Vantage['access'], string>> = {
  fixed: 'fixed line',
  mobile: 'mobile',
  datacentre: 'data centre',
  unknown: 'access unknown',
};

/** What the vantage is there for. */
export const ROLE_WORDS: Readonly<Record<Vantage['role'], string>> = {
  vantage: 'vantage',
  control: 'control',
};

/** Fields of a vantage as people call them, in the order in which a change of them is told. */
export const FIELD_WORDS: readonly (readonly [field: keyof Vantage, words: string])[] = [
  ['networkName', 'network'],
  ['asn', 'network number'],
  ['countryCode', 'country'],
  ['access', 'access'],
  ['role', 'role'],
  ['kind', 'kind'],
  ['publishDelayMinutes', 'publication delay in minutes'],
  ['note', 'note'],
];
