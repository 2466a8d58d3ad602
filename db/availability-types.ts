/**
 * Whether a service is blocked in a country now, as pages and the API show it. Made by server/analysis/availability.ts.
 * Instants are epoch milliseconds UTC.
 */
import type { Mechanism } from '../probes/types.ts';
import type { Episode, Interval, Level, Part } from './incident-types.ts';

/** What is found on one network: several vantages of one autonomous system are one network. */
export type NetworkState = {
  /** 0 when unknown; then the network is of one vantage. */
  readonly asn: number;
  readonly networkName: string;
  readonly vantageIds: readonly string[];
  /** `partly`: some function, or some vantages of the network, or slowed. */
  readonly state: 'blocked' | 'partly' | 'reachable' | 'cannot_tell';
  /** True when it fails now and has not done so for long enough to count; then the state is `cannot_tell`. */
  readonly isUnsettled: boolean;
  /** Parts of the service with a restriction that goes on; empty unless `blocked` or `partly`. */
  readonly parts: readonly Part[];
  /** True when what goes on slows and does not stop. */
  readonly isOnlySlowed: boolean;
  /** Absent as well when the newest verdict tells none: a means of long ago is none of now. */
  readonly mechanism?: Mechanism;
  /** First round with that mechanism. */
  readonly mechanismFromMs?: number;
  /** Onset of the earliest restriction that goes on. */
  readonly since?: Interval;
  /** The measurements on both sides of that onset. */
  readonly evidence?: Pick<Episode['evidence'], 'lastGoodId' | 'firstBadId'>;
  /** When all of it became blocked; with `blocked` alone, the same as `since` where it never was less. */
  readonly blockedSince?: Interval;
  /** The measurements on both sides of that. */
  readonly blockedEvidence?: Level['evidence'];
  /** Newest round that says something, and its measurement. */
  readonly lastToldMs?: number;
  readonly lastToldId?: string;
};

/** Why there is no answer, with the figures for a sentence. */
export type Unanswered =
  | { readonly kind: 'nothing_measured' }
  /** Measured, and no round ever said whether the service answers. */
  | { readonly kind: 'nothing_told'; readonly networks: number }
  /** Every network tells, and they are fewer than a statement on a country takes. */
  | { readonly kind: 'few_networks'; readonly networks: number }
  /** On some networks it fails now, which has not lasted yet, and too few others tell. */
  | { readonly kind: 'not_lasting'; readonly unsettled: number; readonly networks: number }
  /** Too few of the networks have data that tells of now. */
  | {
      readonly kind: 'few_with_data';
      readonly telling: number;
      readonly networks: number;
      readonly lastToldMs: number;
    }
  /** No network has data that tells of now. */
  | { readonly kind: 'no_recent_data'; readonly networks: number; readonly lastToldMs: number };

/** The answer for one service in one country. */
export type Availability = {
  readonly service: string;
  readonly countryCode: string;
  /** Whether the service is blocked in the country. */
  readonly answer: 'yes' | 'no' | 'partly' | 'cannot_tell';
  /** Present with `cannot_tell` alone. */
  readonly reason?: Unanswered;
  readonly networks: readonly NetworkState[];
  readonly blocked: number;
  readonly partly: number;
  readonly reachable: number;
  readonly cannotTell: number;
  /** Onset of the earliest restriction that goes on and that the answer rests on. */
  readonly since?: Interval;
  /** When the first of the networks that are blocked became so; present with `yes` alone. */
  readonly blockedSince?: Interval;
  /** Newest round of any network. */
  readonly lastCheckedMs?: number;
};
