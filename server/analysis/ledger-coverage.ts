/** What was measured of a measure at one vantage: whether anything could have told, and on how many days. */
import type { MeasuredPart } from './ledger-input.ts';
import { concernsPart, type Measure } from './ledger-scope.ts';
import type { Window } from './ledger-window.ts';

const DAY_MS = 86_400_000;

type Range = MeasuredPart['ranges'][number];

/** Everything known of one vantage for one service. */
export type VantageView = {
  readonly vantageId: string;
  readonly countryCode: string;
  readonly asn: number;
  readonly networkName: string;
  readonly parts: readonly MeasuredPart[];
};

/** Groups what was measured of a service in a country by vantage. */
export function listVantageViews(
  measured: readonly MeasuredPart[],
  { service, countryCode }: Pick<Measure, 'service' | 'countryCode'>,
): VantageView[] {
  const own = measured.filter((one) => one.service === service && one.countryCode === countryCode);
  return [...Map.groupBy(own, ({ vantageId }) => vantageId)].flatMap(([vantageId, parts]) => {
    const [first] = parts;
    if (first === undefined) return [];
    const { asn, networkName } = first;
    return [{ vantageId, countryCode, asn, networkName, parts }];
  });
}

/** The ranges in which a function that the measure is about was measured, clipped to a stretch of time. */
function listRanges(
  view: VantageView,
  measure: Pick<Measure, 'functions'>,
  fromMs: number,
  untilMs: number,
): Range[] {
  return view.parts
    .filter((part) => part.function === 'service' || concernsPart(measure, part.function))
    .filter((part) => part.function !== 'service' || measure.functions.length === 0)
    .flatMap(({ ranges }) => ranges)
    .map((range) => ({
      fromMs: Math.max(range.fromMs, fromMs),
      untilMs: Math.min(range.untilMs, untilMs),
    }))
    .filter((range) => range.fromMs < range.untilMs);
}

/** Counts the UTC days that ranges touch. */
function countDays(ranges: readonly Range[]): number {
  const days = ranges
    .map(({ fromMs, untilMs }) => ({
      first: Math.floor(fromMs / DAY_MS),
      last: Math.floor((untilMs - 1) / DAY_MS),
    }))
    .toSorted((a, b) => a.first - b.first);
  let count = 0;
  let reached = Number.NEGATIVE_INFINITY;
  for (const { first, last } of days) {
    count += Math.max(0, last - Math.max(first, reached + 1) + 1);
    reached = Math.max(reached, last);
  }
  return count;
}

/** What the absence of a finding means. */
export type Coverage = {
  readonly kind: 'measured' | 'pending' | 'no_data';
  /** False when nothing at all was measured in the window, the time before the announcement included. */
  readonly isSeen: boolean;
  readonly daysMeasured: number;
};

/**
 * Tells whether a vantage measured after a measure was due and within its window, so that finding nothing says
 * something. `pending` while nothing anywhere was measured after that time.
 */
export function findCoverage(
  view: VantageView,
  measure: Measure,
  window: Window,
  { graceMs, newestMs }: { readonly graceMs: number; readonly newestMs: number },
): Coverage {
  const { untilMs = Number.POSITIVE_INFINITY } = window;
  const ranges = listRanges(view, measure, measure.reference.earliestMs, untilMs);
  const daysMeasured = countDays(ranges);
  // A stage that was overtaken before its grace was over is judged by what it had time for.
  const dueMs = Math.min(measure.reference.latestMs + graceMs, untilMs - 1);
  const isSeen = listRanges(view, measure, window.fromMs, untilMs).length > 0;
  const seen = { isSeen, daysMeasured };
  if (ranges.some((range) => range.untilMs > dueMs)) return { kind: 'measured', ...seen };
  return { kind: newestMs <= dueMs ? 'pending' : 'no_data', ...seen };
}
