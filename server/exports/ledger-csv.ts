/** The ledger as CSV: one line per announcement, service, country and network, or per restriction without announcement. */
import type {
  LedgerContent,
  LedgerFinding,
  LedgerGroup,
  LedgerRow,
  StatedInterval,
} from '../../db/ledger-types.ts';
import { type CsvColumn, writeCsv } from './csv.ts';

type Origin = { readonly revision: number; readonly isSimulated: boolean };
type Line = Origin & { readonly group: LedgerGroup; readonly row: LedgerRow };

function stated(prefix: string, read: (group: LedgerGroup) => StatedInterval | undefined) {
  return [
    { name: `${prefix}_earliest`, kind: 'time', read: ({ group }) => read(group)?.earliestMs },
    { name: `${prefix}_latest`, kind: 'time', read: ({ group }) => read(group)?.latestMs },
    { name: `${prefix}_precision`, kind: 'word', read: ({ group }) => read(group)?.precision },
    { name: `${prefix}_zone`, kind: 'word', read: ({ group }) => read(group)?.timeZone },
  ] as const satisfies readonly CsvColumn<Line>[];
}

function finding<T>(read: (one: T) => LedgerFinding | undefined) {
  return [
    { name: 'function', kind: 'word', read: (one) => read(one)?.function },
    { name: 'kind', kind: 'word', read: (one) => read(one)?.kind },
    { name: 'mechanism', kind: 'word', read: (one) => read(one)?.mechanism },
    { name: 'onset_after', kind: 'time', read: (one) => read(one)?.onset.afterMs },
    { name: 'onset_by', kind: 'time', read: (one) => read(one)?.onset.byMs },
    { name: 'end_after', kind: 'time', read: (one) => read(one)?.end?.afterMs },
    { name: 'end_by', kind: 'time', read: (one) => read(one)?.end?.byMs },
    { name: 'last_good_id', kind: 'word', read: (one) => read(one)?.evidence.lastGoodId },
    { name: 'first_bad_id', kind: 'word', read: (one) => read(one)?.evidence.firstBadId },
    { name: 'last_bad_id', kind: 'word', read: (one) => read(one)?.evidence.lastBadId },
    { name: 'first_good_id', kind: 'word', read: (one) => read(one)?.evidence.firstGoodId },
  ] as const satisfies readonly CsvColumn<T>[];
}

const ORIGIN = [
  { name: 'ledger_revision', kind: 'number', read: ({ revision }) => revision },
  { name: 'is_simulated', kind: 'word', read: ({ isSimulated }) => String(isSimulated) },
] as const satisfies readonly CsvColumn<Origin>[];

const COLUMNS: readonly CsvColumn<Line>[] = [
  { name: 'announcement_id', kind: 'text', read: ({ group }) => group.announcementId },
  { name: 'title', kind: 'text', read: ({ group }) => group.title },
  { name: 'actor', kind: 'text', read: ({ group }) => group.actor },
  { name: 'phase', kind: 'word', read: ({ group }) => group.phase },
  { name: 'service', kind: 'text', read: ({ group }) => group.service },
  { name: 'country', kind: 'word', read: ({ group }) => group.countryCode },
  {
    name: 'is_part_of_country',
    kind: 'word',
    read: ({ group }) => String(group.isPartOfCountry),
  },
  { name: 'asn', kind: 'number', read: ({ row }) => row.asn },
  { name: 'network_name', kind: 'text', read: ({ row }) => row.networkName },
  { name: 'vantage_ids', kind: 'text', read: ({ row }) => row.vantageIds.join(' ') },
  { name: 'outcome', kind: 'word', read: ({ row }) => row.outcome },
  ...stated('announced', ({ announced }) => announced),
  ...stated('effective', ({ effective }) => effective),
  ...stated('lifted', ({ lifted }) => lifted),
  { name: 'reference', kind: 'word', read: ({ group }) => group.reference },
  { name: 'window_from', kind: 'time', read: ({ group }) => group.window.fromMs },
  { name: 'window_until', kind: 'time', read: ({ group }) => group.window.untilMs },
  {
    name: 'lag_announced_least_ms',
    kind: 'number',
    read: ({ row }) => row.sinceAnnounced?.leastMs,
  },
  { name: 'lag_announced_most_ms', kind: 'number', read: ({ row }) => row.sinceAnnounced?.mostMs },
  {
    name: 'lag_effective_least_ms',
    kind: 'number',
    read: ({ row }) => row.sinceEffective?.leastMs,
  },
  { name: 'lag_effective_most_ms', kind: 'number', read: ({ row }) => row.sinceEffective?.mostMs },
  { name: 'vantage_id', kind: 'text', read: ({ row }) => row.finding?.vantageId },
  ...finding<Line>(({ row }) => row.finding),
  { name: 'under_announcement_id', kind: 'text', read: ({ row }) => row.underId },
  { name: 'partial_function', kind: 'word', read: ({ row }) => row.partial?.function },
  { name: 'changed_mechanism', kind: 'word', read: ({ row }) => row.changed?.mechanism },
  { name: 'changed_by', kind: 'time', read: ({ row }) => row.changed?.byMs },
  { name: 'days_measured', kind: 'number', read: ({ row }) => row.daysMeasured },
  ...ORIGIN,
];

type Never = Origin & { readonly one: LedgerContent['unannounced'][number] };

const UNANNOUNCED_COLUMNS: readonly CsvColumn<Never>[] = [
  { name: 'service', kind: 'text', read: ({ one }) => one.service },
  { name: 'country', kind: 'word', read: ({ one }) => one.countryCode },
  { name: 'asn', kind: 'number', read: ({ one }) => one.asn },
  { name: 'network_name', kind: 'text', read: ({ one }) => one.networkName },
  { name: 'vantage_id', kind: 'text', read: ({ one }) => one.vantageId },
  ...finding<Never>(({ one }) => one),
  { name: 'near_announcement_ids', kind: 'text', read: ({ one }) => one.nearIds.join(' ') },
  ...ORIGIN,
];

/** Options of both files. */
export type CsvOptions = {
  readonly revision: number;
  /** True when the measured network is a simulation; every line says so. */
  readonly isSimulated: boolean;
  /** Guards text cells against being run as formulas; changes their bytes. */
  readonly isSafe?: boolean;
};

/** Writes one line per announcement, service, country, phase and network. */
export function toLedgerCsv(
  { groups }: Pick<LedgerContent, 'groups'>,
  { isSafe = false, ...origin }: CsvOptions,
): string {
  const lines = groups.flatMap((group) => group.rows.map((row) => ({ group, row, ...origin })));
  return writeCsv(COLUMNS, lines, isSafe);
}

/** Writes one line per restriction that no announcement covers. */
export function toUnannouncedCsv(
  { unannounced }: Pick<LedgerContent, 'unannounced'>,
  { isSafe = false, ...origin }: CsvOptions,
): string {
  return writeCsv(
    UNANNOUNCED_COLUMNS,
    unannounced.map((one) => ({ one, ...origin })),
    isSafe,
  );
}
