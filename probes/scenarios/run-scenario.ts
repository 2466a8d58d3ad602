/**
 * Runs a scenario: opens its networks, measures the control and then the vantage as the server would, and asks the
 * same judge. Waits are skipped by a virtual clock; sockets and silences are real.
 */
import type { Budgets, Deep, Fingerprint, Rules } from '../../config/schema.ts';
import { CircumstanceWatch } from '../circumstances.ts';
import { type Clock, systemClock } from '../clock.ts';
import { createDeepPlan } from '../deepen/plan.ts';
import { judge } from '../judge/judge.ts';
import { createSkewedClock } from '../lab/skewed-clock.ts';
import { createVirtualClock, type VirtualClock } from '../lab/virtual-clock.ts';
import { measureSlot, type RunDeps } from '../measure.ts';
import { createLimiter, createPacer } from '../turnstile.ts';
import type { Measurement, MeasurementJudgement } from '../types.ts';
import { BASELINES, INNOCUOUS_NAME, WHOAMI_NAME } from './hosts.ts';
import { type Medium, openMedium } from './medium.ts';
import type { Place, Scenario, Step } from './scenario.ts';
import type { Stage } from './stage.ts';
import { openWorld } from './world.ts';

/** What a run needs beside the scenario. */
export type ScenarioDeps = {
  readonly stage: Stage;
  readonly rules: Rules;
  readonly fingerprints: readonly Fingerprint[];
  readonly signal: AbortSignal;
  /** How the vantage reaches its network, `direct` unless told; the control is always direct. */
  readonly medium?: Medium;
};

/** One run of the vantage with its judgement. */
export type ScenarioRun = {
  readonly measurement: Measurement;
  readonly judgement: MeasurementJudgement;
};

/** On loopback a reply takes milliseconds, so silence is silence soon; long enough for two loaded cores. */
const BUDGETS: Budgets = {
  dnsMs: 700,
  lateRepliesMs: 30,
  tcpMs: 500,
  tlsMs: 800,
  httpMs: 1_000,
  stunMs: 500,
  maxBodyBytes: 262_144,
  bodyHeadBytes: 2_048,
  confirmAfterMs: 30_000,
};
/** Through a proxy each stage takes further turns of the same process, which a loaded machine makes long. */
const PROXIED_BUDGETS: Budgets = {
  ...BUDGETS,
  dnsMs: 1_400,
  tcpMs: 1_000,
  tlsMs: 1_600,
  httpMs: 2_000,
};
/** Three seconds tell a slow download from a frozen one, which is silent for longer than the rules allow. */
const DEEP: Omit<Deep, 'sharePercent'> = {
  budgetMs: 40_000,
  minIntervalSeconds: 0,
  innocuousName: INNOCUOUS_NAME,
  neutralAddress: true,
  whoamiName: WHOAMI_NAME,
  publicResolvers: [],
  goodputBytes: 131_072,
  goodputSeconds: 3,
  parallelConnections: 4,
};
const INTERVAL_MS = 300_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Real time after which a run is cut off: nothing in the bench takes as long. */
const DEADLINE_MS = 60_000;
const CONTROL_ID = 'de-control';
const VANTAGE_ID = 'ru-vantage';

/** Runs every step of a scenario in order. @throws only when the bench itself is broken. */
export async function runScenario(
  scenario: Scenario,
  deps: ScenarioDeps,
): Promise<readonly ScenarioRun[]> {
  const startMs = Date.now();
  const steps: readonly Pick<Step, 'atHours' | 'place'>[] = scenario.steps ?? [
    { atHours: 0, place: scenario.vantage },
  ];
  const runs: ScenarioRun[] = [];
  for (const { atHours, place } of steps) {
    const clock = createVirtualClock(startMs + atHours * HOUR_MS);
    const control = await measureControl(scenario, place, clock, deps);
    const measurement = await measureIn(place, VANTAGE_ID, scenario, clock, deps);
    runs.push({ measurement, judgement: judgeRun(measurement, control, scenario, deps) });
  }
  return runs;
}

async function measureControl(
  scenario: Scenario,
  place: Place,
  clock: VirtualClock,
  deps: ScenarioDeps,
): Promise<Measurement | undefined> {
  const { control } = scenario;
  if (control === 'none') return undefined;
  const controlPlace = control === 'same' ? place : control === 'sees_origin' ? {} : control;
  return measureIn(controlPlace, CONTROL_ID, scenario, clock, deps);
}

async function measureIn(
  place: Place,
  vantageId: string,
  scenario: Scenario,
  clock: VirtualClock,
  deps: ScenarioDeps,
): Promise<Measurement> {
  const world = await openWorld(scenario, place, deps.stage);
  using watch = new CircumstanceWatch({
    // The machine's own clock: jumps of the virtual one are neither sleep nor a clock that was set.
    clock: systemClock,
    maxLoopDelayMs: deps.rules.stall.maxLoopDelayMs,
    maxStepMs: deps.rules.clock.maxStepMs,
    onCircumstance: () => {},
  });
  watch.start();
  const isCancelled = scenario.isCancelled === true && vantageId === VANTAGE_ID;
  const signal = isCancelled ? AbortSignal.abort() : deps.signal;
  const runClock = createSkewedClock(clock, (place.clockSkewDays ?? 0) * DAY_MS);
  const measurements: Measurement[] = [];
  const medium = vantageId === VANTAGE_ID ? (deps.medium ?? 'direct') : 'direct';
  try {
    await using way = await openMedium(medium, world.network);
    const run = { network: way.network, clock: runClock, watch, signal };
    await clock.track(() =>
      measureSlot(
        describeRun(scenario, vantageId, runClock),
        createDeps(run, scenario, medium),
        (one) => {
          measurements.push(one);
        },
      ),
    );
  } finally {
    await world.close();
  }
  const [measurement] = measurements;
  if (!measurement) throw new Error(`${scenario.id} gave no measurement`);
  return measurement;
}

function describeRun({ service }: Scenario, vantageId: string, clock: Clock) {
  return {
    vantageId,
    services: [service],
    baselines: BASELINES,
    slotMs: Math.floor(clock.nowMs() / INTERVAL_MS) * INTERVAL_MS,
    seq: 0,
    intervalMs: INTERVAL_MS,
    deadlineMs: DEADLINE_MS,
  };
}

function createDeps(
  run: Pick<RunDeps, 'network' | 'clock' | 'watch' | 'signal'>,
  { isLookedIntoWhenGood }: Scenario,
  medium: Medium,
): RunDeps {
  const settings = { ...DEEP, sharePercent: isLookedIntoWhenGood ? 100 : 0 };
  return {
    ...run,
    budgets: medium === 'direct' ? BUDGETS : PROXIED_BUDGETS,
    limit: createLimiter(8),
    pace: createPacer(2, systemClock),
    provenance: { softwareVersion: '0', probeVersion: '0', schemaVersion: 1, configHash: '' },
    standingMarks: ['simulated'],
    deep: createDeepPlan({ settings, clock: run.clock, random: () => 0 }),
  };
}

function judgeRun(
  measurement: Measurement,
  control: Measurement | undefined,
  { service, countryCode }: Scenario,
  { rules, fingerprints }: ScenarioDeps,
): MeasurementJudgement {
  const isNear =
    control !== undefined &&
    Math.abs(control.startedAtMs - measurement.startedAtMs) <= rules.controlWindowSeconds * 1_000;
  return judge({
    measurement,
    service,
    controls: isNear ? [control] : [],
    countryCode,
    baselines: BASELINES,
    rules,
    fingerprints,
  });
}
