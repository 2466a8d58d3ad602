import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';

const START_MS = Date.UTC(2022, 1, 22);
const HOUR_MS = 3_600_000;

/** A pace that stands still until it is moved by hand. */
function createStillPace(): Clock & { move: (ms: number) => void } {
  let atMs = 500;
  const nowMs = (): number => atMs;
  return {
    nowMs,
    monotonicMs: nowMs,
    sleep: async () => {},
    move: (ms) => {
      atMs += ms;
    },
  };
}

function createStillClock(): { clock: VirtualClock; pace: ReturnType<typeof createStillPace> } {
  const pace = createStillPace();
  return { clock: createVirtualClock(START_MS, { pace }), pace };
}

test('time runs at the pace of the real clock while work is done', () => {
  const { clock, pace } = createStillClock();
  assert.equal(clock.nowMs(), START_MS);
  pace.move(250);
  assert.equal(clock.nowMs(), START_MS + 250);
  assert.equal(clock.monotonicMs(), 250);
});

test('wall and monotonic time move together through every jump', () => {
  const { clock, pace } = createStillClock();
  for (const hours of [6, 12, 18]) {
    clock.advanceTo(START_MS + hours * HOUR_MS);
    pace.move(7);
    assert.equal(clock.nowMs() - START_MS, clock.monotonicMs());
  }
});

test('going to an instant that has passed changes nothing', () => {
  const { clock } = createStillClock();
  clock.advanceTo(START_MS + HOUR_MS);
  clock.advanceTo(START_MS);
  assert.equal(clock.nowMs(), START_MS + HOUR_MS);
});

test('when the only task waits, its wait is skipped', async () => {
  const { clock } = createStillClock();
  await clock.track(() => clock.sleep(HOUR_MS));
  assert.equal(clock.nowMs(), START_MS + HOUR_MS);
});

test('two tasks that wait wake in order, each at its own time', async () => {
  const { clock } = createStillClock();
  const woken: string[] = [];
  const wait = async (name: string, ms: number): Promise<void> => {
    await clock.sleep(ms);
    woken.push(`${name} ${clock.nowMs() - START_MS}`);
  };
  await Promise.all([
    clock.track(() => wait('late', 60_000)),
    clock.track(() => wait('early', 30_000)),
  ]);
  assert.deepEqual(woken, ['early 30000', 'late 60000']);
});

test('nothing is skipped while another task works', async () => {
  const { clock } = createStillClock();
  const work = Promise.withResolvers<void>();
  let isAwake = false;
  const working = clock.track(() => work.promise);
  const waiting = clock.track(async () => {
    await clock.sleep(30_000);
    isAwake = true;
  });
  for (let turns = 0; turns < 10; turns += 1) await turn();
  assert.equal(isAwake, false);
  assert.equal(clock.nowMs(), START_MS);
  work.resolve();
  await Promise.all([working, waiting]);
  assert.equal(clock.nowMs(), START_MS + 30_000);
});

test('of nested tasks the inner ones count', async () => {
  const { clock } = createStillClock();
  const work = Promise.withResolvers<void>();
  let isAwake = false;
  const all = clock.track(async () => {
    const waiting = clock.track(async () => {
      await clock.sleep(30_000);
      isAwake = true;
    });
    await Promise.all([waiting, clock.track(() => work.promise)]);
  });
  for (let turns = 0; turns < 10; turns += 1) await turn();
  assert.equal(isAwake, false);
  work.resolve();
  await all;
  assert.ok(isAwake);
});

test('a task that fails gives its error and holds nobody up', async () => {
  const { clock } = createStillClock();
  const broken = clock.track(() => Promise.reject(new Error('broken')));
  await assert.rejects(broken, /broken/);
  await clock.track(() => clock.sleep(HOUR_MS));
  assert.equal(clock.nowMs(), START_MS + HOUR_MS);
});

test('a wait outside of tasks is not skipped, but ends when time passes it', async () => {
  const { clock } = createStillClock();
  let isAwake = false;
  const waiting = clock.sleep(HOUR_MS).then(() => {
    isAwake = true;
  });
  for (let turns = 0; turns < 5; turns += 1) await turn();
  assert.equal(isAwake, false);
  clock.advanceTo(START_MS + HOUR_MS);
  await waiting;
});

test('an abort ends a wait at once and is no jump', async () => {
  const { clock } = createStillClock();
  const controller = new AbortController();
  const waiting = clock.sleep(HOUR_MS, controller.signal);
  controller.abort();
  await waiting;
  await clock.sleep(HOUR_MS, controller.signal);
  assert.equal(clock.nowMs(), START_MS);
});

test('short waits go by the real clock', async () => {
  const clock = createVirtualClock(START_MS);
  const startedMs = performance.now();
  await clock.track(() => clock.sleep(30));
  assert.ok(performance.now() - startedMs >= 29);
  assert.ok(clock.monotonicMs() < 1000);
});

test('a wait ends by itself in real time when nobody skips it', async () => {
  const clock = createVirtualClock(START_MS, { minJumpMs: 10 });
  await clock.sleep(20);
  assert.ok(clock.monotonicMs() >= 19);
});
