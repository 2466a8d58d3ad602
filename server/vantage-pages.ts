/** The pages on vantages: what they read from the store and from the configuration. */
import { renderPage } from '../dashboard/pages/frame.ts';
import { createVantagePage } from '../dashboard/pages/vantage.ts';
import {
  COVERAGE_DAYS,
  SILENT_INTERVALS,
  startOfDay,
  toVantageView,
  type VantageView,
} from '../dashboard/pages/vantage-state.ts';
import { createVantagesPage } from '../dashboard/pages/vantages.ts';
import { createVolunteersPage, type VolunteersData } from '../dashboard/pages/volunteers.ts';
import type { VantageHistory } from '../db/vantage-facts.ts';
import type { BlindSpot } from '../probes/types.ts';
import type { Handler, HandlerDeps } from './contract.ts';
import { openFrame } from './pages.ts';
import { RequestProblem } from './problem.ts';
import { DAY_MS } from './query.ts';
import { replyHtml } from './reply.ts';

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

/** Countries that Globalping shall measure and none of whose probes has reported yet. */
function listAwaited({ config, store, info }: HandlerDeps): string[] {
  // The demo asks nobody outside.
  if (config.globalping?.enabled !== true || info.isSimulated) return [];
  const seen = store.listVantages().map(({ id }) => id);
  return config.vantages
    .filter(({ kind, enabled }) => kind === 'globalping' && enabled)
    .filter(({ id }) => !seen.some((one) => one.startsWith(`${id}-as`)))
    .map(({ countryCode }) => countryCode);
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

/** GET /v: all vantages. */
export const showVantages: Handler = async (handled, deps) => {
  const frame = openFrame(handled, deps);
  const page = createVantagesPage(
    {
      services: deps.config.services,
      vantages: listVantageViews(deps),
      awaited: listAwaited(deps),
    },
    frame,
  );
  return replyHtml(handled, await renderPage(frame, page));
};

/** GET /v/:id: one vantage. */
export const showVantage: Handler = async (handled, deps) => {
  const frame = openFrame(handled, deps);
  const found = findVantage(handled.parameter, deps);
  const page = createVantagePage({ ...found, services: deps.config.services }, frame);
  return replyHtml(handled, await renderPage(frame, page));
};

/** The numbers that volunteers are told. */
function describeForVolunteers({ config }: HandlerDeps): VolunteersData {
  return {
    services: config.services.map(({ name, targets }) => ({
      name,
      targets: targets.length,
      hosts: [...new Set(targets.map(({ host }) => host))],
    })),
    baselineHosts: [...new Set(config.baselines.map(({ host }) => host))],
    intervalMs: config.schedule.intervalSeconds * 1_000,
    jitterMs: config.schedule.jitterSeconds * 1_000,
    maxBodyBytes: config.budgets.maxBodyBytes,
    bodyHeadBytes: config.budgets.bodyHeadBytes,
    goodputBytes: config.deep.goodputBytes,
  };
}

/** GET /volunteers: what running an agent means. */
export const showVolunteers: Handler = async (handled, deps) => {
  const frame = openFrame(handled, deps);
  const page = createVolunteersPage(describeForVolunteers(deps), frame);
  return replyHtml(handled, await renderPage(frame, page));
};
