/** The verdict on a target of which nothing was seen: out of reach of the medium, no part of what others measured, or cut off. */
import type { BlindSpot, Judgement, ServiceTarget } from '../types.ts';
import { because } from './finding.ts';

/** Rules by which nothing was seen of a part, for reasons that lie in the kind of measurement. */
const UNSEEN_RULES: ReadonlySet<string> = new Set([
  'target.medium_blind',
  'target.not_part',
  'function.unseen',
]);

/** Whether a part could be looked at; what could not is no sign against the whole and none for it. */
export function isSeen({ ruleId }: Judgement): boolean {
  return !UNSEEN_RULES.has(ruleId);
}

/** Judges a target without any observation. `isBorrowed`: others measured, who had no duty to visit every target. */
export function judgeUnvisited(
  { kind }: ServiceTarget,
  blind: ReadonlySet<BlindSpot>,
  isBorrowed: boolean,
): Judgement {
  if (kind === 'stun' && blind.has('udp')) {
    const text = 'Cannot tell: this vantage cannot send UDP, which this target needs.';
    return insufficient('medium_blind', text);
  }
  if (!isBorrowed) return judgeCutOff();
  const text = 'Cannot tell: this kind of measurement does not include this target.';
  return insufficient('not_part', text);
}

/** Judges a target that the run did not come to. */
export function judgeCutOff(): Judgement {
  return insufficient('not_measured', 'Cannot tell: the run ended before this target.');
}

function insufficient(code: string, text: string): Judgement {
  return {
    verdict: 'insufficient',
    confidence: 'low',
    reasons: [because(code, text)],
    ruleId: `target.${code}`,
    observationIds: [],
    tampering: [],
  };
}
