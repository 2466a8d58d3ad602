/**
 * Gathers what the judge needs to know of one target: how far each attempt came, what the vantage's
 * neutral hosts did in the same run, and how far an outside control came with the same target.
 * Pure; looks only at observations.
 */

import { isBogon } from '../bogon.ts';
import type { Measurement, Observation, Operation, ServiceTarget } from '../types.ts';

/** One pass over a target: its observations in order and the one that decided. */
export type Attempt = {
  readonly number: number;
  readonly observations: readonly Observation[];
  /** True when the last stage of the target's kind answered. */
  readonly isReached: boolean;
  /** The observation at which the attempt ended, when it did not reach its end. */
  readonly failed?: Observation;
  /** Addresses that the resolver gave. */
  readonly addresses: readonly string[];
  /** The address that was dialled, when one was. */
  readonly dialled?: string;
};

/** How far a control came with the same target. Only a control whose own network worked is one. */
export type ControlFacts =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'seen';
      /** Stages that succeeded on at least one control. */
      readonly passed: ReadonlySet<Operation>;
      /** Stages that failed on at least one control and succeeded on none. */
      readonly failed: ReadonlySet<Operation>;
      /** Failure codes of the failed stages. */
      readonly failureCodes: ReadonlySet<string>;
      /** Every address that a control's resolver gave. */
      readonly addresses: ReadonlySet<string>;
    };

/** What the neutral hosts say of the vantage. */
export type VantageFacts = {
  readonly baselines: number;
  readonly baselinesOk: number;
  /** Failure codes over all failed baselines. */
  readonly failureCodes: readonly string[];
};

export type TargetFacts = {
  readonly target: ServiceTarget;
  /** In order; empty when the run ended before this target. */
  readonly attempts: readonly Attempt[];
  readonly control: ControlFacts;
  readonly vantage: VantageFacts;
};

/** The stages of each kind of target, in order; the last one is its proof. */
export const STAGES = {
  https: ['dns', 'tcp', 'tls', 'http'],
  tcp: ['dns', 'tcp'],
  stun: ['dns', 'stun'],
} as const satisfies Record<ServiceTarget['kind'], readonly Operation[]>;

/** Splits the observations of one target into its attempts. */
export function gatherAttempts(
  observations: readonly Observation[],
  targetId: string,
  kind: ServiceTarget['kind'],
): Attempt[] {
  const mine = observations.filter((observation) => observation.targetId === targetId);
  const numbers = [...new Set(mine.map((observation) => observation.attempt))].sort(
    (a, b) => a - b,
  );
  return numbers.map((number) => gatherAttempt(number, mine, kind));
}

function gatherAttempt(
  number: number,
  mine: readonly Observation[],
  kind: ServiceTarget['kind'],
): Attempt {
  const observations = mine.filter((observation) => observation.attempt === number);
  const proof = STAGES[kind].at(-1);
  const unverified = observations.some((o) => o.operation === 'tls' && o.outcome.kind === 'failed');
  const isReached =
    !unverified && observations.some((o) => o.operation === proof && o.outcome.kind === 'ok');
  const failed = isReached ? undefined : findDeciding(observations);
  const dialled = observations.findLast((o) => o.operation === 'tcp' || o.operation === 'stun');
  return {
    number,
    observations,
    isReached,
    addresses: observations.flatMap((o) =>
      o.operation === 'dns' && o.outcome.kind === 'ok' ? o.outcome.value.addresses : [],
    ),
    ...(failed ? { failed } : {}),
    ...(dialled && 'address' in dialled.input ? { dialled: dialled.input.address } : {}),
  };
}

/** The first failed stage decides; of several resolvers asked, the last. A bogon answer decides too. */
function findDeciding(observations: readonly Observation[]): Observation | undefined {
  const later = observations.find((o) => o.operation !== 'dns' && o.outcome.kind === 'failed');
  if (later) return later;
  return observations.findLast((o) => o.operation === 'dns');
}

/** Counts the neutral hosts of a run; a baseline is fine when any of its attempts reached its end. */
export function gatherVantage(measurement: Measurement, latestAttemptOnly = false): VantageFacts {
  const baseline = measurement.observations.filter((o) => o.role === 'baseline');
  const last = Math.max(1, ...baseline.map((o) => o.attempt));
  const considered = latestAttemptOnly ? baseline.filter((o) => o.attempt === last) : baseline;
  const ids = [...new Set(considered.map((o) => o.targetId))];
  const states = ids.map((id) => gatherAttempts(considered, id, 'https'));
  return {
    baselines: ids.length,
    baselinesOk: states.filter((attempts) => attempts.some((a) => a.isReached)).length,
    failureCodes: states
      .flatMap((attempts) => attempts.map((a) => a.failed?.outcome))
      .flatMap((outcome) => (outcome?.kind === 'failed' ? [outcome.failure.code] : [])),
  };
}

/** Joins the control measurements on one target. A control without a working baseline is not counted. */
export function gatherControl(
  controls: readonly Measurement[],
  target: ServiceTarget,
): ControlFacts {
  const usable = controls.filter((control) => gatherVantage(control).baselinesOk > 0);
  const attempts = usable.flatMap((control) =>
    gatherAttempts(control.observations, target.id, target.kind),
  );
  if (attempts.length === 0) return { kind: 'none' };
  const observations = attempts.flatMap((attempt) => attempt.observations);
  const stages = STAGES[target.kind];
  const passed = new Set<Operation>(
    stages.filter((stage) =>
      observations.some((o) => o.operation === stage && isGenuineSuccess(o)),
    ),
  );
  const failures = observations.filter((o) => !passed.has(o.operation) && !isGenuineSuccess(o));
  return {
    kind: 'seen',
    passed,
    failed: new Set(failures.map((o) => o.operation)),
    failureCodes: new Set(
      failures.flatMap((o) =>
        o.outcome.kind === 'failed' ? [o.outcome.failure.code] : ['dns_bogon_error'],
      ),
    ),
    addresses: new Set(attempts.flatMap((attempt) => attempt.addresses)),
  };
}

/** A resolver that answers only bogons has not resolved the name. */
function isGenuineSuccess(observation: Observation): boolean {
  if (observation.outcome.kind !== 'ok') return false;
  if (observation.operation !== 'dns') return true;
  return observation.outcome.value.addresses.some((address) => !isBogon(address));
}
