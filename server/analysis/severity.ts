/** How far a restriction reaches in a country at an instant. */
import type { Detector } from '../../config/schema.ts';
import { findFrom, type Stretch } from './stretches.ts';
import type { Severity } from './types.ts';

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

/** When a vantage had data: from a round that said something to when too many further ones are missing. */
export type DataLane = { readonly vantageId: string; readonly data: readonly Stretch[] };

/** Tells which vantages had data at an instant, from lanes of the service as a whole. */
export function createDataFinder(lanes: readonly DataLane[]): (atMs: number) => Set<string> {
  return (atMs) => {
    const found = new Set<string>();
    for (const { vantageId, data } of lanes) {
      const stretch = data[findFrom(data, atMs)];
      if (stretch && stretch.fromMs <= atMs) found.add(vantageId);
    }
    return found;
  };
}
