/**
 * Gathers what the judge needs to know of one target from plain visits: how far each attempt came, what the
 * vantage's neutral hosts did in the same run, and how far an outside control came. Pure; looks only at observations.
 */
import { isIP } from 'node:net';
import { isBogon } from '../bogon.ts';
import type {
  BaselineTarget,
  BlindSpot,
  HttpValue,
  Measurement,
  Observation,
  Operation,
  ServiceTarget,
} from '../types.ts';
import type { DeepFacts } from './deep-facts.ts';

/** One pass over a target: its observations in order and the one that decided. */
export type Attempt = {
  readonly number: number;
  readonly observations: readonly Observation[];
  /** True when the last stage of the last hop answered, over nothing unverified. */
  readonly isReached: boolean;
  /** True when the last hop answered over verified TLS: nothing in the path can forge that. */
  readonly isProven: boolean;
  /** The observation at which the attempt ended, when it did not reach its end. */
  readonly failed?: Observation;
  /** Addresses that the resolver gave for the first hop. */
  readonly addresses: readonly string[];
  /** The address that was dialled last, when one was. */
  readonly dialled?: string;
  /** The answer of the last hop, when there was one. */
  readonly response?: HttpValue;
};

/** How far a control came with the same target. Only a control whose own network worked is one. */
export type ControlFacts =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'seen';
      /** Stages, by `stageKey`, that succeeded on at least one control. */
      readonly passed: ReadonlySet<string>;
      /** Stages that failed on at least one control and succeeded on none. */
      readonly failed: ReadonlySet<string>;
      /** Every address that a control's resolver gave, over all hops. */
      readonly addresses: ReadonlySet<string>;
      /** Every address that a control dialled, and whether any of them got through to it. */
      readonly dialled: ReadonlyMap<string, boolean>;
      /** Whether the service spoke QUIC to a control. */
      readonly hasQuic: boolean;
      /** The last answer of each control that got one. */
      readonly responses: readonly HttpValue[];
    };

/** What the neutral hosts say of the vantage. */
export type VantageFacts = {
  readonly baselines: number;
  readonly baselinesOk: number;
  readonly foreign: number;
  readonly foreignOk: number;
  readonly domesticOk: number;
  /** The observation at which each failed neutral host ended. */
  readonly failures: readonly Observation[];
};

export type TargetFacts = {
  readonly target: ServiceTarget;
  /** In order; empty when the run ended before this target. */
  readonly attempts: readonly Attempt[];
  readonly control: ControlFacts;
  readonly vantage: VantageFacts;
  readonly deep: DeepFacts;
};

/** The stages of each kind of target, in order; the last one is its proof. */
export const STAGES = {
  https: ['dns', 'tcp', 'tls', 'http'],
  http: ['dns', 'tcp', 'http'],
  tcp: ['dns', 'tcp'],
  stun: ['dns', 'stun'],
} as const satisfies Record<ServiceTarget['kind'], readonly Operation[]>;

/** Names a stage of a hop, so that a control's stage is compared with the same one. */
export function stageKey(observation: Pick<Observation, 'operation' | 'hop'>): string {
  return `${observation.hop ?? 0}.${observation.operation}`;
}

/** Code of a failed observation; `dns_bogon_error` for an answer without a usable address. */
export function codeOf(observation: Observation): string {
  if (observation.outcome.kind === 'failed') return observation.outcome.failure.code;
  return observation.operation === 'dns' ? 'dns_bogon_error' : 'unknown_failure';
}

/** Splits the plain visits of one target into its attempts. */
export function gatherAttempts(
  observations: readonly Observation[],
  targetId: string,
  kind: ServiceTarget['kind'],
): Attempt[] {
  const byNumber = new Map<number, Observation[]>();
  for (const one of observations) {
    if (one.targetId !== targetId || one.purpose !== undefined) continue;
    const known = byNumber.get(one.attempt);
    if (known) known.push(one);
    else byNumber.set(one.attempt, [one]);
  }
  return [...byNumber]
    .sort(([a], [b]) => a - b)
    .map(([number, own]) => gatherAttempt(number, own, kind));
}

/** One pass over the observations for each thing that depends on the last hop, since every target comes through here. */
function gatherAttempt(
  number: number,
  observations: readonly Observation[],
  kind: ServiceTarget['kind'],
): Attempt {
  let hops = 0;
  let isUnverified = false;
  let dialled: string | undefined;
  const addresses: string[] = [];
  for (const one of observations) {
    const { hop = 0, outcome } = one;
    hops = Math.max(hops, hop);
    if (one.operation === 'tls' && outcome.kind === 'failed') isUnverified = true;
    if (one.operation === 'tcp' || one.operation === 'stun') dialled = one.input.address;
    if (hop === 0) addresses.push(...listAddresses(one));
  }
  const proof = kind === 'https' || kind === 'http' ? 'http' : STAGES[kind].at(-1);
  let isVerified = false;
  let isAnswered = false;
  let response: HttpValue | undefined;
  for (const one of observations) {
    if ((one.hop ?? 0) !== hops) continue;
    const isOk = one.outcome.kind === 'ok';
    if (one.operation === 'tls' && isOk) isVerified = true;
    if (one.operation === proof && isOk) isAnswered = true;
    if (one.operation === 'http')
      response = one.outcome.kind === 'ok' ? one.outcome.value : undefined;
  }
  const isReached = !isUnverified && isAnswered;
  const failed = isReached ? undefined : findDeciding(observations);
  return {
    number,
    observations,
    isReached,
    isProven: isReached && isVerified && response !== undefined,
    addresses,
    ...(failed ? { failed } : {}),
    ...(dialled === undefined ? {} : { dialled }),
    ...(response ? { response } : {}),
  };
}

function listAddresses(one: Observation): readonly string[] {
  return one.operation === 'dns' && one.outcome.kind === 'ok' ? one.outcome.value.addresses : [];
}

/** The first failed stage decides; of several resolvers asked, the last. A bogon answer decides too. */
function findDeciding(observations: readonly Observation[]): Observation | undefined {
  const later = observations.find(
    (one) => one.operation !== 'dns' && one.outcome.kind === 'failed',
  );
  return later ?? observations.findLast((one) => one.operation === 'dns');
}

/** Counts the neutral hosts of a run's last pass; one is fine when it reached its end. */
export function gatherVantage(
  measurement: Measurement,
  scopes: ReadonlyMap<string, BaselineTarget['scope']> = new Map(),
): VantageFacts {
  const baseline = measurement.observations.filter(
    (one) => one.role === 'baseline' && one.purpose === undefined,
  );
  const last = baseline.reduce((most, one) => Math.max(most, one.attempt), 1);
  const byHost = groupByTarget(baseline.filter((one) => one.attempt === last));
  const hosts = [...byHost].map(([id, own]) => {
    const attempt = gatherAttempts(own, id, 'https').at(-1);
    return { scope: scopes.get(id) ?? 'foreign', isOk: attempt?.isReached === true, attempt };
  });
  const isForeign = ({ scope }: { readonly scope: string }): boolean => scope === 'foreign';
  const ok = hosts.filter(({ isOk }) => isOk);
  return {
    baselines: hosts.length,
    baselinesOk: ok.length,
    foreign: hosts.filter(isForeign).length,
    foreignOk: ok.filter(isForeign).length,
    domesticOk: ok.filter((host) => !isForeign(host)).length,
    failures: hosts.flatMap(({ attempt }) => attempt?.failed ?? []),
  };
}

/** Observations by the target they belong to, so that each is looked at once. */
export type ByTarget = ReadonlyMap<string, readonly Observation[]>;

export function groupByTarget(observations: readonly Observation[]): ByTarget {
  return Map.groupBy(observations, (one) => one.targetId);
}

/** One control: what it saw, by target, and what it could not see. */
export type Control = { readonly byTarget: ByTarget; readonly blind: ReadonlySet<BlindSpot> };

/** Whether an observation was made by the vantage itself, not by a control that came with the measurement. */
export function isOwn({ role }: Observation): boolean {
  return role !== 'control';
}

/** The controls whose own network worked, ready to be joined target by target. */
export function gatherControls(controls: readonly Measurement[]): Control[] {
  return controls
    .filter((control) => gatherVantage(control).baselinesOk > 0)
    .map(({ observations, blindSpots }) => ({
      byTarget: groupByTarget(observations.filter(isOwn)),
      blind: new Set(blindSpots),
    }));
}

/** The control that a measurement brings along; none when nothing of it succeeded, which would prove its network. */
export function gatherOwnControl({ observations }: Measurement): Control[] {
  const brought = observations.filter((one) => !isOwn(one));
  if (!brought.some(isGenuineSuccess)) return [];
  return [{ byTarget: groupByTarget(brought), blind: new Set() }];
}

/** Joins the controls on one target. */
export function gatherControl(controls: readonly Control[], target: ServiceTarget): ControlFacts {
  const attempts = controls.flatMap(({ byTarget }) =>
    gatherAttempts(byTarget.get(target.id) ?? [], target.id, target.kind),
  );
  if (attempts.length === 0) return { kind: 'none' };
  const observations = attempts.flatMap((attempt) => attempt.observations);
  // A failure of the control's own machine says nothing of the target.
  const telling = observations.filter(
    (one) => one.outcome.kind === 'ok' || one.outcome.failure.attribution !== 'vantage',
  );
  if (telling.length === 0) return { kind: 'none' };
  const passed = new Set([
    ...telling.filter(isGenuineSuccess).map(stageKey),
    ...controls.flatMap((control) => listResolvedElsewhere(control, target)),
  ]);
  return {
    kind: 'seen',
    passed,
    failed: new Set(telling.map(stageKey).filter((key) => !passed.has(key))),
    addresses: new Set(observations.flatMap(listAddresses)),
    dialled: gatherDialled(telling),
    hasQuic: controls.some(({ byTarget }) =>
      byTarget.get(target.id)?.some((one) => one.operation === 'quic' && one.outcome.kind === 'ok'),
    ),
    responses: attempts.flatMap(({ response }) => response ?? []),
  };
}

/** A control that leaves names to others has resolved one when it connected to it. */
function listResolvedElsewhere({ byTarget, blind }: Control, { id }: ServiceTarget): string[] {
  if (!blind.has('names')) return [];
  return (byTarget.get(id) ?? []).flatMap(({ operation, outcome, hop }) =>
    operation === 'tcp' && outcome.kind === 'ok'
      ? [stageKey({ operation: 'dns', hop: hop ?? 0 })]
      : [],
  );
}

function gatherDialled(observations: readonly Observation[]): Map<string, boolean> {
  const dialled = new Map<string, boolean>();
  for (const { operation, input, outcome } of observations) {
    // What a proxy dials by name has no address that could be compared.
    if (operation !== 'tcp' || isIP(input.address) === 0) continue;
    dialled.set(input.address, dialled.get(input.address) === true || outcome.kind === 'ok');
  }
  return dialled;
}

/** A resolver that answers only bogons has not resolved the name. */
function isGenuineSuccess(observation: Observation): boolean {
  if (observation.outcome.kind !== 'ok') return false;
  if (observation.operation !== 'dns') return true;
  return observation.outcome.value.addresses.some((address) => !isBogon(address));
}
