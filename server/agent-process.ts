/** The two halves of an agent, measuring and delivering, with the spool between them. */
import type { Config } from '../config/schema.ts';
import type { Spool } from '../db/spool.ts';
import { StoreError } from '../db/store-error.ts';
import { Courier } from '../probes/agent/courier.ts';
import { type AgentIdentity, createErrands } from '../probes/agent/errands.ts';
import { Plan } from '../probes/agent/plan.ts';
import type { Uplink } from '../probes/agent/uplink.ts';
import type { Clock } from '../probes/clock.ts';
import type { Measurement } from '../probes/types.ts';
import { Measuring, type MeasuringDeps } from './agent-measuring.ts';
import type { Log } from './log.ts';
import { createPatientSink } from './patient-sink.ts';

/** How long nothing is delivered after the spool could not be read or written, as on a full disk. */
const SPOOL_RETRY_MS = 60_000;

export type AgentDeps = Pick<MeasuringDeps, 'createNetwork' | 'standingMarks'> & {
  readonly identity: AgentIdentity;
  readonly uplink: Uplink;
  /** Open and claimed; closed when the agent stops. */
  readonly spool: Spool;
  /** The agent's own configuration: more than it allows is never done. */
  readonly own: Config;
  readonly clock: Clock;
  /** Returns a number in [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  /** Whether whoever runs the agent said under which addresses it is seen; no unless told. */
  readonly isAddressTold?: boolean;
};

/** A running agent. */
export type RunningAgent = {
  /** Resolves after `stop`; rejects when something is broken that no waiting mends. */
  readonly ended: Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Starts measuring, by the last plan if there is one, and delivering. */
export function startAgent(deps: AgentDeps): RunningAgent {
  const { spool, clock, random, log, own, identity, createNetwork } = deps;
  const stop = new AbortController();
  const patient = createPatientSink((measurement) => store(measurement, spool, log), log);
  const measuring = new Measuring({
    own,
    clock,
    random,
    log,
    createNetwork,
    isAddressTold: deps.isAddressTold ?? false,
    ...(deps.standingMarks ? { standingMarks: deps.standingMarks } : {}),
    vantageId: identity.vantageId,
    getLastSlot: () => spool.getLastSlot(),
    onRun: () => courier.notify(),
    sink(measurement) {
      // A run that we cut short says nothing; one that its deadline cut short is kept.
      if (measuring.isPaused && measurement.marks.includes('interrupted'))
        log('info', 'interrupted', { service: measurement.service });
      else patient.take(measurement);
    },
  });
  let isSilenced = spool.readStatus().isSilenced;
  const silence = (next: boolean): void => {
    if (next === isSilenced) return;
    isSilenced = next;
    spool.setSilenced(next);
    if (next) measuring.pause();
    else measuring.resume();
  };
  if (isSilenced) measuring.pause();
  const plan = readPlan(spool);
  if (plan) measuring.follow(plan);
  const courier = new Courier({
    outbox: spool.outbox,
    clock,
    random,
    tell: log,
    errands: createErrands(identity, deps.uplink, clock),
    knownConfig: plan?.configHash,
    onPlan(next) {
      spool.setPlan(JSON.stringify(next));
      measuring.follow(next);
    },
    onDisabled: () => silence(true),
    onWelcome: () => silence(false),
  });
  const ended = carry(courier, { clock, log, signal: stop.signal });
  return {
    ended,
    async stop() {
      stop.abort();
      await Promise.all([measuring.stop(), ended.catch(() => undefined)]);
      const lost = patient.flush();
      if (lost > 0) log('error', 'measurements_lost', { count: lost });
      spool.close();
    },
  };
}

/** Delivers for as long as the signal lets; a spool that cannot be used for a while costs nothing but time. */
async function carry(
  courier: Courier,
  { clock, log, signal }: Pick<AgentDeps, 'clock' | 'log'> & { readonly signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    try {
      await courier.run(signal);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      log('error', 'spool_failed', { reason: error.message });
      await clock.sleep(SPOOL_RETRY_MS, signal);
    }
  }
}

/** Puts a measurement into the spool. @throws StoreError */
function store(measurement: Measurement, spool: Spool, log: Log): void {
  const { expired } = spool.add(measurement);
  const { service, slotMs, elapsedMs, marks, observations } = measurement;
  log('info', 'measured', {
    service,
    slot: new Date(slotMs).toISOString(),
    failed: observations.filter(({ outcome }) => outcome.kind === 'failed').length,
    ms: elapsedMs,
    marks: marks.join(',') || undefined,
  });
  if (expired > 0) log('warn', 'expired', { count: expired });
}

/** The plan of the last time; undefined when there is none that this version can use. */
function readPlan(spool: Spool): Plan | undefined {
  const json = spool.getPlan();
  return json === undefined ? undefined : Plan.safeParse(JSON.parse(json)).data;
}
