/** Rows of vantages put together by network, and figures over the networks. */
import type {
  Lag,
  LagSummary,
  LedgerOutcome,
  LedgerPhase,
  LedgerRow,
  LedgerSummary,
} from '../../db/ledger-types.ts';
import type { VantageView } from './ledger-coverage.ts';
import type { VantageOutcome } from './ledger-outcome.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WITHIN_MS = [HOUR_MS, DAY_MS, 3 * DAY_MS, 7 * DAY_MS, 30 * DAY_MS] as const;

/**
 * Which vantage speaks for its network: one that found a restriction before one that found none, the earliest first.
 * Of an end the other way round, since a network is free when the last of its vantages is.
 */
const RANK: Readonly<Record<LedgerOutcome, number>> = {
  before_announcement: 0,
  on_time: 0,
  late: 0,
  time_uncertain: 0,
  exemption_broken: 0,
  already_restricted: 1,
  announced_not_measured: 2,
  lifted: 3,
  not_restricted: 4,
  exemption_held: 5,
  pending: 6,
  no_data: 7,
};

/** Still restricted comes before all else when the question is whether it has ended. */
const rankOf = ({ outcome }: VantageOutcome, phase: LedgerPhase): number =>
  phase === 'lift' && outcome === 'announced_not_measured' ? -1 : RANK[outcome];

function pointMs({ finding }: VantageOutcome, phase: LedgerPhase): number {
  return phase === 'lift' ? -(finding?.end?.byMs ?? 0) : (finding?.onset.byMs ?? 0);
}

/** One row per network, by name; vantages without a network number stay apart. */
export function joinVantages(
  outcomes: readonly { readonly view: VantageView; readonly outcome: VantageOutcome }[],
  phase: LedgerPhase,
): LedgerRow[] {
  const byNetwork = Map.groupBy(outcomes, ({ view }) =>
    view.asn === 0 ? view.vantageId : String(view.asn),
  );
  return [...byNetwork.values()]
    .flatMap((own) => {
      const [chosen] = own.toSorted(
        (a, b) =>
          rankOf(a.outcome, phase) - rankOf(b.outcome, phase) ||
          pointMs(a.outcome, phase) - pointMs(b.outcome, phase) ||
          a.view.vantageId.localeCompare(b.view.vantageId),
      );
      if (chosen === undefined) return [];
      const { asn, networkName } = chosen.view;
      const vantageIds = own.map(({ view }) => view.vantageId).toSorted();
      return [{ asn, networkName, vantageIds, ...chosen.outcome }];
    })
    .toSorted((a, b) => a.networkName.localeCompare(b.networkName) || a.asn - b.asn);
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
}

function makeLag(leastMs: number, mostMs: number): Lag {
  return Number.isFinite(leastMs) ? { leastMs, mostMs } : { mostMs };
}

/** Median and range of lags, of their lower and of their upper ends; undefined without any. */
function summariseLags(lags: readonly Lag[]): LagSummary | undefined {
  if (lags.length === 0) return undefined;
  const least = lags.map(({ leastMs = Number.NEGATIVE_INFINITY }) => leastMs);
  const most = lags.map(({ mostMs }) => mostMs);
  return {
    networks: lags.length,
    median: makeLag(Math.floor(medianOf(least)), Math.ceil(medianOf(most))),
    range: makeLag(Math.min(...least), Math.max(...most)),
  };
}

/** Figures over the rows of a group. */
export function summarise(
  rows: readonly LedgerRow[],
  reference: 'announced' | 'effective' | 'lifted',
): LedgerSummary {
  const outcomes: Partial<Record<LedgerOutcome, number>> = {};
  for (const { outcome } of rows) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  const announced = rows.flatMap(({ sinceAnnounced }) => sinceAnnounced ?? []);
  const effective = rows.flatMap(({ sinceEffective }) => sinceEffective ?? []);
  const sinceAnnounced = summariseLags(announced);
  const sinceEffective = summariseLags(effective);
  const counted = reference === 'announced' ? announced : effective;
  return {
    networks: rows.length,
    outcomes,
    ...(sinceAnnounced === undefined ? {} : { sinceAnnounced }),
    ...(sinceEffective === undefined ? {} : { sinceEffective }),
    within: WITHIN_MS.map((lengthMs) => ({
      lengthMs,
      networks: counted.filter(({ mostMs }) => mostMs <= lengthMs).length,
    })),
  };
}
