/** An incident for the tests of the store. */
import type { Incident } from '../incident-types.ts';
import type { IncidentChanges } from '../incidents.ts';
import type { Store } from '../store.ts';
import { NOON_MS } from './fixtures.ts';

const STEP_MS = 300_000;

/** A closed incident of one network; everything that is not told is the same for all. */
export function makeIncident(change: Partial<Incident> = {}): Incident {
  const onset = { afterMs: NOON_MS, byMs: NOON_MS + STEP_MS };
  const end = { afterMs: NOON_MS + 4 * STEP_MS, byMs: NOON_MS + 5 * STEP_MS };
  return {
    id: 'instagram-ru-20220304t1205z',
    service: 'instagram',
    countryCode: 'RU',
    onset,
    end,
    severity: 'minor',
    mechanism: 'tls.reset.sni',
    state: 'closed',
    episodes: [
      {
        service: 'instagram',
        vantageId: 'ru-volga-fixed',
        countryCode: 'RU',
        asn: 64_496,
        networkName: 'Volga Fixed',
        function: 'service',
        kind: 'blocked',
        levels: [
          {
            kind: 'blocked',
            since: onset,
            evidence: { firstId: 'instagram.ru-volga-fixed.20220304T120500Z' },
          },
        ],
        onset,
        end,
        mechanisms: [{ mechanism: 'tls.reset.sni', fromMs: onset.byMs }],
        evidence: {
          firstBadId: 'instagram.ru-volga-fixed.20220304T120500Z',
          lastBadId: 'instagram.ru-volga-fixed.20220304T122000Z',
        },
        rounds: 4,
        missing: 0,
        isUnstable: false,
      },
    ],
    log: [
      {
        atMs: NOON_MS + 3 * STEP_MS,
        kind: 'opened',
        text: 'Opened.',
        measurementIds: ['instagram.ru-volga-fixed.20220304T120500Z'],
      },
      { atMs: NOON_MS + 7 * STEP_MS, kind: 'closed', text: 'Closed.', measurementIds: [] },
    ],
    ...change,
  };
}

/** Stores incidents of one service in one country in place of all that were there; the example unless told. */
export function insertIncident(
  store: Store,
  incidents: readonly Incident[] = [makeIncident()],
): IncidentChanges {
  return store.updateIncidents({
    service: 'instagram',
    countryCode: 'RU',
    fromMs: Number.NEGATIVE_INFINITY,
    incidents,
    concludedMs: Number.MAX_SAFE_INTEGER,
    reason: 'Late data',
    rules: '{}',
  });
}
