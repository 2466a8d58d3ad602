/**
 * Live measurements: another part of the page hears of them and sends each as an event, `reachline:lane` on the
 * document with `{ lane, t, until, verdict, n }`. One lane is changed, nothing is fetched.
 */
import { STATES } from '../palette.ts';
import type { LoadedLanes, TimelineLane, TimelineSpan } from './data.ts';

/** Name of the event. */
export const LANE_EVENT = 'reachline:lane';

/** One measurement of one lane. */
export type LanePatch = {
  /** `<service>/<function>/<vantage>`, e.g. `facebook/service/ru-volga-fixed`. */
  readonly lane: string;
  /** Its slot is [atMs, untilMs). */
  readonly atMs: number;
  readonly untilMs: number;
  readonly state: TimelineSpan['state'];
};

function toTimeMs(value: unknown): number {
  return typeof value === 'number' ? value : Date.parse(typeof value === 'string' ? value : '');
}

/** Reads the detail of an event; undefined when it says nothing that can be drawn. Without an end a slot is as long as the schedule's. */
export function readPatch(detail: unknown, intervalMs: number): LanePatch | undefined {
  if (typeof detail !== 'object' || detail === null) return undefined;
  const { lane, t, until, verdict } = detail as Readonly<Record<string, unknown>>;
  const state = STATES.find((one) => one === verdict);
  const atMs = toTimeMs(t);
  if (typeof lane !== 'string' || !state || state === 'no_data' || Number.isNaN(atMs))
    return undefined;
  const untilMs = toTimeMs(until);
  return { lane, atMs, untilMs: untilMs > atMs ? untilMs : atMs + intervalMs, state };
}

function nameLane({ service, function: part, vantage }: TimelineLane): string {
  return `${service}/${part}/${vantage.id}`;
}

/** A lane with one measurement more: its last run goes on, or a new one begins; what lies between is a hole. */
export function patchSpans(
  spans: readonly TimelineSpan[],
  { atMs, untilMs, state }: LanePatch,
): readonly TimelineSpan[] {
  const kept = [...spans];
  // A hole at the end was only the end of what had been loaded.
  if (kept.at(-1)?.state === 'no_data') kept.pop();
  const last = kept.at(-1);
  // What was measured already is not measured again; late data are for the next loading.
  if (last && atMs < last.untilMs) return spans;
  const isNext = last !== undefined && atMs - last.untilMs < (untilMs - atMs) / 2;
  if (isNext && last.state === state)
    return [
      ...kept.slice(0, -1),
      // Named one by one: what is worked out when it is read would not be copied.
      {
        fromMs: last.fromMs,
        untilMs,
        state,
        count: last.count + 1,
        mechanism: last.mechanism,
        confidence: last.confidence,
        firstMeasurementId: last.firstMeasurementId,
      },
    ];
  const reachedMs = last?.untilMs ?? spans[0]?.fromMs ?? atMs;
  const hole: TimelineSpan[] =
    atMs > reachedMs && !isNext
      ? [{ fromMs: reachedMs, untilMs: atMs, state: 'no_data', count: 0 }]
      : [];
  return [...kept, ...hole, { fromMs: isNext ? last.untilMs : atMs, untilMs, state, count: 1 }];
}

/** What is loaded with one measurement more; the same object when the lane is none of these. */
export function applyPatch(loaded: LoadedLanes, patch: LanePatch): LoadedLanes {
  const index = loaded.lanes.findIndex((lane) => nameLane(lane) === patch.lane);
  const lane = loaded.lanes[index];
  if (!lane) return loaded;
  const spans = patchSpans(lane.spans, patch);
  if (spans === lane.spans) return loaded;
  return {
    ...loaded,
    lanes: loaded.lanes.with(index, { ...lane, spans }),
    toMs: Math.max(loaded.toMs, patch.untilMs),
  };
}
