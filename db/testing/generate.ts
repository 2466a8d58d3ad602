/**
 * Realistic measurements and judgements from a seed: the same seed gives the same data. For tests and benchmarks;
 * nothing of it comes from a network, and every measurement carries the mark `simulated`.
 */
import { hash } from 'node:crypto';
import type {
  Confidence,
  FunctionId,
  Judgement,
  Mark,
  Measurement,
  MeasurementJudgement,
  Mechanism,
  Observation,
  Provenance,
  Reason,
  Vantage,
  Verdict,
} from '../../probes/types.ts';
import {
  around,
  chainOf,
  createRandom,
  draftTarget,
  type Random,
  SCENARIOS,
  type Scenario,
} from './generate-observations.ts';

function makeVantage(id: string, countryCode: string, asn: number, networkName: string): Vantage {
  return {
    id,
    kind: 'lab',
    countryCode,
    asn,
    networkName,
    access: id.includes('mobile') ? 'mobile' : 'fixed',
    role: id.startsWith('pl') ? 'control' : 'vantage',
    note: '',
  };
}

/** Six vantages in three countries; numbers from the range kept for documentation (RFC 5398). */
export const GENERATED_VANTAGES: readonly Vantage[] = [
  makeVantage('ru-volga-fixed', 'RU', 64496, 'Volga Fixed'),
  makeVantage('ru-volga-mobile', 'RU', 64497, 'Volga Mobile'),
  makeVantage('ru-ural-fixed', 'RU', 64498, 'Ural Fixed'),
  makeVantage('ua-dnipro-fixed', 'UA', 64499, 'Dnipro Fixed'),
  makeVantage('ua-dnipro-mobile', 'UA', 64500, 'Dnipro Mobile'),
  makeVantage('pl-vistula-fixed', 'PL', 64501, 'Vistula Fixed'),
];

/** Services with the functions and hosts that are generated for them. */
const SERVICES: Readonly<Record<string, readonly (readonly [FunctionId, string, string])[]>> = {
  facebook: [
    ['web', 'www', 'www.facebook.com'],
    ['web', 'mobile', 'm.facebook.com'],
    ['app', 'graph', 'graph.facebook.com'],
    ['app', 'edge', 'edge-mqtt.facebook.com'],
    ['media', 'static', 'static.xx.fbcdn.net'],
  ],
  instagram: [
    ['web', 'www', 'www.instagram.com'],
    ['app', 'api', 'i.instagram.com'],
    ['media', 'scontent', 'scontent.cdninstagram.com'],
  ],
  whatsapp: [
    ['web', 'web', 'web.whatsapp.com'],
    ['registration', 'v', 'v.whatsapp.net'],
    ['messages', 'chat', 'g.whatsapp.net'],
    ['media', 'mmg', 'mmg.whatsapp.net'],
    ['links', 'wa', 'wa.me'],
  ],
};

/** Ids of the services that are generated. */
export const GENERATED_SERVICES: readonly string[] = Object.keys(SERVICES);

/** Names of everything that may happen. */
export const GENERATED_SCENARIOS: readonly Scenario[] = SCENARIOS.map(({ name }) => name);

const PROVENANCE: Provenance = {
  softwareVersion: '0.1.0',
  probeVersion: '1',
  schemaVersion: 1,
  configHash: hash('sha256', 'generated'),
};

const REASONS: Readonly<Record<Verdict, Reason>> = {
  ok: { code: 'all_operations_succeeded', text: 'Every operation succeeded.' },
  likely_blocked: {
    code: 'control_succeeded',
    text: 'The control reached the same target at the same time.',
  },
  blocked: {
    code: 'two_signals',
    text: 'Two independent signals and a working control point to interference.',
  },
  impaired: {
    code: 'slower_than_control',
    text: 'The target answered, but far slower than for the control.',
  },
  down: { code: 'control_failed', text: 'The control could not reach the target either.' },
  insufficient: {
    code: 'no_baseline',
    text: 'No neutral host could be reached, so nothing can be said of the service.',
  },
};

function judgeAs(scenario: Scenario, observationIds: readonly number[]): Judgement {
  const row: {
    verdict: Verdict;
    mechanism?: Mechanism;
    confidence: Confidence;
    ruleId: string;
  } = SCENARIOS.find(({ name }) => name === scenario) ?? SCENARIOS[0];
  return {
    verdict: row.verdict,
    ...(row.mechanism ? { mechanism: row.mechanism } : {}),
    confidence: row.confidence,
    reasons: [REASONS[row.verdict]],
    ruleId: row.ruleId,
    observationIds,
    tampering: [],
  };
}

/** Where, when and what to generate. */
export type GenerateInput = {
  /** One of `GENERATED_SERVICES`. */
  readonly service: string;
  readonly vantageId: string;
  readonly slotMs: number;
  readonly seq?: number;
  /** 5 minutes unless told. */
  readonly intervalMs?: number;
  /** `ok` unless told. */
  readonly scenario?: Scenario;
  readonly marks?: readonly Mark[];
};

/** A measurement with the judgement that belongs to it. */
export type GeneratedRun = {
  readonly measurement: Measurement;
  readonly judgement: MeasurementJudgement;
};

/** Makes one measurement and its judgement. */
export function generateRun(random: Random, input: GenerateInput): GeneratedRun {
  const { service, vantageId, slotMs, scenario = 'ok' } = input;
  const observations: Observation[] = [];
  const certificates = new Map<string, Uint8Array>();
  const functionScenario = new Map<FunctionId, number[]>();
  const targets: Record<string, Judgement> = {};
  let startedMs = 0;
  for (const [functionId, name, host] of SERVICES[service] ?? []) {
    const targetId = `${service}.${functionId}.${name}`;
    const common = { targetId, role: 'target', attempt: 1, startedMs } as const;
    const ids: number[] = [];
    for (const draft of draftTarget(random, common, host, scenario)) {
      ids.push(observations.length);
      observations.push({ id: observations.length, ...draft });
      if (draft.operation === 'tls' && draft.outcome.kind === 'ok')
        for (const { sha256, der } of chainOf(host)) certificates.set(sha256, der);
    }
    startedMs += 12.125;
    targets[targetId] = judgeAs(scenario, ids);
    functionScenario.set(functionId, [...(functionScenario.get(functionId) ?? []), ...ids]);
  }
  for (const [name, host] of [
    ['baseline.neutral-one', 'neutral-one.example'],
    ['baseline.neutral-two', 'neutral-two.example'],
  ] as const) {
    const common = { targetId: name, role: 'baseline', attempt: 1, startedMs } as const;
    const baselineScenario = scenario === 'offline' ? 'offline' : 'ok';
    for (const draft of draftTarget(random, common, host, baselineScenario)) {
      observations.push({ id: observations.length, ...draft });
      if (draft.operation === 'tls' && draft.outcome.kind === 'ok')
        for (const { sha256, der } of chainOf(host)) certificates.set(sha256, der);
    }
  }
  const functions: Partial<Record<FunctionId, Judgement>> = {};
  for (const [functionId, ids] of functionScenario) functions[functionId] = judgeAs(scenario, ids);
  const allIds = [...functionScenario.values()].flat();
  return {
    measurement: {
      service,
      vantageId,
      slotMs,
      seq: input.seq ?? 0,
      intervalMs: input.intervalMs ?? 300_000,
      startedAtMs: slotMs + Math.floor(random() * 20_000),
      elapsedMs: around(random, 900),
      loopDelayMs: around(random, 2),
      marks: [...(input.marks ?? []), 'simulated'],
      observations,
      certificates,
      provenance: PROVENANCE,
    },
    judgement: {
      rulesetVersion: '2026.11.1',
      service: judgeAs(scenario, allIds),
      functions,
      targets,
    },
  };
}

/** What a series of runs covers. */
export type SeriesInput = {
  readonly seed: number;
  readonly services?: readonly string[];
  readonly vantageIds?: readonly string[];
  readonly fromMs: number;
  /** Not included. */
  readonly toMs: number;
  readonly intervalMs?: number;
  /** Share of runs that did not happen, 0.01 unless told. */
  readonly missingRatio?: number;
  /** Chance per run that a lane goes over to another scenario, 0.02 unless told. */
  readonly changeRatio?: number;
};

/** A run of a series before anything of it is made up. */
export type PlannedRun = {
  readonly service: string;
  readonly vantageId: string;
  readonly slotMs: number;
  readonly intervalMs: number;
  readonly scenario: Scenario;
};

/** When which scenario holds where: stretches of one scenario, and some runs missing. In order of time. */
export function* planSeries(
  input: SeriesInput,
  random: Random = createRandom(input.seed),
): Generator<PlannedRun> {
  const { intervalMs = 300_000, missingRatio = 0.01, changeRatio = 0.02 } = input;
  const services = input.services ?? GENERATED_SERVICES;
  const vantageIds = input.vantageIds ?? GENERATED_VANTAGES.map(({ id }) => id);
  const scenarios = new Map<string, Scenario>();
  for (let slotMs = input.fromMs; slotMs < input.toMs; slotMs += intervalMs)
    for (const vantageId of vantageIds)
      for (const service of services) {
        const lane = `${service} ${vantageId}`;
        let scenario = scenarios.get(lane) ?? 'ok';
        if (random() < changeRatio)
          scenario = GENERATED_SCENARIOS[Math.floor(random() * SCENARIOS.length)] ?? 'ok';
        scenarios.set(lane, scenario);
        if (random() >= missingRatio) yield { service, vantageId, slotMs, intervalMs, scenario };
      }
}

/** The runs of a plan with all their evidence. */
export function* generateSeries(input: SeriesInput): Generator<GeneratedRun> {
  const random = createRandom(input.seed);
  for (const planned of planSeries(input, random)) yield generateRun(random, planned);
}
