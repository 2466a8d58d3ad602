/**
 * Whether each service is blocked in each country now, from stored lanes and restrictions that go on. Made once for all of
 * them and kept until the data change; within a minute otherwise, since data grow old by themselves.
 */
import type { Config } from '../config/schema.ts';
import type { Availability } from '../db/availability-types.ts';
import type { LaneRun } from '../db/lane-runs.ts';
import type { Lane, LaneSpan } from '../db/lanes.ts';
import { parseMeasurementId } from '../db/measurement-id.ts';
import type { MeasurementSummary } from '../db/measurement-list.ts';
import type { Clock } from '../probes/clock.ts';
import { type AvailabilityInput, assessAvailability } from './analysis/availability.ts';
import type { RunLane } from './analysis/types.ts';
import type { ReadStore } from './contract.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Lanes are read so far back; of a lane without data in it the newest run stands alone. */
const LOOKBACK_MS = 40 * DAY_MS;

export type AvailabilityDeps = {
  readonly store: Pick<
    ReadStore,
    'listVantages' | 'listLanes' | 'latestMeasurements' | 'listIncidents' | 'dataVersion'
  >;
  readonly config: Pick<Config, 'services' | 'rules'>;
  readonly clock: Pick<Clock, 'nowMs'>;
};

/** Answers for what is configured and measured. */
export type AvailabilityNow = {
  /** Every service in every country with a vantage, in the order of the configuration and by country code. */
  readonly list: () => readonly Availability[];
  /** One of them; of a country without a vantage it says that nothing was measured. */
  readonly find: (service: string, countryCode: string) => Availability;
};

/** Builds it; nothing is read before it is asked. */
export function createAvailabilityNow(deps: AvailabilityDeps): AvailabilityNow {
  const { store, config, clock } = deps;
  let known = { version: Number.NaN, minute: Number.NaN, answers: [] as readonly Availability[] };
  const list = (): readonly Availability[] => {
    const version = store.dataVersion();
    const minute = Math.floor(clock.nowMs() / MINUTE_MS);
    if (version !== known.version || minute !== known.minute)
      known = { version, minute, answers: assessAll(deps) };
    return known.answers;
  };
  return {
    list,
    find: (service, countryCode) =>
      list().find((one) => one.service === service && one.countryCode === countryCode) ??
      assessAvailability({
        service,
        countryCode,
        lanes: [],
        episodes: [],
        newest: () => undefined,
        nowMs: clock.nowMs(),
        rules: config.rules.detector,
      }),
  };
}

/**
 * Vantages that publish late have no part in it: restrictions are found without them (bookkeeping.ts), so that they could
 * only ever say `reachable`.
 */
function assessAll({ store, config, clock }: AvailabilityDeps): Availability[] {
  const nowMs = clock.nowMs();
  const vantages = store
    .listVantages()
    .filter(({ role, publishDelayMinutes = 0 }) => role === 'vantage' && publishDelayMinutes === 0);
  const latest = store.latestMeasurements();
  const lanes = readLanes(store, latest, new Set(vantages.map(({ id }) => id)), nowMs);
  const episodes = store
    .listIncidents({ states: ['open', 'unstable'], fromMs: nowMs })
    .flatMap((incident) => incident.episodes);
  const countries = [...new Set(vantages.map(({ countryCode }) => countryCode))].toSorted();
  return config.services.flatMap(({ id: service }) =>
    countries.map((countryCode) =>
      assessAvailability({
        service,
        countryCode,
        lanes: lanes.filter(
          (lane) => lane.service === service && lane.vantage.countryCode === countryCode,
        ),
        episodes: episodes.filter(
          (one) => one.service === service && one.countryCode === countryCode,
        ),
        newest: createNewest(latest, service),
        nowMs,
        rules: config.rules.detector,
      }),
    ),
  );
}

/** What the newest measurements of a service say, by vantage and part. */
function createNewest(
  latest: readonly MeasurementSummary[],
  service: string,
): AvailabilityInput['newest'] {
  const own = new Map(
    latest.filter((one) => one.service === service).map((one) => [one.vantageId, one]),
  );
  return (vantageId, part) => {
    const one = own.get(vantageId);
    return part === 'service' ? one : one?.functions[part];
  };
}

/** The newest runs of every lane that was ever measured. */
function readLanes(
  store: AvailabilityDeps['store'],
  newest: readonly MeasurementSummary[],
  vantageIds: ReadonlySet<string>,
  nowMs: number,
): RunLane[] {
  const lanes = store.listLanes({
    vantageIds: [...vantageIds],
    fromMs: nowMs - LOOKBACK_MS,
    toMs: nowMs + 1,
  });
  return lanes.map((lane) => {
    const runs = lane.spans.flatMap((span) => toRun(span, lane));
    if (runs.length > 0) return { ...lane, runs };
    const last = newest.find(
      ({ service, vantageId }) => service === lane.service && vantageId === lane.vantageId,
    );
    const old: LaneSpan[] = last
      ? [
          {
            fromMs: last.slotMs,
            untilMs: last.slotMs + last.intervalMs,
            state: last.verdict,
            count: 1,
            lastMeasurementId: last.id,
          },
        ]
      : [];
    return { ...lane, runs: old.flatMap((span) => toRun(span, lane)) };
  });
}

/** A measured stretch as the answer takes it: its last round is what counts. */
function toRun(span: LaneSpan, lane: Lane): LaneRun[] {
  const key =
    span.lastMeasurementId === undefined ? undefined : parseMeasurementId(span.lastMeasurementId);
  if (span.state === 'no_data' || key?.vantageId !== lane.vantageId) return [];
  const { state, mechanism, confidence, count, untilMs, lastMeasurementId: measurementId } = span;
  const last = {
    slotMs: key.slotMs,
    state,
    ...(mechanism === undefined ? {} : { mechanism }),
    ...(confidence === undefined ? {} : { confidence }),
    ...(measurementId === undefined ? {} : { measurementId }),
  };
  const intervalMs = Math.max(1, untilMs - key.slotMs);
  return [
    {
      state,
      ...(mechanism === undefined ? {} : { mechanism }),
      count,
      intervalMs,
      head: [last],
      last,
    },
  ];
}
