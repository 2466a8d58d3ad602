/** Which changes of the last day belong together, and which of them a reader must see first. Pure. */
import type { StateChange } from '../../db/state-change-types.ts';
import type { StoredVantage } from '../../db/vantages.ts';
import type { LaneState } from '../../probes/types.ts';
import { HOUR_MS } from '../format.ts';
import { LOOKS } from '../palette.ts';
import { type BoardData, isRestricted } from './board-state.ts';

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
  /** How many changes it stands for where the networks turn back and forth. */
  readonly unstable?: number;
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

/** Groups the changes, the ones that matter most first. */
export function groupChanges(data: BoardData, nowMs: number): BoardChange[] {
  const vantageOf = new Map(data.vantages.map((vantage) => [vantage.id, vantage]));
  const groups: StateChange[][] = [];
  const openGroups = new Map<string, StateChange[]>();
  for (const change of data.changes) {
    const { service, countryCode, from, to, unstable } = change;
    // What turns back and forth is together, whatever it is at the moment.
    const kind = unstable === undefined ? `${from} ${to}` : 'unstable';
    const key = `${service} ${countryCode} ${kind}`;
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
  group: readonly StateChange[],
  data: BoardData,
  vantageOf: ReadonlyMap<string, StoredVantage>,
  nowMs: number,
): BoardChange[] {
  const [newest] = group;
  if (newest === undefined) return [];
  const { service, countryCode, from, to, atMs, measurementId } = newest;
  const networks = group.map((one) => ({
    vantage: vantageOf.get(one.vantageId),
    vantageId: one.vantageId,
    atMs: one.atMs,
    afterId: one.measurementId,
    ...(one.previousMeasurementId === undefined ? {} : { beforeId: one.previousMeasurementId }),
  }));
  const isNewest = ({ vantageId }: StateChange): boolean =>
    !data.changes.some(
      (one) => one.service === service && one.vantageId === vantageId && one.atMs > atMs,
    );
  const turns = group.reduce((sum, { unstable = 0 }) => sum + unstable, 0);
  return [
    {
      key: measurementId,
      service,
      countryCode,
      from,
      to,
      atMs,
      networks,
      isConfirmed: group.some((one) => data.confirmed.has(one.measurementId)),
      isStanding: group.some(isNewest),
      ...(newest.unstable === undefined ? {} : { unstable: turns }),
      score: scoreChange(newest, nowMs),
    },
  ];
}
