/** Which changes of the last day belong together, and which of them a reader must see first. Pure. */
import type { StoredVantage } from '../../db/vantages.ts';
import type { LaneState } from '../../probes/types.ts';
import { HOUR_MS } from '../format.ts';
import { LOOKS } from '../palette.ts';
import { type BoardData, findCell, isRestricted } from './board-state.ts';

/** One service that turned from one state to another in one country, on some networks within the same hours. */
export type BoardChange = {
  /** Stays the same as long as the change stands on the board: the measurement that showed it last. */
  readonly key: string;
  readonly service: string;
  readonly countryCode: string;
  readonly from: LaneState;
  readonly to: LaneState;
  /** Slot of the newest of them. */
  readonly atMs: number;
  /** Newest first. */
  readonly networks: readonly {
    readonly vantage: StoredVantage | undefined;
    readonly vantageId: string;
    readonly atMs: number;
    readonly beforeId?: string;
    readonly afterId: string;
  }[];
  readonly isConfirmed: boolean;
  /** False once every network of it has turned again. */
  readonly isStanding: boolean;
  readonly score: number;
};

/** Turns within so long of each other are one piece of news. */
const TOGETHER_MS = 2 * HOUR_MS;
/** After so long a change counts half. */
const HALF_LIFE_MS = 6 * HOUR_MS;

/** Severity times recency; that something is over matters half as much as that it began. */
export function scoreChange(
  { from, to, atMs }: Pick<BoardChange, 'from' | 'to' | 'atMs'>,
  nowMs: number,
): number {
  const severity =
    isRestricted(from) && to === 'ok' ? LOOKS[from].severity / 2 : LOOKS[to].severity;
  return severity * 0.5 ** (Math.max(0, nowMs - atMs) / HALF_LIFE_MS);
}

type LaneChanges = BoardData['changes'];

/**
 * Leaves out what came between when a lane could not be told for a while: blocked, cannot tell, blocked is no change, and
 * blocked, cannot tell, reachable is one. Newest first, as it came.
 */
export function skipInterludes(changes: LaneChanges): LaneChanges {
  const lanes = Map.groupBy(changes, ({ lane }) => `${lane.service} ${lane.vantageId}`);
  const kept = [...lanes.values()].flatMap((newestFirst) => {
    const lasting: LaneChanges[number][] = [];
    for (const change of newestFirst.toReversed()) {
      const before = lasting.at(-1);
      if (before?.to !== 'insufficient' || change.from !== 'insufficient') lasting.push(change);
      else {
        lasting.pop();
        const { previousMeasurementId: _of, ...rest } = change;
        const previousMeasurementId = before.previousMeasurementId;
        if (before.from === change.to) continue;
        lasting.push({
          ...rest,
          from: before.from,
          previousAtMs: before.previousAtMs,
          ...(previousMeasurementId === undefined ? {} : { previousMeasurementId }),
        });
      }
    }
    return lasting;
  });
  return kept.toSorted((a, b) => b.atMs - a.atMs);
}

/** Groups the changes, the ones that matter most first; that a new vantage reaches a service is no news. */
export function groupChanges(data: BoardData, nowMs: number): BoardChange[] {
  const vantageOf = new Map(data.vantages.map((vantage) => [vantage.id, vantage]));
  const groups: LaneChanges[number][][] = [];
  const openGroups = new Map<string, LaneChanges[number][]>();
  for (const change of skipInterludes(data.changes)) {
    if (change.from === 'no_data' && !isRestricted(change.to)) continue;
    const place = vantageOf.get(change.lane.vantageId)?.countryCode ?? change.lane.vantageId;
    const key = `${change.lane.service} ${place} ${change.from} ${change.to}`;
    const open = openGroups.get(key);
    // Newest first, so the first of a group is its newest.
    if (open?.[0] !== undefined && open[0].atMs - change.atMs <= TOGETHER_MS) open.push(change);
    else {
      const group = [change];
      openGroups.set(key, group);
      groups.push(group);
    }
  }
  return groups
    .flatMap((group) => toBoardChange(group, data, vantageOf, nowMs))
    .toSorted((a, b) => b.score - a.score || b.atMs - a.atMs);
}

function toBoardChange(
  group: LaneChanges,
  data: BoardData,
  vantageOf: ReadonlyMap<string, StoredVantage>,
  nowMs: number,
): BoardChange[] {
  const [newest] = group;
  if (newest === undefined) return [];
  const { from, to, atMs, measurementId, lane } = newest;
  const networks = group.map((one) => ({
    vantage: vantageOf.get(one.lane.vantageId),
    vantageId: one.lane.vantageId,
    atMs: one.atMs,
    afterId: one.measurementId,
    ...(one.previousMeasurementId === undefined ? {} : { beforeId: one.previousMeasurementId }),
  }));
  const isStanding = group.some(
    (one) => findCell(data, one.lane.vantageId, lane.service, nowMs).measurement?.verdict === to,
  );
  return [
    {
      key: measurementId,
      service: lane.service,
      countryCode: vantageOf.get(lane.vantageId)?.countryCode ?? '',
      from,
      to,
      atMs,
      networks,
      isConfirmed: group.some((one) => data.confirmed.has(one.measurementId)),
      isStanding,
      score: scoreChange(newest, nowMs),
    },
  ];
}
