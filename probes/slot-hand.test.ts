/** Slots under a well-behaved clock, one that is set, and one that sleeps. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SlotHand } from './slot-hand.ts';
import { ManualClock } from './testing/manual-clock.ts';

const MINUTE = 60_000;
const INTERVAL = 5 * MINUTE;
const START = Date.UTC(2026, 2, 29, 0, 2); // the night on which Europe's clocks go forward

/** Ticks once a second for `ms` and collects the starts of the slots that were due, in minutes after START. */
function run(hand: SlotHand, clock: ManualClock, ms: number): string[] {
  const due: string[] = [];
  for (let passed = 0; passed < ms; passed += 1000) {
    const slot = hand.tick();
    if (slot) due.push(`${(slot.slotMs - START) / MINUTE}${slot.seq ? `#${slot.seq}` : ''}`);
    clock.advance(1000);
  }
  return due;
}

suite('slot hand', () => {
  test('the slot in progress is due at once, then every boundary', () => {
    const clock = new ManualClock(START);
    assert.deepEqual(run(new SlotHand(INTERVAL, clock), clock, 20 * MINUTE), [
      '-2',
      '3',
      '8',
      '13',
      '18',
    ]);
  });

  test('a change to summer time does not exist in UTC', () => {
    const clock = new ManualClock(START);
    assert.equal(run(new SlotHand(INTERVAL, clock), clock, 180 * MINUTE).length, 37);
  });

  test('an hour back costs at most one slot and repeats none under the same number', () => {
    const clock = new ManualClock(START);
    const hand = new SlotHand(INTERVAL, clock);
    const before = run(hand, clock, 70 * MINUTE);
    clock.set(-60 * MINUTE);
    const after = run(hand, clock, 70 * MINUTE);
    assert.ok(after.length >= 13, `70 minutes hold 14 slots, one may be lost: ${after.join(' ')}`);
    assert.equal(new Set([...before, ...after]).size, before.length + after.length);
    assert.deepEqual(after.slice(0, 2), ['13#1', '18#1']);
  });

  test('an hour forward goes on in the new time without catching up', () => {
    const clock = new ManualClock(START);
    const hand = new SlotHand(INTERVAL, clock);
    run(hand, clock, 4 * MINUTE);
    clock.set(60 * MINUTE);
    assert.deepEqual(run(hand, clock, 10 * MINUTE), ['63', '68', '73']);
  });

  test('runs made before a restart are not numbered again', () => {
    const clock = new ManualClock(START);
    const hand = new SlotHand(INTERVAL, clock);
    hand.remember(START - 2 * MINUTE, 0);
    assert.deepEqual(hand.tick(), { slotMs: START - 2 * MINUTE, seq: 1 });
  });
});
