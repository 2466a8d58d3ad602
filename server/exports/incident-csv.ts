/** Incidents as CSV: one line per incident, network and part of the service. */
import type { Episode, Incident } from '../../db/incident-types.ts';
import { type CsvColumn, writeCsv } from './csv.ts';

type Line = { readonly of: Incident; readonly episode: Episode; readonly isSimulated: boolean };

const COLUMNS: readonly CsvColumn<Line>[] = [
  { name: 'incident_id', kind: 'word', read: ({ of }) => of.id },
  { name: 'service', kind: 'text', read: ({ of }) => of.service },
  { name: 'country', kind: 'word', read: ({ of }) => of.countryCode },
  { name: 'state', kind: 'word', read: ({ of }) => of.state },
  { name: 'severity', kind: 'word', read: ({ of }) => of.severity },
  { name: 'incident_onset_after', kind: 'time', read: ({ of }) => of.onset.afterMs },
  { name: 'incident_onset_by', kind: 'time', read: ({ of }) => of.onset.byMs },
  { name: 'incident_end_after', kind: 'time', read: ({ of }) => of.end?.afterMs },
  { name: 'incident_end_by', kind: 'time', read: ({ of }) => of.end?.byMs },
  { name: 'asn', kind: 'number', read: ({ episode }) => episode.asn || undefined },
  { name: 'network_name', kind: 'text', read: ({ episode }) => episode.networkName },
  { name: 'vantage_id', kind: 'text', read: ({ episode }) => episode.vantageId },
  { name: 'function', kind: 'word', read: ({ episode }) => episode.function },
  { name: 'kind', kind: 'word', read: ({ episode }) => episode.kind },
  { name: 'mechanisms', kind: 'word', read: ({ episode }) => listMechanisms(episode) },
  { name: 'onset_after', kind: 'time', read: ({ episode }) => episode.onset.afterMs },
  { name: 'onset_by', kind: 'time', read: ({ episode }) => episode.onset.byMs },
  { name: 'end_after', kind: 'time', read: ({ episode }) => episode.end?.afterMs },
  { name: 'end_by', kind: 'time', read: ({ episode }) => episode.end?.byMs },
  { name: 'rounds', kind: 'number', read: ({ episode }) => episode.rounds },
  { name: 'missing_rounds', kind: 'number', read: ({ episode }) => episode.missing },
  { name: 'last_good_id', kind: 'word', read: ({ episode }) => episode.evidence.lastGoodId },
  { name: 'first_bad_id', kind: 'word', read: ({ episode }) => episode.evidence.firstBadId },
  { name: 'last_bad_id', kind: 'word', read: ({ episode }) => episode.evidence.lastBadId },
  { name: 'first_good_id', kind: 'word', read: ({ episode }) => episode.evidence.firstGoodId },
  { name: 'is_simulated', kind: 'word', read: ({ isSimulated }) => String(isSimulated) },
];

function listMechanisms({ mechanisms }: Episode): string {
  return mechanisms.map(({ mechanism }) => mechanism).join(' ');
}

/** Writes the incidents. */
export function toIncidentsCsv(
  incidents: readonly Incident[],
  { isSimulated, isSafe }: { readonly isSimulated: boolean; readonly isSafe: boolean },
): string {
  const lines = incidents.flatMap((of) =>
    of.episodes.map((episode) => ({ of, episode, isSimulated })),
  );
  return writeCsv(COLUMNS, lines, isSafe);
}
