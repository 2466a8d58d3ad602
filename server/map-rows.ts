/** The state of each service in each country, as the map tells it: rows for its data forms. */
import type { Availability } from '../db/availability-types.ts';

/** One service in one country; instants are epoch milliseconds UTC. */
export type MapRow = {
  readonly service: string;
  readonly country: string;
  readonly answer: Availability['answer'];
  readonly reason: string | null;
  /** How many were measured, and of these how many are in which state. */
  readonly networks: number;
  readonly blocked: number;
  readonly partly: number;
  readonly reachable: number;
  readonly cannotTell: number;
  readonly sinceAfter: number | null;
  readonly sinceBy: number | null;
  readonly blockedSinceAfter: number | null;
  readonly blockedSinceBy: number | null;
  readonly lastChecked: number | null;
};

/** Makes the rows, in the order given. */
export function toMapRows(answers: readonly Availability[]): MapRow[] {
  return answers.map((one) => ({
    service: one.service,
    country: one.countryCode,
    answer: one.answer,
    reason: one.reason?.kind ?? null,
    networks: one.networks.length,
    blocked: one.blocked,
    partly: one.partly,
    reachable: one.reachable,
    cannotTell: one.cannotTell,
    sinceAfter: one.since?.afterMs ?? null,
    sinceBy: one.since?.byMs ?? null,
    blockedSinceAfter: one.blockedSince?.afterMs ?? null,
    blockedSinceBy: one.blockedSince?.byMs ?? null,
    lastChecked: one.lastCheckedMs ?? null,
  }));
}
