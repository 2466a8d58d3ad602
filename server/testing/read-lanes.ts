/** The JSON of lanes in the shape of what the timeline reads of runs, so that the two can be compared. */
import {
  type LoadedLanes,
  parseIdentity,
  type TimelineSpan,
} from '../../dashboard/timeline/data.ts';

type Answer = {
  readonly from: string;
  readonly to: string;
  readonly isSimulated?: boolean;
  readonly lanes: readonly {
    readonly spans: readonly (Omit<TimelineSpan, 'fromMs' | 'untilMs'> & {
      readonly from: string;
      readonly until: string;
    })[];
  }[];
};

/** Sorts, clips to the range and fills what is not covered with `no_data`; joins neighbours that are both `no_data`. */
function fillHoles(
  spans: readonly TimelineSpan[],
  fromMs: number,
  toMs: number,
): readonly TimelineSpan[] {
  const filled: TimelineSpan[] = [];
  const push = (span: TimelineSpan): void => {
    const last = filled.at(-1);
    if (last?.state === 'no_data' && span.state === 'no_data')
      filled[filled.length - 1] = { ...last, untilMs: span.untilMs };
    else filled.push(span);
  };
  const hole = (holeFromMs: number, untilMs: number): TimelineSpan => ({
    fromMs: holeFromMs,
    untilMs,
    state: 'no_data',
    count: 0,
  });
  let atMs = fromMs;
  for (const span of spans.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const startMs = Math.max(span.fromMs, atMs);
    const untilMs = Math.min(span.untilMs, toMs);
    if (untilMs <= startMs) continue;
    if (startMs > atMs) push(hole(atMs, startMs));
    push({ ...span, fromMs: startMs, untilMs });
    atMs = untilMs;
  }
  if (atMs < toMs) push(hole(atMs, toMs));
  return filled;
}

/** Reads the answer of /api/v1/lanes. */
export function readLanes(json: unknown): LoadedLanes {
  const { from, to, lanes, isSimulated = false } = json as Answer;
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
  const readSpans = (spans: Answer['lanes'][number]['spans']): TimelineSpan[] =>
    spans.map(({ from: since, until, ...span }) => ({
      ...span,
      fromMs: Date.parse(since),
      untilMs: Date.parse(until),
    }));
  return {
    lanes: lanes.map((lane, index) => ({
      ...parseIdentity(lane, `lanes[${index}]`),
      spans: fillHoles(readSpans(lane.spans), fromMs, toMs),
    })),
    fromMs,
    toMs,
    isSimulated,
  };
}
