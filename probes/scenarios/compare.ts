/** Compares what was concluded with what must be, and counts. Pure. */
import type { Mechanism, Verdict } from '../types.ts';
import type { ScenarioRun } from './run-scenario.ts';
import { FLAGS, type Scenario } from './scenario.ts';

/** What came of one scenario. */
export type ScenarioResult = {
  readonly id: string;
  readonly name: string;
  readonly expected: Scenario['expect'];
  readonly verdict: Verdict;
  readonly mechanism?: Mechanism;
  readonly ruleIds: readonly string[];
  readonly isVerdictExact: boolean;
  readonly isMechanismExact: boolean;
  readonly isFalseAlarm: boolean;
  /** Every difference in plain words; empty when all is as expected. */
  readonly differences: readonly string[];
  readonly elapsedMs: number;
};

/** Numbers over many results. */
export type Totals = {
  readonly scenarios: number;
  readonly verdictExact: number;
  readonly mechanismExact: number;
  readonly falseAlarms: number;
};

/** Verdicts under which nobody may be accused of anything. */
const INNOCENT: readonly Verdict[] = ['ok', 'down', 'insufficient'];
const ACCUSING: readonly Verdict[] = ['blocked', 'likely_blocked', 'impaired'];

/** Compares the runs of one scenario with its expectation. */
export function compareRuns(
  scenario: Scenario,
  runs: readonly ScenarioRun[],
  elapsedMs: number,
): ScenarioResult {
  const last = runs.at(-1);
  if (!last) throw new Error(`${scenario.id} was not run`);
  const { expect } = scenario;
  const { service, targets } = last.judgement;
  const { verdict, mechanism } = service;
  const isMechanismExact =
    expect.mechanism === undefined || (mechanism ?? 'none') === expect.mechanism;
  const steps = compareSteps(scenario, runs);
  return {
    id: scenario.id,
    name: scenario.name,
    expected: expect,
    verdict,
    ...(mechanism ? { mechanism } : {}),
    ruleIds: [...new Set(Object.values(targets).map(({ ruleId }) => ruleId))],
    isVerdictExact: verdict === expect.verdict && steps.length === 0,
    isMechanismExact,
    isFalseAlarm: isFalseAlarm(scenario, runs),
    differences: [
      ...(verdict === expect.verdict ? [] : [`verdict ${verdict}, not ${expect.verdict}`]),
      ...(isMechanismExact
        ? []
        : [`mechanism ${mechanism ?? 'none'}, not ${String(expect.mechanism)}`]),
      ...steps,
      ...compareFunctions(scenario, last),
      ...compareTampering(scenario, last),
      ...(expect.flags ?? []).filter((flag) => !FLAGS[flag](last)).map((flag) => `not ${flag}`),
    ],
    elapsedMs,
  };
}

function compareSteps({ steps = [] }: Scenario, runs: readonly ScenarioRun[]): string[] {
  return steps.flatMap(({ verdict, atHours }, index) => {
    const got = runs[index]?.judgement.service.verdict ?? 'no_data';
    return got === verdict ? [] : [`at ${atHours} h ${got}, not ${verdict}`];
  });
}

function compareFunctions({ expect }: Scenario, { judgement }: ScenarioRun): string[] {
  return Object.entries(expect.perFunction ?? {}).flatMap(([id, wanted]) => {
    const got = Object.entries(judgement.functions).find(([one]) => one === id)?.[1]?.verdict;
    return got === wanted ? [] : [`${id} ${got ?? 'not judged'}, not ${wanted}`];
  });
}

function compareTampering({ expect }: Scenario, { judgement }: ScenarioRun): string[] {
  if (!expect.tampering) return [];
  const seen = new Set(Object.values(judgement.targets).flatMap(({ tampering }) => tampering));
  const got = [...seen].toSorted().join(' ');
  const wanted = expect.tampering.toSorted().join(' ');
  return got === wanted ? [] : [`tampering [${got}], not [${wanted}]`];
}

/** An accusation where none is due: over the whole service, in a step, or of a function expected innocent. */
function isFalseAlarm({ expect, steps }: Scenario, runs: readonly ScenarioRun[]): boolean {
  const isAccused = (wanted: Verdict | undefined, got: Verdict | undefined): boolean =>
    wanted !== undefined &&
    got !== undefined &&
    INNOCENT.includes(wanted) &&
    ACCUSING.includes(got);
  const functions = Object.entries(runs.at(-1)?.judgement.functions ?? {});
  const wantedOf = (id: string): Verdict | undefined =>
    Object.entries(expect.perFunction ?? {}).find(([one]) => one === id)?.[1];
  return (
    isAccused(expect.verdict, runs.at(-1)?.judgement.service.verdict) ||
    runs.some((run, index) => isAccused(steps?.[index]?.verdict, run.judgement.service.verdict)) ||
    functions.some(([id, judgement]) => isAccused(wantedOf(id), judgement?.verdict))
  );
}

/** Adds up. */
export function countResults(results: readonly ScenarioResult[]): Totals {
  return {
    scenarios: results.length,
    verdictExact: results.filter((one) => one.isVerdictExact).length,
    mechanismExact: results.filter((one) => one.isMechanismExact).length,
    falseAlarms: results.filter((one) => one.isFalseAlarm).length,
  };
}
