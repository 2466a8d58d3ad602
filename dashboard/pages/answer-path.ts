/** Where the answer for a service in a country stands. Apart from its page, so that whoever links to it does not load that. */
import type { Availability } from '../../db/availability-types.ts';

/** Address of an answer. */
export function toAnswerPath({
  service,
  countryCode,
}: Pick<Availability, 'service' | 'countryCode'>): string {
  return `/is/${service}/in/${countryCode}`;
}
