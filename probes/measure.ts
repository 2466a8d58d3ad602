/**
 * The regular pass: one run of a vantage visits its neutral hosts and then every target of every service,
 * and whatever failed once more after a pause. What is in doubt then gets the deep pass.
 * Gives one measurement per service; never rejects, never judges.
 */
import type { Budgets } from '../config/schema.ts';
import type { CircumstanceWatch, Surroundings } from './circumstances.ts';
import { type Clock, systemClock } from './clock.ts';
import type { DeepPlan } from './deepen/plan.ts';
import { readSighting } from './deepen/sighting.ts';
import { type Doubted, deepenTargets, type Neutral } from './deepen.ts';
import { isBlindTo, type Network } from './network/network.ts';
import { probeTarget } from './probe-target.ts';
import { Recorder, type Subject, type Timed } from './recorder.ts';
import { getScrubber } from './scrub.ts';
import type { BaselineTarget, Mark, Measurement, Provenance, Service, Target } from './types.ts';

export type RunInput = {
  readonly vantageId: string;
  readonly services: readonly Service[];
  readonly baselines: readonly BaselineTarget[];
  readonly slotMs: number;
  readonly seq: number;
  readonly intervalMs: number;
  /** Real time after which everything still open is cut off. */
  readonly deadlineMs: number;
};

export type RunDeps = {
  readonly network: Network;
  readonly clock: Clock;
  readonly budgets: Budgets;
  readonly watch: CircumstanceWatch;
  /** Bounds measurements over all vantages. */
  readonly limit: <T>(task: () => Promise<T>) => Promise<T>;
  /** Spaces the starts of visits over all vantages. */
  readonly pace: (signal: AbortSignal) => Promise<void>;
  readonly provenance: Provenance;
  /** Marks that hold for everything this vantage measures, e.g. `simulated`. */
  readonly standingMarks: readonly Mark[];
  /** Whether and when targets in doubt are looked at more deeply; never unless given. */
  readonly deep?: DeepPlan;
  /** Ends the run early, as on shutdown. */
  readonly signal: AbortSignal;
};

/** Runs one slot of one vantage and hands each service's measurement to `sink` as soon as it is complete. */
export async function measureSlot(
  input: RunInput,
  deps: RunDeps,
  sink: (measurement: Measurement) => void,
): Promise<void> {
  const { clock, watch, limit } = deps;
  const identity = deps.network.identity?.();
  const startedAtMs = clock.nowMs();
  const startedMs = clock.monotonicMs();
  const endings = input.services.map((whole) => ({
    service: { ...whole, targets: listVisible(whole.targets, deps.network) },
    endWatch: watch.begin(),
  }));
  const deadline = startDeadline(input.deadlineMs);
  const signal = AbortSignal.any([deps.signal, deadline.signal]);
  const run: Run = {
    input,
    deps: { ...deps, signal },
    startedMs,
    identity,
    leftMs: deadline.leftMs,
  };
  try {
    const baselines = new Recorder(clock, startedMs);
    const failed = await limit(() => visitAll(input.baselines, 'baseline', 1, baselines, run));
    const isOnline = failed.length < input.baselines.length;
    await Promise.all(
      endings.map(({ service, endWatch }) =>
        limit(async () => {
          const recorder = new Recorder(clock, startedMs);
          if (isOnline) await visitService(service, [baselines, recorder], run);
          else await visitAll(service.targets, 'target', 1, recorder, run);
          const elapsedMs = clock.monotonicMs() - startedMs;
          const parts = [baselines, recorder];
          sink(assemble(service, parts, run, { startedAtMs, elapsedMs, ...endWatch() }));
        }),
      ),
    );
  } finally {
    deadline[Symbol.dispose]();
  }
}

/** The targets that the network can reach at all: asking the others would fail each time and say nothing. */
function listVisible<T extends Target>(targets: readonly T[], network: Network): readonly T[] {
  return isBlindTo(network, 'udp') ? targets.filter(({ kind }) => kind !== 'stun') : targets;
}

/** What all visits of one run share. */
type Run = {
  readonly input: RunInput;
  readonly deps: RunDeps;
  readonly startedMs: number;
  /** How packets left when the run began. */
  readonly identity: string | undefined;
  /** Real time until the deadline. */
  readonly leftMs: () => number;
};

type Deadline = Disposable & { readonly signal: AbortSignal; readonly leftMs: () => number };

/** In real time, whatever clock the run is told of: sockets know no other. */
function startDeadline(ms: number): Deadline {
  const controller = new AbortController();
  const reason = () => new DOMException('the deadline of the run passed', 'TimeoutError');
  const timer = setTimeout(() => controller.abort(reason()), ms);
  const endsMs = systemClock.monotonicMs() + ms;
  return {
    signal: controller.signal,
    leftMs: () => endsMs - systemClock.monotonicMs(),
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}

/** The neutral hosts of the run, and what is seen of the service itself. */
type Parts = readonly [baselines: Recorder, recorder: Recorder];

/** Visits every target of a service; what failed is visited again after a pause, and what is in doubt looked into. */
async function visitService(service: Service, parts: Parts, run: Run): Promise<void> {
  const failed = await visitAll(service.targets, 'target', 1, parts[1], run);
  const stillFailed = failed.length === 0 ? [] : await confirm(failed, parts[1], run);
  if (stillFailed === undefined || run.deps.signal.aborted) return;
  await lookDeeper(service, { failed, stillFailed }, parts, run);
}

/** Visits targets once more after a pause. Resolves to those that failed again, to undefined when the network is gone. */
async function confirm<T extends Target>(
  failed: readonly T[],
  recorder: Recorder,
  run: Run,
): Promise<readonly T[] | undefined> {
  const { clock, budgets, signal } = run.deps;
  await clock.sleep(budgets.confirmAfterMs, signal);
  if (signal.aborted) return undefined;
  const { baselines } = run.input;
  // The neutral hosts first: a retry counts only while the vantage itself still has a network.
  const lost = await visitAll(baselines, 'baseline', 2, recorder, run);
  const stillFailed = await visitAll(failed, 'target', 2, recorder, run);
  return lost.length === baselines.length ? undefined : stillFailed;
}

/** The deep pass ends this long before the deadline, which would mark the whole run as interrupted. */
const DEADLINE_MARGIN_MS = 1000;

type Failed = { readonly failed: readonly Target[]; readonly stillFailed: readonly Target[] };

/** Runs the deep pass on what is in doubt and due, or on all of a run that was picked without any doubt. */
async function lookDeeper(
  service: Service,
  { failed, stillFailed }: Failed,
  [baselines, recorder]: Parts,
  { input, deps, leftMs }: Run,
): Promise<void> {
  const { deep } = deps;
  if (!deep) return;
  const seen = service.targets.map((target): Doubted => {
    const ending = { isReached: !stillFailed.includes(target), hasFailed: failed.includes(target) };
    const sighting = readSighting(recorder.list(), target, ending);
    const depth = deep.depthFor(`${input.vantageId} ${target.id}`, sighting.doubt);
    return { target: sighting.target, sighting, ...(depth ? { depth } : {}) };
  });
  const due = seen.filter(({ depth }) => depth !== undefined);
  const isGood = seen.every(({ sighting }) => sighting.doubt === undefined);
  const chosen = isGood && deep.isSampled() ? seen : due;
  const budgetMs = Math.min(deep.settings.budgetMs, leftMs() - DEADLINE_MARGIN_MS);
  if (chosen.length === 0 || budgetMs <= 0) return;
  using budget = startDeepBudget(budgetMs, deps.signal);
  const neutrals = listNeutrals(input.baselines, [...baselines.list(), ...recorder.list()]);
  const { settings } = deep;
  await deepenTargets(chosen, { ...deps, recorder, signal: budget.signal, settings, neutrals });
}

/**
 * A signal that ends the deep pass, by time or with the run. What it cuts off was interrupted, whatever ended it:
 * taken for a timeout of the network it would be evidence.
 */
function startDeepBudget(ms: number, run: AbortSignal): Disposable & { signal: AbortSignal } {
  const controller = new AbortController();
  const end = (): void => controller.abort(new DOMException('the deep pass ended', 'AbortError'));
  const timer = setTimeout(end, ms);
  run.addEventListener('abort', end);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      run.removeEventListener('abort', end);
    },
  };
}

/** The neutral hosts whose last visit verified, with the address at which it did. */
function listNeutrals(
  baselines: readonly BaselineTarget[],
  observations: readonly Timed[],
): readonly Neutral[] {
  return baselines.flatMap((baseline): Neutral[] => {
    const last = observations.findLast(
      (one) => one.targetId === baseline.id && one.operation === 'tls',
    );
    if (last?.operation !== 'tls' || last.outcome.kind === 'failed') return [];
    return [{ baseline, address: last.input.address }];
  });
}

/** Visits targets side by side, their starts spaced. Resolves to those that were not reached. */
async function visitAll<T extends Target>(
  targets: readonly T[],
  role: Subject['role'],
  attempt: number,
  recorder: Recorder,
  { deps }: Run,
): Promise<T[]> {
  const reached = await Promise.all(
    targets.map(async (target) => {
      await deps.pace(deps.signal);
      if (deps.signal.aborted) return false;
      return probeTarget(target, { targetId: target.id, role, attempt }, { ...deps, recorder });
    }),
  );
  return targets.filter((_, index) => reached[index] !== true);
}

type Ending = Surroundings & { readonly startedAtMs: number; readonly elapsedMs: number };

/** Puts the parts of a run together as one measurement: ids given, own addresses scrubbed. */
function assemble(
  service: Service,
  parts: readonly Recorder[],
  { input, deps, identity }: Run,
  ending: Ending,
): Measurement {
  const observations = parts
    .flatMap((part) => part.list())
    .map((observation, id) => ({ ...observation, id }));
  const { ownAddresses, blindSpots = [] } = deps.network;
  const scrubber = getScrubber(ownAddresses);
  const changed: Mark[] = deps.network.identity?.() === identity ? [] : ['network_changed'];
  const interrupted: Mark[] = deps.signal.aborted ? ['interrupted'] : [];
  return {
    service: service.id,
    vantageId: input.vantageId,
    slotMs: input.slotMs,
    seq: input.seq,
    intervalMs: input.intervalMs,
    startedAtMs: ending.startedAtMs,
    elapsedMs: Math.round(ending.elapsedMs),
    loopDelayMs: ending.loopDelayMs,
    marks: [...deps.standingMarks, ...ending.marks, ...changed, ...interrupted],
    observations: scrubber.value(observations),
    // Login pages issue certificates to the visitor's address. Such a one cannot be scrubbed: only its sum stays.
    certificates: new Map(
      parts
        .flatMap((part) => [...part.certificates])
        .filter(([, der]) => !scrubber.isFoundInBytes(der)),
    ),
    ...(blindSpots.length > 0 ? { blindSpots } : {}),
    provenance: deps.provenance,
  };
}
