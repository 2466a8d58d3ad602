/** Since when and in what way: a restriction in part and the full block that it became are two times, not one. */
import type { Availability } from '../../db/availability-types.ts';
import type { Incident, Interval } from '../../db/incident-types.ts';

/** One of the times; `restricted` where it never was a full block. */
export type SinceEntry = {
  readonly kind: 'restricted' | 'partly' | 'blocked';
  readonly interval: Interval;
};

/** The times in order: one, or in part since the first and blocked since the second. */
export function listSince({
  since,
  blockedSince,
}: Pick<Availability, 'since' | 'blockedSince'>): SinceEntry[] {
  if (blockedSince === undefined)
    return since === undefined ? [] : [{ kind: 'restricted', interval: since }];
  const blocked = { kind: 'blocked', interval: blockedSince } as const;
  const isOne = since === undefined || since.byMs === blockedSince.byMs;
  return isOne ? [blocked] : [{ kind: 'partly', interval: since }, blocked];
}

/** The same of an incident that goes on: blocked since the first of the networks that are. */
export function listIncidentSince({ onset, episodes }: Incident): SinceEntry[] {
  const blocked = episodes.flatMap(({ end, function: part, levels }) => {
    const level = end === undefined && part === 'service' ? levels.at(-1) : undefined;
    return level?.kind === 'blocked' ? [level.since] : [];
  });
  const [first] = blocked.toSorted((a, b) => a.byMs - b.byMs);
  return listSince({ since: onset, ...(first === undefined ? {} : { blockedSince: first }) });
}
