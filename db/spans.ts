/**
 * Spans: how runs become stretches of one state. Pure; the order in which runs arrive must not matter, so
 * everything follows from the runs of a lane sorted by slot.
 *
 * A lane has one sample per slot, that of the last run in the slot. A sample holds from its slot until the next
 * sample if that is on time, else until its own interval is over; what is not covered is `no_data`.
 */

/** What a lane was judged to be in one slot, in codes. */
export type Sample = {
  readonly slotMs: number;
  readonly seq: number;
  readonly intervalMs: number;
  readonly verdict: number;
  readonly mechanism: number | null;
  readonly confidence: number;
};

/** A stretch of one verdict and mechanism without a hole; a row of the table `span`. */
export type SpanRow = {
  /** Slot of the first sample. */
  from_ms: number;
  until_ms: number;
  verdict: number;
  mechanism: number | null;
  /** Of the last sample. */
  confidence: number;
  /** Samples in the span. */
  count: number;
  first_seq: number;
  last_slot_ms: number;
  last_seq: number;
};

/** A run may start this many intervals after the one before and still continue it: half an interval of delay. */
const ON_TIME_INTERVALS = 1.5;

/** True when `slotMs` follows a sample without a missed run between. */
export function isOnTime(previous: Pick<Sample, 'slotMs' | 'intervalMs'>, slotMs: number): boolean {
  return slotMs <= previous.slotMs + previous.intervalMs * ON_TIME_INTERVALS;
}

/** The span of a single sample. */
export function startSpan(sample: Sample): SpanRow {
  return {
    from_ms: sample.slotMs,
    until_ms: sample.slotMs + sample.intervalMs,
    verdict: sample.verdict,
    mechanism: sample.mechanism,
    confidence: sample.confidence,
    count: 1,
    first_seq: sample.seq,
    last_slot_ms: sample.slotMs,
    last_seq: sample.seq,
  };
}

/** True when both spans say the same. */
function isSameState(
  left: Pick<SpanRow, 'verdict' | 'mechanism'>,
  right: Pick<SpanRow, 'verdict' | 'mechanism'>,
): boolean {
  return left.verdict === right.verdict && left.mechanism === right.mechanism;
}

/**
 * Puts two neighbouring spans side by side: one span when they continue each other, else two that do not overlap.
 * `left` must end with its own interval (`until_ms = last_slot_ms + interval`), as it does when nothing follows.
 */
export function joinSpans(left: SpanRow, right: SpanRow): SpanRow[] {
  const intervalMs = left.until_ms - left.last_slot_ms;
  const isNext = isOnTime({ slotMs: left.last_slot_ms, intervalMs }, right.from_ms);
  if (!isNext) return [left, right];
  if (!isSameState(left, right)) return [{ ...left, until_ms: right.from_ms }, right];
  return [
    {
      ...right,
      from_ms: left.from_ms,
      first_seq: left.first_seq,
      count: left.count + right.count,
    },
  ];
}

/** All spans of the samples, which are sorted by slot, one per slot. */
export function buildSpans(samples: Iterable<Sample>): SpanRow[] {
  const spans: SpanRow[] = [];
  for (const sample of samples) {
    const last = spans.pop();
    spans.push(...(last ? joinSpans(last, startSpan(sample)) : [startSpan(sample)]));
  }
  return spans;
}
