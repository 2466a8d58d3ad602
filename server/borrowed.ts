/**
 * Measurements borrowed from Globalping: takes the configured vantages in turn, evenly over the interval and within the
 * tests that are allowed, and hands what comes to the same pipeline as everything else.
 */
import type { Config, ConfiguredVantage, Globalping } from '../config/schema.ts';
import type { Store } from '../db/store.ts';
import { StoreError } from '../db/store-error.ts';
import type { Clock } from '../probes/clock.ts';
import { createHourlyBudget, type HourlyBudget } from '../probes/providers/globalping/budget.ts';
import { GlobalpingClient } from '../probes/providers/globalping/client.ts';
import {
  describeVantage,
  mapRun,
  type RoundMapOptions,
} from '../probes/providers/globalping/map-round.ts';
import { findNextDueMs, type Plan, planRounds } from '../probes/providers/globalping/planner.ts';
import { type Fetched, measureRound, type Round } from '../probes/providers/globalping/round.ts';
import type { Provenance, Vantage } from '../probes/types.ts';
import { createPlatformState } from './borrowed-state.ts';
import type { ControlWindow } from './control-window.ts';
import type { Log } from './log.ts';
import { createPatientSink } from './patient-sink.ts';
import { createPipeline, type OnStored } from './pipeline.ts';

/** Nothing is asked of the platform sooner, so that a process that is started again and again does not burst. */
const MIN_START_DELAY_MS = 30_000;
const START_SPREAD_MS = 60_000;
/** Longest sleep at once: the wall clock may be set meanwhile. */
const MAX_SLEEP_MS = 60_000;
/** Asked for a second view of a name where the configuration lists no public resolver over TCP. */
const PUBLIC_RESOLVER = '8.8.8.8';

const IPV4 = /\d{1,3}(?:\.\d{1,3}){3}/g;

export type BorrowedDeps = {
  readonly config: Config;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** Controls of everybody: those of Globalping are added, and its vantages are compared with all. */
  readonly controls: ControlWindow;
  readonly provenance: Provenance;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Returns a number in [0, 1). */
  readonly random: () => number;
  readonly onStored?: OnStored;
};

/** The rounds under way. */
export type Borrowed = {
  /** Ends at once what is under way; resolves when nothing runs any more. */
  readonly stop: () => Promise<void>;
};

/** Starts the rounds. Does nothing when Globalping is switched off or no vantage uses it. Never throws. */
export function startBorrowed(deps: BorrowedDeps): Borrowed {
  const job = describeJob(deps.config);
  if (!job) return { stop: () => Promise.resolve() };
  const stopping = new AbortController();
  const running = takeTurns(job, deps, stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** What is measured, as the configuration says. */
type Job = {
  readonly globalping: Globalping;
  /** Controls first: what follows is compared with them. */
  readonly rows: readonly ConfiguredVantage[];
  readonly targets: readonly Fetched[];
  readonly baseline: Fetched;
  /** With those targets alone: others cannot have failed. */
  readonly services: Config['services'];
};

function describeJob({ globalping, vantages, services, baselines }: Config): Job | undefined {
  if (!globalping?.enabled) return undefined;
  const rows = vantages
    .filter(({ kind, enabled }) => kind === 'globalping' && enabled)
    .toSorted((a, b) => Number(b.role === 'control') - Number(a.role === 'control'));
  const restricted = services.flatMap((service) => {
    const targets = service.targets.filter(({ id }) => globalping.targets.includes(id));
    return targets.length === 0 ? [] : [{ ...service, targets }];
  });
  const all = restricted.flatMap((service) => service.targets);
  const targets = globalping.targets.flatMap((id) => all.find((target) => target.id === id) ?? []);
  const baseline = [...baselines, ...services.flatMap((service) => service.targets)].find(
    ({ id }) => id === globalping.baseline,
  );
  if (rows.length === 0 || targets.length === 0 || !baseline) return undefined;
  return { globalping, rows, targets, baseline, services: restricted };
}

function plan({ globalping, rows, targets }: Job, testsPerHour: number, log: Log): Plan {
  const planned = planRounds({
    vantages: rows.map(({ id, probes = 1 }) => ({ id, probes })),
    fetchesPerProbe: targets.length + 1,
    testsPerHour,
    minIntervalSeconds: globalping.minIntervalSeconds,
  });
  const { intervalMs, testsPerRound, isEnough } = planned;
  log(isEnough ? 'info' : 'warn', 'globalping_planned', {
    vantages: rows.length,
    everyMinutes: intervalMs / 60_000,
    testsPerRound,
    testsPerHour,
    ...(isEnough ? {} : { enough: false }),
  });
  return planned;
}

async function takeTurns(job: Job, deps: BorrowedDeps, signal: AbortSignal): Promise<void> {
  const { globalping } = job;
  const { clock, log, random } = deps;
  let planned = plan(job, globalping.testsPerHour, log);
  await clock.sleep(MIN_START_DELAY_MS + random() * START_SPREAD_MS, signal);
  if (signal.aborted) return;
  const token = globalping.tokenVariable && deps.environment[globalping.tokenVariable];
  const client = new GlobalpingClient({
    apiUrl: globalping.apiUrl,
    ...(token ? { token } : {}),
    userAgent: `Reachline/${deps.provenance.softwareVersion} (measures whether services can be reached)`,
    clock,
  });
  try {
    const state = createPlatformState(clock, log);
    const limits = await client.getLimits(signal);
    let { testsPerHour } = globalping;
    if (limits.kind === 'ok') testsPerHour = Math.min(testsPerHour, limits.value.limit ?? Infinity);
    else state.note(limits);
    if (testsPerHour < globalping.testsPerHour) planned = plan(job, testsPerHour, log);
    const budget = createHourlyBudget(testsPerHour, clock);
    if (limits.kind === 'ok') budget.learn(limits.value);
    const turn = createTurn(job, planned, { ...deps, client, budget, state });
    await loop(job.rows, planned, clock, signal, async (row) => {
      try {
        await turn(row, signal);
      } catch (error) {
        // Everything in a result comes from strangers: one that nobody foresaw costs its round and nothing else.
        const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
        log('error', 'globalping_round_failed', { vantage: row.id, reason });
      }
    });
  } finally {
    await client.close();
  }
}

/** Calls each row when it is due, one after the other, until the signal aborts. */
async function loop(
  rows: readonly ConfiguredVantage[],
  { intervalMs, offsetsMs }: Plan,
  clock: Clock,
  signal: AbortSignal,
  turn: (row: ConfiguredVantage) => Promise<void>,
): Promise<void> {
  const nextDue = (row: ConfiguredVantage, fromMs: number) =>
    findNextDueMs(offsetsMs.get(row.id) ?? 0, intervalMs, fromMs);
  let queue = rows.map((row) => ({ row, dueMs: nextDue(row, clock.nowMs()) }));
  while (!signal.aborted) {
    queue = queue.toSorted((a, b) => a.dueMs - b.dueMs);
    const [first] = queue;
    if (!first) return;
    const waitMs = first.dueMs - clock.nowMs();
    if (waitMs > 0) {
      // The clock was set back: what is due lies too far ahead.
      if (waitMs > intervalMs)
        queue = queue.map(({ row }) => ({ row, dueMs: nextDue(row, clock.nowMs()) }));
      await clock.sleep(Math.min(waitMs, MAX_SLEEP_MS), signal);
      continue;
    }
    await turn(first.row);
    const dueMs = nextDue(first.row, Math.max(clock.nowMs(), first.dueMs + 1));
    queue = [...queue.slice(1), { row: first.row, dueMs }];
  }
}

type TurnDeps = BorrowedDeps & {
  readonly client: GlobalpingClient;
  readonly budget: HourlyBudget;
  readonly state: ReturnType<typeof createPlatformState>;
};

/** Builds the function that measures one row once. */
function createTurn(job: Job, { intervalMs }: Plan, deps: TurnDeps) {
  const { config, client, budget, clock, state } = deps;
  const handOver = createHandOver(job, intervalMs, deps);
  const resolver = config.deep.publicResolvers.find(({ transport }) => transport === 'tcp');
  /** A measurement by row whose probes can be used again: networks stay comparable from round to round. */
  const reuse = new Map<string, string>();
  return async (row: ConfiguredVantage, signal: AbortSignal): Promise<void> => {
    if (state.isResting()) return;
    const reuseId = reuse.get(row.id);
    const tag = toTag(row);
    const outcome = await measureRound(
      {
        countryCode: row.countryCode,
        probes: row.probes ?? 1,
        baseline: job.baseline,
        targets: job.targets,
        publicResolver: resolver?.address ?? PUBLIC_RESOLVER,
        ...(tag ? { tag } : {}),
        ...(reuseId === undefined ? {} : { reuseId }),
      },
      { client, budget, clock, signal },
    );
    if (signal.aborted) return;
    state.note(outcome.kind === 'done' ? (outcome.round.refusal ?? outcome) : outcome, row.id);
    if (outcome.kind !== 'done') return;
    const { round } = outcome;
    if (round.reuseId === undefined) reuse.delete(row.id);
    else reuse.set(row.id, round.reuseId);
    handOver(row, round);
  };
}

/** Which probes are asked for: those of homes and offices, or those in data centres. */
function toTag({ access }: ConfiguredVantage) {
  if (access === 'datacentre') return 'datacenter-network' as const;
  return access === 'unknown' ? undefined : ('eyeball-network' as const);
}

/** Builds the function that makes measurements of a round and gives them to the pipeline. */
function createHandOver(job: Job, intervalMs: number, deps: TurnDeps) {
  const { config, store, log, controls, onStored, provenance } = deps;
  const hosts = createHosts(store, log);
  const restricted = { ...config, services: job.services };
  const extra = onStored ? { onStored } : {};
  const pipelines = new Map<string, ReturnType<typeof createPipeline>>();
  const patient = createPatientSink(
    (measurement) => pipelines.get(measurement.vantageId)?.(measurement),
    log,
  );
  const options: RoundMapOptions = {
    services: job.services,
    baseline: job.baseline,
    intervalMs,
    provenance,
    apiUrl: job.globalping.apiUrl,
    nextSeq: createNumbering(store),
    bodyHeadBytes: config.budgets.bodyHeadBytes,
    knownAddresses: new Set(
      config.fingerprints.flatMap(({ pattern }) => pattern.match(IPV4) ?? []),
    ),
  };
  return (row: ConfiguredVantage, round: Round): void => {
    for (const run of round.runs) {
      const vantage = hosts(row, run.probe);
      if (!vantage) continue;
      if (!pipelines.has(vantage.id)) {
        const vantages = [vantage];
        const pipeline = { store, config: restricted, vantages, log, controls, ...extra };
        pipelines.set(vantage.id, createPipeline(pipeline));
      }
      for (const measurement of mapRun(run, round, vantage.id, options)) patient.take(measurement);
    }
  };
}

/** Builds the function that gives the vantage of a probe, known to the store; undefined when that cannot be written. */
function createHosts(store: Pick<Store, 'listVantages' | 'syncVantages'>, log: Log) {
  const stored = new Map(store.listVantages().map((vantage) => [vantage.id, vantage]));
  const synced = new Map<string, Vantage>();
  return (row: ConfiguredVantage, probe: Parameters<typeof describeVantage>[1]) => {
    const id = `${row.id}-as${probe.asn}`;
    const known = synced.get(id);
    if (known) return known;
    const seen = describeVantage(row, probe);
    const before = stored.get(id);
    // What probes of one network call themselves differs; the first name and access stay.
    const vantage = before
      ? { ...seen, networkName: before.networkName, access: before.access }
      : seen;
    try {
      store.syncVantages([vantage]);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      log('error', 'vantage_not_stored', { vantage: id, reason: error.message });
      return undefined;
    }
    synced.set(id, vantage);
    return vantage;
  };
}

/** Numbers runs that share a slot, as when two probes share a network; goes on where the store ends. */
function createNumbering(store: Pick<Store, 'latestMeasurements'>): RoundMapOptions['nextSeq'] {
  const last = new Map(
    store
      .latestMeasurements()
      .map(({ service, vantageId, slotMs, seq }) => [`${service} ${vantageId}`, { slotMs, seq }]),
  );
  return (service, vantageId, slotMs) => {
    const key = `${service} ${vantageId}`;
    const before = last.get(key);
    const seq = before?.slotMs === slotMs ? before.seq + 1 : 0;
    last.set(key, { slotMs, seq });
    return seq;
  };
}
