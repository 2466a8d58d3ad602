/** Rounds of a lane as runs of equal ones, which is how the detector takes them. */
import type { LaneRun, Round } from './types.ts';

/** Whether a round says that something is restricted, that nothing is, or neither. */
export function tellingOf(state: Round['state']): 'bad' | 'good' | undefined {
  switch (state) {
    case 'blocked':
    case 'likely_blocked':
    case 'impaired':
      return 'bad';
    case 'ok':
      return 'good';
    case 'down':
    case 'insufficient':
    case 'no_data':
      return undefined;
    default:
      return state satisfies never;
  }
}

/**
 * Puts rounds together that say the same. They are sorted by slot, and each lasts `intervalMs`; a later round than
 * that is one after a hole. `headRounds` of each run are kept as they are.
 */
export function toRuns(
  rounds: Iterable<Round & { readonly intervalMs?: number }>,
  intervalMs: number,
  headRounds: number,
): LaneRun[] {
  type Growing = { -readonly [K in keyof LaneRun]: LaneRun[K] } & { head: Round[] };
  const runs: Growing[] = [];
  for (const round of rounds) {
    const lengthMs = round.intervalMs ?? intervalMs;
    const last = runs.at(-1);
    const isNext =
      last !== undefined &&
      last.state === round.state &&
      last.mechanism === round.mechanism &&
      round.slotMs <= last.last.slotMs + last.intervalMs * 1.5;
    if (!isNext) {
      const { state, mechanism } = round;
      const start = { state, ...(mechanism === undefined ? {} : { mechanism }) };
      runs.push({ ...start, count: 1, intervalMs: lengthMs, head: [round], last: round });
      continue;
    }
    last.count += 1;
    last.last = round;
    last.intervalMs = lengthMs;
    if (last.head.length < headRounds) last.head.push(round);
  }
  return runs;
}
