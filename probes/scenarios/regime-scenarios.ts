/** Cases in which the network as a whole, the service itself or the vantage is at fault. */
import { ADDRESSES, HOST, type OwnRow, RESET } from './own-row.ts';

const REGIMES: readonly OwnRow[] = [
  {
    id: 'R11',
    name: 'only listed names pass',
    vantage: { allowList: ['ya.ru'] },
    expect: { verdict: 'blocked', mechanism: 'network.whitelist' },
    because: 'Neutral hosts abroad fall silent with it, and so does the retry: two signals.',
  },
  {
    id: 'R12',
    name: 'nothing gets out',
    vantage: { isDown: true },
    expect: { verdict: 'insufficient', mechanism: 'network.outage' },
  },
  {
    id: 'R13',
    name: 'a login page before everything',
    vantage: { isCaptivePortal: true },
    expect: { verdict: 'insufficient', mechanism: 'network.captive_portal' },
  },
];

const SERVER_SIDE: readonly OwnRow[] = [
  ...([403, 429, 451] as const).map(
    (statusCode, index): OwnRow => ({
      id: `R16${'abc'[index]}`,
      name: `the service answers ${statusCode} to everybody`,
      origins: { [HOST]: { addresses: ADDRESSES, pages: { '/': { kind: 'status', statusCode } } } },
      vantage: {},
      expect: { verdict: 'ok', mechanism: 'none', tampering: [] },
      because: 'Verified TLS and any answer prove that it is reached; everybody gets the same.',
    }),
  ),
  ...([403, 429, 451] as const).map(
    (statusCode, index): OwnRow => ({
      id: `R16${'def'[index]}`,
      name: `the service answers ${statusCode} to this country only`,
      vantage: { pages: { [HOST]: { kind: 'status', statusCode } } },
      expect: { verdict: 'impaired', mechanism: 'server_side' },
      because:
        'Reached, but refused by the service itself: people lose it, and no network blocks it.',
    }),
  ),
  {
    id: 'R17',
    name: 'the service is down for everybody',
    origins: { [HOST]: { addresses: ADDRESSES, closedPorts: [443] } },
    vantage: {},
    expect: { verdict: 'down', mechanism: 'ip.refused' },
  },
];

const OWN_FAULTS: readonly OwnRow[] = [
  {
    id: 'R18',
    name: 'IPv6 broken at the vantage, IPv4 fine',
    origins: { [HOST]: { addresses: [...ADDRESSES, '2a03:2880:f277:1ca::174'] } },
    vantage: {},
    expect: { verdict: 'ok', mechanism: 'none' },
    because: 'The lab listens on IPv4 alone: whoever dialled the other address would be refused.',
  },
  {
    id: 'R19',
    name: 'clock of the vantage 400 days ahead',
    vantage: { clockSkewDays: 400 },
    expect: { verdict: 'insufficient' },
    because: 'Every certificate looks expired, those of neutral hosts too.',
  },
  {
    id: 'R20',
    name: 'the network changes between failure and retry',
    vantage: { names: { [HOST]: RESET }, changesNetworkAfter: 5 },
    expect: { verdict: 'insufficient' },
    because: 'Two halves of a run that belong to two networks prove nothing of either.',
  },
];

/** Rows on regimes, on refusals of the service and on faults of our own. */
export const REGIME_ROWS: readonly OwnRow[] = [...REGIMES, ...SERVER_SIDE, ...OWN_FAULTS];
