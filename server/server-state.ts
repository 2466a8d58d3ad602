/** How this server is doing, as the public may know it: read through the store that honours publication delays. */
import { toDelayMs } from '../dashboard/pages/board-state.ts';
import type { ServerState } from '../dashboard/pages/status.ts';
import { toVantageView, type VantageView } from '../dashboard/pages/vantage-state.ts';
import type { HandlerDeps } from './contract.ts';

/** Incidents whose logs are looked at for the newest entry. */
const MAX_LOGS = 20;

/** Vantages with their status alone, without the cost of reading what they covered. */
function listViews({ store, config, clock, listDisabledAgents }: HandlerDeps): VantageView[] {
  const latest = Map.groupBy(store.latestMeasurements(), ({ vantageId }) => vantageId);
  const switchedOff = new Set([
    ...config.vantages.filter(({ enabled }) => !enabled).map(({ id }) => id),
    ...listDisabledAgents(),
  ]);
  const days = { firstSlots: [], days: [], runs: 0, okRuns: 0, cutOffRuns: 0 };
  return store.listVantages().map((vantage) =>
    toVantageView(
      {
        vantage,
        latest: latest.get(vantage.id) ?? [],
        coverage: { vantageId: vantage.id, ...days },
        isEnabled: !switchedOff.has(vantage.id),
      },
      config.schedule.intervalSeconds * 1_000,
      clock.nowMs(),
    ),
  );
}

/** How far the newest run lies behind the last slot that is over; 0 while it is in time. */
function toLagMs({ vantage, latest, intervalMs }: VantageView, nowMs: number): number | undefined {
  if (latest.length === 0) return undefined;
  const newestMs = Math.max(...latest.map(({ slotMs }) => slotMs));
  const dueMs = Math.floor((nowMs - toDelayMs(vantage, intervalMs)) / intervalMs) * intervalMs;
  return Math.max(0, dueMs - intervalMs - newestMs);
}

/** Reads it. */
export function readServerState(deps: HandlerDeps): ServerState {
  const { store, clock, info, pulse } = deps;
  const nowMs = clock.nowMs();
  const health = store.health();
  const views = listViews(deps).filter(({ status }) => status !== 'off' && status !== 'imported');
  const incidents = store.listIncidents({ limit: MAX_LOGS });
  const entries = incidents.flatMap(({ id }) => store.listIncidentLog(id));
  const [ledger] = store.listLedgerRevisions({ limit: 1 });
  const alerts = deps.readAlertHealth?.();
  return {
    startedAtMs: info.startedAtMs,
    version: info.version,
    measurements: health.measurements,
    databaseBytes: health.databaseBytes,
    ...(health.lastMeasuredMs === undefined ? {} : { lastMeasuredMs: health.lastMeasuredMs }),
    vantages: views.map((view) => {
      const lagMs = toLagMs(view, nowMs);
      return {
        id: view.vantage.id,
        isReporting: view.status === 'reporting',
        ...(lagMs === undefined ? {} : { lagMs }),
      };
    }),
    openIncidents: incidents.filter(({ state }) => state !== 'closed').length,
    ...(entries.length === 0
      ? {}
      : { incidentsAtMs: Math.max(...entries.map(({ storedAtMs }) => storedAtMs)) }),
    ...(ledger === undefined
      ? {}
      : { ledger: { revision: ledger.revision, builtAtMs: ledger.builtAtMs } }),
    ...(pulse === undefined ? {} : { loop: pulse.readLoopDelay() }),
    ...(alerts === undefined ? {} : { alerts }),
  };
}
