/** Whether a lane changes between good and bad too often to say whether it is restricted. */
import type { Detector } from '../../config/schema.ts';

const MINUTE_MS = 60_000;

/** Counts the changes of one lane, told in order of time. */
export class FlapWatch {
  readonly #rules: Detector;
  #flips: number[] = [];
  #unstableFromMs: number | undefined;
  #changes = 0;
  #settledAtMs = Number.NEGATIVE_INFINITY;

  constructor(rules: Detector) {
    this.#rules = rules;
  }

  get isUnstable(): boolean {
    return this.#unstableFromMs !== undefined;
  }

  /** Changes of the unstable time so far, those included that made it one. */
  get changes(): number {
    return this.#changes;
  }

  /** When the last unstable time was over; `-Infinity` when there was none. */
  get settledAtMs(): number {
    return this.#settledAtMs;
  }

  /** Ends an unstable time that is over by the slot of a round; gives when it was over. */
  settle(slotMs: number): number | undefined {
    const lastFlipMs = this.#flips.at(-1);
    if (this.#unstableFromMs === undefined || lastFlipMs === undefined) return undefined;
    const settledAtMs = lastFlipMs + this.#rules.settleMinutes * MINUTE_MS;
    if (slotMs < settledAtMs) return undefined;
    this.#unstableFromMs = undefined;
    this.#settledAtMs = settledAtMs;
    this.#flips = [];
    return settledAtMs;
  }

  /** Takes a change: `began` is the one that was too many, `further` one after it. */
  flip(slotMs: number): 'began' | 'further' | undefined {
    const sinceMs = slotMs - this.#rules.flapWindowMinutes * MINUTE_MS;
    this.#flips = [...this.#flips.filter((atMs) => atMs > sinceMs), slotMs];
    if (this.#unstableFromMs !== undefined) {
      this.#changes += 1;
      return 'further';
    }
    if (this.#flips.length <= this.#rules.flapChanges) return undefined;
    this.#unstableFromMs = slotMs;
    this.#changes = this.#flips.length;
    return 'began';
  }

  /** One that goes its own way from here. */
  clone(): FlapWatch {
    const copy = new FlapWatch(this.#rules);
    copy.#flips = this.#flips;
    copy.#unstableFromMs = this.#unstableFromMs;
    copy.#changes = this.#changes;
    copy.#settledAtMs = this.#settledAtMs;
    return copy;
  }
}
