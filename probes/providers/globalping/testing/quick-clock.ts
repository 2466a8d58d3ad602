/** A clock on which waiting costs no time, up to an end at which everybody waits until they are stopped. */
import type { Clock } from '../../../clock.ts';

export class QuickClock implements Clock {
  #wallMs: number;
  #monotonicMs = 1_000;
  #endMs = Infinity;
  readonly #atEnd = Promise.withResolvers<void>();

  /** @param startMs wall clock at the start, epoch ms. @param lengthMs after so long time stands still. */
  constructor(startMs: number, lengthMs = Infinity) {
    this.#wallMs = startMs;
    this.#endMs = this.#monotonicMs + lengthMs;
  }

  readonly nowMs = (): number => this.#wallMs;
  readonly monotonicMs = (): number => this.#monotonicMs;
  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((wake) => {
      if (signal?.aborted) {
        wake();
        return;
      }
      if (this.#monotonicMs + ms > this.#endMs) {
        this.#atEnd.resolve();
        signal?.addEventListener('abort', () => wake(), { once: true });
        return;
      }
      this.advance(Math.max(0, ms));
      setImmediate(wake);
    });

  /** Resolves when somebody waits beyond the end. */
  get atEnd(): Promise<void> {
    return this.#atEnd.promise;
  }

  advance(ms: number): void {
    this.#wallMs += ms;
    this.#monotonicMs += ms;
  }
}
