/** The way of every measurement: find its controls, judge it, store it, tell of it. */
import type { Config } from '../config/schema.ts';
import type { Store } from '../db/store.ts';
import { judge } from '../probes/judge/judge.ts';
import type { Measurement, MeasurementJudgement, Vantage } from '../probes/types.ts';
import { ControlWindow } from './control-window.ts';
import type { Log } from './log.ts';

export type PipelineDeps = {
  readonly store: Store;
  readonly config: Config;
  readonly vantages: readonly Vantage[];
  readonly log: Log;
  /** Called after the commit. */
  readonly onStored?: (measurement: Measurement, judgement: MeasurementJudgement) => void;
};

/** Builds the function that takes each measurement from the probes. Throws only when the store is broken. */
export function createPipeline({ store, config, vantages, log, onStored }: PipelineDeps) {
  const controls = new ControlWindow(config.rules.controlWindowSeconds * 1000);
  const services = new Map(config.services.map((service) => [service.id, service]));
  const places = new Map(vantages.map((vantage) => [vantage.id, vantage]));

  return (measurement: Measurement): void => {
    const service = services.get(measurement.service);
    const vantage = places.get(measurement.vantageId);
    if (!service || !vantage)
      throw new Error(
        `a measurement of unknown ${measurement.service} or ${measurement.vantageId}`,
      );

    const judgement = judge({
      measurement,
      service,
      controls: controls.find(measurement),
      countryCode: vantage.countryCode,
      baselines: config.baselines,
      rules: config.rules,
      fingerprints: config.fingerprints,
    });
    const stored = store.insertMeasurement(measurement, judgement);
    if (vantage.role === 'control') controls.add(measurement);
    log('info', 'measured', {
      service: measurement.service,
      vantage: measurement.vantageId,
      slot: new Date(measurement.slotMs).toISOString(),
      verdict: judgement.service.verdict,
      mechanism: judgement.service.mechanism,
      ms: measurement.elapsedMs,
      marks: measurement.marks.join(',') || undefined,
      ...(stored === 'duplicate' ? { stored } : {}),
    });
    if (stored === 'inserted') onStored?.(measurement, judgement);
  };
}
