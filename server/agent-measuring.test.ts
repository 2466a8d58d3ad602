/** An agent measures by the plan of its server, changes with it, is silent when told, and never hurries. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { loadConfig } from '../config/load.ts';
import type { Plan } from '../probes/agent/plan.ts';
import { createLabNetwork } from '../probes/lab/lab-network.ts';
import { startTcpFaults } from '../probes/lab/tcp-faults.ts';
import { createTrust } from '../probes/network/trust.ts';
import { ManualClock } from '../probes/testing/manual-clock.ts';
import type { Measurement } from '../probes/types.ts';
import { Measuring } from './agent-measuring.ts';

const START_MS = Date.UTC(2026, 10, 20, 12);
const real = loadConfig({ file: 'config/reachline.yaml' });
const [service] = real.services;
const [target] = service?.targets ?? [];
const [baseline] = real.baselines;
assert.ok(service && target && baseline);
/** One target and one neutral host by address, where nothing listens: a run takes a moment and no lookup. */
const own = {
  ...real,
  schedule: { ...real.schedule, jitterSeconds: 0, startSpacingMs: 0 },
  budgets: { ...real.budgets, confirmAfterMs: 0 },
  deep: { ...real.deep, publicResolvers: [], sharePercent: 0 },
  services: [{ ...service, targets: [{ ...target, kind: 'tcp' as const, host: '157.240.1.35' }] }],
  baselines: [{ ...baseline, kind: 'tcp' as const, host: '93.184.215.14' }],
};
const PLAN: Plan = {
  vantageId: 'ru-volga-fixed',
  configHash: 'aa',
  serverNowMs: START_MS,
  schedule: own.schedule,
  budgets: own.budgets,
  deep: own.deep,
  services: own.services,
  baselines: own.baselines,
  stall: { maxLoopDelayMs: 60_000 },
  clock: { maxStepMs: 3_600_000 },
};
const withInterval = (intervalSeconds: number, configHash: string): Plan => ({
  ...PLAN,
  configHash,
  schedule: { ...PLAN.schedule, intervalSeconds },
});

async function setUp(t: TestContext, lastSlot?: { slotMs: number; seq: number }) {
  const faults = await startTcpFaults();
  const clock = new ManualClock(START_MS);
  const events: string[] = [];
  const measured: Measurement[] = [];
  let runs = Promise.withResolvers<void>();
  const network = createLabNetwork({
    routeOf: () => ({ kind: 'refuse' }),
    faults,
    resolvers: [],
    trust: createTrust(),
  });
  const measuring = new Measuring({
    own,
    vantageId: PLAN.vantageId,
    clock,
    random: () => 0,
    log: (_level, event) => void events.push(event),
    createNetwork: () => network,
    sink: (measurement) => void measured.push(measurement),
    getLastSlot: () => lastSlot,
    isAddressTold: true,
    onRun: () => runs.resolve(),
  });
  t.after(async () => {
    await measuring.stop();
    await faults.close();
  });
  const nextRun = async (): Promise<void> => {
    await runs.promise;
    runs = Promise.withResolvers<void>();
    // Once more round, so that what waits for the end of the run has happened.
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  };
  return { measuring, clock, events, measured, nextRun };
}

test('the plan is measured at once, under its sum and for its interval', async (t) => {
  const { measuring, measured, nextRun, events } = await setUp(t);
  measuring.follow(PLAN);
  await nextRun();
  const [first] = measured;
  assert.deepEqual(
    [first?.service, first?.slotMs, first?.seq, first?.intervalMs, first?.provenance.configHash],
    ['facebook', START_MS, 0, 300_000, 'aa'],
  );
  measuring.follow({ ...PLAN, serverNowMs: START_MS + 5 });
  assert.deepEqual(events, ['plan'], 'the same plan again is no news');
});

test('a slot that was measured before the restart is not measured again', async (t) => {
  const { measuring, measured, nextRun, clock, events } = await setUp(t, {
    slotMs: START_MS,
    seq: 0,
  });
  measuring.follow(PLAN);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(events, ['plan', 'already_measured']);
  clock.advance(300_000);
  await nextRun();
  assert.deepEqual(
    measured.map(({ slotMs, seq }) => [slotMs - START_MS, seq]),
    [[300_000, 0]],
  );
});

test('a plan with another interval holds from the next run on, and changing it does not hurry', async (t) => {
  const { measuring, clock, measured, nextRun } = await setUp(t);
  measuring.follow(PLAN);
  measuring.follow(withInterval(600, 'bb'));
  await nextRun();
  for (const [index, seconds] of [300, 600, 300, 600, 300].entries())
    measuring.follow(withInterval(seconds, `c${index}`));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(
    measured.length,
    1,
    'a server that changes its mind makes nobody measure more often',
  );
  clock.advance(300_000);
  // The timer of the schedule looks once a second.
  await nextRun();
  assert.equal(measured.length, 2);
  assert.equal(measured[1]?.intervalMs, 300_000);
});

test('told to be silent it measures nothing, until it may again', async (t) => {
  const { measuring, measured, nextRun } = await setUp(t);
  measuring.pause();
  measuring.follow(PLAN);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(measured.length, 0);
  measuring.resume();
  await nextRun();
  assert.equal(measured.length, 1);
});

test('a plan of which nothing is in the own files is not followed, and said so', async (t) => {
  const { measuring, measured, events } = await setUp(t);
  const strange = { ...target, kind: 'tcp' as const, host: '198.51.100.7' };
  measuring.follow({ ...PLAN, services: [{ ...service, targets: [strange] }] });
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(events, ['plan_left_out', 'plan_empty']);
  assert.equal(measured.length, 0);
});
