/** Runs many scenarios, a few at a time. */
import type { Fingerprint, Rules } from '../../config/schema.ts';
import { createLimiter } from '../turnstile.ts';
import { compareRuns, type ScenarioResult } from './compare.ts';
import type { Medium } from './medium.ts';
import { runScenario } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';
import { openStage } from './stage.ts';

/** Worlds open at once: they mostly wait for silence, and more would delay each other’s handshakes. */
export const MAX_WORLDS = 4;

export type RunAllOptions = {
  readonly rules: Rules;
  readonly fingerprints: readonly Fingerprint[];
  readonly signal: AbortSignal;
  /** How the vantages reach their networks; `direct` unless told. */
  readonly medium?: Medium;
  /** Called as each scenario ends, in the order of ending. */
  readonly onResult?: (result: ScenarioResult, done: number) => void;
};

/** Runs all scenarios given and resolves to their results in the same order. */
export async function runAll(
  scenarios: readonly Scenario[],
  { rules, fingerprints, signal, medium = 'direct', onResult }: RunAllOptions,
): Promise<readonly ScenarioResult[]> {
  const stage = await openStage();
  const limit = createLimiter(MAX_WORLDS);
  let done = 0;
  try {
    return await Promise.all(
      scenarios.map((scenario) =>
        limit(async () => {
          const startedMs = performance.now();
          const runs = await runScenario(scenario, { stage, rules, fingerprints, signal, medium });
          const result = compareRuns(scenario, runs, Math.round(performance.now() - startedMs));
          done += 1;
          onResult?.(result, done);
          return result;
        }),
      ),
    );
  } finally {
    await stage.close();
  }
}
