/** Lanes month by month as the public may see them: of a delayed vantage nothing from its cut on, nor that it goes on. */
import type { FoundLane } from '../db/lanes.ts';
import type { HourRow, LaneMonth, MonthPart } from '../db/month-runs.ts';
import type { ReadStore } from './contract.ts';
import type { Cuts } from './publication.ts';

const HOUR_MS = 3_600_000;

type MonthReads = Pick<
  ReadStore,
  'getLaneMonth' | 'listLaneHours' | 'findRunStart' | 'getMonthVersion' | 'listMechanismCodes'
>;

function cutMonth(
  store: MonthReads,
  lane: FoundLane,
  part: MonthPart,
  cutMs: number | undefined,
): LaneMonth {
  if (cutMs === undefined || cutMs > part.untilMs) return store.getLaneMonth(lane, part);
  if (cutMs === part.untilMs) return { ...store.getLaneMonth(lane, part), goesOn: false };
  if (cutMs <= part.fromMs) return { runs: [], startsBefore: false, goesOn: false };
  return store.getLaneMonth(lane, part, cutMs);
}

function cutHours(
  store: MonthReads,
  lane: FoundLane,
  part: MonthPart,
  cutMs = Number.POSITIVE_INFINITY,
): HourRow[] {
  return store.listLaneHours(lane, part).filter(({ startMs }) => startMs + HOUR_MS <= cutMs);
}

/** The methods of the public store that read months. */
export function createPublicMonths(store: MonthReads, listCuts: () => Cuts): MonthReads {
  // An answer reads hundreds of months in one go, and asking for the cuts costs a tenth of reading a month.
  let held: Cuts | undefined;
  const listHeldCuts = (): Cuts => {
    if (held !== undefined) return held;
    queueMicrotask(() => {
      held = undefined;
    });
    held = listCuts();
    return held;
  };
  const cutOf = (lane: FoundLane): number | undefined => listHeldCuts().get(lane.key.vantageId);
  return {
    getLaneMonth: (lane, part) => cutMonth(store, lane, part, cutOf(lane)),
    listLaneHours: (lane, part) => cutHours(store, lane, part, cutOf(lane)),
    findRunStart(lane, atMs) {
      const cutMs = cutOf(lane);
      return cutMs !== undefined && cutMs < atMs ? undefined : store.findRunStart(lane, atMs);
    },
    getMonthVersion(lane, part) {
      const cutMs = cutOf(lane);
      const version = store.getMonthVersion(lane, part);
      // What may be shown of a month changes with time alone until all of it is.
      return cutMs === undefined || cutMs > part.untilMs ? version : `${version} ${cutMs}`;
    },
    listMechanismCodes: () => store.listMechanismCodes(),
  };
}
