/** Measured, never announced: restrictions that no announcement on record covers. */
import type { Announcement } from '../../config/announcement.ts';
import type { LedgerRules, Unannounced } from '../../db/ledger-types.ts';
import { dropRedundant, listAny, toFinding } from './ledger-effect.ts';
import type { LedgerInput } from './ledger-input.ts';
import {
  concernsPart,
  isInForce,
  listCountries,
  listNamedServices,
  type Measure,
} from './ledger-scope.ts';
import type { Window } from './ledger-window.ts';
import { toStatedInterval } from './time-points.ts';
import type { Episode } from './types.ts';

/** A measure with the time that is looked at. */
export type PlacedMeasure = { readonly measure: Measure; readonly window: Window };

/** Measures of this kind name what they restrict exactly, so they go on covering it while they are in force. */
const LASTING: readonly string[] = ['full_block', 'activity_ban', 'function_block', 'dns_removal'];

/**
 * True when a restriction may belong to a measure: it may have begun in the window, or later while a measure lasts that
 * names what is restricted. A partial restriction covers its window alone: what comes months later is not announced by it.
 */
function covers({ measure, window }: PlacedMeasure, episode: Episode): boolean {
  const { announcement, lifted, phase, reference, reach } = measure;
  const { afterMs = Number.NEGATIVE_INFINITY, byMs } = episode.onset;
  const isSame =
    phase === 'restriction' &&
    measure.service === episode.service &&
    measure.countryCode === episode.countryCode &&
    concernsPart(measure, episode.function);
  if (!isSame || byMs <= window.fromMs) return false;
  if (afterMs < (window.untilMs ?? Number.POSITIVE_INFINITY)) return true;
  const isLasting = reach === 'all' || LASTING.includes(announcement.measure_kind ?? '');
  return isLasting && byMs > reference.earliestMs && byMs <= (lifted?.earliestMs ?? byMs);
}

/** Ids of public records that name a measure against the service around the onset. */
function listNear(
  { service, countryCode, onset }: Episode,
  announcements: readonly Announcement[],
  { leadMs, followMs }: LedgerRules,
): string[] {
  return announcements
    .filter((announcement) => {
      const announced = toStatedInterval(announcement.announced_at);
      return (
        typeof announcement.measure_kind === 'string' &&
        isInForce(announcement) &&
        announced !== undefined &&
        onset.byMs > announced.earliestMs - leadMs &&
        onset.byMs <= announced.latestMs + followMs &&
        listCountries(announcement).includes(countryCode) &&
        listNamedServices(announcement, [service]).length > 0
      );
    })
    .map(({ id }) => id)
    .toSorted();
}

/** Lists restrictions that no measure covers, newest onset first. */
export function listUnannounced(
  { episodes, announcements, rules }: LedgerInput,
  measures: readonly PlacedMeasure[],
): Unannounced[] {
  const byLaneGroup = Map.groupBy(episodes, (one) => `${one.vantageId} ${one.service}`);
  return [...byLaneGroup.values()]
    .flatMap((own) => dropRedundant(own))
    .filter((episode) => !measures.some((placed) => covers(placed, episode)))
    .flatMap((episode) =>
      listAny([episode]).map((effect) => ({
        ...toFinding(effect),
        service: episode.service,
        countryCode: episode.countryCode,
        asn: episode.asn,
        networkName: episode.networkName,
        nearIds: listNear(episode, announcements, rules),
      })),
    )
    .toSorted(
      (a, b) =>
        b.onset.byMs - a.onset.byMs ||
        a.service.localeCompare(b.service) ||
        a.vantageId.localeCompare(b.vantageId) ||
        a.function.localeCompare(b.function),
    );
}
