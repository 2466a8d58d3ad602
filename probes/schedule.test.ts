/** Runs per lane: no overlap, skips counted, clean stop. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Schedule, type ScheduleOptions } from './schedule.ts';
import { ManualClock } from './testing/manual-clock.ts';

const INTERVAL = 60_000;

function setUp(changes: Partial<ScheduleOptions> = {}) {
  const clock = new ManualClock(Date.UTC(2026, 10, 20, 12));
  const started: string[] = [];
  const skipped: string[] = [];
  const endings: (() => void)[] = [];
  const schedule = new Schedule({
    intervalMs: INTERVAL,
    clock,
    lanes: ['a', 'b'],
    jitterMs: 0,
    random: () => 0.5,
    run: (lane, _slot, signal) => {
      started.push(lane);
      return new Promise((resolve) => {
        endings.push(resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    },
    onSkip: (lane) => skipped.push(lane),
    ...changes,
  });
  return { clock, started, skipped, endings, schedule };
}

suite('schedule', () => {
  test('a run that outlasts its slot makes the next one be skipped and counted', async () => {
    const { clock, started, skipped, endings, schedule } = setUp();
    schedule.tick();
    await turn();
    assert.deepEqual(started, ['a', 'b']);
    endings[0]?.();
    await turn();
    clock.advance(INTERVAL);
    schedule.tick();
    await turn();
    assert.deepEqual(started, ['a', 'b', 'a']);
    assert.deepEqual(skipped, ['b']);
    await schedule.stop();
  });

  test('stop interrupts what runs and starts nothing more', async () => {
    const { clock, started, schedule } = setUp();
    schedule.tick();
    await turn();
    await schedule.stop();
    clock.advance(INTERVAL);
    schedule.tick();
    await turn();
    assert.equal(started.length, 2);
  });

  test('jitter delays a start and a stop during it starts nothing', async () => {
    const { clock, started, schedule } = setUp({ jitterMs: 20_000 });
    schedule.tick();
    await turn();
    assert.deepEqual(started, []);
    clock.advance(10_000);
    await turn();
    assert.deepEqual(started, ['a', 'b']);
    clock.advance(INTERVAL);
    schedule.tick();
    await schedule.stop();
    assert.equal(started.length, 2);
  });

  test('the hand runs on node-cron and fires the slot in progress', async () => {
    const { started, schedule } = setUp();
    schedule.start();
    await turn();
    assert.deepEqual(started, ['a', 'b']);
    await schedule.stop();
  });
});
