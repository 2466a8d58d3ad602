/** How far a restriction reaches in a country at an instant. */
import type { Detector } from '../../config/schema.ts';
import type { RunLane, Severity } from './types.ts';

/** From the least to the worst. */
export const SEVERITIES = ['minor', 'major', 'critical'] as const satisfies readonly Severity[];

/** The worse of two. */
export function worseOf(a: Severity, b: Severity): Severity {
  return SEVERITIES.indexOf(a) >= SEVERITIES.indexOf(b) ? a : b;
}

/** A vantage with what is restricted there. */
export type Reach = {
  readonly vantageId: string;
  readonly asn: number;
  /** True when the service as a whole is blocked there. */
  readonly isServiceBlocked: boolean;
};

/**
 * Weighs what is restricted against the vantages that had data. `critical`: the service is blocked on all of them, and
 * these stand in enough networks. `major`: enough of them, by share and in number, find something restricted.
 */
export function weigh(
  reaches: readonly Reach[],
  withData: ReadonlySet<string>,
  { minNetworks, majorShare }: Pick<Detector, 'minNetworks' | 'majorShare'>,
): Severity {
  const affected = new Set(reaches.map(({ vantageId }) => vantageId));
  const blocked = reaches.filter(({ isServiceBlocked }) => isServiceBlocked);
  const blockedIds = new Set(blocked.map(({ vantageId }) => vantageId));
  const seen = new Set([...withData, ...affected]);
  const isEverywhere = [...seen].every((vantageId) => blockedIds.has(vantageId));
  if (isEverywhere && new Set(blocked.map(({ asn }) => asn)).size >= minNetworks) return 'critical';
  const isWide = affected.size >= minNetworks && affected.size >= majorShare * seen.size;
  return isWide ? 'major' : 'minor';
}

/** Tells which vantages had data around an instant: a round that said something, not older than `gapRounds` rounds. */
export function createDataFinder(
  lanes: readonly RunLane[],
  gapRounds: number,
): (atMs: number) => Set<string> {
  const services = lanes
    .filter((lane) => lane.function === 'service')
    .map(({ vantage, runs }) => ({
      vantageId: vantage.id,
      stretches: runs
        .filter(({ state }) => state !== 'no_data' && state !== 'insufficient')
        .map((run) => ({
          fromMs: (run.head[0] ?? run.last).slotMs,
          untilMs: run.last.slotMs + (gapRounds + 1) * run.intervalMs,
        })),
    }));
  return (atMs) => {
    const found = new Set<string>();
    for (const { vantageId, stretches } of services) {
      // Starts are in order: only the last run that has begun can reach this far, or one that is close before it.
      let low = 0;
      let high = stretches.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((stretches[middle]?.fromMs ?? 0) <= atMs) low = middle + 1;
        else high = middle;
      }
      const last = stretches[low - 1];
      if (last && last.untilMs >= atMs) found.add(vantageId);
    }
    return found;
  };
}
