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

/** Address of an answer. */
export function toAnswerPath({
  service,
  countryCode,
}: Pick<Availability, 'service' | 'countryCode'>): string {
  return `/is/${service}/in/${countryCode}`;
}
