/**
 * Protects whoever runs an agent from its server: nothing is visited that the agent's own configuration does not list,
 * nothing more often, in greater number or of greater size than it says.
 */
import { hash } from 'node:crypto';
import type { Config, Deep } from '../../config/schema.ts';
import type { Target } from '../types.ts';
import type { Plan } from './plan.ts';

/** What the agent's own files allow. */
export type OwnLimits = Pick<Config, 'schedule' | 'budgets' | 'deep' | 'services' | 'baselines'>;

/** A plan that may be followed. */
export type LimitedPlan = {
  readonly plan: Plan;
  /** Targets and neutral hosts that are not in the agent's own files, e.g. `facebook.web.www www.facebook.com:443`. */
  readonly leftOut: readonly string[];
  /** Names of settings that were brought down to the agent's own values, e.g. `schedule.intervalSeconds`. */
  readonly lowered: readonly string[];
};

/** Everything about a target that decides what is sent, and to whom. */
function describeVisit(target: Target): string {
  const { kind, host, port, path, largePath = '', isFollowingRedirects = false } = target;
  return JSON.stringify([kind, host, port, path, largePath, isFollowingRedirects]);
}

/** Lets each visit through as often as the agent's own files have it. */
function createSieve(own: readonly Target[], leftOut: string[]) {
  const allowance = new Map<string, number>();
  for (const target of own) {
    const visit = describeVisit(target);
    allowance.set(visit, (allowance.get(visit) ?? 0) + 1);
  }
  return (target: Target): boolean => {
    const visit = describeVisit(target);
    const left = allowance.get(visit) ?? 0;
    if (left > 0) allowance.set(visit, left - 1);
    else leftOut.push(`${target.id} ${target.host}:${target.port}`);
    return left > 0;
  };
}

/** Notes what differs from what was asked for. */
function createLowering(lowered: string[]) {
  return <T>(name: string, asked: T, allowed: T): T => {
    if (JSON.stringify(asked) !== JSON.stringify(allowed)) lowered.push(name);
    return allowed;
  };
}

type Lower = ReturnType<typeof createLowering>;

function limitSchedule({ schedule: asked }: Plan, own: OwnLimits, lower: Lower): Plan['schedule'] {
  const { startSpacingMs, maxConcurrentMeasurements } = own.schedule;
  const intervalSeconds = Math.max(asked.intervalSeconds, own.schedule.intervalSeconds);
  // Runs that may start anywhere in their slot can follow one another at once.
  const jitterSeconds = Math.floor(Math.min(own.schedule.jitterSeconds, intervalSeconds / 4));
  return {
    ...asked,
    intervalSeconds: lower('schedule.intervalSeconds', asked.intervalSeconds, intervalSeconds),
    jitterSeconds: lower(
      'schedule.jitterSeconds',
      asked.jitterSeconds,
      Math.min(asked.jitterSeconds, jitterSeconds),
    ),
    startSpacingMs: lower(
      'schedule.startSpacingMs',
      asked.startSpacingMs,
      Math.max(asked.startSpacingMs, startSpacingMs),
    ),
    maxConcurrentMeasurements: lower(
      'schedule.maxConcurrentMeasurements',
      asked.maxConcurrentMeasurements,
      Math.min(asked.maxConcurrentMeasurements, maxConcurrentMeasurements),
    ),
  };
}

function limitBudgets({ budgets: asked }: Plan, own: OwnLimits, lower: Lower): Plan['budgets'] {
  const { maxBodyBytes, bodyHeadBytes, confirmAfterMs } = own.budgets;
  const most = (name: 'maxBodyBytes' | 'bodyHeadBytes', limit: number) =>
    lower(`budgets.${name}`, asked[name], Math.min(asked[name], limit));
  return {
    ...asked,
    maxBodyBytes: most('maxBodyBytes', maxBodyBytes),
    bodyHeadBytes: most('bodyHeadBytes', bodyHeadBytes),
    confirmAfterMs: lower(
      'budgets.confirmAfterMs',
      asked.confirmAfterMs,
      Math.max(asked.confirmAfterMs, confirmAfterMs),
    ),
  };
}

const AT_MOST = [
  'sharePercent',
  'budgetMs',
  'goodputBytes',
  'goodputSeconds',
  'parallelConnections',
] as const satisfies readonly (keyof Deep)[];

function limitDeep({ deep: asked }: Plan, { deep: own }: OwnLimits, lower: Lower): Deep {
  const atMost = Object.fromEntries(
    AT_MOST.map((name) => [
      name,
      lower(`deep.${name}`, asked[name], Math.min(asked[name], own[name])),
    ]),
  ) as Pick<Deep, (typeof AT_MOST)[number]>;
  const known = new Set(own.publicResolvers.map((one) => JSON.stringify(sortEntries(one))));
  return {
    ...asked,
    ...atMost,
    minIntervalSeconds: lower(
      'deep.minIntervalSeconds',
      asked.minIntervalSeconds,
      Math.max(asked.minIntervalSeconds, own.minIntervalSeconds),
    ),
    neutralAddress: lower(
      'deep.neutralAddress',
      asked.neutralAddress,
      asked.neutralAddress && own.neutralAddress,
    ),
    innocuousName: lower('deep.innocuousName', asked.innocuousName, own.innocuousName),
    whoamiName: lower('deep.whoamiName', asked.whoamiName, own.whoamiName),
    publicResolvers: lower(
      'deep.publicResolvers',
      asked.publicResolvers,
      // Each once: a list that names one of them a thousand times would have it asked a thousand times.
      asked.publicResolvers.filter((one) => known.delete(JSON.stringify(sortEntries(one)))),
    ),
  };
}

function sortEntries(value: object): [string, unknown][] {
  return Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/**
 * Brings a plan within what the agent's own files allow. What is measured under a plan that was changed carries a sum of
 * its own in place of the server's: it was another configuration.
 */
export function limitPlan(plan: Plan, own: OwnLimits): LimitedPlan {
  const leftOut: string[] = [];
  const lowered: string[] = [];
  const lower = createLowering(lowered);
  const isOwnTarget = createSieve(
    own.services.flatMap(({ targets }) => targets),
    leftOut,
  );
  const isOwnBaseline = createSieve(own.baselines, leftOut);
  const services = plan.services
    .map((service) => ({ ...service, targets: service.targets.filter(isOwnTarget) }))
    .filter(({ targets }) => targets.length > 0);
  const changed: Plan = {
    ...plan,
    schedule: limitSchedule(plan, own, lower),
    budgets: limitBudgets(plan, own, lower),
    deep: limitDeep(plan, own, lower),
    services,
    baselines: plan.baselines.filter(isOwnBaseline),
  };
  if (leftOut.length === 0 && lowered.length === 0) return { plan, leftOut, lowered };
  const { schedule, budgets, deep, baselines } = changed;
  const configHash = hash(
    'sha256',
    JSON.stringify({ schedule, budgets, deep, services, baselines }),
  );
  return { plan: { ...changed, configHash }, leftOut, lowered };
}

/** Whether anything can be measured under a plan: without a neutral host nothing could be concluded. */
export function isMeasurable({ services, baselines }: Plan): boolean {
  return services.length > 0 && baselines.length > 0;
}
