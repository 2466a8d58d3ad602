/** Answers as CSV: one line per service, country and network; a place without any network has a line of its own. */
import type { Availability, NetworkState } from '../../db/availability-types.ts';
import { type CsvColumn, writeCsv } from './csv.ts';

type Line = {
  readonly of: Availability;
  readonly network?: NetworkState;
  readonly isSimulated: boolean;
};

const COLUMNS: readonly CsvColumn<Line>[] = [
  { name: 'service', kind: 'text', read: ({ of }) => of.service },
  { name: 'country', kind: 'word', read: ({ of }) => of.countryCode },
  { name: 'answer', kind: 'word', read: ({ of }) => of.answer },
  { name: 'reason', kind: 'word', read: ({ of }) => of.reason?.kind },
  { name: 'asn', kind: 'number', read: ({ network }) => network?.asn || undefined },
  { name: 'network_name', kind: 'text', read: ({ network }) => network?.networkName },
  { name: 'vantage_ids', kind: 'text', read: ({ network }) => network?.vantageIds.join(' ') },
  { name: 'state', kind: 'word', read: ({ network }) => network?.state },
  { name: 'parts', kind: 'word', read: ({ network }) => network?.parts.join(' ') },
  { name: 'mechanism', kind: 'word', read: ({ network }) => network?.mechanism },
  { name: 'mechanism_from', kind: 'time', read: ({ network }) => network?.mechanismFromMs },
  { name: 'since_after', kind: 'time', read: ({ network }) => network?.since?.afterMs },
  { name: 'since_by', kind: 'time', read: ({ network }) => network?.since?.byMs },
  {
    name: 'blocked_since_after',
    kind: 'time',
    read: ({ network }) => network?.blockedSince?.afterMs,
  },
  { name: 'blocked_since_by', kind: 'time', read: ({ network }) => network?.blockedSince?.byMs },
  { name: 'last_good_id', kind: 'word', read: ({ network }) => network?.evidence?.lastGoodId },
  { name: 'first_bad_id', kind: 'word', read: ({ network }) => network?.evidence?.firstBadId },
  {
    name: 'last_not_blocked_id',
    kind: 'word',
    read: ({ network }) => network?.blockedEvidence?.lastOtherId,
  },
  {
    name: 'first_blocked_id',
    kind: 'word',
    read: ({ network }) => network?.blockedEvidence?.firstId,
  },
  { name: 'last_told', kind: 'time', read: ({ network }) => network?.lastToldMs },
  { name: 'newest_id', kind: 'word', read: ({ network }) => network?.lastToldId },
  { name: 'is_simulated', kind: 'word', read: ({ isSimulated }) => String(isSimulated) },
];

/** Writes the answers. */
export function toAnswersCsv(
  answers: readonly Availability[],
  { isSimulated, isSafe }: { readonly isSimulated: boolean; readonly isSafe: boolean },
): string {
  const lines = answers.flatMap((of): Line[] =>
    of.networks.length === 0
      ? [{ of, isSimulated }]
      : of.networks.map((network) => ({ of, network, isSimulated })),
  );
  return writeCsv(COLUMNS, lines, isSafe);
}
