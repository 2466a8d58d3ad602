/** From lanes to the times in which a vantage could tell: verdicts that decide nothing count as nothing measured. */
import type { StateRanges } from '../../db/lane-runs.ts';
import type { LaneState, Vantage } from '../../probes/types.ts';
import type { MeasuredPart } from './ledger-input.ts';

/** States that say whether something is restricted. */
export const TELLING: readonly LaneState[] = ['ok', 'likely_blocked', 'blocked', 'impaired'];

/** Gives what was measured by the lanes of a vantage, from when they were in telling states. */
export function toMeasuredParts(
  { countryCode, asn, networkName }: Vantage,
  lanes: readonly StateRanges[],
): MeasuredPart[] {
  return lanes.map((lane) => ({ ...lane, countryCode, asn, networkName }));
}
