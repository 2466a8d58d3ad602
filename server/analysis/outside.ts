/** Whether a service answered elsewhere at a time: without that, a failure here says nothing of a restriction. */
import { findFrom, type Stretch } from './stretches.ts';
import type { Part } from './types.ts';

/** When a lane of a control, or of another country, was good. */
export type GoodLane = { readonly function: Part; readonly good: readonly Stretch[] };

/** Finds the first instant in a range at which a part of the service answered elsewhere. */
export type AnsweredElsewhere = (part: Part, fromMs: number, toMs: number) => number | undefined;

/** Binds the lanes of one service elsewhere. Where they lack a part, the whole service counts. */
export function createAnsweredElsewhere(lanes: readonly GoodLane[]): AnsweredElsewhere {
  const byPart = Map.groupBy(lanes, (lane) => lane.function);
  return (part, fromMs, toMs) => {
    const own = byPart.get(part) ?? byPart.get('service') ?? [];
    const found = own.flatMap(({ good }) => {
      const stretch = good[findFrom(good, fromMs)];
      return stretch && stretch.fromMs <= toMs ? [Math.max(stretch.fromMs, fromMs)] : [];
    });
    return found.length === 0 ? undefined : Math.min(...found);
  };
}
