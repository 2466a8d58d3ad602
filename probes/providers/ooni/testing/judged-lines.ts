/** For tests: reads lines of fixture files and judges them, under the configuration that is shipped. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../../../config/load.ts';
import type { Config } from '../../../../config/schema.ts';
import { judge } from '../../../judge/judge.ts';
import type { Measurement, MeasurementJudgement } from '../../../types.ts';
import { type LineContext, readLine } from '../read-line.ts';

/** The shipped configuration. */
export const CONFIG: Config = loadConfig({
  file: join(import.meta.dirname, '../../../../config/reachline.yaml'),
});

/** Reads lines as of a day in 2026. */
export const CONTEXT: LineContext = {
  config: CONFIG,
  provenance: { probeVersion: '1', schemaVersion: 1 },
  nameNetwork: (asn) => `AS${asn}`,
  nowMs: Date.UTC(2026, 10, 20),
};

/** A line with what it is called in its file. */
export type FixtureLine = { readonly name: string; readonly text: string };

/** The lines of a fixture file; those that are no JSON are called by their number. */
export function readFixtures(file: string): FixtureLine[] {
  const text = readFileSync(join(import.meta.dirname, '../fixtures', file), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line, index) => ({
      name: /^\{"x_fixture":"([^"]+)"/.exec(line)?.[1] ?? `line ${index + 1}`,
      text: line,
    }));
}

/** The verdicts on a measurement. */
export function judgeImported(measurement: Measurement, countryCode = 'RU'): MeasurementJudgement {
  const service = CONFIG.services.find(({ id }) => id === measurement.service);
  if (!service) throw new Error(`no service ${measurement.service}`);
  const { rules, fingerprints, baselines } = CONFIG;
  return judge({ measurement, service, controls: [], countryCode, baselines, rules, fingerprints });
}

/** What a line comes to, in short: `ok`, `likely_blocked tls.reset`, `skipped no_service`, `bad it is no JSON`. */
export function sumUp(line: string, targetId: string): string {
  const result = readLine(line, CONTEXT);
  if (result.kind !== 'read') return `${result.kind} ${result.reason}`;
  const judged = judgeImported(result.measurement).targets[targetId];
  return [judged?.verdict, judged?.mechanism].filter((one) => one !== undefined).join(' ');
}
