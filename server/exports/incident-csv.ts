/** Incidents as CSV: one line per incident, network and part of the service. */
import { INCIDENTS } from '../../db/dictionary/incidents.ts';
import type { Incident } from '../../db/incident-types.ts';
import { writeCsvTable } from './formats/csv.ts';
import { toIncidentRows } from './rows/incidents.ts';

/** Writes the incidents. */
export function toIncidentsCsv(
  incidents: readonly Incident[],
  { isSimulated, isSafe }: { readonly isSimulated: boolean; readonly isSafe: boolean },
): string {
  return writeCsvTable(INCIDENTS, toIncidentRows(incidents, isSimulated), isSafe);
}
