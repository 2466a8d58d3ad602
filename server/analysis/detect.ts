/**
 * Incidents of one service in one country, from the lanes of its vantages and of those elsewhere. Pure: the same
 * rounds give the same incidents, in whatever order they arrived.
 */
import type { Detector } from '../../config/schema.ts';
import type { FoundEpisode } from './found-episode.ts';
import { type LoggedEpisode, writeLog } from './incident-log.ts';
import type { LaneMemory } from './lane-memory.ts';
import { type AnsweredElsewhere, createAnsweredElsewhere } from './outside.ts';
import { createDataFinder } from './severity.ts';
import type { Incident, Interval } from './types.ts';

const MINUTE_MS = 60_000;

/** One service in one country. */
export type Place = { readonly service: string; readonly countryCode: string };

/** What is known of one service, inside a country and elsewhere. */
export type KnownLanes = {
  readonly inside: readonly LaneMemory[];
  readonly elsewhere: readonly LaneMemory[];
};

/**
 * Parts the lanes of one service by whether they are those of a country or tell if it answers elsewhere. A control in
 * the country itself does neither.
 */
export function splitLanes(lanes: readonly LaneMemory[], country: string): KnownLanes {
  return {
    inside: lanes.filter(
      ({ lane: { vantage } }) => vantage.role === 'vantage' && vantage.countryCode === country,
    ),
    elsewhere: lanes.filter(({ lane }) => lane.vantage.countryCode !== country),
  };
}

/** Finds the restrictions that count, by onset: those at a time when the service answered elsewhere. */
export function findBackedEpisodes(
  { inside, elsewhere }: KnownLanes,
  rules: Detector,
): LoggedEpisode[] {
  const answered = createAnsweredElsewhere(elsewhere);
  return inside
    .flatMap(({ episodes }) => episodes)
    .flatMap((found) => back(found, answered, rules))
    .sort(compareEpisodes);
}

/** A restriction that nobody outside could have told from a failure of the service is none. */
function back(found: FoundEpisode, answered: AnsweredElsewhere, rules: Detector): LoggedEpisode[] {
  const { episode, closedAtMs } = found;
  const aroundMs = Math.max(rules.groupMinutes * MINUTE_MS, found.stepMs);
  const lastBadMs = episode.end?.afterMs ?? Number.MAX_SAFE_INTEGER;
  const answeredMs = answered(
    episode.function,
    episode.onset.byMs - aroundMs,
    lastBadMs + aroundMs,
  );
  if (answeredMs === undefined) return [];
  const knownAtMs = Math.max(found.openedAtMs, answeredMs);
  return [{ ...found, knownAtMs: Math.min(knownAtMs, closedAtMs ?? knownAtMs) }];
}

function compareEpisodes({ episode: a }: LoggedEpisode, { episode: b }: LoggedEpisode): number {
  return (
    a.onset.byMs - b.onset.byMs ||
    compareText(a.vantageId, b.vantageId) ||
    compareText(a.function, b.function)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Puts restrictions together, which are sorted by onset: a further one belongs to the incident when that is not over
 * yet, or when their onsets lie within the grouping window or one round of either.
 */
export function groupEpisodes(
  episodes: readonly LoggedEpisode[],
  rules: Detector,
): LoggedEpisode[][] {
  const groups: LoggedEpisode[][] = [];
  let untilMs = Number.NEGATIVE_INFINITY;
  for (const found of episodes) {
    const group = groups.at(-1);
    const first = group?.[0];
    const { byMs } = found.episode.onset;
    const windowMs = Math.max(rules.groupMinutes * MINUTE_MS, found.stepMs, first?.stepMs ?? 0);
    const isJoining = first && (byMs <= untilMs || byMs - first.episode.onset.byMs <= windowMs);
    const endMs = found.episode.end?.byMs ?? Number.POSITIVE_INFINITY;
    if (isJoining) group?.push(found);
    else groups.push([found]);
    untilMs = isJoining ? Math.max(untilMs, endMs) : endMs;
  }
  return groups;
}

/** The public name of an incident, e.g. `facebook-ru-20220304t1200z`. */
function nameIncident(service: string, countryCode: string, onset: Interval): string {
  const minute = new Date(onset.byMs).toISOString().slice(0, 16).replace(/[-:]/g, '');
  return `${service}-${countryCode}-${minute}Z`.toLowerCase();
}

/** Makes a function that describes the incident that restrictions make, which are sorted by onset. */
export function createDescriber(
  { service, countryCode }: Place,
  { inside }: Pick<KnownLanes, 'inside'>,
  rules: Detector,
): (group: readonly LoggedEpisode[]) => Incident {
  const withData = createDataFinder(inside.filter((lane) => lane.function === 'service'));
  return (group) => {
    const onset = findOnset(group, rules);
    const end = findEnd(group);
    const written = writeLog({ service, countryCode, episodes: group, withData, rules });
    const { log, severity, mechanism, isUnstable } = written;
    return {
      id: nameIncident(service, countryCode, onset),
      service,
      countryCode,
      onset,
      ...(end ? { end } : {}),
      severity,
      ...(mechanism === undefined ? {} : { mechanism }),
      state: end ? 'closed' : isUnstable ? 'unstable' : 'open',
      episodes: group.map(({ episode }) => episode),
      log,
    };
  };
}

/**
 * The first onset of all. A network that was seen to be restricted later may have been so earlier, when it is measured
 * at other times, so the lower end is the least of those that reach before the first; but a hole is no sign of that.
 */
function findOnset(group: readonly LoggedEpisode[], { gapRounds }: Detector): Interval {
  const byMs = Math.min(...group.map(({ episode }) => episode.onset.byMs));
  const firsts = group.filter(({ episode }) => episode.onset.byMs === byMs);
  if (firsts.some(({ episode }) => episode.onset.afterMs === undefined)) return { byMs };
  const lower = group.flatMap(({ episode, stepMs }) => {
    const { afterMs } = episode.onset;
    if (afterMs === undefined || afterMs >= byMs) return [];
    const isHole = episode.onset.byMs - afterMs > (gapRounds + 1) * stepMs;
    return isHole && episode.onset.byMs > byMs ? [] : [afterMs];
  });
  return { afterMs: Math.min(...lower), byMs };
}

/** The last end of all; nothing while one is restricted. */
function findEnd(group: readonly LoggedEpisode[]): Interval | undefined {
  const ends = group.flatMap(({ episode }) => episode.end ?? []);
  if (ends.length < group.length) return undefined;
  const known = ends.flatMap(({ afterMs }) => afterMs ?? []);
  const byMs = Math.max(...ends.map((end) => end.byMs));
  return known.length === 0 ? { byMs } : { afterMs: Math.max(...known), byMs };
}
