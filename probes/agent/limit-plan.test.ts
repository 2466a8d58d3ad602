/** A server cannot make an agent visit, hurry or fetch more than the agent's own configuration says. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { loadConfig } from '../../config/load.ts';
import { isMeasurable, limitPlan } from './limit-plan.ts';
import { Plan } from './plan.ts';

const own = loadConfig({ file: 'config/reachline.yaml' });
const PLAN: Plan = Plan.parse({
  vantageId: 'ru-volga-fixed',
  configHash: own.hash,
  serverNowMs: 0,
  schedule: own.schedule,
  budgets: own.budgets,
  deep: own.deep,
  services: own.services,
  baselines: own.baselines,
  stall: { maxLoopDelayMs: 200 },
  clock: { maxStepMs: 1000 },
});
const [service] = PLAN.services;
assert.ok(service);
const [target] = service.targets;
assert.ok(target);
const withTarget = (change: object): Plan => ({
  ...PLAN,
  services: [{ ...service, targets: [...service.targets, { ...target, ...change }] }],
});

test('the plan of a server with the same files is followed as it is', () => {
  const { plan, leftOut, lowered } = limitPlan(PLAN, own);
  assert.deepEqual(plan, PLAN);
  assert.deepEqual([leftOut, lowered], [[], []]);
});

const added: readonly (readonly [name: string, plan: Plan, leftOut: string])[] = [
  ['another host', withTarget({ host: 'victim.example' }), `${target.id} victim.example:443`],
  ['another port', withTarget({ port: 25 }), `${target.id} ${target.host}:25`],
  ['another path', withTarget({ path: '/delete' }), `${target.id} ${target.host}:443`],
  ['another protocol', withTarget({ kind: 'tcp' }), `${target.id} ${target.host}:443`],
  ['a large object', withTarget({ largePath: '/huge' }), `${target.id} ${target.host}:443`],
  [
    'a redirect',
    withTarget({ isFollowingRedirects: true, path: '/r' }),
    `${target.id} ${target.host}:443`,
  ],
  ['the same target twice', withTarget({}), `${target.id} ${target.host}:443`],
];
suite('left out', () => {
  for (const [name, asked, expected] of added)
    test(name, () => {
      const { plan, leftOut } = limitPlan(asked, own);
      assert.deepEqual(leftOut, [expected]);
      assert.deepEqual(plan.services[0]?.targets, service.targets);
      assert.notEqual(plan.configHash, PLAN.configHash, 'another configuration has another sum');
    });
  test('a neutral host of somebody else', () => {
    const [baseline] = PLAN.baselines;
    assert.ok(baseline);
    const asked = { ...PLAN, baselines: [{ ...baseline, host: 'victim.example' }] };
    const { plan, leftOut } = limitPlan(asked, own);
    assert.deepEqual(leftOut, [`${baseline.id} victim.example:${baseline.port}`]);
    assert.equal(isMeasurable(plan), false, 'nothing is measured without a neutral host');
  });
});

const { schedule, budgets, deep } = PLAN;
const lowered: readonly (readonly [
  name: string,
  plan: Plan,
  read: (plan: Plan) => unknown,
  value: unknown,
])[] = [
  [
    'schedule.intervalSeconds',
    { ...PLAN, schedule: { ...schedule, intervalSeconds: 10 } },
    (plan) => plan.schedule.intervalSeconds,
    300,
  ],
  [
    'schedule.startSpacingMs',
    { ...PLAN, schedule: { ...schedule, startSpacingMs: 0 } },
    (plan) => plan.schedule.startSpacingMs,
    schedule.startSpacingMs,
  ],
  [
    'schedule.maxConcurrentMeasurements',
    { ...PLAN, schedule: { ...schedule, maxConcurrentMeasurements: 200 } },
    (plan) => plan.schedule.maxConcurrentMeasurements,
    schedule.maxConcurrentMeasurements,
  ],
  [
    'budgets.maxBodyBytes',
    { ...PLAN, budgets: { ...budgets, maxBodyBytes: 16_777_216 } },
    (plan) => plan.budgets.maxBodyBytes,
    budgets.maxBodyBytes,
  ],
  [
    'budgets.bodyHeadBytes',
    { ...PLAN, budgets: { ...budgets, bodyHeadBytes: 65_536 } },
    (plan) => plan.budgets.bodyHeadBytes,
    budgets.bodyHeadBytes,
  ],
  [
    'budgets.confirmAfterMs',
    { ...PLAN, budgets: { ...budgets, confirmAfterMs: 0 } },
    (plan) => plan.budgets.confirmAfterMs,
    budgets.confirmAfterMs,
  ],
  [
    'deep.parallelConnections',
    { ...PLAN, deep: { ...deep, parallelConnections: 16 } },
    (plan) => plan.deep.parallelConnections,
    deep.parallelConnections,
  ],
  [
    'deep.goodputBytes',
    { ...PLAN, deep: { ...deep, goodputBytes: 16_777_216 } },
    (plan) => plan.deep.goodputBytes,
    deep.goodputBytes,
  ],
  [
    'deep.sharePercent',
    { ...PLAN, deep: { ...deep, sharePercent: 100 } },
    (plan) => plan.deep.sharePercent,
    deep.sharePercent,
  ],
  [
    'deep.minIntervalSeconds',
    { ...PLAN, deep: { ...deep, minIntervalSeconds: 0 } },
    (plan) => plan.deep.minIntervalSeconds,
    deep.minIntervalSeconds,
  ],
  [
    'deep.innocuousName',
    { ...PLAN, deep: { ...deep, innocuousName: 'banned.example' } },
    (plan) => plan.deep.innocuousName,
    deep.innocuousName,
  ],
  [
    'deep.whoamiName',
    { ...PLAN, deep: { ...deep, whoamiName: 'tell.example' } },
    (plan) => plan.deep.whoamiName,
    deep.whoamiName,
  ],
  [
    'deep.publicResolvers',
    {
      ...PLAN,
      deep: {
        ...deep,
        publicResolvers: [
          ...deep.publicResolvers,
          { transport: 'udp', resolver: 'public', address: '192.0.2.1', port: 53 },
        ],
      },
    },
    (plan) => plan.deep.publicResolvers,
    deep.publicResolvers,
  ],
];
suite('brought down to the own value', () => {
  for (const [name, asked, read, value] of lowered)
    test(name, () => {
      const limited = limitPlan(asked, own);
      assert.deepEqual(read(limited.plan), value);
      assert.deepEqual(limited.lowered, [name]);
    });
  test('what asks for less is followed', () => {
    const asked = {
      ...PLAN,
      schedule: { ...schedule, intervalSeconds: 900 },
      deep: { ...deep, sharePercent: 0 },
    };
    assert.deepEqual(limitPlan(asked, own).plan, asked);
  });
  test('a delay at random never lets runs follow one another at once', () => {
    const asked = { ...PLAN, schedule: { ...schedule, intervalSeconds: 60, jitterSeconds: 3_600 } };
    const { intervalSeconds, jitterSeconds } = limitPlan(asked, own).plan.schedule;
    assert.equal(intervalSeconds, own.schedule.intervalSeconds);
    assert.ok(jitterSeconds <= intervalSeconds / 4);
  });
});
