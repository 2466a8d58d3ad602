/** What the detector finds in the story of the demo, when every run is judged as the lab imposes it. */
import type { Detector } from '../../../config/schema.ts';
import { formatMeasurementId } from '../../../db/measurement-id.ts';
import { listDemoSlots } from '../../../probes/lab/demo-slots.ts';
import { REGION_NETWORKS } from '../../../probes/lab/region-networks.ts';
import type { Confidence, Service, Vantage } from '../../../probes/types.ts';
import { toRuns } from '../../testing/rounds.ts';
import { seeStory } from '../../testing/story-runs.ts';
import { headRoundsFor } from '../episodes.ts';
import type { Incident, Part, Round, RunLane } from '../types.ts';
import { detectIncidents } from './detect-incidents.ts';

const VANTAGES = REGION_NETWORKS.map(({ vantage }) => vantage);
const COUNTRIES = new Set(VANTAGES.map(({ countryCode }) => countryCode));

/** Lists the parts of a service that have lanes: it as a whole, and its functions. */
export function listParts(service: Pick<Service, 'targets'>): Part[] {
  return ['service', ...new Set(service.targets.map((target) => target.function))];
}

function makeRound(
  service: Service,
  vantage: Vantage,
  part: Part,
  slotMs: number,
  confidence: Confidence,
): Round {
  const { verdict: state, mechanism } = seeStory(service, vantage, part, slotMs);
  const key = { service: service.id, vantageId: vantage.id, slotMs, seq: 0 };
  return {
    slotMs,
    state,
    ...(mechanism === undefined ? {} : { mechanism }),
    confidence,
    measurementId: formatMeasurementId(key),
  };
}

/** Finds the incidents of a service in every country of the story; what is judged has one confidence throughout. */
export function detectStory(service: Service, confidence: Confidence, rules: Detector): Incident[] {
  const lanes = VANTAGES.flatMap((vantage) =>
    listParts(service).map((part): RunLane => {
      const rounds = listDemoSlots().map(({ slotMs, intervalMs }) => ({
        ...makeRound(service, vantage, part, slotMs, confidence),
        intervalMs,
      }));
      const runs = toRuns(rounds, 1, headRoundsFor(rules));
      return { service: service.id, function: part, vantage, runs };
    }),
  );
  return [...COUNTRIES].flatMap((countryCode) =>
    detectIncidents({ service: service.id, countryCode }, lanes, rules),
  );
}
