/**
 * Deriving incidents again from the instant on at which something changed, with the same result as deriving them
 * from the first measurement on. A lane can be entered at a calm stretch: whatever was restricted before is over by its
 * end. Incidents can be parted at an instant that none of them reaches across.
 */
import type { Detector } from '../../config/schema.ts';
import type { RunQuery } from '../../db/lane-runs.ts';
import type { Vantage } from '../../probes/types.ts';
import {
  describeIncident,
  findBackedEpisodes,
  groupEpisodes,
  isElsewhere,
  isInside,
  splitLanes,
} from './detect.ts';
import { headRoundsFor } from './episodes.ts';
import type { Incident, RunLane } from './types.ts';

const MINUTE_MS = 60_000;

/** One service in one country. */
export type Place = { readonly service: string; readonly countryCode: string };

/** Where lanes and earlier incidents are read. */
export type RederiveSource = {
  readonly listVantages: () => readonly Vantage[];
  readonly listLaneRuns: (query: RunQuery) => readonly RunLane[];
  /** See `findAffectedOnset` of the store. */
  readonly findAffectedOnset: (place: Place, atMs: number) => number;
};

/** The incidents with an onset from `fromMs` on; those before stay as they are. */
export type Rederived = { readonly fromMs: number; readonly incidents: readonly Incident[] };

/** Derives a place again after something changed at or after an instant, or all of it when none is given. */
export function rederive(
  source: RederiveSource,
  rules: Detector,
  place: Place,
  changedMs?: number,
): Rederived {
  const vantages = source.listVantages();
  if (changedMs === undefined) {
    const lanes = readLanes(source, rules, place, vantages);
    const incidents = describe(lanes, rules, place, findBackedEpisodes({ ...lanes, rules }));
    return { fromMs: Number.NEGATIVE_INFINITY, incidents };
  }
  let stepMs = rules.groupMinutes * MINUTE_MS;
  let fromMs = changedMs;
  for (;;) {
    const marginMs = (rules.gapRounds + 2) * stepMs;
    const startMs = findCut(source, place, fromMs, marginMs);
    const lanes = readLanes(source, rules, place, vantages, startMs, marginMs);
    const longestMs = longestStep(lanes.lanes, lanes.outside);
    if (longestMs > stepMs) {
      stepMs = longestMs;
      continue;
    }
    const episodes = findBackedEpisodes({ ...lanes, rules }).filter(
      (found) => (found.closedAtMs ?? Number.POSITIVE_INFINITY) >= startMs,
    );
    // One that reaches across the cut, or begins so close to it that it may belong to one before.
    const across = episodes.find(({ episode }) => episode.onset.byMs < startMs + stepMs);
    if (!across) return { fromMs: startMs, incidents: describe(lanes, rules, place, episodes) };
    fromMs = Math.min(across.episode.onset.byMs, fromMs - stepMs);
  }
}

/** An instant before which every incident is over, and was when anything was last concluded of it. */
function findCut(source: RederiveSource, place: Place, fromMs: number, marginMs: number): number {
  let cutMs = fromMs - marginMs;
  for (;;) {
    const onsetMs = source.findAffectedOnset(place, cutMs);
    if (onsetMs >= cutMs) return cutMs;
    cutMs = onsetMs - marginMs;
  }
}

type Lanes = { readonly lanes: readonly RunLane[]; readonly outside: readonly RunLane[] };

/** The lanes of a place and those outside, from a cut on or from their beginning. */
function readLanes(
  source: RederiveSource,
  rules: Detector,
  { service, countryCode }: Place,
  vantages: readonly Vantage[],
  startMs?: number,
  marginMs = 0,
): Lanes {
  const idsOf = (isWanted: typeof isInside): string[] =>
    vantages.filter((one) => isWanted(one, countryCode)).map(({ id }) => id);
  const headRounds = headRoundsFor(rules);
  const calmMinutes = rules.flapWindowMinutes + rules.settleMinutes + rules.holdMinutes;
  const calm = {
    calmRounds: Math.max(rules.openWindow, rules.closeSuccesses),
    calmMs: calmMinutes * MINUTE_MS,
  };
  const cut = (from: RunQuery['from']): Pick<RunQuery, 'from'> => (from ? { from } : {});
  return splitLanes(
    [
      ...source.listLaneRuns({
        service,
        vantageIds: idsOf(isInside),
        headRounds,
        closingRounds: rules.closeSuccesses,
        ...cut(startMs === undefined ? undefined : { atMs: startMs, ...calm }),
      }),
      ...source.listLaneRuns({
        service,
        vantageIds: idsOf(isElsewhere),
        headRounds: 1,
        closingRounds: 0,
        ...cut(
          startMs === undefined
            ? undefined
            : { atMs: startMs - marginMs, calmRounds: 1, calmMs: 0 },
        ),
      }),
    ],
    countryCode,
  );
}

function longestStep(...groups: readonly (readonly RunLane[])[]): number {
  let longestMs = 0;
  for (const lanes of groups)
    for (const { runs } of lanes)
      for (const { intervalMs } of runs) longestMs = Math.max(longestMs, intervalMs);
  return longestMs;
}

function describe(
  { lanes }: Lanes,
  rules: Detector,
  place: Place,
  episodes: ReturnType<typeof findBackedEpisodes>,
): Incident[] {
  return groupEpisodes(episodes, rules).map((group) =>
    describeIncident({ ...place, lanes, rules }, group),
  );
}
