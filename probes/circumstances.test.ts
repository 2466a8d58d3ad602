/** What the watch notices, under an injected clock. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type Circumstance, CircumstanceWatch } from './circumstances.ts';
import { ManualClock } from './testing/manual-clock.ts';

const HOUR = 3_600_000;

type Row = {
  readonly name: string;
  readonly happen: (clock: ManualClock, spend: (cpuMs: number) => void) => void;
  readonly expect: readonly string[];
};

const ROWS: readonly Row[] = [
  { name: 'a quiet second', happen: (clock) => clock.advance(100), expect: [] },
  {
    name: 'a stall of 3 s, computing',
    happen: (clock, spend) => {
      spend(2_900);
      clock.advance(3_000);
    },
    expect: ['local_stall'],
  },
  {
    name: 'halted for 5 s, not computing',
    happen: (clock) => clock.advance(5_000),
    expect: ['sleep'],
  },
  { name: 'an hour back', happen: (clock) => clock.set(-HOUR), expect: ['clock_step'] },
  { name: 'an hour forward', happen: (clock) => clock.set(HOUR), expect: ['clock_step'] },
  { name: 'a correction of 200 ms', happen: (clock) => clock.set(200), expect: [] },
];

suite('circumstance watch', () => {
  for (const { name, happen, expect } of ROWS) {
    test(`${name} → ${expect.join(', ') || 'nothing'}`, () => {
      const clock = new ManualClock(Date.UTC(2026, 10, 20));
      let cpuMs = 0;
      const told: Circumstance[] = [];
      const watch = new CircumstanceWatch({
        clock,
        maxLoopDelayMs: 1000,
        maxStepMs: 2000,
        onCircumstance: (one) => told.push(one),
        cpuMs: () => cpuMs,
      });
      const endBefore = watch.begin();
      assert.deepEqual(endBefore().marks, [], 'nothing had happened yet');
      const end = watch.begin();
      happen(clock, (ms) => {
        cpuMs += ms;
      });
      watch.tick();
      for (let i = 0; i < 20; i += 1) {
        clock.advance(100);
        watch.tick();
      }
      assert.deepEqual(end().marks, expect);
      assert.deepEqual(
        told.map((one) => one.kind),
        expect,
        'told once, however often it is looked at',
      );
      assert.deepEqual(watch.begin()().marks, [], 'a later run is not touched');
    });
  }
});
