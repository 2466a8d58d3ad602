/** From lanes to the times in which a vantage could tell: verdicts that decide nothing count as nothing measured. */
import type { Lane } from '../../db/lanes.ts';
import type { LaneState } from '../../probes/types.ts';
import type { MeasuredPart } from './ledger-input.ts';

const TELLING: readonly LaneState[] = ['ok', 'likely_blocked', 'blocked', 'impaired'];

/** Gives what was measured by each lane of a vantage; controls measure from outside and are left out. */
export function toMeasuredParts(lanes: readonly Lane[]): MeasuredPart[] {
  return lanes
    .filter(({ vantage }) => vantage.role === 'vantage')
    .map((lane) => {
      const ranges: { fromMs: number; untilMs: number }[] = [];
      for (const { fromMs, untilMs, state } of lane.spans) {
        if (!TELLING.includes(state)) continue;
        const last = ranges.at(-1);
        if (last?.untilMs === fromMs) last.untilMs = untilMs;
        else ranges.push({ fromMs, untilMs });
      }
      const { countryCode, asn, networkName } = lane.vantage;
      const { service, vantageId } = lane;
      return { service, vantageId, countryCode, asn, networkName, function: lane.function, ranges };
    });
}
