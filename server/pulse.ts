/** How late the event loop is: what a reader's request, or a run's timer, waits for at worst. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Delays since the process began to watch, ms. */
export type LoopDelay = {
  readonly meanMs: number;
  readonly p99Ms: number;
  readonly maxMs: number;
};

/** The watch over the event loop. */
export type Pulse = {
  readonly readLoopDelay: () => LoopDelay;
  readonly [Symbol.dispose]: () => void;
};

/** Each look costs a wake-up: 50 a second are not to be seen in the CPU time of an idle process. */
const RESOLUTION_MS = 20;
const NANOSECONDS = 1_000_000;

/** Starts watching; keeps no process alive. */
export function startPulse(): Pulse {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  // What is measured is the whole gap between two looks, of which the resolution is no delay.
  const toMs = (nanoseconds: number): number =>
    Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION_MS) : 0;
  return {
    readLoopDelay: () => ({
      meanMs: toMs(histogram.mean),
      p99Ms: toMs(histogram.percentile(99)),
      maxMs: toMs(histogram.max),
    }),
    [Symbol.dispose]: () => histogram.disable(),
  };
}
