/**
 * Runs one task per slot: node-cron in UTC is the hand of the clock, and a monotonic timer beside it fires
 * what node-cron misses after the clock was set back. A run that outlasts its slot makes the next one be
 * skipped and counted, never stacked.
 */
import { createTask } from 'node-cron';
import type { Clock } from './clock.ts';
import { type DueSlot, SlotHand } from './slot-hand.ts';

/** How often the monotonic timer looks, so that a missed slot starts at most this much late. */
const LOOK_MS = 1_000;
/** Every second: the slot arithmetic, not the expression, says what is due. */
const EVERY_SECOND = '* * * * * *';

export type ScheduleOptions = {
  readonly intervalMs: number;
  readonly clock: Clock;
  /** What runs side by side without waiting for each other: ids of vantages. Not the lanes of verdicts in `db/`. */
  readonly lanes: readonly string[];
  /** Random delay of each run's start, so that vantages do not move in step. */
  readonly jitterMs: number;
  /** Returns a number in [0, 1). */
  readonly random: () => number;
  readonly run: (lane: string, slot: DueSlot, signal: AbortSignal) => Promise<void>;
  readonly onSkip: (lane: string, slot: DueSlot) => void;
};

export class Schedule {
  readonly #options: ScheduleOptions;
  readonly #hand: SlotHand;
  readonly #stop = new AbortController();
  readonly #running = new Map<string, Promise<void>>();
  #task: ReturnType<typeof createTask> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ScheduleOptions) {
    this.#options = options;
    this.#hand = new SlotHand(options.intervalMs, options.clock);
  }

  /** Tells of runs made before this process started. */
  remember(slotMs: number, seq: number): void {
    this.#hand.remember(slotMs, seq);
  }

  /** Starts the hand. The first slot, the one in progress, is due at once. */
  start(): void {
    this.#task = createTask(EVERY_SECOND, () => this.tick(), {
      timezone: 'UTC',
      noOverlap: true,
      suppressMissedWarning: true, // a wake-up would print a line per missed second; the watch prints one
      unref: true,
    });
    void this.#task.start();
    this.#timer = setInterval(() => this.tick(), LOOK_MS).unref();
    this.tick();
  }

  /** Starts what is due. Public for tests with an injected clock. */
  tick(): void {
    const slot = this.#stop.signal.aborted ? undefined : this.#hand.tick();
    if (!slot) return;
    for (const lane of this.#options.lanes) this.#startLane(lane, slot);
  }

  /** Stops the hand, interrupts what runs, and resolves when all of it has ended. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#task?.destroy();
    this.#stop.abort();
    await Promise.all(this.#running.values());
  }

  #startLane(lane: string, slot: DueSlot): void {
    if (this.#running.has(lane)) {
      this.#options.onSkip(lane, slot);
      return;
    }
    const run = this.#runLane(lane, slot).finally(() => this.#running.delete(lane));
    this.#running.set(lane, run);
  }

  async #runLane(lane: string, slot: DueSlot): Promise<void> {
    const { clock, jitterMs, random, run } = this.#options;
    if (jitterMs > 0) await clock.sleep(random() * jitterMs, this.#stop.signal);
    if (!this.#stop.signal.aborted) await run(lane, slot, this.#stop.signal);
  }
}
