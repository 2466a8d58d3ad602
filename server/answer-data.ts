/** What an answer rests on, read from the store: its networks with their days, how sure it is, and what is not seen. */

import type { Blindness, Sureness } from '../dashboard/pages/answer-doubts.ts';
import type { NetworkView } from '../dashboard/pages/answer-networks.ts';
import { KIND_BLIND_SPOTS } from '../dashboard/pages/vantage-words.ts';
import { addBuckets, toStripRange } from '../dashboard/pages/year-strip.ts';
import type { Availability, NetworkState } from '../db/availability-types.ts';
import type { StoredVantage } from '../db/vantages.ts';
import { BLIND_SPOTS, type Confidence } from '../probes/types.ts';
import type { HandlerDeps } from './contract.ts';

/** Networks with their last twelve months. */
export function listNetworkViews(availability: Availability, deps: HandlerDeps): NetworkView[] {
  const { service, networks } = availability;
  const vantages = new Map(deps.store.listVantages().map((one) => [one.id, one]));
  const lanes = deps.store.listBuckets({
    services: [service],
    vantageIds: networks.flatMap(({ vantageIds }) => vantageIds),
    ...toStripRange(deps.clock.nowMs()),
    resolution: 'day',
  });
  return networks.map((network) => ({
    network,
    access: [...new Set(network.vantageIds.flatMap((id) => vantages.get(id)?.access ?? []))],
    buckets: addBuckets(
      lanes
        .filter(({ vantageId }) => network.vantageIds.includes(vantageId))
        .map(({ buckets }) => buckets),
    ),
  }));
}

/** Networks that the answer rests on: those that say the same as it. */
function listSpeaking({ answer, networks }: Availability): NetworkState[] {
  if (answer === 'cannot_tell') return [];
  return networks.filter(({ state }) =>
    answer === 'no' ? state === 'reachable' : state === 'blocked' || state === 'partly',
  );
}

const CONFIDENCES: readonly Confidence[] = ['high', 'medium', 'low'];

/** How sure the answer is. Lowered by a step where the control failed too. */
export function findSureness(availability: Availability, deps: HandlerDeps): Sureness {
  const { service } = availability;
  const speaking = listSpeaking(availability);
  const latest = deps.store.latestMeasurements().filter((one) => one.service === service);
  const confidences = { high: 0, medium: 0, low: 0 };
  for (const network of speaking) {
    const own = latest
      .filter(({ vantageId }) => network.vantageIds.includes(vantageId))
      .toSorted((a, b) => b.slotMs - a.slotMs)[0];
    if (own !== undefined) confidences[own.confidence] += 1;
  }
  const control = findControl(availability, latest, deps);
  const most = CONFIDENCES.toSorted((a, b) => confidences[b] - confidences[a])[0] ?? 'low';
  const isDoubtful = control?.isOk === false && availability.answer !== 'no';
  const level = isDoubtful ? (CONFIDENCES[CONFIDENCES.indexOf(most) + 1] ?? 'low') : most;
  const counts = Map.groupBy(
    speaking.filter(({ parts }) => parts.length > 0),
    ({ mechanism }) => mechanism,
  );
  const example = findExample(speaking, deps);
  return {
    ...(speaking.length === 0 ? {} : { level }),
    confidences,
    mechanisms: [...counts]
      .flatMap(([mechanism, of]) =>
        mechanism === undefined ? [] : [{ mechanism, networks: of.length }],
      )
      .toSorted((a, b) => b.networks - a.networks),
    ...(control === undefined ? {} : { control }),
    ...(example === undefined ? {} : { example }),
  };
}

/** The newest run of a control, one that reached the service where there is one in the same round. */
function findControl(
  { lastCheckedMs }: Availability,
  latest: ReturnType<HandlerDeps['store']['latestMeasurements']>,
  { store }: HandlerDeps,
): Sureness['control'] {
  const names = new Map(
    store.listVantages().flatMap((one) => (one.role === 'control' ? [[one.id, one] as const] : [])),
  );
  const [run] = latest
    .filter(({ vantageId, verdict }) => names.has(vantageId) && verdict !== 'insufficient')
    .toSorted(
      (a, b) => b.slotMs - a.slotMs || Number(b.verdict === 'ok') - Number(a.verdict === 'ok'),
    );
  if (run === undefined) return undefined;
  const distanceMs = lastCheckedMs === undefined ? 0 : Math.abs(run.slotMs - lastCheckedMs);
  return {
    networkName: names.get(run.vantageId)?.networkName ?? run.vantageId,
    id: run.id,
    atMs: run.slotMs,
    isOk: run.verdict === 'ok',
    // Within one round of each other nothing lies between.
    distanceMs: distanceMs < run.intervalMs ? 0 : distanceMs,
  };
}

/** The newest measurement on the first network that the answer rests on. */
function findExample(
  speaking: readonly NetworkState[],
  { store }: HandlerDeps,
): Sureness['example'] {
  const newest = speaking.toSorted((a, b) => (b.lastToldMs ?? 0) - (a.lastToldMs ?? 0))[0];
  const stored =
    newest?.lastToldId === undefined ? undefined : store.getMeasurement(newest.lastToldId);
  if (newest === undefined || stored === undefined) return undefined;
  return {
    id: stored.id,
    networkName: newest.networkName,
    reasons: stored.judgement.service.reasons,
  };
}

/** What is not seen from where the answer was measured. */
export function findBlindness(availability: Availability, deps: HandlerDeps): Blindness {
  const { countryCode, networks, cannotTell } = availability;
  const here = deps.store
    .listVantages()
    .filter((one) => one.role === 'vantage' && one.countryCode === countryCode);
  const vantages = new Map(here.map((one) => [one.id, one]));
  const involved = networks.flatMap((network) =>
    network.vantageIds.flatMap((id) => {
      const vantage = vantages.get(id);
      return vantage === undefined ? [] : [{ network, vantage }];
    }),
  );
  const spots = BLIND_SPOTS.flatMap((spot) => {
    const blind = involved.filter(({ vantage }) => KIND_BLIND_SPOTS[vantage.kind].includes(spot));
    return blind.length === 0
      ? []
      : [{ spot, networks: [...new Set(blind.map(({ network }) => network.networkName))] }];
  });
  return {
    countryCode,
    networks: networks.length - cannotTell,
    access: [...new Set(involved.map(({ vantage }) => vantage.access))],
    delayedVantages: here.filter(isDelayed).length,
    importedNetworks: networks.filter(({ vantageIds }) =>
      vantageIds.every((id) => vantages.get(id)?.kind === 'import'),
    ).length,
    spots,
  };
}

function isDelayed({ publishDelayMinutes = 0 }: StoredVantage): boolean {
  return publishDelayMinutes > 0;
}
