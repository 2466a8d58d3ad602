/**
 * What the change-point detector of the field says of restrictions that ours found: when, and how the two differ. It
 * looks at each restriction in a series of fixed length, so that the same data give the same answer whenever it is
 * asked. A second signal for comparison; nothing is concluded from it.
 */
import type { ChangePoint } from '../../config/schema.ts';
import { type CusumChange, findChanges, type HourBin } from './cusum.ts';
import type { Episode, Interval } from './types.ts';

const HOUR_MS = 3_600_000;

/** A restriction seen by both detectors, or by ours alone. */
export type SecondOpinion = {
  readonly vantageId: string;
  readonly asn: number;
  readonly function: Episode['function'];
  /** Of ours. */
  readonly onset: Interval;
  /** Absent when the second detector raised no alarm. */
  readonly second?: {
    /** Between the last hour that was clear and the end of the first that was not. */
    readonly onset: Interval;
    /** End of the hour whose data raised the alarm. */
    readonly alarmMs: number;
    /** How much later than ours its onset lies: certainly between these; negative when earlier. */
    readonly differenceMs: { readonly leastMs?: number; readonly mostMs?: number };
    /** From the first round that ours counts to its alarm. */
    readonly alarmAfterMs: number;
  };
};

/** The hours of a lane in a range, by time. */
export type ReadHours = (
  lane: Pick<Episode, 'service' | 'vantageId' | 'function'>,
  fromMs: number,
  toMs: number,
) => readonly HourBin[];

/** The first restriction at each vantage, of several at once that of the service as a whole. */
function firstPerVantage(episodes: readonly Episode[]): Episode[] {
  const isWhole = (one: Episode): number => (one.function === 'service' ? 0 : 1);
  return [...Map.groupBy(episodes, ({ vantageId }) => vantageId).values()].flatMap((own) =>
    own.toSorted((a, b) => a.onset.byMs - b.onset.byMs || isWhole(a) - isWhole(b)).slice(0, 1),
  );
}

/** Asks the second detector about the first restriction of an incident at each vantage. */
export function compareDetectors(
  episodes: readonly Episode[],
  readHours: ReadHours,
  numbers: ChangePoint,
): SecondOpinion[] {
  return firstPerVantage(episodes).map((episode) => {
    const { vantageId, asn, onset } = episode;
    const own = { vantageId, asn, function: episode.function, onset };
    const change = findAlarm(episode, readHours, numbers);
    if (!change) return own;
    const theirs: Interval = {
      ...(change.onset.afterMs === undefined ? {} : { afterMs: change.onset.afterMs }),
      byMs: change.onset.byMs + HOUR_MS,
    };
    const alarmMs = change.alarmMs + HOUR_MS;
    return {
      ...own,
      second: {
        onset: theirs,
        alarmMs,
        differenceMs: subtract(theirs, onset),
        alarmAfterMs: alarmMs - onset.byMs,
      },
    };
  });
}

/** The first alarm of a block whose signs began before the restriction was over. */
function findAlarm(
  episode: Episode,
  readHours: ReadHours,
  { historyHours, followHours, ...numbers }: ChangePoint,
): CusumChange | undefined {
  const firstMs = Math.floor(episode.onset.byMs / HOUR_MS) * HOUR_MS;
  const historyMs = historyHours * HOUR_MS;
  const endMs = episode.end?.byMs ?? Number.POSITIVE_INFINITY;
  const toMs = Math.min(endMs + followHours * HOUR_MS, firstMs + historyMs);
  return findChanges(readHours(episode, firstMs - historyMs, toMs), numbers).find(
    ({ kind, alarmMs, onset }) => kind === 'blocked' && alarmMs >= firstMs && onset.byMs <= endMs,
  );
}

/** Theirs minus ours, both ends possible. */
function subtract(theirs: Interval, ours: Interval): { leastMs?: number; mostMs?: number } {
  return {
    ...(theirs.afterMs === undefined ? {} : { leastMs: theirs.afterMs - ours.byMs }),
    ...(ours.afterMs === undefined ? {} : { mostMs: theirs.byMs - ours.afterMs }),
  };
}
