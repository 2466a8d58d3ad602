/**
 * A budget for one operation. The timer is our own, because timers of libraries are coarse and add up.
 * A timer that fires late says that this process stood still, not that the network was silent: the lost time is
 * given back once, what already lies in the socket buffers is read first, and the caller is told.
 */
import type { Clock } from './clock.ts';
import { createFailure, PROXY_CODES } from './failure.ts';
import type { Failure, Operation } from './types.ts';

/**
 * How late a timer may fire before this process counts as stalled, in milliseconds. Below it reading the buffers once
 * more is enough: a hundred handshakes started at once delay the loop by about 30, and no budget is under 4,000.
 */
const LATE_TIMER_MS = 250;

/** Turns of the event loop, each with a poll phase, before a timeout is declared. */
const DRAIN_TURNS = 3;

/** How a piece of work under a budget came out. */
export type Budgeted<T> =
  | { readonly kind: 'settled'; readonly value: T }
  | {
      readonly kind: 'ended';
      readonly reason: 'timeout' | 'interrupted';
      /** True when this process stood still meanwhile: nothing may be concluded from the timeout. */
      readonly isStalled: boolean;
    };

/** The time that an operation has, and what may end it sooner. */
export type Budget = {
  readonly budgetMs: number;
  /** Shared by all operations of a measurement. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
};

/**
 * Runs work that is told by its own signal to stop when the budget or the shared signal ends.
 * Rejects only when the work rejects before that. A value that comes too late goes to `discard`.
 */
export function withBudget<T>(
  { budgetMs, signal, clock }: Budget,
  work: (signal: AbortSignal) => Promise<T>,
  discard?: (value: T) => void,
): Promise<Budgeted<T>> {
  if (signal.aborted) {
    return Promise.resolve({ kind: 'ended', reason: toReason(signal), isStalled: false });
  }
  return new Promise((resolve, reject) => {
    const own = new AbortController();
    let isOver = false;
    let isStalled = false;
    let dueMs = clock.monotonicMs() + budgetMs;
    let timer = setTimeout(onTimer, budgetMs);
    signal.addEventListener('abort', onAbort);

    function onTimer(): void {
      const lateMs = clock.monotonicMs() - dueMs;
      if (lateMs < LATE_TIMER_MS || isStalled) {
        drain(DRAIN_TURNS);
        return;
      }
      isStalled = true;
      const backMs = Math.min(lateMs, budgetMs);
      dueMs = clock.monotonicMs() + backMs;
      timer = setTimeout(onTimer, backMs);
    }
    function onAbort(): void {
      clearTimeout(timer);
      // After a sleep the deadline of the whole and this timer are both overdue.
      isStalled ||= clock.monotonicMs() - dueMs >= LATE_TIMER_MS;
      if (toReason(signal) === 'timeout') drain(DRAIN_TURNS);
      else finish(toReason(signal));
    }
    function drain(turns: number): void {
      if (isOver) return;
      if (turns > 0) setImmediate(drain, turns - 1);
      else finish('timeout');
    }
    function finish(reason: 'timeout' | 'interrupted'): void {
      if (!close()) return;
      own.abort();
      resolve({ kind: 'ended', reason, isStalled });
    }
    function close(): boolean {
      if (isOver) return false;
      isOver = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      return true;
    }

    // Work that throws before it returns a promise must not leave the timer behind.
    Promise.try(work, own.signal).then(
      (value) => {
        if (close()) resolve({ kind: 'settled', value });
        else discard?.(value);
      },
      (error: unknown) => {
        // Too late, the error is only the echo of our own abort.
        if (close()) reject(error);
      },
    );
  });
}

/** The failure of an operation that a budget or a signal ended; a proxy that it still waited for is ours. */
export function toEndFailure(
  ended: { readonly reason: 'timeout' | 'interrupted'; readonly isStalled: boolean },
  operation: Operation,
  awaited: 'proxy' | 'target' = 'target',
): Failure {
  if (ended.reason === 'interrupted') {
    return createFailure(operation, 'interrupted', { attribution: 'vantage' });
  }
  if (ended.isStalled) {
    return createFailure(operation, 'generic_timeout_error', {
      attribution: 'vantage',
      raw: 'local_stall',
    });
  }
  if (awaited === 'proxy') {
    const raw = `${PROXY_CODES.proxy}SILENT`;
    return createFailure(operation, 'proxy_failed', { attribution: 'vantage', raw });
  }
  return createFailure(operation, 'generic_timeout_error');
}

/** `AbortSignal.timeout` and whoever imitates it abort with a reason of this name. */
function toReason(signal: AbortSignal): 'timeout' | 'interrupted' {
  const reason: unknown = signal.reason;
  const isTimeout =
    typeof reason === 'object' &&
    reason !== null &&
    'name' in reason &&
    reason.name === 'TimeoutError';
  return isTimeout ? 'timeout' : 'interrupted';
}
