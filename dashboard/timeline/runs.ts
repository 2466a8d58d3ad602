/** Finds runs of a lane by time, and makes the runs of a row that stands for several lanes. Pure. */
import type { LaneState } from '../../probes/types.ts';
import type { LaneRow } from '../lane-rows.ts';
import { LOOKS, STATES } from '../palette.ts';
import type { TimelineLane, TimelineSpan } from './data.ts';

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

/** The state that most of the lanes are in, silent ones aside; of two alike the worse. */
function chooseState(current: readonly (TimelineSpan | undefined)[]): LaneState {
  let best: LaneState = 'no_data';
  let bestCount = 0;
  for (const state of STATES) {
    if (state === 'no_data') continue;
    const count = current.filter((span) => span?.state === state).length;
    const isWorse = LOOKS[state].severity > LOOKS[best].severity;
    if (count > bestCount || (count === bestCount && count > 0 && isWorse)) {
      best = state;
      bestCount = count;
    }
  }
  return best;
}

/** Runs of several lanes as one: at every instant what most of the measured ones say. */
export function mergeRuns(lanes: readonly (readonly TimelineSpan[])[]): readonly TimelineSpan[] {
  const [only] = lanes;
  if (lanes.length < 2) return only ?? [];
  const edges = lanes
    .flatMap((spans, lane) => [
      ...spans.map((span, index) => ({ atMs: span.fromMs, lane, index })),
      // A lane that ends before the others says nothing more.
      { atMs: spans.at(-1)?.untilMs ?? 0, lane, index: spans.length },
    ])
    .toSorted((a, b) => a.atMs - b.atMs);
  const current: (TimelineSpan | undefined)[] = lanes.map(() => undefined);
  const untilMs = edges.at(-1)?.atMs ?? 0;
  const runs: TimelineSpan[] = [];
  edges.forEach(({ atMs, lane, index }, at) => {
    current[lane] = lanes[lane]?.[index];
    if (edges[at + 1]?.atMs === atMs || atMs >= untilMs) return;
    const state = chooseState(current);
    const last = runs.at(-1);
    if (last?.state === state) return;
    if (last) runs[runs.length - 1] = { ...last, untilMs: atMs };
    // Means and evidence are those of one of the lanes that say so; how many measurements there are, columns count.
    const of = current.find((span) => span?.state === state);
    runs.push({
      fromMs: atMs,
      untilMs,
      state,
      count: 0,
      mechanism: of?.mechanism,
      confidence: of?.confidence,
      firstMeasurementId: of?.firstMeasurementId,
    });
  });
  return runs;
}

const merged = new WeakMap<LaneRow<TimelineLane>, readonly TimelineSpan[]>();

/** The runs of a row; made once for each arrangement of rows. */
export function runsOf(row: LaneRow<TimelineLane>): readonly TimelineSpan[] {
  const known = merged.get(row);
  if (known) return known;
  const runs = mergeRuns(row.lanes.map(({ spans }) => spans));
  merged.set(row, runs);
  return runs;
}
