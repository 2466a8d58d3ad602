/**
 * The regular pass: one run of a vantage visits its neutral hosts and then every target of every service,
 * and whatever failed once more after a pause. Gives one measurement per service; never rejects, never judges.
 */
import type { Budgets } from '../config/schema.ts';
import type { CircumstanceWatch, Surroundings } from './circumstances.ts';
import type { Clock } from './clock.ts';
import type { Network } from './network/network.ts';
import { probeTarget } from './probe-target.ts';
import { Recorder, type Subject } from './recorder.ts';
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
  const startedAtMs = clock.nowMs();
  const startedMs = clock.monotonicMs();
  const endings = input.services.map((service) => ({ service, endWatch: watch.begin() }));
  const deadline = startDeadline(input.deadlineMs);
  const signal = AbortSignal.any([deps.signal, deadline.signal]);
  const run: Run = { input, deps: { ...deps, signal }, startedMs };
  try {
    const baselines = new Recorder(clock, startedMs);
    const failed = await limit(() => visitAll(input.baselines, 'baseline', 1, baselines, run));
    const isOnline = failed.length < input.baselines.length;
    await Promise.all(
      endings.map(({ service, endWatch }) =>
        limit(async () => {
          const recorder = new Recorder(clock, startedMs);
          await visitService(service, isOnline, recorder, run);
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

/** What all visits of one run share. */
type Run = { readonly input: RunInput; readonly deps: RunDeps; readonly startedMs: number };

function startDeadline(ms: number): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const reason = () => new DOMException('the deadline of the run passed', 'TimeoutError');
  const timer = setTimeout(() => controller.abort(reason()), ms);
  return { signal: controller.signal, [Symbol.dispose]: () => clearTimeout(timer) };
}

/** Visits every target of a service; what failed is visited again after a pause, neutral hosts beside it. */
async function visitService(
  service: Service,
  isOnline: boolean,
  recorder: Recorder,
  run: Run,
): Promise<void> {
  const { clock, budgets, signal } = run.deps;
  const failed = await visitAll(service.targets, 'target', 1, recorder, run);
  if (failed.length === 0 || !isOnline || signal.aborted) return;
  await clock.sleep(budgets.confirmAfterMs, signal);
  if (signal.aborted) return;
  // The neutral hosts first: a retry counts only while the vantage itself still has a network.
  await visitAll(run.input.baselines, 'baseline', 2, recorder, run);
  await visitAll(failed, 'target', 2, recorder, run);
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
  { input, deps }: Run,
  ending: Ending,
): Measurement {
  const observations = parts
    .flatMap((part) => part.list())
    .map((observation, id) => ({ ...observation, id }));
  const scrubber = getScrubber(deps.network.ownAddresses);
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
    marks: [...deps.standingMarks, ...ending.marks, ...interrupted],
    observations: scrubber.value(observations),
    // Login pages issue certificates to the visitor's address. Such a one cannot be scrubbed: only its sum stays.
    certificates: new Map(
      parts
        .flatMap((part) => [...part.certificates])
        .filter(([, der]) => !scrubber.isFoundInBytes(der)),
    ),
    provenance: deps.provenance,
  };
}
