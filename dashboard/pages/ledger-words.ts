/** The ledger in words: outcomes, lags, times and summaries, made of the texts of the area `ledger`. */
import type {
  Lag,
  LagSummary,
  LedgerGroup,
  LedgerOutcome,
  StatedInterval,
} from '../../db/ledger-types.ts';
import { DAY_MS, MINUTE_MS } from '../format.ts';
import { joinWords, type Say } from '../i18n/say.ts';
import {
  formatBoth,
  formatCountry,
  formatDay,
  formatDuration,
  formatTime,
  formatZone,
} from '../i18n/times.ts';
import { sayFunction } from '../i18n/words.ts';

/** The sign of an outcome; it carries it where colour does not. */
export const OUTCOME_GLYPHS: Readonly<Record<LedgerOutcome, string>> = {
  before_announcement: '«',
  on_time: '■',
  late: '»',
  time_uncertain: '◐',
  already_restricted: '▪',
  announced_not_measured: '○',
  lifted: '◇',
  not_restricted: '●',
  exemption_held: '●',
  exemption_broken: '✕',
  pending: '…',
  no_data: '–',
};

/** An outcome in a few words, e.g. `announced, not measured`. */
export function sayOutcome(say: Say, outcome: LedgerOutcome): string {
  return say.text(`ledger.outcome.${outcome}`);
}

/** What an outcome means. */
export function sayOutcomeMeaning(say: Say, outcome: LedgerOutcome): string {
  return say.text(`ledger.meaning.${outcome}`);
}

/** What a group is about, e.g. `Facebook in Russia: restriction`. */
export function describeGroup(group: LedgerGroup, serviceName: string, say: Say): string {
  const place = say.text('ledger.in_country', {
    service: serviceName,
    country: formatCountry(group.countryCode, say),
  });
  const functions = group.functions.map((one) => sayFunction(say, one));
  const what = functions.length === 0 ? place : `${place}, ${joinWords(functions, say)}`;
  return say.text('ledger.group', { what, phase: say.text(`ledger.phase.${group.phase}`) });
}

const toMinute = (lengthMs: number): number => Math.round(lengthMs / MINUTE_MS) * MINUTE_MS;

/** A lag in words, to the minute, e.g. `5 h to 3 h before`, `9 h to 11 h after`, `from 2 h before to 4 h after`. */
export function describeLag(lag: Lag, say: Say): string {
  const most = toMinute(lag.mostMs);
  const sayLength = (lengthMs: number) => formatDuration(Math.abs(lengthMs), say);
  const sayOne = (
    form: 'after' | 'before' | 'most_after' | 'most_before' | 'more_before',
    ms: number,
  ) => say.text(`ledger.lag.${form}`, { length: sayLength(ms) });
  if (lag.leastMs === undefined) return sayOne(most < 0 ? 'more_before' : 'most_after', most);
  const least = toMinute(lag.leastMs);
  if (least === most)
    return most === 0 ? say.text('ledger.lag.same') : sayOne(most > 0 ? 'after' : 'before', most);
  if (least === 0) return sayOne('most_after', most);
  if (most === 0) return sayOne('most_before', least);
  if (least < 0 && most > 0)
    return say.text('ledger.lag.across', { before: sayLength(least), after: sayLength(most) });
  return say.text(least > 0 ? 'ledger.lag.between_after' : 'ledger.lag.between_before', {
    first: sayLength(least),
    last: sayLength(most),
  });
}

/** A stated time in the zone of its source and in UTC, as exactly as it is known. */
export function describeStated(stated: StatedInterval, say: Say): string {
  const { earliestMs, latestMs, timeZone } = stated;
  const place = { ...say, timeZone };
  if (earliestMs === latestMs) return formatBoth(earliestMs, place);
  const first = formatDay(earliestMs, place);
  const last = formatDay(latestMs, place);
  const isOneDay = first === last;
  const days = isOneDay ? first : say.text('ledger.stated.range', { first, last });
  if (timeZone === 'UTC')
    return say.text(isOneDay ? 'ledger.stated.day_utc' : 'ledger.stated.days_utc', { days });
  const inUtc = { ...say, timeZone: 'UTC' };
  return say.text(isOneDay ? 'ledger.stated.day' : 'ledger.stated.days', {
    days,
    zone: formatZone(timeZone, say),
    from: formatTime(earliestMs, inUtc),
    until: formatTime(latestMs, inUtc),
  });
}

/** How many networks had followed by when; those that were early count from the first. */
function addWithin(first: string, { summary, reference }: LedgerGroup, say: Say): string {
  let before = 0;
  const steps = summary.within.flatMap(({ lengthMs, networks }) => {
    if (networks === before) return [];
    before = networks;
    const length =
      lengthMs < DAY_MS
        ? formatDuration(lengthMs, say)
        : say.text('ledger.days', { n: lengthMs / DAY_MS });
    return [say.text('ledger.step', { n: networks, length })];
  });
  return steps.length === 0
    ? first
    : say.text(`ledger.within.${reference}`, { first, steps: steps.join(', ') });
}

function countOf({ summary }: LedgerGroup, outcomes: readonly LedgerOutcome[]): number {
  return outcomes.reduce((sum, one) => sum + (summary.outcomes[one] ?? 0), 0);
}

/** Outcomes that the first sentence of a group does not count, in the order in which they are told. */
const OTHERS = {
  restriction: [
    'before_announcement',
    'late',
    'time_uncertain',
    'already_restricted',
    'announced_not_measured',
    'pending',
    'no_data',
  ],
  lift: ['time_uncertain', 'announced_not_measured', 'not_restricted', 'pending', 'no_data'],
  exemption: ['exemption_broken', 'pending', 'no_data'],
} as const;

/** Adds the counts of the other outcomes, e.g. `already restricted on 3`. */
function addOthers(first: string, group: LedgerGroup, say: Say): string {
  const others = OTHERS[group.phase].flatMap((one) => {
    const n = countOf(group, [one]);
    if (n === 0) return [];
    const isStill = one === 'announced_not_measured' && group.phase === 'lift';
    return [say.text(`ledger.other.${isStill ? 'still_restricted' : one}`, { n })];
  });
  return others.length === 0
    ? say.text('ledger.sum.alone', { first })
    : say.text('ledger.sum.with', { first, others: others.join(', ') });
}

const STARTED = ['before_announcement', 'on_time', 'late', 'time_uncertain'] as const;

/** The group in one sentence, e.g. `Restricted on 4 of 4 networks: certainly 3 within 1 day …; late on 1.` */
export function summariseGroup(group: LedgerGroup, say: Say): string {
  const all = group.summary.networks;
  if (all === 0) return say.text('ledger.sum.none');
  if (group.phase === 'exemption') {
    const counts = { n: countOf(group, ['exemption_held']), all };
    const until = group.window.untilMs;
    const place = { ...say, timeZone: group.announced?.timeZone ?? 'UTC' };
    const first =
      until === undefined
        ? say.text('ledger.sum.exemption', counts)
        : say.text('ledger.sum.exemption_until', { ...counts, day: formatDay(until, place) });
    return addOthers(first, group, say);
  }
  const first =
    group.phase === 'lift'
      ? say.text('ledger.sum.lift', { n: countOf(group, ['lifted']), all })
      : say.text('ledger.sum.restriction', { n: countOf(group, STARTED), all });
  return addOthers(addWithin(first, group, say), group, say);
}

/** Median and range over networks in words. */
export function describeLags(
  { networks, median, range }: LagSummary,
  reference: LedgerGroup['reference'],
  say: Say,
): string {
  const since = say.text(`ledger.since.${reference}`);
  if (networks === 1) return say.text('ledger.lags_one', { since, lag: describeLag(range, say) });
  return say.text('ledger.lags', {
    since,
    median: describeLag(median, say),
    n: networks,
    range: describeLag(range, say),
  });
}
