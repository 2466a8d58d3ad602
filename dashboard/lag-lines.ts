/**
 * Announced against measured on the axis: of each announcement the time it counts from, when each network followed, and
 * median and range over the networks. Taken from the ledger, which decides; nothing is judged here.
 */
import type { Lag, LedgerGroup, StatedInterval } from '../db/ledger-types.ts';
import type { Say } from './i18n/say.ts';
import { formatLag } from './i18n/times.ts';

/** One network under an announcement: restricted after `afterMs` and by `byMs`. */
export type LagPoint = {
  readonly networkName: string;
  /** Absent when nothing was measured before. */
  readonly afterMs?: number;
  readonly byMs: number;
};

/** One announcement against the measurements of one service in one country. */
export type LagLine = {
  readonly announcementId: string;
  readonly title: string;
  /** Of the title, as a language tag. */
  readonly language: string;
  readonly service: string;
  readonly countryCode: string;
  /** Functions that were announced; empty for the whole service. */
  readonly functions: readonly string[];
  /** What the lags count from. */
  readonly reference: 'announced' | 'effective';
  readonly from: Pick<StatedInterval, 'earliestMs' | 'latestMs'>;
  readonly networks: number;
  readonly median: Lag;
  readonly range: Lag;
  /** By `byMs`. */
  readonly points: readonly LagPoint[];
};

/** A page that lists more is no page for one look; the ledger has all of them. */
const MAX_LINES = 12;

function toLine(group: LedgerGroup, language: string): LagLine | undefined {
  const { summary, effective, announced } = group;
  const isEffective = summary.sinceEffective !== undefined && effective !== undefined;
  const lags = isEffective ? summary.sinceEffective : summary.sinceAnnounced;
  const from = isEffective ? effective : announced;
  if (group.phase !== 'restriction' || lags === undefined || from === undefined) return undefined;
  const points = group.rows.flatMap(({ networkName, finding, sinceAnnounced, sinceEffective }) =>
    finding === undefined || (sinceAnnounced === undefined && sinceEffective === undefined)
      ? []
      : [{ networkName, ...finding.onset }],
  );
  return {
    announcementId: group.announcementId,
    title: group.title,
    language,
    service: group.service,
    countryCode: group.countryCode,
    functions: group.functions,
    reference: isEffective ? 'effective' : 'announced',
    from: { earliestMs: from.earliestMs, latestMs: from.latestMs },
    networks: lags.networks,
    median: lags.median,
    range: lags.range,
    points: points.toSorted((a, b) => a.byMs - b.byMs),
  };
}

/** The lines of services and countries, oldest announcement first; an empty list lets all pass. `languageOf` is by id of the announcement. */
export function listLagLines(
  groups: readonly LedgerGroup[],
  languageOf: ReadonlyMap<string, string>,
  {
    services,
    countries,
  }: { readonly services: readonly string[]; readonly countries: readonly string[] },
): LagLine[] {
  const lets = (list: readonly string[], value: string) =>
    list.length === 0 || list.includes(value);
  return groups
    .filter(({ service, countryCode }) => lets(services, service) && lets(countries, countryCode))
    .flatMap((group) => toLine(group, languageOf.get(group.announcementId) ?? 'en') ?? [])
    .slice(0, MAX_LINES)
    .toSorted((a, b) => a.from.earliestMs - b.from.earliestMs);
}

/** Whether anything of a line lies in [fromMs, toMs): its reference, or a network's onset. */
export function touchesRange({ from, points }: LagLine, fromMs: number, toMs: number): boolean {
  const last = points.at(-1)?.byMs ?? from.latestMs;
  return (
    Math.min(from.earliestMs, points[0]?.byMs ?? from.earliestMs) < toMs &&
    Math.max(from.latestMs, last) >= fromMs
  );
}

/** Whether a line belongs under a heading. */
export function isOfGroup(
  line: LagLine,
  group: { readonly service?: string; readonly function: string; readonly countryCode?: string },
): boolean {
  const isPart =
    line.functions.length === 0
      ? group.function === 'service'
      : line.functions.includes(group.function);
  return (
    isPart &&
    (group.service === undefined || group.service === line.service) &&
    (group.countryCode === undefined || group.countryCode === line.countryCode)
  );
}

const MINUTE_MS = 60_000;

/** A lag with its sign, e.g. `+2 h`, or between two, e.g. `−4 h … +1 h`. */
function describeLag({ leastMs, mostMs }: Lag, say: Say): string {
  const round = (lengthMs: number) => Math.round(lengthMs / MINUTE_MS) * MINUTE_MS;
  const most = formatLag(round(mostMs), say);
  if (leastMs === undefined) return `≤ ${most}`;
  const least = formatLag(round(leastMs), say);
  return least === most ? most : `${least} … ${most}`;
}

/** Median and range in words, e.g. `median +2 h, range −4 h … +1 d, 9 networks`. */
export function describeLagFigures({ median, range, networks }: LagLine, say: Say): string {
  return networks === 1
    ? say.text('timeline.lag_single', { lag: describeLag(range, say) })
    : say.text('timeline.lag_figures', {
        median: describeLag(median, say),
        range: describeLag(range, say),
        n: networks,
      });
}

/** What the lags count from to what, e.g. `takes effect → first blocked`. */
export function describeLagKind({ reference }: LagLine, say: Say): string {
  return say.text(`timeline.lag_since_${reference}`);
}
