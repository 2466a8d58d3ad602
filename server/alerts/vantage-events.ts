/** Events of vantages that fall silent and come back; the same bound as on their page. Pure. */
import { SILENT_INTERVALS } from '../../dashboard/pages/vantage-state.ts';
import type { AlertEvent } from '../../db/alert-types.ts';
import type { StoredVantage } from '../../db/vantages.ts';
import { toIdTime } from './events.ts';

/** A vantage that should be reporting. */
export type WatchedVantage = {
  readonly vantage: StoredVantage;
  readonly intervalMs: number;
};

/**
 * Events of the vantages as of an instant. Vantages with a publication delay are to be left out by the caller: when
 * they measure is nobody's business.
 * @param lastEvents the last event of each vantage
 */
export function deriveVantageEvents(
  watched: readonly WatchedVantage[],
  lastEvents: ReadonlyMap<string, AlertEvent>,
  nowMs: number,
): AlertEvent[] {
  return watched.flatMap(({ vantage, intervalMs }): AlertEvent[] => {
    const { id, lastMeasuredMs, countryCode, asn, networkName } = vantage;
    if (lastMeasuredMs === undefined) return [];
    const last = lastEvents.get(id);
    const wasSilent = last?.kind === 'vantage_silent';
    const isSilent = nowMs - lastMeasuredMs > SILENT_INTERVALS * intervalMs;
    if (isSilent === wasSilent) return [];
    const shared = {
      severity: 'info',
      services: [],
      countryCodes: [countryCode],
      asns: asn === 0 ? [] : [asn],
      knownMs: nowMs,
      subject: { kind: 'vantage', id },
      measurementIds: [],
    } as const;
    if (isSilent)
      return [
        {
          ...shared,
          id: `${id}/silent-${toIdTime(lastMeasuredMs)}`,
          kind: 'vantage_silent',
          atMs: lastMeasuredMs + SILENT_INTERVALS * intervalMs,
          facts: { networkName, lastSeenMs: lastMeasuredMs },
        },
      ];
    const seenMs = last?.facts.lastSeenMs;
    return [
      {
        ...shared,
        id: `${id}/back-${toIdTime(seenMs ?? lastMeasuredMs)}`,
        kind: 'vantage_back',
        atMs: lastMeasuredMs,
        facts: { networkName, ...(seenMs === undefined ? {} : { lastSeenMs: seenMs }) },
      },
    ];
  });
}
