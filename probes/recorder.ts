/** Collects the observations of a run with their times; the only maker of observation records. */
import type { Clock } from './clock.ts';
import type { Observation } from './types.ts';

/** What an operation's caller knows; the recorder adds id and times. */
export type Recordable = Observation extends infer O
  ? O extends Observation
    ? Omit<O, 'id' | 'startedMs' | 'elapsedMs'>
    : never
  : never;

/** An observation that has its times but not yet its place in a measurement. */
export type Timed = Observation extends infer O
  ? O extends Observation
    ? Omit<O, 'id'>
    : never
  : never;

/** What an observation belongs to: a target, a pass over it, and where in that pass. */
export type Subject = Pick<Observation, 'targetId' | 'role' | 'attempt' | 'hop' | 'purpose'>;

export class Recorder {
  readonly #clock: Clock;
  readonly #startedMs: number;
  readonly #observations: Timed[] = [];
  readonly certificates = new Map<string, Uint8Array>();

  /** @param startedMs monotonic time from which `startedMs` of every observation counts. */
  constructor(clock: Clock, startedMs: number) {
    this.#clock = clock;
    this.#startedMs = startedMs;
  }

  /** Notes one finished operation that began at the monotonic time `beganMs`. */
  record(observation: Recordable, beganMs: number): void {
    const elapsedMs = this.#clock.monotonicMs() - beganMs;
    this.#observations.push({
      ...observation,
      startedMs: roundMs(beganMs - this.#startedMs),
      elapsedMs: roundMs(elapsedMs),
    });
  }

  /** Everything noted so far, in order of ending, without ids. */
  list(): readonly Timed[] {
    return this.#observations;
  }
}

/** Timings are kept to the microsecond: finer is noise, coarser hides a forged reply. */
function roundMs(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
