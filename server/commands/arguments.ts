/** Arguments that several commands take: a stretch of time, and words that must be known. */
import type { Problem } from '../../config/problem.ts';
import type { Store } from '../../db/store.ts';

/** A day, or an instant with its zone: without one it would be another instant on another machine. */
const ISO = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/;

/** Makes a problem of the command line. */
export function refuseArgument(path: string, problem: string, remedy: string): Problem {
  return { file: 'command line', line: 0, column: 0, path, problem, remedy };
}

/** Reads a day or an instant, epoch ms; adds to `problems` when it is none. */
export function readTimeArgument(
  flag: string,
  text: string | undefined,
  problems: Problem[],
): number | undefined {
  if (text === undefined) return undefined;
  const atMs = ISO.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(atMs)) return atMs;
  const remedy = 'write a day such as 2026-11-20, or 2026-11-20T06:00Z';
  problems.push(refuseArgument(flag, `\`${text}\` is no time`, remedy));
  return undefined;
}

/** Narrows a range to what was measured, so that progress can be told of it. */
export function narrowToStored<Query extends { readonly fromMs: number; readonly toMs: number }>(
  query: Query,
  store: Pick<Store, 'range'>,
): Query {
  const { firstSlotMs = query.fromMs, lastUntilMs = query.toMs } = store.range();
  return {
    ...query,
    fromMs: Math.max(query.fromMs, firstSlotMs),
    toMs: Math.min(query.toMs, lastUntilMs),
  };
}
