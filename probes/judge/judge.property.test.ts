/** What the judge keeps to on any evidence: it never throws, and it accuses nobody without a comparison. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { makeArbitraryInput } from '../testing/arbitrary-runs.ts';
import {
  type Judgement,
  MECHANISMS,
  type Measurement,
  type MeasurementJudgement,
  type Observation,
  VERDICTS,
  type Verdict,
} from '../types.ts';
import { isRestricted } from './aggregate.ts';
import { type JudgeInput, judge, RULES } from './judge.ts';

/** Runs per property. */
const RUNS = 4_000;

/** Conclusions where no rule objects, and sums over targets. */
const CONCLUSION = /^(target|function|service)\.[a-z_]+$/;
/** A failure code that a careless look-up finds in every object. */
const INHERITED_CODES = ['constructor', '__proto__', 'toString'];

function check(property: (input: JudgeInput, result: MeasurementJudgement) => void): void {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const input = makeArbitraryInput(seed);
      property(input, judge(input));
    }),
    { numRuns: RUNS },
  );
}

function listAll({ service, functions, targets }: MeasurementJudgement): Judgement[] {
  return [service, ...Object.values(functions), ...Object.values(targets)];
}

function keep(input: JudgeInput, isKept: (one: Observation) => boolean): JudgeInput {
  const observations = input.measurement.observations.filter(isKept);
  return { ...input, measurement: { ...input.measurement, observations } };
}

const isPlain = ({ purpose, operation }: Observation): boolean =>
  purpose === undefined && operation !== 'quic';

const isVerified = ({ operation, outcome }: Observation): boolean =>
  operation === 'tls' && outcome.kind === 'ok';

const isAnswer = ({ operation, outcome }: Observation): boolean =>
  operation === 'http' && outcome.kind === 'ok';

function listPlain({ observations }: Measurement, targetId: string): Observation[] {
  return observations.filter((one) => one.targetId === targetId && isPlain(one));
}

/** Whether at least one neutral host answered in full. */
function hasNetwork({ observations }: Measurement): boolean {
  return observations.some(
    ({ role, operation, outcome }) =>
      role === 'baseline' && operation === 'http' && outcome.kind === 'ok',
  );
}

/** The last stage of each kind of target, which is what it means to be reached. */
const LAST_STAGE = { https: 'http', http: 'http', tcp: 'tcp', stun: 'stun' } as const;

/** The run as if no neutral host had answered. */
function cutOff(input: JudgeInput): JudgeInput {
  return keep(
    { ...input, fingerprints: [] },
    ({ role, outcome }) => role === 'target' || outcome.kind === 'failed',
  );
}

/** Whether the run holds a control of its own for this target: something that succeeded beside what failed. */
function hasOwnControl({ observations }: Measurement, targetId: string): boolean {
  const mine = observations.filter((one) => one.targetId === targetId);
  const isGenuine = mine.some(
    ({ operation, outcome, purpose }) =>
      operation === 'tls' &&
      outcome.kind === 'ok' &&
      purpose !== 'innocuous_name' &&
      purpose !== 'neutral_address',
  );
  const isOtherNameFine = mine.some(
    ({ purpose, operation, outcome }) =>
      purpose === 'innocuous_name' && operation !== 'dns' && outcome.kind === 'ok',
  );
  const isTimed = (purpose: string, among: readonly Observation[]): boolean =>
    among.some((one) => one.purpose === purpose && one.operation === 'http');
  return (
    isGenuine ||
    isOtherNameFine ||
    (isTimed('goodput', mine) && isTimed('goodput_baseline', observations))
  );
}

function assertOnly(result: MeasurementJudgement, allowed: readonly Verdict[]): void {
  for (const { verdict, ruleId } of listAll(result))
    assert.ok(allowed.includes(verdict), `${verdict} by ${ruleId}`);
}

suite(`the judge, ${RUNS} runs of made-up evidence for each property`, () => {
  test('never throws, and uses only words, rules and observations that there are', () => {
    const known = new Set(RULES.map(({ id }) => id));
    check((input, result) => {
      const ids = new Set(input.measurement.observations.map(({ id }) => id));
      assert.deepEqual(
        Object.keys(result.targets),
        input.service.targets.map(({ id }) => id),
      );
      for (const one of listAll(result)) {
        assert.ok(VERDICTS.includes(one.verdict));
        assert.ok(one.mechanism === undefined || MECHANISMS.includes(one.mechanism));
        assert.ok(one.tampering.every((mechanism) => MECHANISMS.includes(mechanism)));
        assert.ok(one.reasons.length > 0 && one.reasons.every(({ code, text }) => code && text));
        assert.ok(one.observationIds.every((id) => ids.has(id)));
        assert.ok(known.has(one.ruleId) || CONCLUSION.test(one.ruleId), one.ruleId);
      }
    });
  });

  test('is a pure function: the same input gives the same and stays as it was', () => {
    check((input, result) => {
      const before = JSON.stringify(input);
      assert.deepEqual(judge(input), result);
      assert.equal(JSON.stringify(input), before);
    });
  });

  test('without control, fingerprint, deep pass and verified handshake says nothing but ok and insufficient', () => {
    check((input) => {
      const alone = { ...input, controls: [], fingerprints: [] };
      const bare = keep(alone, (one) => isPlain(one) && !isVerified(one));
      assertOnly(judge(bare), ['ok', 'insufficient']);
    });
  });

  test('without outside control and fingerprint accuses only beside a control of its own, and never says down', () => {
    check((input) => {
      const alone = { ...input, controls: [], fingerprints: [] };
      const result = judge(alone);
      for (const [id, one] of Object.entries(result.targets)) {
        assert.notEqual(one.verdict, 'down', one.ruleId);
        if (isRestricted(one.verdict))
          assert.ok(hasOwnControl(alone.measurement, id), `${one.verdict} by ${one.ruleId}`);
      }
    });
  });

  test('says down only when a control with a working network had trouble with the same target', () => {
    check(({ controls }, { targets }) => {
      for (const [id, { verdict }] of Object.entries(targets)) {
        if (verdict !== 'down') continue;
        const hasTrouble = controls.some(
          (control) =>
            hasNetwork(control) &&
            // An answer without a public address is trouble too.
            listPlain(control, id).some(
              ({ outcome, operation }) => outcome.kind === 'failed' || operation === 'dns',
            ),
        );
        assert.ok(hasTrouble, id);
      }
    });
  });

  test('takes a control whose own network failed for none', () => {
    check((input) => {
      const cut = input.controls.map((control) => ({
        ...control,
        observations: control.observations.filter(({ role }) => role === 'target'),
      }));
      const without = judge({ ...input, controls: [] });
      assert.deepEqual(judge({ ...input, controls: cut }), without);
    });
  });

  test('takes no account of fingerprints of another country', () => {
    check((input) => {
      const abroad = { ...input, countryCode: 'UA' };
      assert.deepEqual(judge(abroad), judge({ ...abroad, fingerprints: [] }));
    });
  });

  test('never calls a target blocked or down that has proved itself', () => {
    check((input) => {
      for (const { id, kind } of input.service.targets) {
        if (kind !== 'https') continue;
        const isFine = (one: Observation): boolean => one.targetId !== id || !hasTrouble(one);
        const cut = keep(input, isFine);
        const last = listPlain(cut.measurement, id);
        const answered = Math.max(0, ...last.filter(isAnswer).map(({ attempt }) => attempt));
        if (!last.some((one) => one.attempt === answered && isVerified(one))) continue;
        const one = judge(cut).targets[id];
        assert.ok(one?.verdict === 'ok' || one?.verdict === 'impaired', one?.ruleId ?? id);
      }
    });
  });

  test('holds no failure against anybody while no neutral host answers', () => {
    check((input) => {
      const cut = cutOff(input);
      const result = judge(cut);
      for (const { id, kind } of cut.service.targets) {
        const isReached = listPlain(cut.measurement, id).some(
          ({ operation, outcome }) => operation === LAST_STAGE[kind] && outcome.kind === 'ok',
        );
        const one = result.targets[id];
        const isAccused = one?.verdict === 'blocked' || one?.verdict === 'likely_blocked';
        assert.ok(isReached || !isAccused, one?.ruleId ?? id);
      }
    });
  });

  test('holds no foreign page in cleartext against anybody while no neutral host answers', () => {
    check((input) => {
      for (const one of Object.values(judge(cutOff(input)).targets))
        assert.ok(one.verdict !== 'blocked' && one.verdict !== 'likely_blocked', one.ruleId);
    });
  });

  test('gives a function or service no verdict that its parts do not bear', () => {
    check(({ service }, result) => {
      for (const [functionId, one] of Object.entries(result.functions)) {
        const parts = service.targets
          .filter((target) => target.function === functionId)
          .map(({ id }) => result.targets[id]?.verdict ?? 'insufficient');
        assertBorne(one.verdict, parts);
      }
      const parts = Object.values(result.functions).map(({ verdict }) => verdict);
      assertBorne(result.service.verdict, parts);
    });
  });

  test('looks codes up without what every object inherits', () => {
    check((input) => {
      for (const code of INHERITED_CODES) judge(rename(input, code));
    });
  });
});

/** A failure, or what muddles the proof: another hop, or a deep pass that found trouble elsewhere. */
function hasTrouble({ outcome, hop, purpose }: Observation): boolean {
  return outcome.kind === 'failed' || (hop ?? 0) > 0 || purpose !== undefined;
}

function assertBorne(verdict: Verdict, parts: readonly Verdict[]): void {
  if (verdict === 'impaired') assert.ok(parts.some(isRestricted));
  else if (verdict === 'down') assert.ok(parts.includes('down'));
  else if (verdict !== 'insufficient')
    assert.ok(parts.includes(verdict), `${verdict} of ${parts.join()}`);
  if (verdict === 'ok' || verdict === 'down') assert.ok(!parts.some(isRestricted));
}

/** The same run with this failure code on everything that failed. */
function rename(input: JudgeInput, code: string): JudgeInput {
  const observations = input.measurement.observations.map((one) =>
    one.outcome.kind === 'ok'
      ? one
      : { ...one, outcome: { ...one.outcome, failure: { ...one.outcome.failure, code } } },
  ) as Observation[];
  return { ...input, measurement: { ...input.measurement, observations } };
}
