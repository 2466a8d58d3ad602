/**
 * How fast verdicts are made of evidence, on one core: the services as configured, measured where some of their
 * targets are stopped in several ways, beside a loop that only reads the same observations.
 */
import { join } from 'node:path';
import { loadConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { type JudgeInput, judge } from '../../probes/judge/judge.ts';
import { measurementOf, type Visit } from '../../probes/testing/observations.ts';
import type { Service } from '../../probes/types.ts';
import { type BenchResult, type OnProgress, toResult } from './result.ts';
import { pairsOf, ROUNDS, runRounds } from './rounds.ts';

/** Judging again a year of three services from twelve vantages should take minutes, not hours. */
const MIN_VERDICTS_PER_SECOND = 50_000;
const TURN_MS = 800;

/** How a target may have gone; spread over the targets of a service in turn. */
const FATES: readonly Omit<Visit, 'targetId'>[] = [
  {},
  { fails: ['tls', 'connection_reset'] },
  {},
  { fails: ['dns', 'dns_nxdomain_error'] },
  { addresses: ['127.0.0.1'], kind: 'name' },
  { fails: ['tcp', 'generic_timeout_error'] },
  { fails: ['tls', 'ssl_unknown_authority'], body: '<title>Blocked</title> Access is restricted' },
];

/** Gives target verdicts per second. */
export async function benchJudge(onProgress: OnProgress): Promise<readonly BenchResult[]> {
  const config = loadConfig({ file: join(import.meta.dirname, '../../config/reachline.yaml') });
  const inputs = config.services.flatMap((service) => listInputs(service, config));
  await Promise.all([rateOf(inputs, judge), rateOf(inputs, readOnly)]);
  const rounds = await runRounds(
    { ours: () => rateOf(inputs, judge), bare: () => rateOf(inputs, readOnly) },
    { onRound: (round) => onProgress(round / ROUNDS, 'judging') },
  );
  const bound = { of: 'value', is: 'at_least', limit: MIN_VERDICTS_PER_SECOND } as const;
  return [toResult('judge', 'verdicts/s', pairsOf(rounds, 'perSecond'), bound)];
}

/** One service where all works, and one measurement for each shift of the fates, with two controls. */
function listInputs(service: Service, config: Config): JudgeInput[] {
  const { rules, fingerprints } = config;
  const controls = ['control-a', 'control-b'].map((vantageId) => ({
    ...measurementOf(listVisits(service, () => ({}))),
    service: service.id,
    vantageId,
  }));
  const untouched = listVisits(service, () => ({}));
  const restricted = FATES.map((_, shift) =>
    listVisits(service, (index) => FATES[(index + shift) % FATES.length] ?? {}),
  );
  return [untouched, ...restricted].map((visits) => ({
    measurement: { ...measurementOf(visits), service: service.id },
    service,
    controls,
    countryCode: 'RU',
    rules,
    fingerprints,
  }));
}

/** A visit to each target, and a second one where the first failed. */
function listVisits(service: Service, fateOf: (index: number) => Omit<Visit, 'targetId'>): Visit[] {
  return service.targets.flatMap(({ id: targetId, kind }, index): Visit[] => {
    const fate = fateOf(index);
    if (kind !== 'https' || (!fate.fails && !fate.kind)) return [{ targetId, kind }];
    return [1, 2].map((attempt) => ({ targetId, kind, ...fate, attempt }));
  });
}

/** Goes over all inputs again and again for a time; counts the targets. */
async function rateOf(
  inputs: readonly JudgeInput[],
  work: (input: JudgeInput) => unknown,
): Promise<{ perSecond: number }> {
  const startedMs = performance.now();
  let targets = 0;
  while (performance.now() - startedMs < TURN_MS) {
    for (const input of inputs) {
      work(input);
      targets += input.service.targets.length;
    }
  }
  return { perSecond: (targets / (performance.now() - startedMs)) * 1000 };
}

/** What no judge can do without: looking at each observation of the measurement and of its controls once. */
function readOnly({ measurement, controls }: JudgeInput): number {
  let failed = 0;
  for (const { observations } of [measurement, ...controls]) {
    for (const { outcome } of observations) if (outcome.kind === 'failed') failed += 1;
  }
  return failed;
}
