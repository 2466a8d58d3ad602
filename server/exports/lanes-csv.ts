/** Lanes as CSV (csv.ts): one line per run, in the order in which they are shown. */
import type { Lane, LaneSpan } from '../../db/lanes.ts';
import { type CsvColumn, writeCsv } from './csv.ts';

type Line = { readonly lane: Lane; readonly span: LaneSpan; readonly isSimulated: boolean };

const COLUMNS: readonly CsvColumn<Line>[] = [
  { name: 'service', kind: 'text', read: ({ lane }) => lane.service },
  { name: 'function', kind: 'word', read: ({ lane }) => lane.function },
  { name: 'vantage_id', kind: 'text', read: ({ lane }) => lane.vantage.id },
  { name: 'country', kind: 'word', read: ({ lane }) => lane.vantage.countryCode },
  { name: 'asn', kind: 'number', read: ({ lane }) => lane.vantage.asn },
  { name: 'network_name', kind: 'text', read: ({ lane }) => lane.vantage.networkName },
  { name: 'access', kind: 'word', read: ({ lane }) => lane.vantage.access },
  { name: 'role', kind: 'word', read: ({ lane }) => lane.vantage.role },
  { name: 'from', kind: 'time', read: ({ span }) => span.fromMs },
  { name: 'until', kind: 'time', read: ({ span }) => span.untilMs },
  { name: 'state', kind: 'word', read: ({ span }) => span.state },
  { name: 'mechanism', kind: 'word', read: ({ span }) => span.mechanism },
  { name: 'confidence', kind: 'word', read: ({ span }) => span.confidence },
  { name: 'count', kind: 'number', read: ({ span }) => span.count },
  { name: 'first_measurement_id', kind: 'text', read: ({ span }) => span.firstMeasurementId },
  { name: 'last_measurement_id', kind: 'text', read: ({ span }) => span.lastMeasurementId },
  { name: 'is_simulated', kind: 'word', read: ({ isSimulated }) => String(isSimulated) },
];

/** Writes one line per run of each lane, silences included. */
export function toLanesCsv(
  lanes: readonly Lane[],
  { isSimulated, isSafe }: { readonly isSimulated: boolean; readonly isSafe: boolean },
): string {
  const lines = lanes.flatMap((lane) => lane.spans.map((span) => ({ lane, span, isSimulated })));
  return writeCsv(COLUMNS, lines, isSafe);
}
