/**
 * The ledger as it is stored and exported: announced against measured, per announcement, service and network.
 * Made by server/analysis/ledger.ts. Instants are epoch milliseconds UTC, lengths are milliseconds.
 */
import type { FunctionId, Mechanism } from '../probes/types.ts';

/** A function of a service, or the service as a whole. */
export type LedgerPart = FunctionId | 'service';

/** A point after `afterMs`, the last instant known to say otherwise, and by `byMs`, the first that says so. */
export type LedgerInterval = {
  /** Absent when nothing was measured before. */
  readonly afterMs?: number;
  readonly byMs: number;
};

/** A signed length known only to lie between two: negative when what was measured came first. */
export type Lag = {
  /** Absent when there is no lower bound. */
  readonly leastMs?: number;
  readonly mostMs: number;
};

/** A time as a source states it: somewhere between two instants, both possible. */
export type StatedInterval = {
  readonly earliestMs: number;
  readonly latestMs: number;
  readonly precision: string;
  /** IANA zone in which the source counts; `UTC` when it names none. */
  readonly timeZone: string;
  readonly basis: 'stated' | 'inferred' | 'unknown';
};

/** What a group of rows looks at: restrictions, their end, or services that a measure spares. */
export type LedgerPhase = 'restriction' | 'lift' | 'exemption';

/**
 * What was found on one network.
 *
 * Of a restriction. It is due a grace period after it takes effect, or after its announcement when no source says
 * when it takes effect:
 * - `before_announcement`: it certainly began before the announcement, and within the time looked at
 * - `on_time`: it began after the announcement and before it was late; a stated day counts from its first hour to its
 *   last, of a time that is stated for longer it has to be certain
 * - `late`: it certainly began after it was due
 * - `time_uncertain`: it was found, but the measurements, or a time that is stated for more than a day, allow more than
 *   one of these, or an onset after the window
 * - `already_restricted`: it was restricted before, under an earlier announcement or since before the window
 * - `announced_not_measured`: measured after it was due, and not restricted as announced within the window
 *
 * Of an end: `lifted`, `announced_not_measured` (still restricted), `not_restricted` (there was nothing to lift), or
 * `time_uncertain` where it may have come after the window.
 * Of an exemption: `exemption_held`, `exemption_broken`.
 * Of all: `pending` (not due yet), `no_data` (nothing measured that could tell).
 */
export const LEDGER_OUTCOMES = [
  'before_announcement',
  'on_time',
  'late',
  'time_uncertain',
  'already_restricted',
  'announced_not_measured',
  'lifted',
  'not_restricted',
  'exemption_held',
  'exemption_broken',
  'pending',
  'no_data',
] as const;
export type LedgerOutcome = (typeof LEDGER_OUTCOMES)[number];

/** The measurements on both sides of an onset or an end. */
export type LedgerEvidence = {
  readonly lastGoodId?: string;
  readonly firstBadId: string;
  /** Absent while the restriction goes on, when it would be another one with every round. */
  readonly lastBadId?: string;
  readonly firstGoodId?: string;
};

/** A restriction as the ledger quotes it. */
export type LedgerFinding = {
  readonly vantageId: string;
  /** The function that decided. */
  readonly function: LedgerPart;
  readonly kind: 'blocked' | 'impaired';
  /** At the onset. */
  readonly mechanism?: Mechanism;
  readonly onset: LedgerInterval;
  /** Absent while it goes on. */
  readonly end?: LedgerInterval;
  readonly evidence: LedgerEvidence;
};

/** One network under one announcement. */
export type LedgerRow = {
  /** 0 when unknown; then the row is of one vantage. */
  readonly asn: number;
  readonly networkName: string;
  readonly vantageIds: readonly string[];
  readonly outcome: LedgerOutcome;
  /** What the outcome rests on; absent where nothing was restricted. */
  readonly finding?: LedgerFinding;
  /** From the announcement to the onset, or to the end for a lift. */
  readonly sinceAnnounced?: Lag;
  /** From the time of effect, or the stated end where the group is about that; absent when no source states it. */
  readonly sinceEffective?: Lag;
  /** Of `already_restricted`: the earlier announcement that the restriction belongs to. */
  readonly underId?: string;
  /** Where a whole block was announced and only part of it was found. */
  readonly partial?: LedgerFinding;
  /** Of `already_restricted`: another means that was first seen in the window, after the announcement. */
  readonly changed?: {
    readonly function: LedgerPart;
    readonly mechanism: Mechanism;
    readonly byMs: number;
  };
  /** UTC days from the reference to the end of the window on which something was measured. */
  readonly daysMeasured: number;
};

/** Figures over the networks of a group. */
export type LagSummary = {
  readonly networks: number;
  /** Median of the lower ends and of the upper ends. */
  readonly median: Lag;
  /** Least of the lower ends and most of the upper ends. */
  readonly range: Lag;
};

/** What a group says as a whole. */
export type LedgerSummary = {
  readonly networks: number;
  /** Outcomes that occur. */
  readonly outcomes: Readonly<Partial<Record<LedgerOutcome, number>>>;
  readonly sinceAnnounced?: LagSummary;
  readonly sinceEffective?: LagSummary;
  /** How many networks had it certainly within so long of the reference, early ones included; rising lengths. */
  readonly within: readonly { readonly lengthMs: number; readonly networks: number }[];
};

/** One announcement, one service, one country. */
export type LedgerGroup = {
  readonly announcementId: string;
  readonly title: string;
  readonly actor: string;
  readonly phase: LedgerPhase;
  readonly service: string;
  readonly countryCode: string;
  /** True when it was announced for part of the country, so that a network may lie outside. */
  readonly isPartOfCountry: boolean;
  /** Functions that were announced; empty for the whole service. */
  readonly functions: readonly LedgerPart[];
  readonly announced?: StatedInterval;
  readonly effective?: StatedInterval;
  /** Of a measure that has ended. */
  readonly lifted?: StatedInterval;
  /** Which of the times the outcomes count from. */
  readonly reference: 'announced' | 'effective' | 'lifted';
  /** Onsets looked at: after `fromMs`, by `untilMs`. An exemption without end has no `untilMs`. */
  readonly window: { readonly fromMs: number; readonly untilMs?: number };
  readonly summary: LedgerSummary;
  /** By network name. */
  readonly rows: readonly LedgerRow[];
};

/** A restriction that no announcement covers. */
export type Unannounced = LedgerFinding & {
  readonly service: string;
  readonly countryCode: string;
  readonly asn: number;
  readonly networkName: string;
  /** Announcements about the service around that time, none of which covers it. */
  readonly nearIds: readonly string[];
};

/** Numbers that decide outcomes; stored with the ledger. */
export type LedgerRules = {
  /** Raised with every change of a number or of the meaning of an outcome. */
  readonly version: string;
  /** A restriction may begin so long before its announcement and still be held to be the announced one. */
  readonly leadMs: number;
  /** And so long after it is to take effect. */
  readonly followMs: number;
  /** Later than this is late. */
  readonly graceMs: number;
};

/** The whole ledger. */
export type LedgerContent = {
  readonly schemaVersion: 1;
  readonly rules: LedgerRules;
  /** Newest announcement first, then service, country, phase. */
  readonly groups: readonly LedgerGroup[];
  /** By onset, newest first. */
  readonly unannounced: readonly Unannounced[];
  /** Announcements that change access and yet have no group, and why. */
  readonly skipped: readonly { readonly announcementId: string; readonly reason: SkipReason }[];
};

export type SkipReason = 'no_time' | 'no_country' | 'no_measured_service' | 'no_measured_function';
