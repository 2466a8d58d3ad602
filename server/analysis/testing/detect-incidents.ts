/** The detector over whole lanes at once, which the server derives piece by piece (lane-book.ts, detection.ts). */
import type { Detector } from '../../../config/schema.ts';
import {
  createDescriber,
  findBackedEpisodes,
  groupEpisodes,
  type Place,
  splitLanes,
} from '../detect.ts';
import type { FoundEpisode } from '../found-episode.ts';
import { LaneMemory } from '../lane-memory.ts';
import type { Incident, RunLane } from '../types.ts';

function remember({ runs, ...lane }: RunLane, rules: Detector): LaneMemory {
  const memory = new LaneMemory(lane, rules);
  for (const run of runs) memory.take(run);
  return memory;
}

/** Finds every restriction in the runs of one lane, which are sorted by time. */
export function findEpisodes(lane: RunLane, rules: Detector): FoundEpisode[] {
  return remember(lane, rules).episodes;
}

/** Finds all incidents of a place in what is known of the lanes of its service, by onset. */
export function describeIncidents(
  place: Place,
  lanes: readonly LaneMemory[],
  rules: Detector,
): Incident[] {
  const known = splitLanes(lanes, place.countryCode);
  return groupEpisodes(findBackedEpisodes(known, rules), rules).map(
    createDescriber(place, known, rules),
  );
}

/** Finds all incidents of a place in the lanes of its service from all vantages, by onset. */
export function detectIncidents(
  place: Place,
  lanes: readonly RunLane[],
  rules: Detector,
): Incident[] {
  return describeIncidents(
    place,
    lanes.map((lane) => remember(lane, rules)),
    rules,
  );
}
