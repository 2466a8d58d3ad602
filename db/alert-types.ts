/**
 * What people are told: events that follow from incidents, announcements, the ledger and silent vantages. An event says
 * what happened in facts; its text is made for each reader's language. Instants are epoch milliseconds UTC.
 */
import type { LedgerPart } from './ledger-types.ts';

/** What may happen; append only, since feeds and subscriptions name them. */
export const ALERT_KINDS = [
  'incident_opened',
  'scope_changed',
  'mechanism_changed',
  'incident_unstable',
  'incident_settled',
  'incident_closed',
  'announcement_published',
  'announcement_changed',
  /** Takes effect within 24 hours. */
  'announcement_due',
  'announcement_lifted',
  /** An incident that no announcement covers. */
  'measured_not_announced',
  /** The window of an announcement has ended and nothing was measured of it. */
  'announced_not_measured',
  'vantage_silent',
  'vantage_back',
] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

/** How much it matters, least first. */
export const ALERT_SEVERITIES = ['info', 'minor', 'major', 'critical'] as const;
export type AlertSeverity = (typeof ALERT_SEVERITIES)[number];

/** Figures and names that the text of an event is made of; only what its kind speaks of is there. */
export type AlertFacts = {
  /** Title of the announcement, as recorded. */
  readonly title?: string;
  readonly networks?: readonly { readonly asn: number; readonly networkName: string }[];
  /** Networks restricted, and networks measured. */
  readonly restricted?: number;
  readonly measured?: number;
  readonly mechanism?: string;
  readonly previousMechanism?: string;
  /** Of a change of mechanism: to which, and where. Others may go on as before. */
  readonly changedTo?: string;
  readonly changedNetworks?: readonly { readonly asn: number; readonly networkName: string }[];
  readonly parts?: readonly LedgerPart[];
  /** Of a change of scope: networks and parts that came to it, and networks that are free of it again. */
  readonly addedNetworks?: readonly { readonly asn: number; readonly networkName: string }[];
  readonly addedParts?: readonly LedgerPart[];
  /** Where the added parts are restricted. */
  readonly addedPartNetworks?: readonly { readonly asn: number; readonly networkName: string }[];
  readonly freedNetworks?: readonly { readonly asn: number; readonly networkName: string }[];
  /** By when all that was added was measured. */
  readonly addedByMs?: number;
  /** By when all of them were measured to be free. */
  readonly freedByMs?: number;
  /** The mechanism is that of most networks; others have another. */
  readonly isMechanismMixed?: boolean;
  /** Of the restriction that the event speaks of: after the first, by the second. */
  readonly onsetAfterMs?: number;
  readonly onsetByMs?: number;
  readonly endAfterMs?: number;
  readonly endByMs?: number;
  /** When the announced measure takes effect; the earliest and the latest instant that are possible. */
  readonly effectiveEarliestMs?: number;
  readonly effectiveLatestMs?: number;
  /** When it was announced; the earliest and the latest instant that are possible. */
  readonly announcedEarliestMs?: number;
  readonly announcedLatestMs?: number;
  /** The announcement is of a kind that nothing takes effect with, such as a request or a warning. */
  readonly isStatement?: boolean;
  readonly lastSeenMs?: number;
  /** Of a vantage: its network; vantages are named by nothing else. */
  readonly networkName?: string;
};

/** One thing that happened. */
export type AlertEvent = {
  /**
   * Stable: derived from what it speaks of, so that the same thing has the same id however often it is derived, e.g.
   * `instagram-ru-20220313t2105z/opened`.
   */
  readonly id: string;
  readonly kind: AlertKind;
  readonly severity: AlertSeverity;
  /** Services that it concerns; none means all (a silent vantage). */
  readonly services: readonly string[];
  /** ISO 3166-1 alpha-2; none means everywhere. */
  readonly countryCodes: readonly string[];
  readonly asns: readonly number[];
  /** When what it speaks of happened, or is to happen. */
  readonly atMs: number;
  /** When it was concluded, and so could first be told. */
  readonly knownMs: number;
  /** The page that says more: `/i/<id>`, `/a/<id>`, `/v/<id>`. */
  readonly subject: {
    readonly kind: 'incident' | 'announcement' | 'vantage';
    readonly id: string;
  };
  readonly facts: AlertFacts;
  /** Measurements that it rests on, first the newest that says otherwise, then the first that says so. */
  readonly measurementIds: readonly string[];
};

/** An event with its place in the order in which events became known. */
export type StoredAlert = AlertEvent & { readonly seq: number };
