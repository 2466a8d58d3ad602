/**
 * What a watch calls a change, from the restrictions that incidents are made of: reachable, restricted in part, blocked.
 * Hysteresis is theirs; what lasts shorter than they are held is passed over, and a network that turns back and forth is
 * one line.
 */
import type { Detector } from '../../config/schema.ts';
import type { StateChange } from '../../db/state-change-types.ts';
import type { Episode, Interval } from './types.ts';

const MINUTE_MS = 60_000;

type State = StateChange['to'];

/** Something that happens to one restriction. */
type Event = {
  readonly interval: Interval;
  readonly episode: Episode;
  /** What the restriction makes of the service from here on; undefined once it is over. */
  readonly state: Exclude<State, 'ok'> | undefined;
  readonly beforeId: string | undefined;
  readonly afterId: string;
};

/** Lists the changes from an instant on, newest first, of restrictions of any services and vantages. Pure. */
export function listStateChanges(
  episodes: readonly Episode[],
  fromMs: number,
  rules: Pick<Detector, 'holdMinutes' | 'flapChanges'>,
): StateChange[] {
  const lanes = Map.groupBy(episodes, ({ service, vantageId }) => `${service} ${vantageId}`);
  return [...lanes.values()]
    .flatMap((own) => {
      const recent = skipShort(listTurns(own), rules.holdMinutes * MINUTE_MS).filter(
        ({ atMs }) => atMs >= fromMs,
      );
      const isUnstable = own.some((one) => !one.end && one.isUnstable);
      return isUnstable || recent.length > rules.flapChanges ? foldUnstable(recent) : recent;
    })
    .toSorted(
      (a, b) =>
        b.atMs - a.atMs ||
        compareText(a.service, b.service) ||
        compareText(a.vantageId, b.vantageId),
    );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A full block is one of the service as a whole; that of a part is none. */
function toState({ function: part }: Episode, kind: Episode['kind']): Exclude<State, 'ok'> {
  return part === 'service' ? kind : 'impaired';
}

function listEvents(episode: Episode): Event[] {
  const { onset, end, evidence, kind, levels } = episode;
  const known =
    levels.length > 0
      ? levels
      : [
          {
            kind,
            since: onset,
            evidence: {
              ...(evidence.lastGoodId === undefined ? {} : { lastOtherId: evidence.lastGoodId }),
              firstId: evidence.firstBadId,
            },
          },
        ];
  const events = known.map(
    (level): Event => ({
      interval: level.since,
      episode,
      state: toState(episode, level.kind),
      beforeId: level.evidence.lastOtherId,
      afterId: level.evidence.firstId,
    }),
  );
  if (!end) return events;
  const { lastBadId, firstGoodId = '' } = evidence;
  return [
    ...events,
    { interval: end, episode, state: undefined, beforeId: lastBadId, afterId: firstGoodId },
  ];
}

/** Every turn of one service at one vantage, by time. */
function listTurns(episodes: readonly Episode[]): StateChange[] {
  const instants = Map.groupBy(episodes.flatMap(listEvents), ({ interval }) => interval.byMs);
  const active = new Map<Episode, Exclude<State, 'ok'>>();
  const turns: StateChange[] = [];
  let state: State = 'ok';
  for (const [atMs, events] of [...instants].toSorted(([a], [b]) => a - b)) {
    for (const { episode, state: next } of events)
      if (next === undefined) active.delete(episode);
      else active.set(episode, next);
    const states = [...active.values()];
    const now: State = states.includes('blocked')
      ? 'blocked'
      : states.length > 0
        ? 'impaired'
        : 'ok';
    const cause = pickCause(events, now);
    if (now === state || cause === undefined) continue;
    turns.push(toChange(cause, atMs, state, now));
    state = now;
  }
  return turns;
}

/** What made it so: what happened to the service as a whole, before what happened to a part. */
function pickCause(events: readonly Event[], now: State): Event | undefined {
  const wanted = now === 'ok' ? undefined : now;
  const fitting = events.filter(({ state }) => state === wanted);
  const candidates = fitting.length > 0 ? fitting : events;
  return candidates.find(({ episode }) => episode.function === 'service') ?? candidates[0];
}

function toChange(
  { interval, episode, beforeId, afterId }: Event,
  atMs: number,
  from: State,
  to: State,
): StateChange {
  const { service, vantageId, countryCode } = episode;
  const { afterMs } = interval;
  return {
    service,
    vantageId,
    countryCode,
    from: from === 'ok' && afterMs === undefined ? 'no_data' : from,
    to,
    atMs,
    ...(afterMs === undefined ? {} : { previousAtMs: afterMs }),
    measurementId: afterId,
    ...(beforeId === undefined ? {} : { previousMeasurementId: beforeId }),
  };
}

/** Passes over what did not last: from what was before it to what came after. */
function skipShort(turns: readonly StateChange[], holdMs: number): StateChange[] {
  const lasting: StateChange[] = [];
  for (const turn of turns) {
    const before = lasting.at(-1);
    if (before === undefined || turn.atMs - before.atMs >= holdMs) {
      lasting.push(turn);
      continue;
    }
    lasting.pop();
    if (before.from === turn.to) continue;
    // What it was before the short one is known from that one's side.
    const { previousAtMs: _at, previousMeasurementId: _id, ...rest } = turn;
    lasting.push({
      ...rest,
      from: before.from,
      ...(before.previousAtMs === undefined ? {} : { previousAtMs: before.previousAtMs }),
      ...(before.previousMeasurementId === undefined
        ? {}
        : { previousMeasurementId: before.previousMeasurementId }),
    });
  }
  return lasting;
}

/** Many changes of one lane as one. */
function foldUnstable(changes: readonly StateChange[]): StateChange[] {
  const [first] = changes;
  const last = changes.at(-1);
  if (first === undefined || last === undefined) return [];
  return [{ ...last, from: first.from, unstable: changes.length }];
}
