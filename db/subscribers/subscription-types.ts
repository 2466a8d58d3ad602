/** Who wants to be told what, where and when. Addresses stand nowhere here: they are sealed in the database. */
import type { AlertKind, AlertSeverity } from '../alert-types.ts';

/** Reason of a subscription that its holder stopped for a while; any other is that of a target that is gone. */
export const PAUSED = 'paused';

/** How often a subscriber is told. */
export const SUBSCRIPTION_MODES = ['immediate', 'hourly', 'daily', 'weekly'] as const;
export type SubscriptionMode = (typeof SUBSCRIPTION_MODES)[number];

/** What is wanted; an empty list means all. */
export type SubscriptionFilter = {
  readonly services: readonly string[];
  readonly countryCodes: readonly string[];
  readonly asns: readonly number[];
  readonly kinds: readonly AlertKind[];
  readonly minSeverity: AlertSeverity;
};

/** Hours in which nothing is sent but what breaks through; what comes meanwhile is held and told at their end. */
export type QuietHours = {
  /** Minutes after midnight in the subscriber's zone; `fromMinute` may be the later of the two. */
  readonly fromMinute: number;
  readonly untilMinute: number;
  /** Severities from this one on are told at once. */
  readonly breakThrough: AlertSeverity;
};

export type Subscription = {
  /** Random, 128 bit. */
  readonly id: string;
  readonly channel: string;
  readonly filter: SubscriptionFilter;
  /** Language of the messages. */
  readonly locale: 'en' | 'ru' | 'uk';
  /** IANA zone of times in messages, of digests and of quiet hours. */
  readonly timeZone: string;
  readonly mode: SubscriptionMode;
  readonly quiet?: QuietHours;
  readonly state: 'pending' | 'active' | 'disabled';
  readonly createdAtMs: number;
  /** Of a disabled one: why, as a code without addresses, and when. */
  readonly disabled?: { readonly reason: string; readonly atMs?: number };
  /** Another subscription of the same holder, which is told when this one is switched off. */
  readonly substituteId?: string;
};
