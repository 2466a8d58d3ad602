/** Whether a service answered elsewhere at a time: without that, a failure here says nothing of a restriction. */
import type { Part, RunLane } from './types.ts';

type Stretch = { readonly fromMs: number; readonly toMs: number };

/** Finds the first instant in a range at which a part of the service answered elsewhere. */
export type AnsweredElsewhere = (part: Part, fromMs: number, toMs: number) => number | undefined;

/** Binds the lanes of one service from controls and from other countries. Where they lack a part, the whole service counts. */
export function createAnsweredElsewhere(lanes: readonly RunLane[]): AnsweredElsewhere {
  const byPart = new Map<Part, Stretch[]>();
  for (const part of new Set(lanes.map((lane) => lane.function)))
    byPart.set(part, listStretches(lanes.filter((lane) => lane.function === part)));
  return (part, fromMs, toMs) => {
    const stretches = byPart.get(part) ?? byPart.get('service') ?? [];
    // The first stretch that ends at or after `fromMs`.
    let low = 0;
    let high = stretches.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((stretches[middle]?.toMs ?? 0) < fromMs) low = middle + 1;
      else high = middle;
    }
    const found = stretches[low];
    return found && found.fromMs <= toMs ? Math.max(found.fromMs, fromMs) : undefined;
  };
}

/** Stretches of good rounds of any of the lanes, joined where they overlap, by time. */
function listStretches(lanes: readonly RunLane[]): Stretch[] {
  const all = lanes
    .flatMap(({ runs }) => runs.filter((run) => run.state === 'ok'))
    .map((run) => ({ fromMs: (run.head[0] ?? run.last).slotMs, toMs: run.last.slotMs }))
    .sort((a, b) => a.fromMs - b.fromMs);
  const joined: { fromMs: number; toMs: number }[] = [];
  for (const stretch of all) {
    const last = joined.at(-1);
    if (last && stretch.fromMs <= last.toMs) last.toMs = Math.max(last.toMs, stretch.toMs);
    else joined.push({ ...stretch });
  }
  return joined;
}
