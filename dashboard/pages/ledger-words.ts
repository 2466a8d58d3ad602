/** The English of the ledger: outcomes, lags, times and summaries. Everything that a translation has to say stands here. */
import type {
  Lag,
  LagSummary,
  LedgerGroup,
  LedgerOutcome,
  LedgerPhase,
  StatedInterval,
} from '../../db/ledger-types.ts';
import {
  DAY_MS,
  formatBoth,
  formatDay,
  formatDuration,
  formatTime,
  formatZone,
} from '../format.ts';
import { FUNCTION_WORDS, toCount, toCountryName, toSentenceList } from './words.ts';

/** Sign, word and meaning of an outcome; the sign carries it where colour does not. */
export const OUTCOME_WORDS: Readonly<
  Record<LedgerOutcome, { readonly glyph: string; readonly word: string; readonly meaning: string }>
> = {
  before_announcement: {
    glyph: '«',
    word: 'before the announcement',
    meaning: 'restricted in the week before it was announced',
  },
  on_time: {
    glyph: '■',
    word: 'on time',
    meaning: 'restricted after the announcement, at most a day after it was to take effect',
  },
  late: { glyph: '»', word: 'late', meaning: 'restricted more than a day after it was due' },
  time_uncertain: {
    glyph: '◐',
    word: 'time uncertain',
    meaning: 'found, but the measurements are too far apart to say more of its time',
  },
  already_restricted: {
    glyph: '▪',
    word: 'already restricted',
    meaning: 'restricted before, so this announcement changed nothing that could be measured',
  },
  announced_not_measured: {
    glyph: '○',
    word: 'announced, not measured',
    meaning: 'measured after it was due, and not found as announced',
  },
  lifted: { glyph: '◇', word: 'lifted', meaning: 'restricted before, and reachable again' },
  not_restricted: {
    glyph: '●',
    word: 'was not restricted',
    meaning: 'there was nothing to lift',
  },
  exemption_held: { glyph: '●', word: 'exemption held', meaning: 'no restriction was found' },
  exemption_broken: {
    glyph: '✕',
    word: 'restricted all the same',
    meaning: 'it was to be spared, and a restriction was found',
  },
  pending: { glyph: '…', word: 'not due yet', meaning: 'nothing was measured after it is due' },
  no_data: {
    glyph: '–',
    word: 'no data',
    meaning: 'nothing was measured when it would have shown',
  },
};

const PHASE_WORDS: Readonly<Record<LedgerPhase, string>> = {
  restriction: 'restriction',
  lift: 'end of the restriction',
  exemption: 'exemption',
};

/** What a group is about, e.g. `Facebook in Russia: restriction`. */
export function describeGroup(group: LedgerGroup, serviceName: string): string {
  const functions =
    group.functions.length === 0
      ? ''
      : `, ${toSentenceList(group.functions.map((one) => FUNCTION_WORDS[one]))}`;
  return `${serviceName} in ${toCountryName(group.countryCode)}${functions}: ${PHASE_WORDS[group.phase]}`;
}

const MINUTE_MS = 60_000;
const toMinute = (lengthMs: number): number => Math.round(lengthMs / MINUTE_MS) * MINUTE_MS;

/** A lag in words, to the minute, e.g. `5 h to 3 h before`, `9 h to 11 h after`, `from 2 h before to 4 h after`. */
export function describeLag(lag: Lag): string {
  const most = toMinute(lag.mostMs);
  if (lag.leastMs === undefined)
    return most < 0
      ? `${formatDuration(-most)} or more before`
      : `at most ${formatDuration(most)} after`;
  const least = toMinute(lag.leastMs);
  if (least === most) {
    if (most === 0) return 'at the same minute';
    return most > 0 ? `${formatDuration(most)} after` : `${formatDuration(-most)} before`;
  }
  if (least === 0) return `at most ${formatDuration(most)} after`;
  if (most === 0) return `at most ${formatDuration(-least)} before`;
  if (least > 0) return `${formatDuration(least)} to ${formatDuration(most)} after`;
  if (most < 0) return `${formatDuration(-least)} to ${formatDuration(-most)} before`;
  return `from ${formatDuration(-least)} before to ${formatDuration(most)} after`;
}

/** A stated time in the zone of its source and in UTC, as exactly as it is known. */
export function describeStated({ earliestMs, latestMs, timeZone }: StatedInterval): string {
  if (earliestMs === latestMs) return formatBoth(earliestMs, timeZone);
  const first = formatDay(earliestMs, timeZone);
  const last = formatDay(latestMs, timeZone);
  const days = first === last ? first : `${first} to ${last}`;
  const kind = first === last ? 'day in' : 'days in';
  if (timeZone === 'UTC') return `${days} (${kind} UTC)`;
  return `${days} (${kind} ${formatZone(timeZone)}; ${formatTime(earliestMs, 'UTC')} to ${formatTime(latestMs, 'UTC')} UTC)`;
}

const REFERENCE_WORDS: Readonly<Record<LedgerGroup['reference'], string>> = {
  announced: 'the announcement',
  effective: 'the time of effect',
  lifted: 'the stated end',
};

/** How many networks had followed by when; those that were early count from the first. */
function describeWithin({ summary, reference }: LedgerGroup): string {
  let before = 0;
  const steps = summary.within.flatMap(({ lengthMs, networks }) => {
    if (networks === before) return [];
    before = networks;
    const length = lengthMs < DAY_MS ? formatDuration(lengthMs) : toCount(lengthMs / DAY_MS, 'day');
    return [`on ${networks} by ${length}`];
  });
  return steps.length === 0
    ? ''
    : `: certainly ${steps.join(', ')} after ${REFERENCE_WORDS[reference]}`;
}

function countOf({ summary }: LedgerGroup, outcomes: readonly LedgerOutcome[]): number {
  return outcomes.reduce((sum, one) => sum + (summary.outcomes[one] ?? 0), 0);
}

/** Counts of outcomes that are not in the first sentence, e.g. `already restricted on 3`. */
function listOthers(group: LedgerGroup, outcomes: readonly LedgerOutcome[]): string[] {
  const named: Partial<Record<LedgerOutcome, string>> = {
    before_announcement: 'before the announcement on',
    late: 'late on',
    time_uncertain: 'at an uncertain time on',
    already_restricted: 'already restricted on',
    announced_not_measured: group.phase === 'lift' ? 'still restricted on' : 'never on',
    not_restricted: 'nothing to lift on',
    exemption_broken: 'restricted all the same on',
    pending: 'not due yet on',
    no_data: 'no data on',
  };
  return outcomes.flatMap((one) => {
    const count = countOf(group, [one]);
    return count === 0 ? [] : [`${named[one] ?? one} ${count}`];
  });
}

function join(first: string, others: readonly string[]): string {
  return others.length === 0 ? `${first}.` : `${first}; ${others.join(', ')}.`;
}

const STARTED = ['before_announcement', 'on_time', 'late', 'time_uncertain'] as const;

/** The group in one sentence, e.g. `Restricted on 4 of 4 networks: certainly 3 within 1 day …; late on 1.` */
export function summariseGroup(group: LedgerGroup): string {
  const { summary, phase } = group;
  const networks = toCount(summary.networks, 'network');
  if (summary.networks === 0)
    return 'No network of this country is measured, so nothing can be said.';
  if (phase === 'exemption') {
    const until = group.window.untilMs;
    const end =
      until === undefined
        ? ', as far as measured'
        : `, as far as measured before ${formatDay(until, group.announced?.timeZone ?? 'UTC')}, when a measure against it was announced`;
    return join(
      `Exemption held on ${countOf(group, ['exemption_held'])} of ${networks}${end}`,
      listOthers(group, ['exemption_broken', 'pending', 'no_data']),
    );
  }
  if (phase === 'lift')
    return join(
      `Lifted on ${countOf(group, ['lifted'])} of ${networks}${describeWithin(group)}`,
      listOthers(group, [
        'time_uncertain',
        'announced_not_measured',
        'not_restricted',
        'pending',
        'no_data',
      ]),
    );
  return join(
    `Newly restricted on ${countOf(group, STARTED)} of ${networks}${describeWithin(group)}`,
    listOthers(group, [
      'before_announcement',
      'late',
      'time_uncertain',
      'already_restricted',
      'announced_not_measured',
      'pending',
      'no_data',
    ]),
  );
}

/** Median and range over networks in words. */
export function describeLags({ networks, median, range }: LagSummary, since: string): string {
  return networks === 1
    ? `Since ${since}: ${describeLag(range)}.`
    : `Since ${since}: median ${describeLag(median)}; all ${networks} networks ${describeLag(range)}.`;
}
