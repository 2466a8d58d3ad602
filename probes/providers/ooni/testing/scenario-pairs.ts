/** For tests: a scenario of the lab with what its control saw, measured as a run of its own. */

import { runScenario } from '../../../scenarios/run-scenario.ts';
import type { Place, Scenario } from '../../../scenarios/scenario.ts';
import type { Stage } from '../../../scenarios/stage.ts';
import type { Measurement } from '../../../types.ts';
import { CONFIG } from './judged-lines.ts';

/** What the vantage saw, and the control beside it when the scenario has one. */
export type ScenarioPair = {
  readonly measurement: Measurement;
  readonly controls: readonly Measurement[];
};

/** Runs a scenario twice: from where its vantage stands and from where its control stands. */
export async function runPair(
  scenario: Scenario,
  stage: Stage,
  signal: AbortSignal,
): Promise<ScenarioPair> {
  const deps = { stage, rules: CONFIG.rules, fingerprints: CONFIG.fingerprints, signal };
  const { steps: _, ...single } = scenario;
  const measureAt = async (place: Place): Promise<Measurement> => {
    const runs = await runScenario({ ...single, vantage: place, control: 'none' }, deps);
    const last = runs.at(-1);
    if (!last) throw new Error(`${scenario.id} gave no measurement`);
    return last.measurement;
  };
  const own = scenario.steps?.at(-1)?.place ?? scenario.vantage;
  const place = findControlPlace(scenario, own);
  const measurement = await measureAt(own);
  const control = place && (await measureAt(place));
  return { measurement, controls: control ? [{ ...control, vantageId: 'de-control' }] : [] };
}

function findControlPlace({ control }: Scenario, own: Place): Place | undefined {
  if (control === 'none') return undefined;
  if (control === 'same') return own;
  return control === 'sees_origin' ? {} : control;
}
