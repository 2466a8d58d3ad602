/** Puts our verdict beside what OONI's test reports for the same case. Pure. */
import type { Verdict } from '../types.ts';
import type { ScenarioResult } from './compare.ts';
import type { Scenario } from './scenario.ts';

/** A row on which the two do not say the same. */
export type Disagreement = {
  readonly id: string;
  readonly name: string;
  readonly classic: string;
  readonly ours: string;
  readonly because: string;
};

/** The nearest of our verdicts to what the classic test reports, as `accessible / blocking` or in words. */
export function toNearestVerdict(classic: string): Verdict {
  if (classic === 'false / false') return 'down';
  if (classic === 'null / null') return 'insufficient';
  if (classic.startsWith('true') || classic.includes('ok')) return 'ok';
  return classic.startsWith('only') ? 'impaired' : 'blocked';
}

/** Lists the rows on which the verdicts differ; a likely block counts as a block. */
export function listDisagreements(
  scenarios: readonly Scenario[],
  results: readonly ScenarioResult[],
): Disagreement[] {
  return scenarios.flatMap(({ id, name, classic, because = '' }) => {
    const result = results.find((one) => one.id === id);
    if (classic === undefined || !result) return [];
    const ours = result.verdict === 'likely_blocked' ? 'blocked' : result.verdict;
    if (ours === toNearestVerdict(classic)) return [];
    const mechanism = result.mechanism ? ` ${result.mechanism}` : '';
    return [{ id, name, classic, ours: `${result.verdict}${mechanism}`, because }];
  });
}
