/** Rows of incidents: one per restriction. */
import { toBatch } from '../../../db/dictionary/batch.ts';
import type { RowOf } from '../../../db/dictionary/column.ts';
import { INCIDENTS } from '../../../db/dictionary/incidents.ts';
import type { Episode, Incident } from '../../../db/incident-types.ts';
import type { RowSource } from './source.ts';

type IncidentRow = RowOf<typeof INCIDENTS>;

function toRow(of: Incident, episode: Episode, isSimulated: boolean): IncidentRow {
  const { evidence } = episode;
  const blocked = episode.levels.find(({ kind }) => kind === 'blocked')?.since;
  return {
    incident_id: of.id,
    service: of.service,
    country: of.countryCode,
    state: of.state,
    severity: of.severity,
    incident_onset_after: of.onset.afterMs ?? null,
    incident_onset_by: of.onset.byMs,
    incident_end_after: of.end?.afterMs ?? null,
    incident_end_by: of.end?.byMs ?? null,
    asn: episode.asn === 0 ? null : episode.asn,
    network_name: episode.networkName,
    vantage_id: episode.vantageId,
    function: episode.function,
    kind: episode.kind,
    mechanisms: episode.mechanisms.map(({ mechanism }) => mechanism),
    blocked_after: blocked?.afterMs ?? null,
    blocked_by: blocked?.byMs ?? null,
    onset_after: episode.onset.afterMs ?? null,
    onset_by: episode.onset.byMs,
    end_after: episode.end?.afterMs ?? null,
    end_by: episode.end?.byMs ?? null,
    rounds: episode.rounds,
    missing_rounds: episode.missing,
    last_good_id: evidence.lastGoodId ?? null,
    first_bad_id: evidence.firstBadId,
    last_bad_id: evidence.lastBadId,
    first_good_id: evidence.firstGoodId ?? null,
    is_simulated: isSimulated,
  };
}

/** One row per restriction of each incident. */
export function toIncidentRows(
  incidents: readonly Incident[],
  isSimulated: boolean,
): IncidentRow[] {
  return incidents.flatMap((of) => of.episodes.map((episode) => toRow(of, episode, isSimulated)));
}

export const listIncidentBatches: RowSource = function* ({ store, query, isSimulated }) {
  const { services, countryCodes, fromMs, toMs } = query;
  const incidents = store.listIncidents({
    fromMs,
    toMs,
    ...(services === undefined ? {} : { services }),
    ...(countryCodes === undefined ? {} : { countryCodes }),
  });
  yield toBatch(INCIDENTS, toIncidentRows(incidents, isSimulated));
};
