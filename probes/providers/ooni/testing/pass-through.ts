/** For tests: sends a run through its line and back, and judges it. */
import assert from 'node:assert/strict';
import { judge } from '../../../judge/judge.ts';
import type { Measurement, MeasurementJudgement, Service, Vantage } from '../../../types.ts';
import { readLine } from '../read-line.ts';
import { toOoniMeasurement } from '../write-line.ts';
import { CONFIG, CONTEXT } from './judged-lines.ts';

/** Where the runs of these tests were made. */
export const VANTAGE: Vantage = {
  id: 'ru-vantage',
  kind: 'lab',
  countryCode: 'RU',
  asn: 64_496,
  networkName: 'Volga Fixed',
  access: 'fixed',
  role: 'vantage',
  note: '',
};

/** A run with its controls. */
export type Pair = { readonly measurement: Measurement; readonly controls: readonly Measurement[] };

/** The verdicts on a run of this service. */
export function judgeWith(pair: Pair, service: Service): MeasurementJudgement {
  const { rules, fingerprints, baselines } = CONFIG;
  return judge({ ...pair, service, countryCode: 'RU', baselines, rules, fingerprints });
}

/** Verdict and mechanism of every target. */
export function toVerdicts({ targets }: MeasurementJudgement): unknown {
  return Object.fromEntries(
    Object.entries(targets).map(([id, { verdict, mechanism, tampering }]) => [
      id,
      [verdict, mechanism, ...tampering],
    ]),
  );
}

/** Writes a run as a line, reads it back, and gives it as it would be imported. */
export function passThrough(pair: Pair, service: Service): Measurement {
  const { measurement, controls } = pair;
  const judgement = judgeWith(pair, service);
  const id = 'facebook.ru-vantage.20220304T120000Z';
  const line = JSON.stringify(
    toOoniMeasurement({ id, measurement, judgement, vantage: VANTAGE, controls }),
  );
  const config = { ...CONTEXT.config, services: [service] };
  const result = readLine(line, { ...CONTEXT, config, nowMs: measurement.startedAtMs });
  assert.ok(result.kind === 'read', JSON.stringify(result));
  assert.equal(result.measurement.origin?.licence, 'CC-BY-4.0');
  assert.equal(result.vantage.id, 'ooni-ru-as64496-ru-vantage');
  return result.measurement;
}
