/** Verdicts of functions from their targets, and of a service from its functions. Counts, never a lone boolean. */
import type { Confidence, FunctionId, Judgement, Mechanism, Verdict } from '../types.ts';
import { because } from './finding.ts';
import { isSeen } from './unvisited.ts';

/** Verdicts that say people are restricted, strongest first. */
const RESTRICTED = ['blocked', 'likely_blocked', 'impaired'] as const satisfies readonly Verdict[];

export function isRestricted(verdict: Verdict): boolean {
  return (RESTRICTED as readonly Verdict[]).includes(verdict);
}

/** A function is ok when all of its targets are, stopped when all are stopped, impaired when some are. */
export function judgeFunction(targets: readonly Judgement[]): Judgement {
  const seen = targets.filter(isSeen);
  if (seen.length > 0 || targets.length === 0)
    return weakenIfPartial(combine(seen, 'function', 'endpoints'), seen.length, targets.length);
  return { ...combine(targets, 'function', 'endpoints'), ruleId: 'function.unseen' };
}

const WEAKER: Readonly<Record<Confidence, Confidence>> = {
  high: 'medium',
  medium: 'low',
  low: 'low',
};

function weakenIfPartial(judgement: Judgement, seen: number, all: number): Judgement {
  if (seen === all) return judgement;
  const text = `Only ${seen} of ${all} could be looked at from this vantage.`;
  return {
    ...judgement,
    confidence: WEAKER[judgement.confidence],
    reasons: [...judgement.reasons, because('partly_seen', text)],
  };
}

/** A service is stopped when every required function is; any lesser loss is an impairment. */
export function judgeService(
  functions: Readonly<Partial<Record<FunctionId, Judgement>>>,
  requiredFunctions: readonly FunctionId[],
): Judgement {
  const required = requiredFunctions.flatMap((id) => functions[id] ?? []);
  const all = Object.values(functions);
  const core = judgeCore(required);
  if (core.verdict !== 'ok') return core;
  const restricted = all.filter((judgement) => isRestricted(judgement.verdict));
  if (restricted.length === 0) return core;
  return {
    ...core,
    verdict: 'impaired',
    confidence: restricted.some((judgement) => judgement.verdict === 'blocked') ? 'medium' : 'low',
    ...mechanismOf(restricted),
    ruleId: 'service.partly_restricted',
    reasons: [
      because(
        'partly_restricted',
        `${restricted.length} of ${all.length} functions are restricted; the required ones answer.`,
      ),
    ],
    observationIds: restricted.flatMap((judgement) => judgement.observationIds),
  };
}

/** That a service is stopped is certain only when every required function was looked at. */
function judgeCore(required: readonly Judgement[]): Judgement {
  const seen = required.filter(isSeen);
  if (seen.length === 0) return combine(required, 'service', 'required functions');
  const core = combine(seen, 'service', 'required functions');
  const isPartial = seen.length < required.length;
  const capped = isPartial && core.verdict === 'blocked' ? 'likely_blocked' : core.verdict;
  return weakenIfPartial({ ...core, verdict: capped }, seen.length, required.length);
}

function combine(
  parts: readonly Judgement[],
  scope: 'function' | 'service',
  noun: string,
): Judgement {
  const restricted = parts.filter((part) => isRestricted(part.verdict));
  const ok = parts.filter((part) => part.verdict === 'ok');
  const down = parts.filter((part) => part.verdict === 'down');
  const tampering = [...new Set(parts.flatMap((part) => part.tampering))];
  const base = (members: readonly Judgement[], ruleId: string) => ({
    ruleId: `${scope}.${ruleId}`,
    observationIds: members.flatMap((member) => member.observationIds),
    tampering,
    ...mechanismOf(members),
  });
  const count = (members: readonly Judgement[]) => `${members.length} of ${parts.length} ${noun}`;

  if (restricted.length > 0 && ok.length === 0) {
    const verdict =
      RESTRICTED.find((v) => restricted.some((part) => part.verdict === v)) ?? 'likely_blocked';
    const strongest = restricted.filter((part) => part.verdict === verdict);
    return {
      verdict,
      confidence: strongest[0]?.confidence ?? 'low',
      reasons: [
        because('restricted', `${count(restricted)} restricted, none reachable.`),
        ...firstReasons(strongest),
      ],
      ...base(restricted, 'restricted'),
    };
  }
  if (restricted.length > 0) {
    return {
      verdict: 'impaired',
      confidence: restricted.some((part) => part.verdict === 'blocked') ? 'medium' : 'low',
      reasons: [
        because('partly_restricted', `${count(restricted)} restricted, ${ok.length} reachable.`),
        ...firstReasons(restricted),
      ],
      ...base(restricted, 'partly_restricted'),
    };
  }
  // Proof on a few parts says nothing of many that could not be judged.
  if (ok.length > parts.length - ok.length - down.length) {
    return {
      verdict: 'ok',
      confidence: ok.length === parts.length ? (ok[0]?.confidence ?? 'medium') : 'medium',
      reasons: [because('reachable', `${count(ok)} reachable.`)],
      ...base([], 'reachable'),
      observationIds: ok.flatMap((part) => part.observationIds),
    };
  }
  if (down.length > 0 && down.length === parts.length) {
    return {
      verdict: 'down',
      confidence: 'medium',
      reasons: [
        because('down', `${count(down)} fail for the outside control too.`),
        ...firstReasons(down),
      ],
      ...base(down, 'down'),
    };
  }
  return {
    verdict: 'insufficient',
    confidence: 'low',
    reasons: [
      because(
        'cannot_tell',
        `Cannot tell for ${parts.length - down.length} of ${parts.length} ${noun}.`,
      ),
      ...firstReasons(parts.filter((p) => p.verdict === 'insufficient')),
    ],
    ...base(parts, 'insufficient'),
  };
}

/** The reasons of the first member, so that the summary says why and not only how many. */
function firstReasons(members: readonly Judgement[]) {
  return members[0]?.reasons ?? [];
}

/** The mechanism seen most often; the one seen first on a tie. */
function mechanismOf(members: readonly Judgement[]): { mechanism?: Mechanism } {
  const counts = new Map<Mechanism, number>();
  for (const { mechanism } of members)
    if (mechanism !== undefined) counts.set(mechanism, (counts.get(mechanism) ?? 0) + 1);
  const best = [...counts].sort((a, b) => b[1] - a[1])[0];
  return best ? { mechanism: best[0] } : {};
}
