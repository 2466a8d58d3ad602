/** The one way in which a measurement is judged, whoever made it, when it comes and when it is judged again. */
import type { Config } from '../config/schema.ts';
import { judge } from '../probes/judge/judge.ts';
import type { Measurement, MeasurementJudgement, Service } from '../probes/types.ts';

/** Judges a measurement of a vantage in this country, with the controls that are there. */
export type RunJudge = (
  measurement: Measurement,
  service: Service,
  countryCode: string,
) => MeasurementJudgement;

/** Binds rules and controls. */
export function createRunJudge(
  { baselines, rules, fingerprints }: Pick<Config, 'baselines' | 'rules' | 'fingerprints'>,
  findControls: (measurement: Measurement) => readonly Measurement[],
): RunJudge {
  return (measurement, service, countryCode) =>
    judge({
      measurement,
      service,
      controls: findControls(measurement),
      countryCode,
      baselines,
      rules,
      fingerprints,
    });
}
