/** Rows of lanes and of availability: one vantage and service at a time, so that memory holds the stretches of one. */
import { toBatch } from '../../../db/dictionary/batch.ts';
import type { RowOf } from '../../../db/dictionary/column.ts';
import { AVAILABILITY, LANES } from '../../../db/dictionary/lanes.ts';
import type { LaneQuery } from '../../../db/lanes.ts';
import { FUNCTIONS, type Vantage } from '../../../probes/types.ts';
import { findLicence } from '../licence.ts';
import { type RowSource, type SourceContext } from './source.ts';

type Place = { readonly service: string; readonly vantage: Vantage };

/** Services and vantages with a lane that the query lets pass. */
function listPlaces({ store, query }: SourceContext): Place[] {
  const { services, vantageIds, countryCodes, asns, isOwnOnly } = query;
  const filters = {
    ...(services === undefined ? {} : { services }),
    ...(vantageIds === undefined ? {} : { vantageIds }),
    ...(countryCodes === undefined ? {} : { countryCodes }),
    ...(asns === undefined ? {} : { asns }),
    isOwnOnly,
  };
  return store.findLanes(filters).map(({ key, vantage }) => ({ service: key.service, vantage }));
}

/** The lanes of one place; the range ends where nothing is stored. */
function toLaneQuery({ store, query }: SourceContext, { service, vantage }: Place): LaneQuery {
  const { firstSlotMs = 0, lastUntilMs = 0 } = store.range();
  return {
    services: [service],
    vantageIds: [vantage.id],
    functions: query.functions ?? ['service', ...FUNCTIONS],
    fromMs: Math.max(query.fromMs, firstSlotMs),
    toMs: Math.min(query.toMs, lastUntilMs),
  };
}

function describePlace({ service, vantage }: Place) {
  return {
    service,
    vantage_id: vantage.id,
    country: vantage.countryCode,
    asn: vantage.asn === 0 ? null : vantage.asn,
    network_name: vantage.networkName,
    network_type: vantage.access,
  };
}

/** Reads lanes; of the past each is derived for itself, and its snapshot held for no longer than that. */
function readOf<T>({ past }: SourceContext, query: LaneQuery, read: () => T): T {
  past?.focus(query);
  try {
    return read();
  } finally {
    past?.release();
  }
}

export const listLaneBatches: RowSource = function* (context) {
  for (const place of listPlaces(context)) {
    const query = toLaneQuery(context, place);
    if (query.toMs <= query.fromMs) continue;
    const where = describePlace(place);
    const licence = findLicence(context.store, place);
    const lanes = readOf(context, query, () => context.store.listLanes(query));
    const rows = lanes.flatMap((lane) =>
      lane.spans.map(
        (span): RowOf<typeof LANES> => ({
          ...where,
          licence,
          function: lane.function,
          from: span.fromMs,
          until: span.untilMs,
          state: span.state,
          mechanism: span.mechanism ?? null,
          confidence: span.confidence ?? null,
          runs: span.count,
          first_id: span.firstMeasurementId ?? null,
          last_id: span.lastMeasurementId ?? null,
        }),
      ),
    );
    yield toBatch(LANES, rows);
  }
};

export const listAvailabilityBatches: RowSource = function* (context) {
  for (const place of listPlaces(context)) {
    const { bucket } = context.query;
    const query = { ...toLaneQuery(context, place), resolution: bucket };
    const where = describePlace(place);
    const licence = findLicence(context.store, place);
    const lanes = readOf(context, query, () => context.store.listBuckets(query));
    const rows = lanes.flatMap((lane) =>
      lane.buckets.map(
        ({ startMs, counts }): RowOf<typeof AVAILABILITY> => ({
          ...where,
          licence,
          function: lane.function,
          bucket_start: startMs,
          bucket,
          runs: Object.values(counts).reduce((sum, one) => sum + one, 0),
          ...counts,
        }),
      ),
    );
    yield toBatch(AVAILABILITY, rows);
  }
};
