/**
 * How many measurements of one service and one day an agent may bring: twice what its schedule makes. A stolen key, or
 * an agent that runs wild, cannot fill the disk, while an honest one may send a whole day a second time.
 */
import type { Config } from '../../config/schema.ts';
import type { RunFacts } from '../../db/measurements.ts';
import type { Store } from '../../db/store.ts';

/** A vantage that measures more often is none of ours, and lanes cost by the slot. */
export const MIN_INTERVAL_MS = 60_000;
const DAY_MS = 86_400_000;
const MARGIN = 2;
/** An agent that is started anew measures the running slot once more, however long its interval is. */
const RESTARTS = 24;

/** Counts one more measurement; gives why it is one too many. Made for one batch, since it counts on from the store. */
export type Quota = (facts: RunFacts) => string | undefined;

/** What a day holds: all of them, and those of an interval that is not shorter than the server's. */
type Day = { all: number; regular: number };

/** Makes the counter of a batch. An interval below the server's may be that of an older configuration. */
export function createQuota(
  { schedule }: { readonly schedule: Pick<Config['schedule'], 'intervalSeconds'> },
  store: Pick<Store, 'countDay'>,
): Quota {
  const regularMs = Math.max(MIN_INTERVAL_MS, schedule.intervalSeconds * 1000);
  const days = new Map<string, Day>();
  return ({ service, vantageId, slotMs, intervalMs }) => {
    const dayMs = Math.floor(slotMs / DAY_MS) * DAY_MS;
    const key = `${service} ${dayMs}`;
    let day = days.get(key);
    if (!day) {
      day = store.countDay({ service, vantageId, dayMs, regularMs });
      days.set(key, day);
    }
    const isRegular = intervalMs >= regularMs;
    const slots = Math.floor(DAY_MS / (isRegular ? regularMs : MIN_INTERVAL_MS));
    const most = MARGIN * slots + RESTARTS;
    if ((isRegular ? day.regular : day.all) >= most)
      return `over_quota: there are ${most} measurements of this service on that day already`;
    day.all += 1;
    if (isRegular) day.regular += 1;
    return undefined;
  };
}
