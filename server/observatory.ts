/** The probing half of the process: vantages on a schedule, everything they share, and a clean end. */
import type { Config } from '../config/schema.ts';
import type { CircumstanceWatch } from '../probes/circumstances.ts';
import type { Clock } from '../probes/clock.ts';
import { createDeepPlan } from '../probes/deepen/plan.ts';
import { measureSlot, type RunDeps } from '../probes/measure.ts';
import type { Network } from '../probes/network/network.ts';
import { Schedule } from '../probes/schedule.ts';
import type { DueSlot } from '../probes/slot-hand.ts';
import { createLimiter, createPacer } from '../probes/turnstile.ts';
import type { Mark, Measurement, Provenance, Vantage } from '../probes/types.ts';

/** A vantage and the network it measures through. */
export type Station = { readonly vantage: Vantage; readonly network: Network };

export type ObservatoryDeps = {
  readonly config: Config;
  readonly stations: readonly Station[];
  readonly clock: Clock;
  readonly watch: CircumstanceWatch;
  readonly provenance: Provenance;
  readonly standingMarks: readonly Mark[];
  readonly sink: (measurement: Measurement) => void;
  /** Wraps every piece of work under the bound; a clock that skips waiting wants to know who works. */
  readonly around?: <T>(task: () => Promise<T>) => Promise<T>;
};

/** Measures one slot of one vantage: what the schedule, the demo and `reachline measure` have in common. */
export type RunStation = (
  vantageId: string,
  slot: DueSlot,
  intervalMs: number,
  signal: AbortSignal,
) => Promise<void>;

/** Binds everything that all runs share, so that bounds hold over all vantages together. */
export function createRunner(deps: ObservatoryDeps): RunStation {
  const { config, clock } = deps;
  const limit = createLimiter(config.schedule.maxConcurrentMeasurements);
  const { around } = deps;
  const stations = new Map(deps.stations.map((station) => [station.vantage.id, station]));
  const shared: Omit<RunDeps, 'network' | 'signal'> = {
    clock,
    budgets: config.budgets,
    watch: deps.watch,
    limit: around ? (task) => limit(() => around(task)) : limit,
    pace: createPacer(config.schedule.startSpacingMs, clock),
    provenance: deps.provenance,
    standingMarks: deps.standingMarks,
    deep: createDeepPlan({ settings: config.deep, clock, random: Math.random }),
  };
  return async (vantageId, slot, intervalMs, signal) => {
    const station = stations.get(vantageId);
    if (!station) throw new Error(`no vantage ${vantageId}`);
    const input = {
      vantageId,
      services: config.services,
      baselines: config.baselines,
      ...slot,
      intervalMs,
      deadlineMs: config.schedule.deadlineSeconds * 1000,
    };
    await measureSlot(input, { ...shared, network: station.network, signal }, deps.sink);
  };
}

/** Puts the runner on the configured schedule. The caller starts and stops it. */
export function createSchedule(
  deps: ObservatoryDeps,
  onSkip: (vantageId: string, slot: DueSlot) => void,
): Schedule {
  const { schedule } = deps.config;
  const intervalMs = schedule.intervalSeconds * 1000;
  const runStation = createRunner(deps);
  return new Schedule({
    intervalMs,
    clock: deps.clock,
    lanes: deps.stations.map((station) => station.vantage.id),
    jitterMs: schedule.jitterSeconds * 1000,
    random: Math.random,
    run: (vantageId, slot, signal) => runStation(vantageId, slot, intervalMs, signal),
    onSkip,
  });
}
