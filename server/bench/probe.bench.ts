/**
 * How much of the speed of bare sockets is left when everything seen is kept: visits to an HTTPS target per second
 * and CPU time per visit, at three degrees of concurrency, beside bare code in the same process and minute.
 */

import { startFarSide } from './far-side.ts';
import { type BenchResult, type OnProgress, toResult } from './result.ts';
import { pairsOf, ROUNDS, runRounds } from './rounds.ts';
import { createBareVisit, createFarNetwork, createVisit, type Visit } from './visits.ts';

/** One after the other, a busy run, and far more than any run ever starts at once. */
const CONCURRENCIES = [1, 32, 256] as const;
/** Length of one turn of one contender. */
const TURN_MS = 1_500;
const WARM_UP_MS = 1_000;

/** At most a fifth of the speed may be paid for evidence. */
const MIN_RATE_RATIO = 0.8;
/** The same bound seen from the CPU, which also holds when the far side is the slower one. */
const MAX_CPU_RATIO = 1.25;

/** Listening for late replies is waiting, not work: off here. */
const LATE_REPLIES_MS = 0;

/** Runs all concurrencies; two results for each. */
export async function benchProbe(onProgress: OnProgress): Promise<readonly BenchResult[]> {
  onProgress(0, 'warming up');
  using farSide = await startFarSide();
  const ours = createVisit(createFarNetwork(farSide, farSide.originPort), LATE_REPLIES_MS);
  const bare = createBareVisit(farSide, farSide.originPort);
  for (const visit of [ours, bare]) await work(visit, 8, WARM_UP_MS);
  const results: BenchResult[] = [];
  for (const [index, concurrency] of CONCURRENCIES.entries()) {
    const rounds = await runRounds(
      {
        ours: () => work(ours, concurrency, TURN_MS),
        bare: () => work(bare, concurrency, TURN_MS),
      },
      {
        onRound: (round) =>
          onProgress((index + round / ROUNDS) / CONCURRENCIES.length, `${concurrency} at once`),
      },
    );
    results.push(
      toResult(`probe.c${concurrency}`, 'targets/s', pairsOf(rounds, 'perSecond'), {
        of: 'ratio',
        is: 'at_least',
        limit: MIN_RATE_RATIO,
      }),
      toResult(`probe.c${concurrency}.cpu`, 'CPU-ms/target', pairsOf(rounds, 'cpuMs'), {
        of: 'ratio',
        is: 'at_most',
        limit: MAX_CPU_RATIO,
      }),
    );
  }
  return results;
}

/** Visits as often as possible for a time, `concurrency` visits at once. */
async function work(
  visit: Visit,
  concurrency: number,
  forMs: number,
): Promise<{ perSecond: number; cpuMs: number }> {
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  let visits = 0;
  const visitAgain = async (): Promise<void> => {
    while (performance.now() - startedMs < forMs) {
      await visit();
      visits += 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, visitAgain));
  const elapsedMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { perSecond: (visits / elapsedMs) * 1000, cpuMs: (user + system) / 1000 / visits };
}
