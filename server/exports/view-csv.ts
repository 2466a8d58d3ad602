/** Tables of single pages as CSV (csv.ts): what the page shows, one line per row of it. */
import type { StoredIncidentEntry } from '../../db/incident-log.ts';
import type { MeasurementJudgement, Observation } from '../../probes/types.ts';
import type { MapRow } from '../map-rows.ts';
import type { CsvWish } from '../reply-csv.ts';
import { type CsvColumn, writeCsv } from './csv.ts';

type Of<T> = T & { readonly isSimulated: boolean };

const IS_SIMULATED: CsvColumn<{ readonly isSimulated: boolean }> = {
  name: 'is_simulated',
  kind: 'word',
  read: ({ isSimulated }) => String(isSimulated),
};

function write<T>(
  columns: readonly CsvColumn<T>[],
  rows: readonly T[],
  { isSimulated, isSafe }: CsvWish,
): string {
  const lines = rows.map((row): Of<T> => ({ ...row, isSimulated }));
  return writeCsv<Of<T>>([...columns, IS_SIMULATED], lines, isSafe);
}

const MAP_COLUMNS: readonly CsvColumn<MapRow>[] = [
  { name: 'service', kind: 'text', read: ({ service }) => service },
  { name: 'country', kind: 'word', read: ({ country }) => country },
  { name: 'answer', kind: 'word', read: ({ answer }) => answer },
  { name: 'reason', kind: 'word', read: ({ reason }) => reason ?? undefined },
  { name: 'networks', kind: 'number', read: ({ networks }) => networks },
  { name: 'networks_blocked', kind: 'number', read: ({ blocked }) => blocked },
  { name: 'networks_partly', kind: 'number', read: ({ partly }) => partly },
  { name: 'networks_reachable', kind: 'number', read: ({ reachable }) => reachable },
  { name: 'networks_cannot_tell', kind: 'number', read: ({ cannotTell }) => cannotTell },
  { name: 'since_after', kind: 'time', read: ({ sinceAfter }) => sinceAfter ?? undefined },
  { name: 'since_by', kind: 'time', read: ({ sinceBy }) => sinceBy ?? undefined },
  {
    name: 'blocked_since_after',
    kind: 'time',
    read: ({ blockedSinceAfter }) => blockedSinceAfter ?? undefined,
  },
  {
    name: 'blocked_since_by',
    kind: 'time',
    read: ({ blockedSinceBy }) => blockedSinceBy ?? undefined,
  },
  { name: 'last_checked', kind: 'time', read: ({ lastChecked }) => lastChecked ?? undefined },
];

/** The map: one line per service and country. */
export function toMapCsv(rows: readonly MapRow[], wish: CsvWish): string {
  return write(MAP_COLUMNS, rows, wish);
}

type LogLine = StoredIncidentEntry & { readonly incidentId: string };

const LOG_COLUMNS: readonly CsvColumn<LogLine>[] = [
  { name: 'incident_id', kind: 'word', read: ({ incidentId }) => incidentId },
  { name: 'at', kind: 'time', read: ({ atMs }) => atMs },
  { name: 'concluded_at', kind: 'time', read: ({ storedAtMs }) => storedAtMs },
  { name: 'kind', kind: 'word', read: ({ kind }) => kind },
  { name: 'text', kind: 'text', read: ({ text }) => text },
  { name: 'kept', kind: 'number', read: ({ kept }) => kept },
  {
    name: 'measurement_ids',
    kind: 'word',
    read: ({ measurementIds }) => measurementIds.join(' '),
  },
];

/** The log of an incident: one line per conclusion, in the order of concluding. */
export function toIncidentLogCsv(
  incidentId: string,
  log: readonly StoredIncidentEntry[],
  wish: CsvWish,
): string {
  return write(
    LOG_COLUMNS,
    log.map((entry) => ({ ...entry, incidentId })),
    wish,
  );
}

/** A measurement as far as its lines need it. */
export type ObservedMeasurement = {
  readonly id: string;
  readonly service: string;
  readonly vantageId: string;
  readonly startedAtMs: number;
  readonly judgement: MeasurementJudgement;
  readonly observations: readonly Observation[];
};

type ObservationLine = { readonly of: ObservedMeasurement; readonly one: Observation };

const judged = ({ of, one }: ObservationLine) =>
  one.role === 'target' ? of.judgement.targets[one.targetId] : undefined;
const failed = ({ one: { outcome } }: ObservationLine) =>
  outcome.kind === 'failed' ? outcome.failure : undefined;

const OBSERVATION_COLUMNS: readonly CsvColumn<ObservationLine>[] = [
  { name: 'measurement_id', kind: 'word', read: ({ of }) => of.id },
  { name: 'service', kind: 'text', read: ({ of }) => of.service },
  { name: 'vantage_id', kind: 'text', read: ({ of }) => of.vantageId },
  { name: 'started_at', kind: 'time', read: ({ of }) => of.startedAtMs },
  { name: 'observation', kind: 'number', read: ({ one }) => one.id },
  { name: 'role', kind: 'word', read: ({ one }) => one.role },
  { name: 'target_id', kind: 'text', read: ({ one }) => one.targetId },
  { name: 'operation', kind: 'word', read: ({ one }) => one.operation },
  { name: 'attempt', kind: 'number', read: ({ one }) => one.attempt },
  { name: 'started_ms', kind: 'number', read: ({ one }) => one.startedMs },
  { name: 'elapsed_ms', kind: 'number', read: ({ one }) => one.elapsedMs },
  { name: 'outcome', kind: 'word', read: ({ one }) => one.outcome.kind },
  { name: 'failure', kind: 'word', read: (line) => failed(line)?.code },
  { name: 'attribution', kind: 'word', read: (line) => failed(line)?.attribution },
  { name: 'target_verdict', kind: 'word', read: (line) => judged(line)?.verdict },
  { name: 'target_mechanism', kind: 'word', read: (line) => judged(line)?.mechanism },
];

/** A measurement: one line per observation, in the order in which they were made. */
export function toObservationsCsv(of: ObservedMeasurement, wish: CsvWish): string {
  return write(
    OBSERVATION_COLUMNS,
    of.observations.map((one) => ({ of, one })),
    wish,
  );
}
