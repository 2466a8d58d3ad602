/** Where the answer for a service in a country stands. Apart from its page, so that whoever links to it does not load that. */
import type { Availability } from '../../db/availability-types.ts';

/** Networks that bear an answer out: those blocked where it is yes, those restricted in any way where it is not. */
export function countRestricted({
  answer,
  blocked,
  partly,
}: Pick<Availability, 'answer' | 'blocked' | 'partly'>): number {
  return answer === 'yes' ? blocked : blocked + partly;
}

/** Networks that tell: of so many an answer speaks. */
export function countTelling({
  blocked,
  partly,
  reachable,
}: Pick<Availability, 'blocked' | 'partly' | 'reachable'>): number {
  return blocked + partly + reachable;
}

/** Of what counts the oldest may be this much older than the newest without a word about it. */
const OLDER_MS = 30 * 60_000;

/** The oldest round that the answer counts, where that is long before the newest check: silence keeps a state for a while. */
export function findOldestTold({
  networks,
  lastCheckedMs,
}: Pick<Availability, 'networks' | 'lastCheckedMs'>): number | undefined {
  const told = networks.flatMap(({ state, lastToldMs }) =>
    state === 'cannot_tell' || lastToldMs === undefined ? [] : [lastToldMs],
  );
  if (told.length === 0 || lastCheckedMs === undefined) return undefined;
  const oldestMs = Math.min(...told);
  return lastCheckedMs - oldestMs > OLDER_MS ? oldestMs : undefined;
}

/** Both in short, e.g. `3/4`; empty where none tells. */
export function toFigures(
  answer: Pick<Availability, 'answer' | 'blocked' | 'partly' | 'reachable'>,
): string {
  const total = countTelling(answer);
  return total === 0 ? '' : `${countRestricted(answer)}/${total}`;
}

/** Address of an answer. */
export function toAnswerPath({
  service,
  countryCode,
}: Pick<Availability, 'service' | 'countryCode'>): string {
  return `/is/${service}/in/${countryCode}`;
}
