/**
 * The versions of the rules that ship with this program, oldest first. Whoever raises a version adds its line here and says
 * in the area `changes` of the texts what it changed; tests compare both with the versions in force.
 */

/** One version of the rules of verdicts (rules.yaml and the judge), or of those of the ledger. */
export type RuleChange = {
  readonly part: 'verdicts' | 'ledger';
  readonly version: string;
  /** ISO date, UTC. */
  readonly date: string;
};

export const RULE_CHANGES: readonly RuleChange[] = [
  { part: 'verdicts', version: '2026.11.1', date: '2026-11-20' },
  { part: 'ledger', version: '1', date: '2026-11-20' },
  { part: 'verdicts', version: '2026.11.2', date: '2026-11-20' },
  { part: 'ledger', version: '2', date: '2026-11-28' },
  { part: 'verdicts', version: '2026.11.3', date: '2026-11-28' },
];
