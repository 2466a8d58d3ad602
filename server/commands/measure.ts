/** `reachline measure`: one measurement now, readable on a terminal or as JSON. */
import { parseArgs } from 'node:util';
import { loadConfig } from '../../config/load.ts';
import { ConfigError } from '../../config/problem.ts';
import type { Config } from '../../config/schema.ts';
import { formatMeasurementId } from '../../db/measurement-id.ts';
import { systemClock } from '../../probes/clock.ts';
import { isRestricted } from '../../probes/judge/aggregate.ts';
import { STAGES } from '../../probes/judge/facts.ts';
import { judge } from '../../probes/judge/judge.ts';
import type {
  Judgement,
  Measurement,
  MeasurementJudgement,
  Observation,
} from '../../probes/types.ts';
import { toMeasurementJson } from '../api/measurements.ts';
import type { CommandContext } from '../command.ts';
import { createRunner, type ObservatoryDeps } from '../observatory.ts';
import { createWatch } from '../serve.ts';
import { PROBE_VERSION, readSoftwareVersion } from '../software.ts';
import { openStations } from '../stations.ts';
import { refuseArgument } from './arguments.ts';

/** Exit codes of this command. */
const EXIT_OF = { ok: 0, restricted: 1, cannotTell: 2 } as const;

/** Measures one service from this machine and prints what was seen and concluded. Stores nothing. */
export async function runMeasure({
  settings,
  argv,
  environment = {},
  log,
  signal,
  print,
}: CommandContext): Promise<number> {
  const config = loadConfig({ file: settings.configFile });
  const { values } = parseArgs({
    args: [...argv],
    options: { service: { type: 'string' }, json: { type: 'boolean', default: false } },
  });
  const service = config.services.find((one) => one.id === values.service);
  if (!service) {
    const problem =
      values.service === undefined ? 'is missing' : `\`${values.service}\` is not configured`;
    const remedy = `write one of ${config.services.map((one) => one.id).join(', ')}`;
    throw new ConfigError([refuseArgument('--service', problem, remedy)]);
  }
  const [station] = openStations(config, settings.ownAddresses, environment);
  if (!station) throw new Error('no local vantage is configured');
  if (!values.json) print(`Measuring ${service.name} from ${station.vantage.networkName} …\n`);

  using watch = createWatch(config, { recordEvent: () => undefined }, systemClock, log);
  const measured: Measurement[] = [];
  const deps: ObservatoryDeps = {
    config: { ...config, services: [service] },
    stations: [station],
    clock: systemClock,
    watch,
    provenance: {
      softwareVersion: readSoftwareVersion(),
      probeVersion: PROBE_VERSION,
      schemaVersion: 0,
      configHash: config.hash,
    },
    standingMarks: [],
    sink: (measurement) => void measured.push(measurement),
  };
  const intervalMs = config.schedule.intervalSeconds * 1000;
  const slotMs = Math.floor(systemClock.nowMs() / intervalMs) * intervalMs;
  await createRunner(deps)(station.vantage.id, { slotMs, seq: 0 }, intervalMs, signal);
  const [measurement] = measured;
  if (!measurement) return EXIT_OF.cannotTell;
  const { rules, fingerprints } = config;
  const { countryCode } = station.vantage;
  const judgement = judge({ measurement, service, controls: [], countryCode, rules, fingerprints });
  print(
    values.json
      ? `${JSON.stringify(toMeasurementJson(asStored(measurement, judgement), false), null, 2)}\n`
      : describe(config, measurement, judgement),
  );
  return exitCode(judgement.service);
}

/** The measurement in the form in which the store would give it. */
function asStored(measurement: Measurement, judgement: MeasurementJudgement) {
  return {
    id: formatMeasurementId(measurement),
    storedAtMs: systemClock.nowMs(),
    measurement,
    judgement,
    revisions: [],
  };
}

function exitCode({ verdict }: Judgement): number {
  if (verdict === 'ok') return EXIT_OF.ok;
  return isRestricted(verdict) ? EXIT_OF.restricted : EXIT_OF.cannotTell;
}

/** The measurement as text: a line per target with its stages, then functions, then the verdict. */
function describe(
  config: Config,
  measurement: Measurement,
  judgement: MeasurementJudgement,
): string {
  const service = config.services.find((one) => one.id === measurement.service);
  const lines: string[] = [''];
  for (const target of [...config.baselines, ...(service?.targets ?? [])]) {
    const own = measurement.observations.filter((one) => one.targetId === target.id);
    const stages = STAGES[target.kind].map((stage) => `${stage} ${describeStage(own, stage)}`);
    const verdict = judgement.targets[target.id]?.verdict ?? 'neutral host';
    lines.push(`  ${target.id.padEnd(28)} ${stages.join(' → ').padEnd(64)} ${verdict}`);
  }
  lines.push('');
  for (const [id, one] of Object.entries(judgement.functions))
    lines.push(`  ${id.padEnd(14)} ${describeVerdict(one)}`);
  lines.push(
    '',
    `  ${service?.name ?? measurement.service}: ${describeVerdict(judgement.service)}`,
  );
  for (const reason of judgement.service.reasons) lines.push(`    ${reason.text}`);
  const marks = measurement.marks.length > 0 ? ` · ${measurement.marks.join(', ')}` : '';
  lines.push('', `  ${measurement.elapsedMs} ms · ruleset ${judgement.rulesetVersion}${marks}`, '');
  return lines.join('\n');
}

function describeStage(
  observations: readonly Observation[],
  stage: Observation['operation'],
): string {
  const last = observations.findLast((one) => one.operation === stage);
  if (!last) return '–';
  if (last.outcome.kind === 'failed') return last.outcome.failure.code;
  return `${Math.round(last.elapsedMs)} ms`;
}

function describeVerdict({ verdict, mechanism, confidence }: Judgement): string {
  return `${verdict}${mechanism ? ` (${mechanism})` : ''}, confidence ${confidence}`;
}
