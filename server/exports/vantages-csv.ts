/** Vantages as CSV (csv.ts): one line per vantage with the figures of its page, or one per day of one vantage. */
import type { VantageJson } from '../api/vantages.ts';
import type { CsvWish } from '../reply-csv.ts';
import { type CsvColumn, writeCsv } from './csv.ts';

type Line = { readonly of: VantageJson; readonly isSimulated: boolean };

const COLUMNS: readonly CsvColumn<Line>[] = [
  { name: 'id', kind: 'text', read: ({ of }) => of.id },
  { name: 'kind', kind: 'word', read: ({ of }) => of.kind },
  { name: 'role', kind: 'word', read: ({ of }) => of.role },
  { name: 'country', kind: 'word', read: ({ of }) => of.countryCode },
  { name: 'asn', kind: 'number', read: ({ of }) => of.asn || undefined },
  { name: 'network_name', kind: 'text', read: ({ of }) => of.networkName },
  { name: 'network_type', kind: 'word', read: ({ of }) => of.access },
  { name: 'status', kind: 'word', read: ({ of }) => of.status },
  { name: 'interval_ms', kind: 'number', read: ({ of }) => of.intervalMs },
  { name: 'publish_delay_minutes', kind: 'number', read: ({ of }) => of.publishDelayMinutes },
  { name: 'last_measured_at', kind: 'word', read: ({ of }) => of.lastMeasuredAt ?? undefined },
  { name: 'runs', kind: 'number', read: ({ of }) => of.runs },
  { name: 'network_ok_ratio', kind: 'number', read: ({ of }) => of.networkOkRatio ?? undefined },
  { name: 'ok_ratio', kind: 'number', read: ({ of }) => of.okRatio ?? undefined },
  { name: 'coverage_ratio', kind: 'number', read: ({ of }) => of.coverageRatio ?? undefined },
  {
    name: 'coverage_today_ratio',
    kind: 'number',
    read: ({ of }) => of.coverageTodayRatio ?? undefined,
  },
  {
    name: 'verdicts',
    kind: 'text',
    read: ({ of }) => of.latest.map(({ service, verdict }) => `${service}=${verdict}`).join(' '),
  },
  {
    name: 'newest_ids',
    kind: 'word',
    read: ({ of }) => of.latest.map(({ id }) => id).join(' '),
  },
  { name: 'is_simulated', kind: 'word', read: ({ isSimulated }) => String(isSimulated) },
];

/** Writes one line per vantage. */
export function toVantagesCsv(
  vantages: readonly VantageJson[],
  { isSimulated, isSafe }: CsvWish,
): string {
  const lines = vantages.map((of) => ({ of, isSimulated }));
  return writeCsv(COLUMNS, lines, isSafe);
}

/** A day of UTC of one vantage: runs that were measured, and runs that were due. */
export type VantageDay = {
  readonly day: string;
  readonly measured: number;
  readonly expected: number;
};

type DayLine = VantageDay & { readonly vantageId: string; readonly isSimulated: boolean };

const DAY_COLUMNS: readonly CsvColumn<DayLine>[] = [
  { name: 'vantage_id', kind: 'text', read: ({ vantageId }) => vantageId },
  { name: 'day', kind: 'word', read: ({ day }) => day },
  { name: 'measured', kind: 'number', read: ({ measured }) => measured },
  { name: 'expected', kind: 'number', read: ({ expected }) => expected },
  { name: 'is_simulated', kind: 'word', read: ({ isSimulated }) => String(isSimulated) },
];

/** Writes one line per day, oldest first. */
export function toVantageDaysCsv(
  vantageId: string,
  days: readonly VantageDay[],
  { isSimulated, isSafe }: CsvWish,
): string {
  const lines = days.map((day) => ({ ...day, vantageId, isSimulated }));
  return writeCsv(DAY_COLUMNS, lines, isSafe);
}
