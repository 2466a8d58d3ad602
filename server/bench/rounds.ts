/** Runs two contenders in turn, so that whatever else the machine does meets both alike. */
import type { Pair } from './result.ts';

/** Fewer rounds say nothing of the spread. */
export const ROUNDS = 5;

/** Does the work once and gives its figures by name. */
export type Contender<K extends string> = () => Promise<Readonly<Record<K, number>>>;

/** The figures of both contenders in one round. */
export type Round<K extends string> = {
  readonly ours: Readonly<Record<K, number>>;
  readonly bare: Readonly<Record<K, number>>;
};

/** Lets both work once per round; who begins alternates. `onRound` is called after each with its number from 1. */
export async function runRounds<K extends string>(
  { ours, bare }: { readonly ours: Contender<K>; readonly bare: Contender<K> },
  {
    rounds = ROUNDS,
    onRound,
  }: { readonly rounds?: number; readonly onRound: (round: number) => void },
): Promise<Round<K>[]> {
  const results: Round<K>[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    if (round % 2 === 1) {
      const first = await ours();
      results.push({ ours: first, bare: await bare() });
    } else {
      const first = await bare();
      results.push({ bare: first, ours: await ours() });
    }
    onRound(round);
  }
  return results;
}

/** One figure of every round, in pairs. */
export function pairsOf<K extends string>(rounds: readonly Round<K>[], name: K): Pair[] {
  return rounds.map(({ ours, bare }) => ({ ours: ours[name], bare: bare[name] }));
}
