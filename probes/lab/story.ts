/**
 * The story that the demo tells: the restrictions of 2022 and of 2025–2026 as the invented networks impose them.
 * The order of events follows the announcements; lags and methods of each network are made up, within what was
 * published about the period. No boundary lies just after a slot of the demo, so that no run straddles one.
 */
import type { FunctionId } from '../types.ts';
import type { Disturbance, Imposition, Method, Story } from './restrictions.ts';

type Period = readonly [from: string, until?: string];

/** Writes one line of the story; instants are UTC, e.g. `2022-03-04T16:40`. */
function impose(
  networkId: string,
  serviceId: string,
  functions: readonly FunctionId[] | 'all',
  method: Method,
  [from, until]: Period,
): Imposition {
  const fromMs = utc(from);
  const line = { networkId, serviceId, functions, method, fromMs };
  return until === undefined ? line : { ...line, untilMs: utc(until) };
}

const utc = (text: string): number => Date.parse(`${text}:00Z`);

const VOLGA = 'ru-volga-fixed';
const NEVA = 'ru-neva-fixed';
const URAL = 'ru-ural-mobile';
const SIBERIA = 'ru-siberia-mobile';

/** Partly restricted from 25 February, blocked from 4 March; each network at its own hour and in its own way. */
const FACEBOOK_2022: readonly Imposition[] = [
  impose(VOLGA, 'facebook', ['media'], 'tls_reset', ['2022-02-25T14:20', '2022-03-04T16:40']),
  impose(URAL, 'facebook', ['media'], 'tls_reset', ['2022-02-26T07:40', '2022-03-04T21:25']),
  impose(VOLGA, 'facebook', 'all', 'tls_reset', ['2022-03-04T16:40']),
  impose(NEVA, 'facebook', 'all', 'dns_stub', ['2022-03-04T19:15', '2022-03-19T08:20']),
  // Two mobile networks begin by swallowing packets and later answer with resets, which costs them less.
  impose(URAL, 'facebook', 'all', 'tls_silence', ['2022-03-04T21:25', '2022-03-05T11:30']),
  impose(URAL, 'facebook', 'all', 'tls_reset', ['2022-03-05T11:30']),
  impose(SIBERIA, 'facebook', 'all', 'ip_drop', ['2022-03-05T13:10', '2022-03-08T03:30']),
  impose(SIBERIA, 'facebook', 'all', 'tls_fin', ['2022-03-08T03:30']),
  // Lifted for a day and a half, then back with another false answer.
  impose(NEVA, 'facebook', 'all', 'dns_bogon', ['2022-03-20T21:10', '2026-02-11T07:40']),
];

/** Due on 13 March at 21:00 UTC: four hours early on one network, almost 31 late on another. */
const INSTAGRAM_2022: readonly Imposition[] = [
  impose(URAL, 'instagram', 'all', 'tls_reset', ['2022-03-13T17:00']),
  impose(VOLGA, 'instagram', 'all', 'tls_reset', ['2022-03-13T22:30']),
  impose(NEVA, 'instagram', 'all', 'dns_nxdomain', ['2022-03-14T06:30']),
  impose(SIBERIA, 'instagram', 'all', 'tls_fin', ['2022-03-15T03:50']),
];

/** WhatsApp, a function at a time: calls, registration, media. */
const WHATSAPP_2025: readonly Imposition[] = [
  impose(VOLGA, 'whatsapp', ['calls'], 'udp_drop', ['2025-08-13T08:30']),
  impose(NEVA, 'whatsapp', ['calls'], 'udp_drop', ['2025-08-13T15:20']),
  impose(URAL, 'whatsapp', ['calls'], 'udp_drop', ['2025-08-14T05:40']),
  impose(SIBERIA, 'whatsapp', ['calls'], 'udp_drop', ['2025-08-15T18:10']),
  impose(VOLGA, 'whatsapp', ['registration'], 'tls_reset', ['2025-10-22T09:10']),
  impose(URAL, 'whatsapp', ['registration'], 'tls_reset', ['2025-10-22T18:30']),
  // Slowed to a standstill at first, cut off outright before the removal of February.
  impose(VOLGA, 'whatsapp', ['media'], 'freeze', ['2025-12-22T10:20', '2026-02-08T17:40']),
  impose(VOLGA, 'whatsapp', ['media'], 'tls_reset', ['2026-02-08T17:40']),
  impose(URAL, 'whatsapp', ['media'], 'freeze', ['2025-12-22T19:10', '2026-02-09T05:20']),
  impose(URAL, 'whatsapp', ['media'], 'tls_reset', ['2026-02-09T05:20']),
  impose(NEVA, 'whatsapp', ['media'], 'tls_reset', ['2025-12-23T15:30']),
];

const REMOVED_ON = [
  { networkId: VOLGA, from: '2026-02-11T07:40', serviceIds: ['facebook', 'instagram', 'whatsapp'] },
  // Every name of Instagram is gone from this resolver since 2022.
  { networkId: NEVA, from: '2026-02-11T07:40', serviceIds: ['facebook', 'whatsapp'] },
  {
    networkId: SIBERIA,
    from: '2026-02-11T16:30',
    serviceIds: ['facebook', 'instagram', 'whatsapp'],
  },
  { networkId: URAL, from: '2026-02-12T06:50', serviceIds: ['facebook', 'instagram', 'whatsapp'] },
] as const;

/** Names of the web versions vanish from the resolvers; short links stay. Then messages stop on three networks. */
const REMOVAL_2026: readonly Imposition[] = [
  ...REMOVED_ON.flatMap(({ networkId, from, serviceIds }) =>
    serviceIds.map((serviceId) => impose(networkId, serviceId, ['web'], 'dns_nxdomain', [from])),
  ),
  // Where a false address was the whole block, the other names of Facebook now meet resets.
  impose(NEVA, 'facebook', ['app', 'media'], 'tls_reset', ['2026-02-11T07:40']),
  impose(VOLGA, 'whatsapp', ['messages'], 'ip_drop', ['2026-02-12T09:30']),
  impose(NEVA, 'whatsapp', ['messages'], 'ip_drop', ['2026-02-12T15:20']),
  impose(URAL, 'whatsapp', ['messages'], 'ip_drop', ['2026-02-13T05:10']),
];

const DISTURBANCES: readonly Disturbance[] = [
  // Instagram's own failure, before any network restricts it: the control sees it too.
  {
    kind: 'origin_down',
    serviceId: 'instagram',
    fromMs: utc('2022-03-02T05:20'),
    untilMs: utc('2022-03-02T13:40'),
  },
  // A network without uplink for a day: everything is unreachable there, neutral hosts included.
  {
    kind: 'outage',
    networkId: SIBERIA,
    fromMs: utc('2022-03-17T03:20'),
    untilMs: utc('2022-03-18T04:40'),
  },
];

/** The whole story, with two honest disturbances that no judge may call blocking. */
export const STORY: Story = {
  impositions: [...FACEBOOK_2022, ...INSTAGRAM_2022, ...WHATSAPP_2025, ...REMOVAL_2026],
  disturbances: DISTURBANCES,
};
