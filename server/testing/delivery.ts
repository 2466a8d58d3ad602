/** The delivering half of an agent over a real spool and a real server on loopback, with waits that take no time. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { openSpool, type Spool } from '../../db/spool.ts';
import { makeSpoolRun } from '../../db/testing/spool-run.ts';
import { Courier, type CourierDeps } from '../../probes/agent/courier.ts';
import { createErrands } from '../../probes/agent/errands.ts';
import type { Plan } from '../../probes/agent/plan.ts';
import { createUplink, dialDirectly } from '../../probes/agent/uplink.ts';
import { type Clock, systemClock } from '../../probes/clock.ts';
import { nameRun, startProtocolServer } from './protocol-server.ts';

/** The first slot. */
export const START_MS = Date.UTC(2026, 10, 1);
export const SLOT_MS = 300_000;
export const { privateKey } = generateKeyPairSync('ed25519');
/** Who the agent is. */
export const IDENTITY = { instance: 'server-1', vantageId: 'ru-volga-fixed', privateKey };

/** What a courier of a test is made of. */
type CourierParts = {
  readonly spool: Spool;
  readonly server: URL;
  readonly clock: Clock;
  readonly isEnough: () => boolean;
  readonly stop: AbortController;
};

/** Waits in no time, and writes down how long it would have been. */
export function createFastClock() {
  let passedMs = 0;
  const sleeps: number[] = [];
  const clock: Clock = {
    nowMs: () => START_MS + passedMs,
    monotonicMs: () => passedMs,
    async sleep(ms, signal) {
      if (signal?.aborted) return;
      sleeps.push(ms);
      passedMs += ms;
      await systemClock.sleep(0);
    },
  };
  return { clock, sleeps };
}

/** A courier of this agent whose waits take no time; it stops once `isEnough` says so while it waits. */
export function createTestCourier(
  { spool, server, clock, isEnough, stop }: CourierParts,
  more: Partial<CourierDeps> = {},
): Courier {
  return new Courier({
    outbox: spool.outbox,
    errands: createErrands(IDENTITY, createUplink({ server, dial: dialDirectly }), clock),
    clock: {
      ...clock,
      async sleep(ms, signal) {
        if (isEnough()) stop.abort();
        else await clock.sleep(ms, signal);
      },
    },
    random: () => 0.5,
    tell: () => undefined,
    knownConfig: 'known',
    onPlan: () => undefined,
    onDisabled: () => undefined,
    onWelcome: () => undefined,
    ...more,
  });
}

/** Starts both; they end with the test. */
export async function startDelivery(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'reachline-agent-'));
  const { clock, sleeps } = createFastClock();
  const spool = openSpool({ file: join(folder, 'spool.db'), clock });
  spool.claim(IDENTITY);
  const server = await startProtocolServer({ ...IDENTITY, configHash: 'known' });
  server.setClock(clock.nowMs);
  t.after(async () => {
    spool.close();
    await server[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });
  const events: string[] = [];
  const told: { readonly plans: Plan[]; disabled: number } = { plans: [], disabled: 0 };
  const stop = new AbortController();
  let isEnough = (): boolean => spool.outbox.countPending() === 0;
  const courier = createTestCourier(
    { spool, server: server.url, clock, isEnough: () => isEnough(), stop },
    {
      tell: (_level, event, fields) => void events.push(`${event} ${JSON.stringify(fields ?? {})}`),
      onPlan: (plan) => void told.plans.push(plan),
      onDisabled: () => {
        told.disabled += 1;
      },
    },
  );
  const added: string[] = [];
  return {
    server,
    spool,
    events,
    sleeps,
    told,
    added,
    /** @param noiseBytes of each run that no packing makes smaller */
    add: (count: number, noiseBytes = 0): void => {
      for (let index = 0; index < count; index += 1) {
        const filler = randomBytes(noiseBytes).toString('hex');
        const slotMs = START_MS + added.length * SLOT_MS;
        const run = makeSpoolRun(slotMs, { certificates: ['leaf'], filler });
        spool.add(run);
        added.push(nameRun(run));
      }
    },
    /** Runs until everything was acknowledged, or until told otherwise. */
    run: async (until?: () => boolean): Promise<void> => {
      if (until) isEnough = until;
      await courier.run(stop.signal);
    },
  };
}

/** How often something was logged. */
export function count(events: readonly string[], event: string): number {
  return events.filter((one) => one.startsWith(`${event} `)).length;
}
