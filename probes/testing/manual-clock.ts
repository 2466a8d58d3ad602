/** A clock that stands still until a test moves it; wall and monotonic time move apart when it is set. */
import type { Clock } from '../clock.ts';

export class ManualClock implements Clock {
  #wallMs: number;
  #monotonicMs = 1_000;
  readonly #sleepers: { wakeMs: number; wake: () => void }[] = [];

  constructor(startMs: number) {
    this.#wallMs = startMs;
  }

  readonly nowMs = (): number => this.#wallMs;
  readonly monotonicMs = (): number => this.#monotonicMs;
  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((wake) => {
      if (signal?.aborted || ms <= 0) wake();
      else this.#sleepers.push({ wakeMs: this.#monotonicMs + ms, wake });
      signal?.addEventListener('abort', () => wake(), { once: true });
    });

  /** Lets time pass on both clocks and wakes who is due. */
  advance(ms: number): void {
    this.#wallMs += ms;
    this.#monotonicMs += ms;
    for (const sleeper of this.#sleepers.filter((one) => one.wakeMs <= this.#monotonicMs)) {
      this.#sleepers.splice(this.#sleepers.indexOf(sleeper), 1);
      sleeper.wake();
    }
  }

  /** Sets the wall clock, as an operator or NTP does; the monotonic one does not notice. */
  set(byMs: number): void {
    this.#wallMs += byMs;
  }
}
