/**
 * The measuring half of an agent: follows the plan that the server hands out, within what its own configuration allows.
 * A new plan holds from the next run on; the one in progress is not cut short.
 */
import type { Config } from '../config/schema.ts';
import { isMeasurable, limitPlan } from '../probes/agent/limit-plan.ts';
import type { Plan } from '../probes/agent/plan.ts';
import { type AddressKeeper, keepAddresses } from '../probes/agent/public-address.ts';
import { CircumstanceWatch } from '../probes/circumstances.ts';
import type { Clock } from '../probes/clock.ts';
import type { Network } from '../probes/network/network.ts';
import { Schedule } from '../probes/schedule.ts';
import type { DueSlot } from '../probes/slot-hand.ts';
import type { Mark, Measurement, Vantage } from '../probes/types.ts';
import type { Log } from './log.ts';
import { createRunner, type RunStation } from './observatory.ts';
import { PROBE_VERSION, readSoftwareVersion } from './software.ts';

export type MeasuringDeps = {
  /** The agent's own configuration. */
  readonly own: Config;
  readonly vantageId: string;
  readonly clock: Clock;
  /** Returns a number in [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  /** Makes the network for a plan with these other views of names. */
  readonly createNetwork: (publicResolvers: Plan['deep']['publicResolvers']) => Network;
  readonly sink: (measurement: Measurement) => void;
  /** The last slot that is known to have been measured. */
  readonly getLastSlot: () => DueSlot | undefined;
  /** Whether whoever runs the agent said under which addresses it is seen. */
  readonly isAddressTold: boolean;
  /** Called when a run has ended. */
  readonly onRun: () => void;
  /** Marks of everything that it measures; none unless given. */
  readonly standingMarks?: readonly Mark[];
};

type Runner = {
  readonly plan: Plan;
  readonly run: RunStation;
  readonly watch: CircumstanceWatch;
  readonly addresses: AddressKeeper;
};

/** Measures while it is told to. */
export class Measuring {
  readonly #deps: MeasuringDeps;
  #runner: Runner | undefined;
  #schedule: Schedule | undefined;
  #scheduled: Plan['schedule'] | undefined;
  #isPaused = false;
  #isRunning = false;
  #lastStartMs = Number.NEGATIVE_INFINITY;
  #hasWarned = false;
  #stopping: Promise<void> = Promise.resolve();

  constructor(deps: MeasuringDeps) {
    this.#deps = deps;
  }

  /** Takes a plan as the server has it. */
  follow(asked: Plan): void {
    const { own, log } = this.#deps;
    const { plan, leftOut, lowered } = limitPlan(asked, own);
    if (this.#runner?.plan.configHash === plan.configHash) return;
    if (leftOut.length > 0)
      log('warn', 'plan_left_out', {
        targets: leftOut.slice(0, MAX_NAMED).join(', '),
        count: leftOut.length,
        remedy:
          'they are not in the configuration of this agent; update it if you want them measured',
      });
    if (lowered.length > 0) log('warn', 'plan_lowered', { settings: lowered.join(', ') });
    const before = this.#runner;
    if (!isMeasurable(plan)) {
      log('error', 'plan_empty', { remedy: 'nothing is measured until the plan changes' });
      this.#runner = undefined;
    } else {
      this.#runner = this.#createRunner(plan);
      const { schedule, services } = plan;
      log('info', 'plan', {
        config: plan.configHash.slice(0, 12),
        services: services.length,
        targets: services.reduce((sum, { targets }) => sum + targets.length, 0),
        intervalSeconds: schedule.intervalSeconds,
      });
    }
    if (!this.#isRunning) before?.watch[Symbol.dispose]();
    this.#adjust();
  }

  /** Measures nothing until `resume`; what is in progress is interrupted. */
  pause(): void {
    this.#isPaused = true;
    this.#adjust();
  }

  /** Measures again. */
  resume(): void {
    this.#isPaused = false;
    this.#adjust();
  }

  /** Ends everything; resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.pause();
    await this.#stopping;
    this.#runner?.watch[Symbol.dispose]();
  }

  /** True when what ends now was cut short by us. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Brings the schedule in line with the plan; one that must change while a run is in progress changes after it. */
  #adjust(): void {
    const wanted = this.#isPaused ? undefined : this.#runner?.plan.schedule;
    const isSame =
      wanted?.intervalSeconds === this.#scheduled?.intervalSeconds &&
      wanted?.jitterSeconds === this.#scheduled?.jitterSeconds;
    if (isSame || (this.#isRunning && !this.#isPaused)) return;
    const old = this.#schedule;
    if (old) this.#stopping = Promise.all([this.#stopping, old.stop()]).then(() => undefined);
    this.#scheduled = wanted;
    this.#schedule = wanted && this.#createSchedule(wanted);
    this.#schedule?.start();
  }

  #createSchedule({ intervalSeconds, jitterSeconds }: Plan['schedule']): Schedule {
    const { clock, random, log, vantageId, getLastSlot } = this.#deps;
    const intervalMs = intervalSeconds * 1000;
    const jitterMs = jitterSeconds * 1000;
    const leastGapMs =
      Math.max(intervalMs - jitterMs, this.#deps.own.schedule.intervalSeconds * 1000) / 2;
    const schedule = new Schedule({
      intervalMs,
      clock,
      lanes: [vantageId],
      jitterMs,
      random,
      // Less than ever lies between two slots: only new schedules can ask for it, and must not measure more often.
      run: (_lane, slot, signal) => this.#run(slot, { intervalMs, leastGapMs, signal }),
      onSkip: (_vantage, slot) =>
        log('warn', 'skipped', { slot: new Date(slot.slotMs).toISOString() }),
    });
    const last = getLastSlot();
    if (last) schedule.remember(last.slotMs, last.seq);
    return schedule;
  }

  async #run(
    slot: DueSlot,
    run: { readonly intervalMs: number; readonly leastGapMs: number; readonly signal: AbortSignal },
  ): Promise<void> {
    const { clock, vantageId, onRun, log } = this.#deps;
    const runner = this.#runner;
    const nowMs = clock.monotonicMs();
    // Measured before this process was started: whatever starts it again and again must not make it visit more often.
    if (slot.seq > 0 && this.#lastStartMs === Number.NEGATIVE_INFINITY) {
      log('info', 'already_measured', {
        slot: new Date(slot.slotMs).toISOString(),
        next: new Date(slot.slotMs + run.intervalMs).toISOString(),
      });
      return;
    }
    if (!runner || this.#isRunning || nowMs - this.#lastStartMs < run.leastGapMs) return;
    this.#lastStartMs = nowMs;
    this.#isRunning = true;
    try {
      await this.#learnAddress(runner, run.signal);
      await runner.run(vantageId, slot, run.intervalMs, run.signal);
    } finally {
      this.#isRunning = false;
      if (runner !== this.#runner) runner.watch[Symbol.dispose]();
      onRun();
      // Once this run counts as ended, or the schedule would wait for itself.
      setImmediate(() => this.#adjust());
    }
  }

  /** What a page may show of us must be known before it is fetched. */
  async #learnAddress({ addresses }: Runner, signal: AbortSignal): Promise<void> {
    const { log, isAddressTold } = this.#deps;
    if ((await addresses.refresh(signal)) || isAddressTold || this.#hasWarned || signal.aborted)
      return;
    this.#hasWarned = true;
    log('warn', 'public_address_unknown', {
      remedy:
        'set REACHLINE_OWN_ADDRESSES to the address under which this machine is seen, so that block pages that show it are cleaned',
    });
  }

  #createRunner(plan: Plan): Runner {
    const { own, vantageId, clock, log, createNetwork, sink, standingMarks = [] } = this.#deps;
    const watch = new CircumstanceWatch({
      clock,
      maxLoopDelayMs: plan.stall.maxLoopDelayMs,
      maxStepMs: plan.clock.maxStepMs,
      onCircumstance: ({ kind, byMs }) => log('warn', kind, { byMs }),
    });
    watch.start();
    const { schedule, budgets, deep, services, baselines, configHash } = plan;
    // From the own files: a server that leaves it out must not keep the agent from knowing what to clean.
    const stun = own.services.flatMap(({ targets }) => targets).find(({ kind }) => kind === 'stun');
    const addresses = keepAddresses(createNetwork(deep.publicResolvers), stun, clock);
    const config = { ...own, schedule, budgets, deep, services, baselines, hash: configHash };
    const run = createRunner({
      config,
      stations: [{ vantage: describeSelf(vantageId), network: addresses.network }],
      clock,
      watch,
      provenance: {
        softwareVersion: readSoftwareVersion(),
        probeVersion: PROBE_VERSION,
        schemaVersion: 0, // an agent has no database of results
        configHash,
      },
      standingMarks,
      sink,
    });
    return { plan, run, watch, addresses };
  }
}

/** Names in one line of the log. */
const MAX_NAMED = 20;

/** Describes the vantage of an agent to itself. Only its id is used: where it is, the server knows from whoever added it. */
export function describeSelf(id: string): Vantage {
  return {
    id,
    kind: 'agent',
    countryCode: 'ZZ',
    asn: 0,
    networkName: '',
    access: 'unknown',
    role: 'vantage',
    note: '',
  };
}
