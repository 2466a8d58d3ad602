/** Finds runs of a lane by time and says them in words: for the read-out, the live region and the keyboard. Pure. */

import type { Column } from '../columns.ts';
import { formatBoth, formatDuration, formatInstant } from '../format.ts';
import { LOOKS, STATES } from '../palette.ts';
import type { TimelineLane, TimelineSpan } from './data.ts';
import { nameNetwork, nameService } from './layout.ts';

/** Index of the run that covers an instant; the first or last one when it lies outside. -1 for an empty lane. */
export function runIndexAt(spans: readonly TimelineSpan[], atMs: number): number {
  let low = 0;
  let high = spans.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle]?.untilMs ?? 0) > atMs) high = middle;
    else low = middle + 1;
  }
  return spans.length === 0 ? -1 : low;
}

/** e.g. `blocked`, `tls.reset.sni`, `high confidence`; only what is known. */
export function describeRun(span: TimelineSpan): string {
  const parts = [LOOKS[span.state].word];
  if (span.mechanism) parts.push(span.mechanism);
  if (span.confidence) parts.push(`${span.confidence} confidence`);
  return parts.join(', ');
}

/** A lane in words, e.g. `Instagram, Rostelecom (AS12389)`. */
export function describeLane(lane: TimelineLane): string {
  const part = lane.function === 'service' ? '' : ` ${lane.function}`;
  const asn = lane.vantage.asn > 0 ? ` (AS${lane.vantage.asn})` : '';
  return `${nameService(lane.service)}${part}, ${nameNetwork(lane)}${asn}`;
}

/** The sentence that a screen reader gets when the cursor comes to a run. */
export function speakRun(lane: TimelineLane, index: number, timeZone: string): string {
  const span = lane.spans[index];
  if (!span) return `${describeLane(lane)}: no data`;
  const before = lane.spans[index - 1];
  const change = before ? `from ${LOOKS[before.state].word} to ` : '';
  const length = formatDuration(span.untilMs - span.fromMs);
  return `${formatInstant(span.fromMs, timeZone)}. ${describeLane(lane)}: ${change}${describeRun(span)}, for ${length}`;
}

/** Counts of a column, e.g. `reachable 274 · blocked 11 of 285`; empty when it holds no measurement. */
export function describeCounts({ counts, total }: Column): string {
  if (total === 0) return '';
  const parts = STATES.flatMap((state) => {
    const count = counts[state];
    return count ? [`${LOOKS[state].word} ${count}`] : [];
  });
  return `${parts.join(' · ')} of ${total}`;
}

/**
 * When a run began and how long it lasts, e.g. `since 14 Mar 2022, 00:05 Moscow (13 Mar 21:05 UTC), for 3 d 4 h`.
 * A run at the edge of what was loaded may have begun before: then it says `since before`.
 */
export function describeLength(span: TimelineSpan, isAtEdge: boolean, timeZone: string): string {
  const since = isAtEdge ? 'since before' : 'since';
  return `${since} ${formatBoth(span.fromMs, timeZone)}, for ${formatDuration(span.untilMs - span.fromMs)}`;
}
