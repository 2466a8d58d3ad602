/** What a reader may choose of messages: the kinds of event in the few groups that people ask for, and the wish itself. */
import type { AlertKind } from '../db/alert-types.ts';
import type { Subscription } from '../db/subscribers/subscription-types.ts';

/** Groups of kinds, as they are offered. */
const KIND_GROUPS = {
  restriction: [
    'incident_opened',
    'scope_changed',
    'mechanism_changed',
    'incident_unstable',
    'incident_settled',
  ],
  return: ['incident_closed'],
  announcement: [
    'announcement_published',
    'announcement_changed',
    'announcement_due',
    'announcement_lifted',
  ],
  mismatch: ['measured_not_announced', 'announced_not_measured'],
  vantage: ['vantage_silent', 'vantage_back'],
} as const satisfies Readonly<Record<string, readonly AlertKind[]>>;
export type KindGroup = keyof typeof KIND_GROUPS;

/** In the order in which they are offered. */
export const KIND_GROUP_NAMES = [
  'restriction',
  'return',
  'announcement',
  'mismatch',
  'vantage',
] as const satisfies readonly KindGroup[];

/** Groups whose events are of the severity `info`, so that any higher one leaves them out. */
export const INFO_GROUPS: ReadonlySet<KindGroup> = new Set(['announcement', 'vantage']);

/** The kinds of some groups; none means all. */
export function toKinds(groups: readonly KindGroup[]): AlertKind[] {
  return groups.flatMap((group) => KIND_GROUPS[group]);
}

/** The groups of which any kind is among these. */
export function toKindGroups(kinds: readonly AlertKind[]): KindGroup[] {
  return KIND_GROUP_NAMES.filter((name) =>
    KIND_GROUPS[name].some((kind) => kinds.some((one) => one === kind)),
  );
}

/** What a reader wants, before it has an address. */
export type AlertWish = Pick<
  Subscription,
  'channel' | 'filter' | 'locale' | 'timeZone' | 'mode' | 'quiet'
>;

/** What can be chosen; the same lists check what is sent. */
export type AlertChoices = {
  readonly services: readonly { readonly id: string; readonly name: string }[];
  readonly countryCodes: readonly string[];
  readonly networks: readonly { readonly asn: number; readonly name: string }[];
  /** In the order in which they are offered; none where messages are switched off. */
  readonly channels: readonly string[];
};

/** Channels whose servers readers may run themselves, and protect with a token. */
export const TOKEN_CHANNELS: ReadonlySet<string> = new Set(['ntfy', 'matrix', 'mastodon']);
/** Those of them that send with an account, which has to be the reader's own. */
export const OWN_ACCOUNT_CHANNELS: ReadonlySet<string> = new Set(['matrix', 'mastodon']);

/** The fields of a wish as a form sends them: for links, and for a form that carries them on. */
export function listWishFields(wish: AlertWish): (readonly [name: string, value: string])[] {
  const { filter, quiet } = wish;
  return [
    ...filter.services.map((one) => ['service', one] as const),
    ...filter.countryCodes.map((one) => ['country', one] as const),
    ...filter.asns.map((one) => ['asn', String(one)] as const),
    ...toKindGroups(filter.kinds).map((one) => ['kind', one] as const),
    ['severity', filter.minSeverity],
    ['lang', wish.locale],
    ['mode', wish.mode],
    ['tz', wish.timeZone],
    ['channel', wish.channel],
    ...(quiet === undefined
      ? []
      : ([
          ['quiet_from', toClockField(quiet.fromMinute)],
          ['quiet_until', toClockField(quiet.untilMinute)],
          ['break', quiet.breakThrough],
        ] as const)),
  ];
}

/** Minutes after midnight as a field of time has them, e.g. `22:00`. */
export function toClockField(minute: number): string {
  const pad = (value: number): string => String(value).padStart(2, '0');
  return `${pad(Math.floor(minute / 60))}:${pad(minute % 60)}`;
}
