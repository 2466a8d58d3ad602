/**
 * Incidents as they are kept and shown: what restrictions follow from the rounds of lanes, and which of them belong
 * together. Instants are epoch milliseconds UTC.
 */
import type { Confidence, FunctionId, LaneState, Mechanism } from '../probes/types.ts';

/** A point known only to lie between two instants: after `afterMs`, the last that says otherwise, and by `byMs`, the first that says so. */
export type Interval = {
  /** Absent when nothing was measured before. */
  readonly afterMs?: number;
  readonly byMs: number;
};

/** A function of a service, or the service as a whole. */
export type Part = FunctionId | 'service';

/** One run of one lane on the dense grid. A run that is missing is a round with the state `no_data`. */
export type Round = {
  readonly slotMs: number;
  /** From this round to when the next was due; that of its run when absent. */
  readonly intervalMs?: number;
  readonly state: LaneState;
  readonly mechanism?: Mechanism;
  readonly confidence?: Confidence;
  /** Absent for `no_data`. */
  readonly measurementId?: string;
};

/** How far a restriction reaches from some time on. */
export type Level = {
  readonly kind: 'blocked' | 'impaired';
  readonly since: Interval;
  /** The measurements on both sides of its beginning. */
  readonly evidence: { readonly lastOtherId?: string; readonly firstId: string };
};

/** A restriction of one function, or of the service as a whole, of one service at one vantage: from its onset to its end. */
export type Episode = {
  readonly service: string;
  readonly vantageId: string;
  readonly countryCode: string;
  readonly asn: number;
  readonly networkName: string;
  readonly function: Part;
  /** The worst that lasted. */
  readonly kind: Level['kind'];
  /** Changes in order; the first from the onset on. Empty of what was stored before they were kept. */
  readonly levels: readonly Level[];
  readonly onset: Interval;
  /** Absent when it goes on. */
  readonly end?: Interval;
  /** Changes in order; the first from the first bad round. */
  readonly mechanisms: readonly { readonly mechanism: Mechanism; readonly fromMs: number }[];
  /** The measurements on both sides of the onset and of the end. */
  readonly evidence: {
    readonly lastGoodId?: string;
    readonly firstBadId: string;
    readonly lastBadId: string;
    readonly firstGoodId?: string;
  };
  /** Rounds of the grid from the first bad one to the last bad one, both included. */
  readonly rounds: number;
  /** Those of them without data. */
  readonly missing: number;
  /** True while the lane changes too often to say whether it is restricted. */
  readonly isUnstable: boolean;
};

/** How far an incident reaches. */
export type Severity = 'minor' | 'major' | 'critical';

/** Restrictions of one service in one country that belong together. */
export type Incident = {
  /** Stable: `<service>-<cc>-<onset>` in lower case, e.g. `facebook-ru-20220304t1200z`. */
  readonly id: string;
  readonly service: string;
  readonly countryCode: string;
  /** Of the first network. */
  readonly onset: Interval;
  /** Of the last network; absent while one is restricted. */
  readonly end?: Interval;
  /** Now, or the worst that it was when it has ended. */
  readonly severity: Severity;
  /** Of most networks now, or at the end. */
  readonly mechanism?: Mechanism;
  readonly state: 'open' | 'unstable' | 'closed';
  readonly episodes: readonly Episode[];
  readonly log: readonly IncidentEntry[];
};

/** What was concluded, when, and from which measurements. */
export type IncidentEntry = {
  /** Slot of the round that decided it. */
  readonly atMs: number;
  readonly kind:
    | 'opened'
    | 'scope_changed'
    | 'mechanism_changed'
    | 'severity_changed'
    | 'unstable'
    | 'settled'
    | 'closed'
    /** Data that came late, or another judgement, changed what was concluded; says why. Only in stored logs. */
    | 'revised';
  /** One plain sentence in English. */
  readonly text: string;
  readonly measurementIds: readonly string[];
};
