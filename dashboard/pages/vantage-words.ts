/** What the pages of vantages know of kinds, states and fields beside their words, which are the area `vantages`. */
import type { BlindSpot, Vantage, VantageKind } from '../../probes/types.ts';
import type { VantageStatus } from './vantage-state.ts';

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

/** Whether a vantage reports: the sign beside the word. */
export const STATUS_GLYPHS: Readonly<Record<VantageStatus, string>> = {
  reporting: '●',
  silent: '✕',
  waiting: '…',
  imported: '↓',
  off: '○',
};

/** Fields of a vantage in the order in which a change of them is told. */
export const TOLD_FIELDS = [
  'networkName',
  'asn',
  'countryCode',
  'access',
  'role',
  'kind',
  'publishDelayMinutes',
  'note',
] as const satisfies readonly (keyof Vantage)[];
