/** Rows of the ledger and of restrictions that nobody announced, of its newest revision. */
import { toBatch } from '../../../db/dictionary/batch.ts';
import type { RowOf } from '../../../db/dictionary/column.ts';
import { LEDGER, UNANNOUNCED } from '../../../db/dictionary/ledger.ts';
import type {
  LedgerFinding,
  LedgerGroup,
  LedgerRow,
  StatedInterval,
  Unannounced,
} from '../../../db/ledger-types.ts';
import { lets, type RowSource, type SourceContext } from './source.ts';

type Written = RowOf<typeof LEDGER>;

function stated<const P extends 'announced' | 'effective' | 'lifted'>(
  prefix: P,
  of: StatedInterval | undefined,
) {
  return {
    [`${prefix}_earliest`]: of?.earliestMs ?? null,
    [`${prefix}_latest`]: of?.latestMs ?? null,
    [`${prefix}_precision`]: of?.precision ?? null,
    [`${prefix}_zone`]: of?.timeZone ?? null,
  } as Pick<Written, `${P}_earliest` | `${P}_latest` | `${P}_precision` | `${P}_zone`>; // made of the prefix
}

function found(of: LedgerFinding | undefined) {
  return {
    vantage_id: of?.vantageId ?? null,
    function: of?.function ?? null,
    kind: of?.kind ?? null,
    mechanism: of?.mechanism ?? null,
    onset_after: of?.onset.afterMs ?? null,
    onset_by: of?.onset.byMs ?? null,
    end_after: of?.end?.afterMs ?? null,
    end_by: of?.end?.byMs ?? null,
    last_good_id: of?.evidence.lastGoodId ?? null,
    first_bad_id: of?.evidence.firstBadId ?? null,
    last_bad_id: of?.evidence.lastBadId ?? null,
    first_good_id: of?.evidence.firstGoodId ?? null,
  };
}

function toRow(group: LedgerGroup, row: LedgerRow, source: LedgerOrigin): Written {
  return {
    announcement_id: group.announcementId,
    title: group.title,
    actor: group.actor,
    phase: group.phase,
    service: group.service,
    country: group.countryCode,
    is_part_of_country: group.isPartOfCountry,
    asn: row.asn,
    network_name: row.networkName,
    vantage_ids: row.vantageIds,
    outcome: row.outcome,
    ...stated('announced', group.announced),
    ...stated('effective', group.effective),
    ...stated('lifted', group.lifted),
    reference: group.reference,
    window_from: group.window.fromMs,
    window_until: group.window.untilMs ?? null,
    lag_announced_least_ms: row.sinceAnnounced?.leastMs ?? null,
    lag_announced_most_ms: row.sinceAnnounced?.mostMs ?? null,
    lag_effective_least_ms: row.sinceEffective?.leastMs ?? null,
    lag_effective_most_ms: row.sinceEffective?.mostMs ?? null,
    ...found(row.finding),
    under_announcement_id: row.underId ?? null,
    partial_function: row.partial?.function ?? null,
    changed_mechanism: row.changed?.mechanism ?? null,
    changed_by: row.changed?.byMs ?? null,
    days_measured: row.daysMeasured,
    ...source,
  };
}

/** Where rows come from. */
export type LedgerOrigin = { readonly ledger_revision: number; readonly is_simulated: boolean };

/** One row per announcement, service, country, phase and network. */
export function toLedgerRows(groups: readonly LedgerGroup[], source: LedgerOrigin): Written[] {
  return groups.flatMap((group) => group.rows.map((row) => toRow(group, row, source)));
}

/** One row per restriction that no announcement covers. */
export function toUnannouncedRows(
  unannounced: readonly Unannounced[],
  source: LedgerOrigin,
): RowOf<typeof UNANNOUNCED>[] {
  return unannounced.map((one) => ({
    service: one.service,
    country: one.countryCode,
    asn: one.asn,
    network_name: one.networkName,
    ...found(one),
    near_announcement_ids: one.nearIds,
    ...source,
  }));
}

/** The newest ledger, filtered; nothing when it was never built. */
function read({ store, query, isSimulated }: SourceContext) {
  const stored = store.getLedger();
  const isWanted = ({ service, countryCode }: { service: string; countryCode: string }) =>
    lets(query.services, service) && lets(query.countryCodes, countryCode);
  return {
    groups: stored?.content.groups.filter(isWanted) ?? [],
    unannounced: stored?.content.unannounced.filter(isWanted) ?? [],
    source: { ledger_revision: stored?.revision ?? 0, is_simulated: isSimulated },
  };
}

export const listLedgerBatches: RowSource = function* (context) {
  const { groups, source } = read(context);
  yield toBatch(LEDGER, toLedgerRows(groups, source));
};

export const listUnannouncedBatches: RowSource = function* (context) {
  const { unannounced, source } = read(context);
  yield toBatch(UNANNOUNCED, toUnannouncedRows(unannounced, source));
};
