/** What a rule concludes of one target, and the shape of a rule. */
import type { Fingerprint, Rules } from '../../config/schema.ts';
import type { Mark, Mechanism, Observation, Reason, Verdict } from '../types.ts';
import type { Attempt, ControlFacts, TargetFacts, VantageFacts } from './facts.ts';

/** Everything a rule may look at: one target that was not reached, the deciding attempt first. */
export type Failing = {
  readonly facts: TargetFacts;
  readonly control: ControlFacts;
  readonly vantage: VantageFacts;
  /** The first attempt; the retry is compared with it when signals are counted. */
  readonly attempt: Attempt;
  /** The observation at which the attempt ended. */
  readonly failed: Observation;
  /** Failure code of that observation; `dns_bogon_error` for an answer without a usable address. */
  readonly code: string;
  readonly marks: readonly Mark[];
  /** Country of the vantage, ISO 3166-1 alpha-2. */
  readonly countryCode: string;
  readonly rules: Rules;
  readonly fingerprints: readonly Fingerprint[];
};

/** A conclusion before signals are counted. `interference` becomes likely_blocked or blocked by their number. */
export type Finding = {
  readonly kind:
    | 'interference'
    | 'fingerprint'
    | Extract<Verdict, 'impaired' | 'down' | 'insufficient'>;
  readonly mechanism?: Mechanism;
  readonly reasons: readonly Reason[];
  /** Further signs that go with the mechanism, e.g. a false certificate behind a false address. */
  readonly tampering?: readonly Mechanism[];
};

/** One rule: an id that the verdict carries, and a pure function that answers or passes. */
export type Rule = {
  readonly id: string;
  /** The rule in plain words, for the page that explains the method. */
  readonly says: string;
  readonly apply: (failing: Failing) => Finding | undefined;
};

/** Shorthand for a reason. */
export function because(code: string, text: string): Reason {
  return { code, text };
}
