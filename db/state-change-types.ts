/**
 * When a service turned from reachable to restricted in part or blocked on a network, or back, as pages and the API show
 * it. Made by server/analysis/state-changes.ts. Instants are epoch milliseconds UTC.
 */
import type { LaneState } from '../probes/types.ts';

/** A change that lasted, of a service at one vantage. */
export type StateChange = {
  readonly service: string;
  readonly vantageId: string;
  readonly countryCode: string;
  /** `no_data` when nothing was measured before. */
  readonly from: Extract<LaneState, 'ok' | 'impaired' | 'blocked' | 'no_data'>;
  /** `impaired` is any restriction that is not a full block. */
  readonly to: Extract<LaneState, 'ok' | 'impaired' | 'blocked'>;
  /** First round that says so. */
  readonly atMs: number;
  /** Last round before it that said otherwise; absent when nothing was measured before. */
  readonly previousAtMs?: number;
  /** The measurements on both sides. */
  readonly measurementId: string;
  readonly previousMeasurementId?: string;
  /**
   * How many changes it stands for where a network turns back and forth too often to tell them apart; then it is from what
   * was before them to what is now.
   */
  readonly unstable?: number;
};
