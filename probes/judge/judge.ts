/**
 * The only place where a verdict is made: one pure function of a measurement, the control measurements
 * of the same service, the neutral hosts inside the measurement, and the rules.
 * Rules are tried in order and the first that answers decides; its id travels with the verdict.
 */
import type { Fingerprint, Rules } from '../../config/schema.ts';
import type {
  BaselineTarget,
  BlindSpot,
  Confidence,
  FunctionId,
  Judgement,
  Measurement,
  MeasurementJudgement,
  Service,
  ServiceTarget,
} from '../types.ts';
import { judgeFunction, judgeService } from './aggregate.ts';
import { dim, NOT_REPEATED } from './blind-spots.ts';
import { findGoodputBaseline, gatherDeep } from './deep-facts.ts';
import { DNS_RULES } from './dns-rules.ts';
import {
  type ByTarget,
  type Control,
  codeOf,
  gatherAttempts,
  gatherControl,
  gatherControls,
  gatherOwnControl,
  gatherVantage,
  groupByTarget,
  isOwn,
  type TargetFacts,
  type VantageFacts,
} from './facts.ts';
import { because, type Case, type Failing, type Finding, type Rule } from './finding.ts';
import { listTampering, REACHED_RULES } from './reached-rules.ts';
import { listSignals, type Draft as SignalDraft } from './signals.ts';
import { STAGE_RULES } from './stage-rules.ts';
import { judgeCutOff, judgeUnvisited } from './unvisited.ts';
import { VANTAGE_RULES } from './vantage-rules.ts';

export type JudgeInput = {
  readonly measurement: Measurement;
  readonly service: Service;
  /** Measurements of the same service by control vantages, inside the control window. */
  readonly controls: readonly Measurement[];
  /** Country of the measuring vantage, ISO 3166-1 alpha-2. */
  readonly countryCode: string;
  /** Which neutral hosts are domestic; those not named count as foreign. */
  readonly baselines?: readonly Pick<BaselineTarget, 'id' | 'scope'>[];
  readonly rules: Rules;
  readonly fingerprints: readonly Fingerprint[];
};

const FAILING_RULES: readonly Rule<Failing>[] = [
  ...STAGE_RULES.filter((rule) => rule.id === 'http.known_blockpage'),
  ...VANTAGE_RULES,
  ...DNS_RULES,
  ...STAGE_RULES.filter((rule) => rule.id !== 'http.known_blockpage'),
];

/** Every rule in the order in which it is tried: those for targets that failed, then those for targets that answered. */
export const RULES: readonly Pick<Rule, 'id' | 'says'>[] = [...FAILING_RULES, ...REACHED_RULES];

type Draft = SignalDraft & {
  readonly facts: TargetFacts;
  readonly case?: Case;
  readonly rule?: Pick<Rule, 'id'>;
};

/** Judges every target, function and the service of one measurement. Pure; never throws on any evidence. */
export function judge(input: JudgeInput): MeasurementJudgement {
  const { measurement, service, rules, baselines = [] } = input;
  const scopes = new Map(baselines.map(({ id, scope }) => [id, scope]));
  const vantage = gatherVantage(measurement, scopes);
  const brought = gatherOwnControl(measurement);
  const { observations } = measurement;
  const run: Run = {
    vantage,
    own: groupByTarget(observations.every(isOwn) ? observations : observations.filter(isOwn)),
    controls: [...gatherControls(input.controls), ...brought],
    hasOwnControl: brought.length > 0,
    blind: new Set(measurement.blindSpots),
    isBorrowed: measurement.origin !== undefined,
    goodputBaseline: findGoodputBaseline(measurement),
  };
  const drafts = service.targets.map((target) => draft(target, run, input));
  const targets: Record<string, Judgement> = {};
  for (const one of drafts) targets[one.facts.target.id] = conclude(one, drafts, run, rules);
  const functions: Partial<Record<FunctionId, Judgement>> = {};
  for (const functionId of new Set(service.targets.map((target) => target.function))) {
    const own = service.targets.filter((target) => target.function === functionId);
    functions[functionId] = judgeFunction(own.flatMap((target) => targets[target.id] ?? []));
  }
  return {
    rulesetVersion: rules.rulesetVersion,
    service: judgeService(functions, service.requiredFunctions),
    functions,
    targets,
  };
}

/** What all targets of a measurement share. */
type Run = {
  readonly vantage: VantageFacts;
  readonly own: ByTarget;
  readonly controls: readonly Control[];
  readonly hasOwnControl: boolean;
  readonly blind: ReadonlySet<BlindSpot>;
  /** Whether others made the measurement, who had no duty to visit every target. */
  readonly isBorrowed: boolean;
  readonly goodputBaseline: ReturnType<typeof findGoodputBaseline>;
};

/** Finds the rule that speaks to one target, before signals are compared over targets. */
function draft(target: ServiceTarget, run: Run, input: JudgeInput): Draft {
  const { measurement, countryCode, rules, fingerprints } = input;
  const own = run.own.get(target.id) ?? [];
  const facts: TargetFacts = {
    target,
    attempts: gatherAttempts(own, target.id, target.kind),
    control: gatherControl(run.controls, target),
    vantage: run.vantage,
    deep: gatherDeep(own, run.goodputBaseline),
  };
  const attempt = facts.attempts.findLast((one) => one.isReached) ?? facts.attempts.at(-1);
  if (!attempt) return { facts };
  const one: Case = {
    facts,
    control: facts.control,
    vantage: run.vantage,
    deep: facts.deep,
    attempt,
    marks: measurement.marks,
    blind: run.blind,
    hasOwnControl: run.hasOwnControl,
    countryCode,
    rules,
    fingerprints,
    certificates: measurement.certificates,
    startedAtMs: measurement.startedAtMs,
  };
  if (attempt.isReached) return { facts, case: one, ...applyFirst(REACHED_RULES, one) };
  const failed = attempt.failed ?? attempt.observations[0];
  if (!failed) return { facts };
  const failing: Failing = { ...one, failed, code: codeOf(failed) };
  return { facts, case: one, failing, ...applyFirst(FAILING_RULES, failing, failed) };
}

function applyFirst<C extends Case>(
  rules: readonly Rule<C>[],
  one: C,
  failed?: Failing['failed'],
): { rule: Rule<C>; finding: Finding } | Record<string, never> {
  for (const rule of rules) {
    const finding = rule.apply(one);
    if (finding) return { rule, finding: dim(finding, one, failed) };
  }
  return {};
}

function conclude(one: Draft, all: readonly Draft[], run: Run, rules: Rules): Judgement {
  const { finding, rule, facts } = one;
  if (facts.attempts.length === 0) return judgeUnvisited(facts.target, run.blind, run.isBorrowed);
  if (!finding || !rule) return concludeReached(one);
  const observationIds = [
    ...facts.attempts.flatMap((attempt) =>
      attempt.failed ? [attempt.failed.id] : attempt.observations.map(({ id }) => id),
    ),
    ...facts.deep.observationIds,
  ];
  const base = {
    ...(finding.mechanism ? { mechanism: finding.mechanism } : {}),
    ruleId: rule.id,
    observationIds,
    tampering: finding.tampering ?? [],
  };
  const { doubts = [] } = finding;
  const reasons = [...finding.reasons, ...doubts.flat()];
  const weaken = (confidence: Confidence): Confidence => lower(confidence, doubts.length);
  switch (finding.kind) {
    case 'fingerprint':
      return { verdict: 'blocked', confidence: weaken('high'), reasons, ...base };
    case 'interference': {
      const signals = listSignals(one, all, rules);
      const isRepeatable = !run.blind.has('repeat');
      const isConfirmed = isRepeatable && signals.length >= rules.minSignalsForBlocked;
      const isSure = signals.length > rules.minSignalsForBlocked;
      return {
        verdict: isConfirmed ? 'blocked' : 'likely_blocked',
        confidence: weaken(!isConfirmed ? 'low' : isSure ? 'high' : 'medium'),
        reasons: [...reasons, ...signals.slice(1), ...(isRepeatable ? [] : [NOT_REPEATED])],
        ...base,
      };
    }
    case 'ok':
    case 'impaired':
    case 'down':
      return { verdict: finding.kind, confidence: weaken('medium'), reasons, ...base };
    case 'likely_blocked':
    case 'insufficient':
      return { verdict: finding.kind, confidence: 'low', reasons, ...base };
    default:
      return finding.kind satisfies never;
  }
}

const CONFIDENCES = ['low', 'medium', 'high'] as const satisfies readonly Confidence[];

/** Lowers a confidence by so many steps, to low at the most. */
function lower(confidence: Confidence, steps: number): Confidence {
  return CONFIDENCES[Math.max(0, CONFIDENCES.indexOf(confidence) - steps)] ?? 'low';
}

/** The verdict on a target that answered and to which no rule objects: proven by TLS, compared, or merely connected. */
function concludeReached(one: Draft): Judgement {
  const reached = one.facts.attempts.findLast((attempt) => attempt.isReached);
  if (!reached || !one.case) return judgeCutOff();
  const hadTrouble = one.facts.attempts.some((attempt) => !attempt.isReached);
  const [ruleId, proof] = describeProof(reached.isProven, reached.response !== undefined);
  return {
    verdict: 'ok',
    confidence: reached.isProven && !hadTrouble ? 'high' : 'medium',
    reasons: [
      proof,
      ...(hadTrouble ? [because('recovered', 'An earlier attempt in the same run failed.')] : []),
    ],
    ruleId,
    observationIds: reached.observations.map((observation) => observation.id),
    tampering: listTampering(one.case),
  };
}

function describeProof(
  isProven: boolean,
  hasResponse: boolean,
): [string, ReturnType<typeof because>] {
  if (isProven)
    return [
      'target.own_proof',
      because(
        'own_proof',
        'A verified TLS connection for this name answered over HTTP, which nothing in the path can forge.',
      ),
    ];
  if (hasResponse)
    return [
      'target.same_page',
      because('same_page', 'The page that came in cleartext is the one that the control got.'),
    ];
  return [
    'target.answered',
    because(
      'answered',
      'The endpoint answered; without TLS this shows that packets pass, not who answered.',
    ),
  ];
}
