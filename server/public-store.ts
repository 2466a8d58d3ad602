/**
 * The store as the public may see it: of a vantage with a publication delay nothing is shown before its time, and
 * never more exactly than to the slot, so that nobody can match what is published with what a network saw. Every
 * request reads through here; what measures, judges and stores does not.
 */
import type { Lane, LaneQuery, LaneSpan } from '../db/lanes.ts';
import { parseMeasurementId } from '../db/measurement-id.ts';
import type { MeasurementSummary } from '../db/measurement-list.ts';
import type { StoredMeasurement } from '../db/measurement-reader.ts';
import type { VantageCoverage, VantageRange } from '../db/vantage-coverage.ts';
import type { HistoryRange } from '../db/vantage-facts.ts';
import type { StoredVantage } from '../db/vantages.ts';
import type { Clock } from '../probes/clock.ts';
import type { ReadStore } from './contract.ts';
import { createPublicMonths } from './public-months.ts';
import {
  blurSpan,
  blurStored,
  blurSummary,
  type Cuts,
  findCuts,
  isShown,
  listDelays,
} from './publication.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Minutes that the version tells apart: nearly two years of them. */
const VERSION_MINUTES = 1_000_000;

type Rules = {
  readonly store: ReadStore;
  readonly listCuts: () => Cuts;
};

/** The newest shown run of every service and vantage. */
function latestShown({ store }: Rules, cuts: Cuts): MeasurementSummary[] {
  return store.latestMeasurements().flatMap((latest) => {
    const { service, vantageId, slotMs } = latest;
    const cutMs = cuts.get(vantageId);
    if (cutMs === undefined) return [latest];
    const shown =
      slotMs < cutMs
        ? latest
        : pickLast(
            store.listMeasurements({
              services: [service],
              vantageIds: [vantageId],
              toMs: cutMs,
              limit: MAX_RUNS,
            }).rows,
          );
    return shown === undefined ? [] : [blurSummary(cuts, shown)];
  });
}

/** More runs than any slot has. */
const MAX_RUNS = 100;

/** The last run of the newest slot; rows of one slot come in the order in which they were stored. */
function pickLast(rows: readonly MeasurementSummary[]): MeasurementSummary | undefined {
  const [newest] = rows;
  return rows
    .filter(({ slotMs }) => slotMs === newest?.slotMs)
    .toSorted((a, b) => b.seq - a.seq)[0];
}

/** Lanes of a delayed vantage up to its cut; after it they are empty. */
function listCutLanes(
  { store }: Rules,
  query: LaneQuery,
  cuts: Cuts,
  vantageId: string,
  newest: readonly MeasurementSummary[],
): Lane[] {
  const toMs = Math.min(query.toMs, cuts.get(vantageId) ?? query.toMs);
  if (toMs <= query.fromMs) return [];
  return store.listLanes({ ...query, vantageIds: [vantageId], toMs }).map((lane) => {
    const own = newest.find((one) => one.vantageId === vantageId && one.service === lane.service);
    return {
      ...lane,
      spans: lane.spans.map((span) =>
        blurSpan(span, cuts, lane.function === 'service' ? own : undefined),
      ),
    };
  });
}

/** Covers the rest of the range, since lanes cover it exactly. */
function fillTo(spans: readonly LaneSpan[], fromMs: number, toMs: number): LaneSpan[] {
  const last = spans.at(-1);
  const reachedMs = last?.untilMs ?? fromMs;
  if (reachedMs >= toMs) return [...spans];
  if (last?.state === 'no_data') return [...spans.slice(0, -1), { ...last, untilMs: toMs }];
  return [...spans, { fromMs: reachedMs, untilMs: toMs, state: 'no_data', count: 0 }];
}

function listShownLanes(rules: Rules, query: LaneQuery): Lane[] {
  const lanes = rules.store.listLanes(query);
  const cuts = rules.listCuts();
  const delayed = [...new Set(lanes.map(({ vantageId }) => vantageId))].filter((id) =>
    cuts.has(id),
  );
  if (delayed.length === 0) return lanes;
  const newest = latestShown(rules, cuts);
  const shown = delayed.flatMap((id) => listCutLanes(rules, query, cuts, id, newest));
  const toKey = (lane: Lane) => `${lane.service} ${lane.vantageId} ${lane.function}`;
  const shownBy = new Map(shown.map((lane) => [toKey(lane), lane]));
  return dropUnseen(lanes, cuts, newest).map((lane) =>
    cuts.has(lane.vantageId)
      ? { ...lane, spans: fillTo(shownBy.get(toKey(lane))?.spans ?? [], query.fromMs, query.toMs) }
      : lane,
  );
}

/** Leaves out lanes of which no run is shown yet: that there is one would tell of it. */
function dropUnseen<L extends { readonly service: string; readonly vantageId: string }>(
  lanes: readonly L[],
  cuts: Cuts,
  newest: readonly MeasurementSummary[],
): L[] {
  const seen = new Set(newest.map(({ service, vantageId }) => `${service} ${vantageId}`));
  return lanes.filter(
    ({ service, vantageId }) => !cuts.has(vantageId) || seen.has(`${service} ${vantageId}`),
  );
}

function listShownCoverage({ store, listCuts }: Rules, range: VantageRange): VantageCoverage[] {
  const cuts = listCuts();
  const all = store.listCoverage(range);
  // Days are made of hours there: an hour that is not over in public is left out.
  const groups = Map.groupBy(
    all.map(({ vantageId }) => vantageId).filter((id) => cuts.has(id)),
    (id) => Math.min(range.toMs, Math.floor((cuts.get(id) ?? 0) / HOUR_MS) * HOUR_MS),
  );
  const shown = new Map(
    [...groups]
      .flatMap(([toMs, vantageIds]) =>
        store.listCoverage({ vantageIds, fromMs: Math.min(range.fromMs, toMs), toMs }),
      )
      .map((coverage) => [coverage.vantageId, coverage]),
  );
  return all.map((coverage) => shown.get(coverage.vantageId) ?? coverage);
}

function getShownHistory(
  { store, listCuts }: Rules,
  id: string,
  range: HistoryRange,
): ReturnType<ReadStore['getVantageHistory']> {
  const cutMs = listCuts().get(id);
  if (cutMs === undefined) return store.getVantageHistory(id, range);
  const toMs = Math.min(range.toMs, cutMs);
  const history = store.getVantageHistory(id, { ...range, toMs });
  if (history?.clock === undefined) return history;
  const newestAtMs = Math.floor(history.clock.newestAtMs / HOUR_MS) * HOUR_MS;
  return { ...history, clock: { ...history.clock, newestAtMs } };
}

function readShownRange(rules: Rules): ReturnType<ReadStore['range']> {
  const cuts = rules.listCuts();
  const range = rules.store.range();
  if (cuts.size === 0) return range;
  const shown = latestShown(rules, cuts);
  const { firstSlotMs, lastUntilMs } = range;
  if (shown.length === 0 || firstSlotMs === undefined || lastUntilMs === undefined) return {};
  const ends = shown.map(({ vantageId, slotMs, intervalMs }) =>
    Math.min(slotMs + intervalMs, cuts.get(vantageId) ?? Number.POSITIVE_INFINITY),
  );
  // Before the first cut everything is shown; after it the first slot may be one that is not.
  const isFirstShown = firstSlotMs < Math.min(...cuts.values());
  const newestFirstMs = Math.min(...shown.map(({ slotMs }) => slotMs));
  return {
    firstSlotMs: isFirstShown ? firstSlotMs : newestFirstMs,
    lastUntilMs: Math.min(lastUntilMs, Math.max(...ends)),
  };
}

function readShownHealth(rules: Rules): ReturnType<ReadStore['health']> {
  const health = rules.store.health();
  const cuts = rules.listCuts();
  if (cuts.size === 0) return health;
  const { lastMeasuredMs: _newest, measurements, ...rest } = health;
  const shown = latestShown(rules, cuts).map(({ slotMs }) => slotMs);
  let hidden = 0;
  for (const [id, cutMs] of cuts) hidden += rules.store.countRunsFrom(id, cutMs);
  return {
    ...rest,
    measurements: measurements - hidden,
    ...(shown.length === 0 ? {} : { lastMeasuredMs: Math.max(...shown) }),
  };
}

function listShownVantages(rules: Rules): StoredVantage[] {
  const cuts = rules.listCuts();
  const vantages = rules.store.listVantages();
  if (cuts.size === 0) return vantages;
  const newest = new Map<string, number>();
  for (const { vantageId, slotMs } of latestShown(rules, cuts))
    newest.set(vantageId, Math.max(slotMs, newest.get(vantageId) ?? slotMs));
  return vantages.map((vantage) => {
    if (!cuts.has(vantage.id)) return vantage;
    const { lastMeasuredMs: _hidden, ...rest } = vantage;
    const shownMs = newest.get(vantage.id);
    return shownMs === undefined ? rest : { ...rest, lastMeasuredMs: shownMs };
  });
}

/** Buckets that are wholly in public. */
function listShownBuckets(
  rules: Rules,
  query: Parameters<ReadStore['listBuckets']>[0],
): ReturnType<ReadStore['listBuckets']> {
  const cuts = rules.listCuts();
  const lanes = rules.store.listBuckets(query);
  if (cuts.size === 0) return lanes;
  const lengthMs = query.resolution === 'hour' ? HOUR_MS : DAY_MS;
  return dropUnseen(lanes, cuts, latestShown(rules, cuts)).map((lane) => {
    const cutMs = cuts.get(lane.vantageId) ?? Number.POSITIVE_INFINITY;
    return { ...lane, buckets: lane.buckets.filter(({ startMs }) => startMs + lengthMs <= cutMs) };
  });
}

function getShownMeasurement(
  { store, listCuts }: Rules,
  id: string,
): StoredMeasurement | undefined {
  const cuts = listCuts();
  const vantageId = parseMeasurementId(id)?.vantageId;
  if (vantageId === undefined || !cuts.has(vantageId)) return store.getMeasurement(id);
  const stored = store.getMeasurement(id);
  const slotMs = stored?.measurement.slotMs ?? 0;
  return stored && isShown(cuts, vantageId, slotMs) ? blurStored(stored, cuts) : undefined;
}

/**
 * Wraps a store for the public.
 * @param slotLengthMs length of a scheduled slot: a run may have started until its end
 */
export function createPublicStore(
  store: ReadStore,
  clock: Pick<Clock, 'nowMs'>,
  slotLengthMs: number,
): ReadStore {
  let known = { version: Number.NaN, delays: listDelays([]) };
  /** Delays change with the data alone, and every request asks for them. */
  const readDelays = (): ReadonlyMap<string, number> => {
    const version = store.dataVersion();
    if (version !== known.version) known = { version, delays: listDelays(store.listVantages()) };
    return known.delays;
  };
  const listCuts = (): Cuts => findCuts(readDelays(), clock.nowMs(), slotLengthMs);
  const rules: Rules = { store, listCuts };
  return {
    // Made without delayed vantages (bookkeeping.ts, event-watch.ts), so there is nothing to hide.
    listIncidents: (...query) => store.listIncidents(...query),
    listIncidentLog: (id) => store.listIncidentLog(id),
    getIncident: (...query) => store.getIncident(...query),
    listAlerts: (query) => store.listAlerts(query),
    // Other events are the machine's own: when it slept, or missed a run.
    listEvents: (query) => store.listEvents({ ...query, kinds: ['rejudged'] }),
    getLedger: (...query) => store.getLedger(...query),
    listLedgerRevisions: (...query) => store.listLedgerRevisions(...query),
    listVantages: () => listShownVantages(rules),
    listCoverage: (range) => listShownCoverage(rules, range),
    getVantageHistory: (id, range) => getShownHistory(rules, id, range),
    countRunsFrom(id, fromMs) {
      const cutMs = listCuts().get(id);
      const hidden = cutMs === undefined ? 0 : store.countRunsFrom(id, Math.max(cutMs, fromMs));
      return store.countRunsFrom(id, fromMs) - hidden;
    },
    getMeasurement: (id) => getShownMeasurement(rules, id),
    findControls(run, windowMs) {
      const cuts = listCuts();
      return store
        .findControls(run, windowMs)
        .filter(({ measurement }) => isShown(cuts, measurement.vantageId, measurement.slotMs))
        .map((one) => (cuts.has(one.measurement.vantageId) ? blurStored(one, cuts) : one));
    },
    listMeasurements(query) {
      const cuts = listCuts();
      const hidden = [
        ...(query.hidden ?? []),
        ...[...cuts].map(([vantageId, fromMs]) => ({ vantageId, fromMs })),
      ];
      const page = store.listMeasurements({ ...query, hidden });
      return { ...page, rows: page.rows.map((row) => blurSummary(cuts, row)) };
    },
    listLicences: (lane) => store.listLicences(lane),
    latestMeasurements: () => latestShown(rules, listCuts()),
    listLanes: (query) => listShownLanes(rules, query),
    listBuckets: (query) => listShownBuckets(rules, query),
    findLanes(query) {
      const cuts = listCuts();
      const lanes = store.findLanes(query);
      if (cuts.size === 0) return lanes;
      const shown = dropUnseen(
        lanes.map(({ key }) => key),
        cuts,
        latestShown(rules, cuts),
      );
      return lanes.filter(({ key }) => shown.includes(key));
    },
    ...createPublicMonths(store, listCuts),
    listAnnouncements: (filter) => store.listAnnouncements(filter),
    getAnnouncement: (id, filter) => store.getAnnouncement(id, filter),
    health: () => readShownHealth(rules),
    dataVersion() {
      const version = store.dataVersion();
      if (readDelays().size === 0) return version;
      // What may be shown changes with time alone.
      return version * VERSION_MINUTES + (Math.floor(clock.nowMs() / MINUTE_MS) % VERSION_MINUTES);
    },
    lastStoredMs() {
      if (readDelays().size === 0) return store.lastStoredMs();
      // When a hidden run was stored would tell of it, so this moves with the clock alone.
      return Math.floor((clock.nowMs() - MINUTE_MS) / MINUTE_MS) * MINUTE_MS - 1;
    },
    file: store.file,
    range: () => readShownRange(rules),
  };
}
