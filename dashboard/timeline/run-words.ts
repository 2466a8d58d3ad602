/** Runs and columns in words: for the read-out and the live region. Pure. */
import type { Confidence, LaneState } from '../../probes/types.ts';
import type { Column } from '../columns.ts';
import type { Say } from '../i18n/say.ts';
import { formatBoth, formatCountry, formatDuration, formatInstant } from '../i18n/times.ts';
import { sayState, saySureness } from '../i18n/words.ts';
import { type Names, nameGroup, nameRow } from '../lane-names.ts';
import type { LaneRow } from '../lane-rows.ts';
import { STATES } from '../palette.ts';
import type { TimelineLane, TimelineSpan } from './data.ts';
import { runsOf } from './runs.ts';

type Row = LaneRow<TimelineLane>;

const CONFIDENCES: readonly Confidence[] = ['high', 'medium', 'low'];

/** e.g. `blocked`, `tls.reset.sni`, `high confidence`; only what is known. */
export function describeRun(span: TimelineSpan, say: Say): string {
  const confidence = CONFIDENCES.find((one) => one === span.confidence);
  return [
    sayState(say, span.state),
    span.mechanism ?? '',
    confidence ? say.text('timeline.confidence', { sureness: saySureness(say, confidence) }) : '',
  ]
    .filter((part) => part !== '')
    .join(', ');
}

/** A row with its heading, e.g. `Instagram, Rostelecom (AS12389)`. */
export function describeLane(row: Row, names: Names): string {
  const { service, function: part, vantage } = row.lead;
  const heading = nameGroup({ service, function: part }, names);
  if (row.kind === 'service') return `${heading}, ${formatCountry(vantage.countryCode, names.say)}`;
  const asn = row.kind === 'network' && vantage.asn > 0 ? ` (AS${vantage.asn})` : '';
  return `${heading}, ${nameRow(row, names)}${asn}`;
}

/** The sentence that a screen reader gets when the cursor comes to a run. */
export function speakRun(row: Row, index: number, names: Names): string {
  const { say } = names;
  const runs = runsOf(row);
  const span = runs[index];
  const lane = describeLane(row, names);
  if (!span) return `${lane}: ${sayState(say, 'no_data')}`;
  const before = runs[index - 1];
  return say.text(before ? 'timeline.spoken_change' : 'timeline.spoken', {
    time: formatInstant(span.fromMs, say),
    lane,
    run: describeRun(span, say),
    before: sayState(say, before?.state ?? 'no_data'),
    length: formatDuration(span.untilMs - span.fromMs, say),
  });
}

/** The sentence for a single measurement under the cursor. */
export function speakSample(row: Row, span: TimelineSpan, atMs: number, names: Names): string {
  return names.say.text('timeline.spoken', {
    time: formatInstant(atMs, names.say),
    lane: describeLane(row, names),
    run: describeRun(span, names.say),
    length: formatDuration(span.untilMs - span.fromMs, names.say),
  });
}

/** Counts by state, e.g. `reachable 274 · blocked 11 of 285`; empty when there is no measurement. */
export function describeCounts(
  { counts, total }: Pick<Column, 'counts' | 'total'>,
  say: Say,
): string {
  if (total === 0) return '';
  const parts = STATES.flatMap((state) => {
    const count = counts[state];
    return count ? [`${sayState(say, state)} ${say.number(count)}`] : [];
  });
  return say.text('timeline.counts_of', { counts: parts.join(' · '), total });
}

/** How many lanes of a row say what at an instant, e.g. `blocked 3 · reachable 2 of 5`. */
export function describeLanesAt({ lanes }: Row, atMs: number, say: Say): string {
  const counts: Partial<Record<LaneState, number>> = {};
  for (const { spans } of lanes) {
    const state = spans.find((span) => span.fromMs <= atMs && atMs < span.untilMs)?.state;
    counts[state ?? 'no_data'] = (counts[state ?? 'no_data'] ?? 0) + 1;
  }
  return describeCounts({ counts, total: lanes.length }, say);
}

/**
 * When a run began and how long it lasts, e.g. `since 14 Mar 2022, 00:05 Moscow (13 Mar 21:05 UTC), for 3 d 4 h`.
 * A run at the edge of what was loaded may have begun before: then it says `since before`.
 */
export function describeLength(span: TimelineSpan, isAtEdge: boolean, say: Say): string {
  return say.text(isAtEdge ? 'timeline.since_before' : 'timeline.since', {
    time: formatBoth(span.fromMs, say),
    length: formatDuration(span.untilMs - span.fromMs, say),
  });
}
