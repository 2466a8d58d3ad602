/** What is known of vantages, for their pages and for the API alike. */
import {
  COVERAGE_DAYS,
  SILENT_INTERVALS,
  startOfDay,
  toVantageView,
  type VantageView,
} from '../dashboard/pages/vantage-state.ts';
import type { VantageHistory } from '../db/vantage-facts.ts';
import type { BlindSpot } from '../probes/types.ts';
import type { HandlerDeps } from './contract.ts';
import { RequestProblem } from './problem.ts';
import { DAY_MS } from './query.ts';

/** How far back the clock of an agent is told. */
const CLOCK_DAYS = 30;

/** The range that the pages and the API tell of: whole UTC days up to now. */
function toRange(nowMs: number) {
  return { fromMs: startOfDay(nowMs) - (COVERAGE_DAYS - 1) * DAY_MS, toMs: nowMs + 1 };
}

/** All vantages, or one, with what is known of them; the same few queries for either. */
export function listVantageViews(deps: HandlerDeps, id?: string): VantageView[] {
  const { store, config, clock } = deps;
  const nowMs = clock.nowMs();
  const vantages = store.listVantages().filter((one) => id === undefined || one.id === id);
  if (vantages.length === 0) return [];
  const latest = Map.groupBy(store.latestMeasurements(), ({ vantageId }) => vantageId);
  const coverage = new Map(
    store
      .listCoverage({ ...toRange(nowMs), ...(id === undefined ? {} : { vantageIds: [id] }) })
      .map((one) => [one.vantageId, one]),
  );
  const switchedOff = new Set([
    ...config.vantages.filter(({ enabled }) => !enabled).map((vantage) => vantage.id),
    ...deps.listDisabledAgents(),
  ]);
  return vantages.map((vantage) =>
    toVantageView(
      {
        vantage,
        latest: latest.get(vantage.id) ?? [],
        coverage: coverage.get(vantage.id) ?? {
          vantageId: vantage.id,
          firstSlots: [],
          days: [],
          runs: 0,
          okRuns: 0,
          cutOffRuns: 0,
        },
        isEnabled: !switchedOff.has(vantage.id),
      },
      config.schedule.intervalSeconds * 1_000,
      nowMs,
    ),
  );
}

/** One vantage with its history. @throws RequestProblem when there is none of this id. */
export function findVantage(
  id: string,
  deps: HandlerDeps,
): {
  readonly view: VantageView;
  readonly history: VantageHistory;
  readonly blindSpots?: readonly BlindSpot[];
} {
  const nowMs = deps.clock.nowMs();
  const [view] = listVantageViews(deps, id);
  const history = deps.store.getVantageHistory(id, {
    ...toRange(nowMs),
    clockFromMs: nowMs - CLOCK_DAYS * DAY_MS,
    silentIntervals: SILENT_INTERVALS,
  });
  if (view === undefined || history === undefined)
    throw new RequestProblem({
      kind: 'not-found',
      detail:
        'There is no vantage of this name. It may be mistyped; /v and /api/v1/vantages list those there are.',
    });
  const newest = view.latest.toSorted((a, b) => b.slotMs - a.slotMs)[0];
  const measurement = newest && deps.store.getMeasurement(newest.id)?.measurement;
  return {
    view,
    history,
    ...(measurement === undefined ? {} : { blindSpots: measurement.blindSpots ?? [] }),
  };
}
