/**
 * A clock on which weeks pass in a minute. It runs at the pace of the real one while work is done, and jumps
 * when everybody only waits. Wall and monotonic time move together, so that no jump looks like a clock that was set.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type Clock, systemClock } from '../clock.ts';

/** A clock that a driver moves and that knows who waits. */
export type VirtualClock = Clock & {
  /** Moves to an instant at once and wakes who was due; an instant that has passed changes nothing. */
  readonly advanceTo: (nowMs: number) => void;
  /**
   * Runs a task whose waiting may be skipped. Time jumps to the next waking when every running task waits;
   * of a task that runs others inside, only those count. Waits outside of tasks never cause a jump.
   */
  readonly track: <T>(task: () => Promise<T>) => Promise<T>;
};

/** How the clock is set up. */
export type VirtualClockOptions = {
  /** The clock whose pace it follows; the machine's own unless told. */
  readonly pace?: Clock;
  /** Waits shorter than this are really waited for: they space work out instead of passing time. */
  readonly minJumpMs?: number;
};

/** A confirming retry waits seconds; the spacing of starts and late DNS replies stay below. */
const DEFAULT_MIN_JUMP_MS = 1000;
/** Longest delay that one real timer takes; longer waits are renewed. */
const MAX_TIMER_MS = 2 ** 30;

type Task = { readonly parent: Task | undefined; children: number; sleepers: number };
type Sleeper = {
  readonly wakeMs: number;
  readonly task: Task | undefined;
  readonly wake: () => void;
  timer?: NodeJS.Timeout;
};

/** Makes a clock that shows `startMs` (epoch milliseconds) now. */
export function createVirtualClock(
  startMs: number,
  { pace = systemClock, minJumpMs = DEFAULT_MIN_JUMP_MS }: VirtualClockOptions = {},
): VirtualClock {
  const currentTask = new AsyncLocalStorage<Task>();
  const tasks = new Set<Task>();
  const sleepers = new Set<Sleeper>();
  const realStartMs = pace.monotonicMs();
  let jumpedMs = 0;
  let isCheckDue = false;

  const monotonicMs = (): number => pace.monotonicMs() - realStartMs + jumpedMs;
  const nowMs = (): number => Math.floor(startMs + monotonicMs());

  function jumpTo(targetMs: number): void {
    jumpedMs += Math.max(0, targetMs - monotonicMs());
    for (const sleeper of sleepers) {
      clearTimeout(sleeper.timer);
      if (sleeper.wakeMs <= targetMs) sleeper.wake();
      else sleeper.timer = arm(sleeper);
    }
  }
  function arm(sleeper: Sleeper): NodeJS.Timeout {
    const leftMs = Math.max(0, sleeper.wakeMs - monotonicMs());
    return setTimeout(
      () => {
        // Real timers may fire a fraction of a millisecond early.
        if (monotonicMs() >= sleeper.wakeMs) sleeper.wake();
        else sleeper.timer = arm(sleeper);
      },
      Math.min(leftMs, MAX_TIMER_MS),
    );
  }
  /** Looks after this turn, when whoever was woken or finished has had the chance to go on. */
  function checkSoon(): void {
    if (isCheckDue) return;
    isCheckDue = true;
    setImmediate(() => {
      isCheckDue = false;
      const isIdle = [...tasks].every((task) => task.children > 0 || task.sleepers > 0);
      const skippable = [...sleepers].filter(({ task }) => task !== undefined);
      if (isIdle && skippable.length > 0) {
        jumpTo(Math.min(...skippable.map(({ wakeMs }) => wakeMs)));
      }
    });
  }
  function sleepSkippably(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const task = currentTask.getStore();
      const wake = (): void => {
        if (!sleepers.delete(sleeper)) return;
        clearTimeout(sleeper.timer);
        signal?.removeEventListener('abort', wake);
        if (task) task.sleepers -= 1;
        resolve();
        checkSoon();
      };
      const sleeper: Sleeper = { wakeMs: monotonicMs() + ms, task, wake };
      sleeper.timer = arm(sleeper);
      sleepers.add(sleeper);
      signal?.addEventListener('abort', wake, { once: true });
      if (task) task.sleepers += 1;
      checkSoon();
    });
  }
  function endTask(task: Task): void {
    tasks.delete(task);
    if (task.parent) task.parent.children -= 1;
    checkSoon();
  }

  return {
    nowMs,
    monotonicMs,
    sleep: async (ms, signal) => {
      if (signal?.aborted) return;
      await (ms < minJumpMs ? pace.sleep(ms, signal) : sleepSkippably(ms, signal));
    },
    advanceTo: (targetMs) => jumpTo(targetMs - startMs),
    track: async (run) => {
      const parent = currentTask.getStore();
      const task: Task = { parent, children: 0, sleepers: 0 };
      if (parent) parent.children += 1;
      tasks.add(task);
      try {
        return await currentTask.run(task, run);
      } finally {
        endTask(task);
      }
    },
  };
}
