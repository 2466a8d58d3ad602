/**
 * Watches the machine under the probes: a stalled event loop, a halted process, a clock that was set.
 * A timer that fires late looks like a timeout of the network, so every run asks what happened meanwhile.
 */

import type { Clock } from './clock.ts';
import type { Mark } from './types.ts';

/** How often the watch looks. Short against every budget, long against its own cost. */
const TICK_MS = 100;
/** Share of the lost time that the process must have computed for it to count as a stall and not as a halt. */
const BUSY_SHARE = 0.25;

export type Circumstance = {
  readonly kind: Extract<Mark, 'local_stall' | 'clock_step' | 'sleep'>;
  /** Wall clock, epoch ms, after it happened. */
  readonly atMs: number;
  /** How long the process stood still, or how far the clock moved; signed for a step. */
  readonly byMs: number;
};

/** What happened between `begin()` and `end()`. */
export type Surroundings = { readonly marks: readonly Mark[]; readonly loopDelayMs: number };

type Open = { marks: Set<Mark>; loopDelayMs: number };

export type WatchOptions = {
  readonly clock: Clock;
  /** Delay of the event loop from which a run is marked. */
  readonly maxLoopDelayMs: number;
  /** Difference of wall and monotonic progress from which the clock counts as set. */
  readonly maxStepMs: number;
  /** Called once for every circumstance, however many runs it touches. */
  readonly onCircumstance: (circumstance: Circumstance) => void;
  /** CPU time of this process so far, ms. */
  readonly cpuMs?: () => number;
};

export class CircumstanceWatch {
  readonly #options: WatchOptions;
  readonly #open = new Set<Open>();
  #timer: NodeJS.Timeout | undefined;
  #wallMs: number;
  #monotonicMs: number;
  #cpuMs: number;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#wallMs = options.clock.nowMs();
    this.#monotonicMs = options.clock.monotonicMs();
    this.#cpuMs = this.#readCpuMs();
  }

  /** Starts looking; the timer keeps no process alive. */
  start(): void {
    this.#timer ??= setInterval(() => this.tick(), TICK_MS).unref();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Begins to note what happens; the returned function ends it and tells. */
  begin(): () => Surroundings {
    const open: Open = { marks: new Set(), loopDelayMs: 0 };
    this.#open.add(open);
    return () => {
      this.tick(); // what has happened since the last look belongs to this run too
      this.#open.delete(open);
      return { marks: [...open.marks], loopDelayMs: Math.round(open.loopDelayMs * 10) / 10 };
    };
  }

  /** Compares both clocks with the last look. Called by the timer, and by tests with an injected clock. */
  tick(): void {
    const { clock, maxLoopDelayMs, maxStepMs, onCircumstance } = this.#options;
    const wallMs = clock.nowMs();
    const monotonicMs = clock.monotonicMs();
    const cpuMs = this.#readCpuMs();
    const passedMs = monotonicMs - this.#monotonicMs;
    const stepMs = wallMs - this.#wallMs - passedMs;
    const busyMs = cpuMs - this.#cpuMs;
    this.#wallMs = wallMs;
    this.#monotonicMs = monotonicMs;
    this.#cpuMs = cpuMs;

    const delayMs = Math.max(0, passedMs - TICK_MS);
    for (const open of this.#open) open.loopDelayMs = Math.max(open.loopDelayMs, delayMs);
    if (delayMs > maxLoopDelayMs) {
      const kind = busyMs >= passedMs * BUSY_SHARE ? 'local_stall' : 'sleep';
      this.#note({ kind, atMs: wallMs, byMs: Math.round(delayMs) }, onCircumstance);
    }
    if (Math.abs(stepMs) > maxStepMs)
      this.#note({ kind: 'clock_step', atMs: wallMs, byMs: Math.round(stepMs) }, onCircumstance);
  }

  #note(circumstance: Circumstance, tell: WatchOptions['onCircumstance']): void {
    for (const open of this.#open) open.marks.add(circumstance.kind);
    tell(circumstance);
  }

  #readCpuMs(): number {
    if (this.#options.cpuMs) return this.#options.cpuMs();
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  }
}
