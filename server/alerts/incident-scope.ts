/** What of an incident holds at one entry of its log: restrictions, networks, parts, mechanisms, and how they moved. Pure. */
import type { AlertEvent } from '../../db/alert-types.ts';
import type { StoredIncidentEntry } from '../../db/incident-log.ts';
import type { Episode } from '../../db/incident-types.ts';
import { parseMeasurementId } from '../../db/measurement-id.ts';

/** Restrictions that go on at an instant. */
export function listActive(episodes: readonly Episode[], atMs: number): Episode[] {
  return episodes.filter(
    ({ onset, end }) => onset.byMs <= atMs && (end === undefined || end.byMs > atMs),
  );
}

/**
 * Restrictions that were known to go on at each entry of the log: one is known once an entry names the run that it began
 * with, and over once an entry names the run that it ended with. By their times alone they would be known earlier when
 * events are derived again later, and other events would follow than were told.
 */
export function listKnown(
  episodes: readonly Episode[],
  entries: readonly StoredIncidentEntry[],
): Episode[][] {
  const find = (id: string | undefined): number =>
    id === undefined ? -1 : entries.findIndex(({ measurementIds }) => measurementIds.includes(id));
  const places = episodes.map((episode) => ({
    episode,
    openedAt: find(episode.evidence.firstBadId),
    closedAt: episode.end === undefined ? -1 : find(episode.evidence.firstGoodId),
  }));
  return entries.map(({ atMs }, index) =>
    places
      .filter(({ episode: { onset, end }, openedAt, closedAt }) => {
        // Entries name so many runs and no more; what none of them names is known by its times.
        const hasBegun = openedAt < 0 ? onset.byMs <= atMs : openedAt <= index;
        const isOver = end !== undefined && (closedAt < 0 ? end.byMs <= atMs : closedAt <= index);
        return hasBegun && !isOver;
      })
      .map(({ episode }) => episode),
  );
}

/** The mechanism of most restrictions that are active at an instant, and whether there are others. */
export function findMechanism(
  active: readonly Episode[],
  atMs: number,
): Pick<AlertEvent['facts'], 'mechanism' | 'isMechanismMixed'> {
  const counts = new Map<string, number>();
  for (const { mechanisms } of active) {
    const mechanism = mechanisms.findLast(({ fromMs }) => fromMs <= atMs)?.mechanism;
    if (mechanism !== undefined) counts.set(mechanism, (counts.get(mechanism) ?? 0) + 1);
  }
  const most = [...counts].toSorted((a, b) => b[1] - a[1])[0]?.[0];
  if (most === undefined) return {};
  return { mechanism: most, ...(counts.size > 1 ? { isMechanismMixed: true } : {}) };
}

/** What came to the scope of an incident since it was told last, and what left it. */
export function findMoves(
  before: readonly Episode[],
  now: readonly Episode[],
  atMs: number,
): AlertEvent['facts'] {
  const without = (some: readonly Episode[], others: readonly Episode[]): Episode[] => {
    const known = new Set(others.map(({ asn }) => asn));
    return some.filter(({ asn }) => !known.has(asn));
  };
  const [added, freed] = [without(now, before), without(before, now)];
  const known = listParts(before);
  const parts = listParts(now).filter((part) => !known.includes(part));
  // That a service is restricted as a whole says it of its parts too.
  const addedParts = parts.includes('service') ? (['service'] as const) : parts;
  const inParts = now.filter((one) => addedParts.some((part) => part === one.function));
  const news = [...added, ...inParts];
  return {
    ...(added.length === 0 ? {} : { addedNetworks: nameNetworks(added) }),
    ...(addedParts.length === 0 ? {} : { addedParts, addedPartNetworks: nameNetworks(inParts) }),
    ...(news.length === 0 ? {} : { addedByMs: Math.max(...news.map(({ onset }) => onset.byMs)) }),
    ...(freed.length === 0
      ? {}
      : {
          freedNetworks: nameNetworks(freed),
          freedByMs: Math.max(...freed.map(({ end }) => end?.byMs ?? atMs)),
        }),
  };
}

/** The networks of restrictions, each once. */
export function nameNetworks(episodes: readonly Episode[]): { asn: number; networkName: string }[] {
  const names = new Map(episodes.map(({ asn, networkName }) => [asn, networkName]));
  return [...names].map(([asn, networkName]) => ({ asn, networkName }));
}

/** From which mechanism to which most of the restrictions that an entry speaks of have changed, and where. */
export function findChange(
  active: readonly Episode[],
  { atMs, measurementIds }: Pick<StoredIncidentEntry, 'atMs' | 'measurementIds'>,
): Pick<AlertEvent['facts'], 'previousMechanism' | 'changedTo' | 'changedNetworks'> {
  const vantages = new Set(measurementIds.map((id) => parseMeasurementId(id)?.vantageId));
  const changes = active
    .filter(({ vantageId }) => vantages.has(vantageId))
    .flatMap((episode) => {
      const index = episode.mechanisms.findLastIndex(({ fromMs }) => fromMs <= atMs);
      const [before, now] = [episode.mechanisms[index - 1], episode.mechanisms[index]];
      if (before === undefined || now === undefined) return [];
      return [{ episode, fromMs: now.fromMs, before: before.mechanism, now: now.mechanism }];
    });
  // Of a vantage all parts stand here; those that changed long before are not meant.
  const newestMs = Math.max(...changes.map(({ fromMs }) => fromMs));
  const newest = changes.filter(({ fromMs }) => fromMs === newestMs);
  const kinds = Map.groupBy(newest, ({ before, now }) => `${before} ${now}`);
  const [most = []] = [...kinds.values()].toSorted((a, b) => b.length - a.length);
  const [first] = most;
  if (first === undefined) return {};
  return {
    previousMechanism: first.before,
    changedTo: first.now,
    changedNetworks: nameNetworks(most.map(({ episode }) => episode)),
  };
}

/**
 * The parts that are restricted. A service of which only some parts are is not restricted as a whole, so these stand
 * alone, unless it is the only thing known.
 */
export function listParts(episodes: readonly Episode[]): AlertEvent['facts']['parts'] & object {
  const parts = new Set(episodes.map((episode) => episode.function));
  const isWhole = episodes.some((one) => one.function === 'service' && one.kind === 'blocked');
  if (!isWhole && parts.size > 1) parts.delete('service');
  return [...parts];
}

/**
 * On which networks and in which parts. The service as a whole is left out: that it is judged restricted a round later
 * than its part changes nothing for a reader.
 */
export function describeScope(episodes: readonly Episode[]): string {
  const networks = new Set(episodes.map(({ asn }) => asn));
  const parts = new Set(episodes.map((episode) => episode.function));
  if (parts.size > 1) parts.delete('service');
  return JSON.stringify([[...networks].toSorted((a, b) => a - b), [...parts].toSorted()]);
}
