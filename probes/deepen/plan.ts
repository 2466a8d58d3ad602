/** When to look deeper: at once when a target begins to be in doubt in some way, then rarely while that lasts. */
import type { Deep } from '../../config/schema.ts';
import type { Clock } from '../clock.ts';

/** `full` asks everything; `brief` only what the verdict of a lasting doubt hangs on, so that it stays the same. */
export type Depth = 'full' | 'brief';

/** The settings of the deep pass, with the memory of when it looked at what. One serves all runs of a process. */
export type DeepPlan = {
  readonly settings: Deep;
  /**
   * Tells how deep to look at a lane (a target seen from a vantage), and remembers that it gets a full look.
   * `doubt` says in a word how it is in doubt; undefined means not at all, so that the next doubt is new.
   */
  readonly depthFor: (lane: string, doubt: string | undefined) => Depth | undefined;
  /** Tells whether a run without any doubt is one of the share that is looked at all the same. */
  readonly isSampled: () => boolean;
};

const PERCENT = 100;
const MS_PER_SECOND = 1000;

/** Makes a plan without memory. `random` gives numbers from 0 up to, and without, 1. */
export function createDeepPlan({
  settings,
  clock,
  random,
}: {
  readonly settings: Deep;
  readonly clock: Clock;
  readonly random: () => number;
}): DeepPlan {
  const last = new Map<string, { readonly doubt: string; readonly atMs: number }>();
  return {
    settings,
    depthFor(lane, doubt) {
      if (doubt === undefined) {
        last.delete(lane);
        return undefined;
      }
      const atMs = clock.monotonicMs();
      const before = last.get(lane);
      const isRecent =
        before?.doubt === doubt && atMs - before.atMs < settings.minIntervalSeconds * MS_PER_SECOND;
      if (!isRecent) last.set(lane, { doubt, atMs });
      return isRecent ? 'brief' : 'full';
    },
    isSampled: () => random() * PERCENT < settings.sharePercent,
  };
}
