/**
 * Stands between the probes and the pipeline: a store that cannot be written for a while, as on a full disk, must
 * cost neither the process nor what was measured meanwhile. Such measurements wait in memory and are stored later.
 */
import { StoreError } from '../db/store-error.ts';
import type { Measurement } from '../probes/types.ts';
import type { Log } from './log.ts';

/** Measurements that wait at most, a few megabytes: an hour of ten vantages; beyond that the oldest are given up. */
const MAX_WAITING = 360;

/** Takes measurements and tells how many could not be stored yet. */
export type PatientSink = {
  readonly take: (measurement: Measurement) => void;
  /** Tries once more to store what waits; the count of those that still do. */
  readonly flush: () => number;
};

/** Builds the sink over a pipeline. Anything but a StoreError is thrown on. */
export function createPatientSink(
  pipeline: (measurement: Measurement) => void,
  log: Log,
  maxWaiting = MAX_WAITING,
): PatientSink {
  const waiting: Measurement[] = [];
  let isFailing = false;
  let lost = 0;

  function flush(): number {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      try {
        pipeline(next);
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        // One line when it begins; the line of its end tells how long it was.
        if (!isFailing) log('error', 'store_failed', { reason: error.message });
        isFailing = true;
        break;
      }
      waiting.shift();
    }
    if (isFailing && waiting.length === 0) {
      log('info', 'store_recovered', { lost });
      isFailing = false;
      lost = 0;
    }
    return waiting.length;
  }

  return {
    flush,
    take(measurement) {
      waiting.push(measurement);
      flush();
      if (waiting.length <= maxWaiting) return;
      waiting.shift();
      lost += 1;
    },
  };
}
