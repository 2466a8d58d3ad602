/**
 * Decides when a slot is due. Slots are `floor(epoch ms / interval) * interval` in UTC, so every vantage in
 * the world cuts time alike. Knows nothing of timers: something calls `tick()` often, and a clock that was
 * set back costs at most one slot.
 */
import type { Clock } from './clock.ts';

export type DueSlot = {
  readonly slotMs: number;
  /** 0 unless this slot was already used, as after a clock that was set back. */
  readonly seq: number;
};

/** How many past slots are remembered for numbering a repeated one. */
const REMEMBERED_SLOTS = 4096;

export class SlotHand {
  readonly #intervalMs: number;
  readonly #clock: Clock;
  /** Runs per slot, oldest first. */
  readonly #runs = new Map<number, number>();
  #currentSlotMs: number | undefined;

  constructor(intervalMs: number, clock: Clock) {
    this.#intervalMs = intervalMs;
    this.#clock = clock;
  }

  /** Tells of runs made before this process started, so that they are not numbered again. */
  remember(slotMs: number, seq: number): void {
    this.#runs.set(slotMs, Math.max(this.#runs.get(slotMs) ?? 0, seq + 1));
  }

  /** The slot that has become due since the last tick; the first tick gives the current one. */
  tick(): DueSlot | undefined {
    const slotMs = Math.floor(this.#clock.nowMs() / this.#intervalMs) * this.#intervalMs;
    const previous = this.#currentSlotMs;
    this.#currentSlotMs = slotMs;
    // Set back: the slot we are in was served an hour ago, by the old clock; wait for the next boundary.
    if (previous !== undefined && slotMs <= previous) return undefined;
    const seq = this.#runs.get(slotMs) ?? 0;
    this.#runs.set(slotMs, seq + 1);
    for (const old of this.#runs.keys()) {
      if (this.#runs.size <= REMEMBERED_SLOTS) break;
      this.#runs.delete(old);
    }
    return { slotMs, seq };
  }
}
