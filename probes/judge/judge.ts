/**
 * The only place where a verdict is made: one pure function of a measurement, the control measurements
 * of the same service, the neutral hosts inside the measurement, and the rules.
 * Rules are tried in order and the first that answers decides; its id travels with the verdict.
 */
import type { Fingerprint, Rules } from '../../config/schema.ts';
import type {
  FunctionId,
  Judgement,
  Measurement,
  MeasurementJudgement,
  Mechanism,
  Service,
  ServiceTarget,
} from '../types.ts';
import { judgeFunction, judgeService } from './aggregate.ts';
import { DNS_RULES } from './dns-rules.ts';
import {
  type Attempt,
  gatherAttempts,
  gatherControl,
  gatherVantage,
  type TargetFacts,
  type VantageFacts,
} from './facts.ts';
import { because, type Failing, type Finding, type Rule } from './finding.ts';
import { STAGE_RULES } from './stage-rules.ts';
import { VANTAGE_RULES } from './vantage-rules.ts';

export type JudgeInput = {
  readonly measurement: Measurement;
  readonly service: Service;
  /** Measurements of the same service by control vantages, inside the control window. */
  readonly controls: readonly Measurement[];
  /** Country of the measuring vantage, ISO 3166-1 alpha-2. */
  readonly countryCode: string;
  readonly rules: Rules;
  readonly fingerprints: readonly Fingerprint[];
};

/** All rules for a target that was not reached, in the order in which they are tried. */
export const RULES: readonly Rule[] = [...VANTAGE_RULES, ...DNS_RULES, ...STAGE_RULES];

/** Rules that also hold for a target that seemed to answer without proving who it is. */
const UNPROVEN_RULES: readonly Rule[] = DNS_RULES.filter((rule) => rule.id === 'dns.stub_address');

type Draft = {
  readonly facts: TargetFacts;
  readonly failing?: Failing;
  readonly rule?: Rule;
  readonly finding?: Finding;
};

/** Judges every target, function and the service of one measurement. Pure; never throws on any evidence. */
export function judge(input: JudgeInput): MeasurementJudgement {
  const { measurement, service, rules } = input;
  const vantage = gatherVantage(measurement, true);
  const drafts = service.targets.map((target) => draft(target, vantage, input));
  const targets: Record<string, Judgement> = {};
  for (const one of drafts) targets[one.facts.target.id] = conclude(one, drafts, input);
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

/** Finds the rule that speaks to one target, before signals are compared over targets. */
function draft(target: ServiceTarget, vantage: VantageFacts, input: JudgeInput): Draft {
  const { measurement, controls, countryCode, rules, fingerprints } = input;
  const facts: TargetFacts = {
    target,
    attempts: gatherAttempts(measurement.observations, target.id, target.kind),
    control: gatherControl(controls, target),
    vantage,
  };
  const attempt = facts.attempts.findLast((one) => one.isReached) ?? facts.attempts.at(-1);
  const failed = attempt?.failed ?? attempt?.observations[0];
  if (!attempt || !failed) return { facts };
  const failing: Failing = {
    facts,
    control: facts.control,
    vantage,
    attempt,
    failed,
    code: codeOf(failed),
    marks: measurement.marks,
    countryCode,
    rules,
    fingerprints,
  };
  const isProven = attempt.isReached && target.kind === 'https';
  if (isProven) return { facts };
  for (const rule of attempt.isReached ? UNPROVEN_RULES : RULES) {
    const finding = rule.apply(failing);
    if (finding) return { facts, failing, rule, finding };
  }
  return { facts };
}

function codeOf(failed: Failing['failed']): string {
  if (failed.outcome.kind === 'failed') return failed.outcome.failure.code;
  return failed.operation === 'dns' ? 'dns_bogon_error' : 'unknown_failure';
}

function conclude(one: Draft, all: readonly Draft[], { rules }: JudgeInput): Judgement {
  if (!one.finding || !one.rule || !one.failing) return concludeReached(one.facts);
  const { finding, failing, rule } = one;
  const observationIds = failing.facts.attempts.flatMap((attempt) =>
    attempt.failed
      ? [attempt.failed.id]
      : attempt.observations.map((observation) => observation.id),
  );
  const base = {
    ...(finding.mechanism ? { mechanism: finding.mechanism } : {}),
    ruleId: rule.id,
    observationIds,
    tampering: finding.tampering ?? [],
  };
  switch (finding.kind) {
    case 'fingerprint':
      return { verdict: 'blocked', confidence: 'high', reasons: finding.reasons, ...base };
    case 'interference': {
      const signals = countSignals(one, all, rules);
      const isConfirmed = signals.length >= rules.minSignalsForBlocked;
      return {
        verdict: isConfirmed ? 'blocked' : 'likely_blocked',
        confidence:
          signals.length > rules.minSignalsForBlocked ? 'high' : isConfirmed ? 'medium' : 'low',
        reasons: [...finding.reasons, ...signals.slice(1)],
        ...base,
      };
    }
    case 'impaired':
      return { verdict: 'impaired', confidence: 'medium', reasons: finding.reasons, ...base };
    case 'down':
      return { verdict: 'down', confidence: 'medium', reasons: finding.reasons, ...base };
    case 'insufficient':
      return { verdict: 'insufficient', confidence: 'low', reasons: finding.reasons, ...base };
    default:
      return finding.kind satisfies never;
  }
}

/** Independent signals of the same interference: this failure, its repetition later, the same at another address. */
function countSignals(one: Draft, all: readonly Draft[], rules: Rules) {
  const signals = [because('failed', 'The target failed in this run.')];
  const { failing, finding } = one;
  if (!failing || !finding?.mechanism) return signals;
  const same = failing.facts.attempts.filter((attempt) => isSameFailure(attempt, failing));
  const first = same.at(0)?.failed;
  const last = same.at(-1)?.failed;
  const gapMs = first && last ? last.startedMs - first.startedMs : 0;
  if (gapMs >= rules.confirmGapSeconds * 1000) {
    signals.push(
      because(
        'confirmed_by_retry',
        `The same failure came again ${Math.round(gapMs / 1000)} s later.`,
      ),
    );
  }
  const family = familyOf(finding.mechanism);
  const isElsewhere =
    family !== 'dns' &&
    all.some(
      (other) =>
        other !== one &&
        other.finding?.kind === 'interference' &&
        other.finding.mechanism === finding.mechanism &&
        other.failing?.attempt.dialled !== failing.attempt.dialled,
    );
  if (isElsewhere) {
    signals.push(
      because(
        'same_elsewhere',
        'Another address of this service failed in the same way in the same run.',
      ),
    );
  }
  return signals;
}

function familyOf(mechanism: Mechanism): string {
  return mechanism.split('.')[0] ?? mechanism;
}

function isSameFailure(attempt: Attempt, failing: Failing): boolean {
  const { failed } = attempt;
  return (
    failed !== undefined &&
    failed.operation === failing.failed.operation &&
    codeOf(failed) === failing.code
  );
}

/** The verdict on a target that answered: proven by TLS, or merely connected. */
function concludeReached(facts: TargetFacts): Judgement {
  const reached = facts.attempts.findLast((attempt) => attempt.isReached);
  if (!reached) {
    return {
      verdict: 'insufficient',
      confidence: 'low',
      reasons: [because('not_measured', 'Cannot tell: the run ended before this target.')],
      ruleId: 'target.not_measured',
      observationIds: [],
      tampering: [],
    };
  }
  const isProven = facts.target.kind === 'https';
  const hadTrouble = facts.attempts.some((attempt) => !attempt.isReached);
  return {
    verdict: 'ok',
    confidence: isProven && !hadTrouble ? 'high' : 'medium',
    reasons: [
      isProven
        ? because(
            'own_proof',
            'A verified TLS connection for this name answered over HTTP, which nothing in the path can forge.',
          )
        : because(
            'answered',
            'The endpoint answered; without TLS this shows that packets pass, not who answered.',
          ),
      ...(hadTrouble ? [because('recovered', 'An earlier attempt in the same run failed.')] : []),
    ],
    ruleId: isProven ? 'target.own_proof' : 'target.answered',
    observationIds: reached.observations.map((observation) => observation.id),
    tampering: [],
  };
}
