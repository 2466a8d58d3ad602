/** How Globalping is doing as seen from here: one line in the log for every change, and longer rests while it is away. */
import type { Clock } from '../probes/clock.ts';
import type { Refusal } from '../probes/providers/globalping/client.ts';
import type { Log } from './log.ts';

const FIRST_REST_MS = 60_000;
const MAX_REST_MS = 30 * 60_000;

/** How a round or a question ended. */
export type Ending = { readonly kind: 'done' } | { readonly kind: 'skipped' } | Refusal;

/** What is known of the platform. */
export type PlatformState = {
  /** Notes how something ended, for the vantage if it is one's. */
  readonly note: (ending: Ending, vantage?: string) => void;
  /** True while nothing is asked because the platform could not be reached. */
  readonly isResting: () => boolean;
};

/** Starts with a platform of which nothing bad is known. */
export function createPlatformState(clock: Clock, log: Log): PlatformState {
  let restMs = 0;
  let restUntilMs = 0;
  let skipped = 0;
  const withoutProbes = new Set<string>();

  function rest(reason: string): void {
    if (restMs === 0)
      log('warn', 'globalping_unavailable', {
        reason,
        remedy:
          'it is asked again within half an hour; `enabled: false` under `globalping` in reachline.yaml switches it off',
      });
    restMs = Math.min(restMs === 0 ? FIRST_REST_MS : restMs * 2, MAX_REST_MS);
    restUntilMs = clock.monotonicMs() + restMs;
  }
  function skip(reason: string, waitSeconds?: number): void {
    if (skipped === 0) log('warn', 'globalping_paused', { reason, waitSeconds });
    skipped += 1;
  }
  function recover(vantage: string): void {
    if (restMs > 0) log('info', 'globalping_available');
    if (skipped > 0) log('info', 'globalping_resumed', { skipped });
    if (withoutProbes.delete(vantage)) log('info', 'globalping_probes_back', { vantage });
    restMs = 0;
    skipped = 0;
  }

  return {
    isResting: () => clock.monotonicMs() < restUntilMs,
    note(ending, vantage = '') {
      switch (ending.kind) {
        case 'done':
          recover(vantage);
          break;
        case 'skipped':
          skip('budget');
          break;
        case 'limited':
          skip('limited', Math.round(ending.retryAfterMs / 1000));
          break;
        case 'unavailable':
        case 'malformed':
          rest(ending.reason);
          break;
        case 'no_probes':
          if (!withoutProbes.has(vantage)) log('warn', 'globalping_no_probes', { vantage });
          withoutProbes.add(vantage);
          break;
        case 'interrupted':
          break;
        default:
          ending satisfies never;
      }
    },
  };
}
