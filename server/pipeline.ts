/** The way of every measurement: find its controls, judge it, store it, tell of it. */
import type { Config } from '../config/schema.ts';
import type { RunVerdicts } from '../db/judgement-writer.ts';
import type { RunFacts } from '../db/measurements.ts';
import type { Store } from '../db/store.ts';
import type { Measurement, Vantage } from '../probes/types.ts';
import { ControlWindow } from './control-window.ts';
import { createRunJudge } from './judge-run.ts';
import type { Log } from './log.ts';
import { createProxyWatch } from './proxy-watch.ts';

export type PipelineDeps = {
  readonly store: Store;
  readonly config: Config;
  readonly vantages: readonly Vantage[];
  readonly log: Log;
  /** The latest controls, when others add to them too. */
  readonly controls?: ControlWindow;
  /** Called after the commit. */
  readonly onStored?: OnStored;
};

/** Hears of each run that was stored, whoever made it, after the commit. */
export type OnStored = (facts: RunFacts, verdicts: RunVerdicts) => void;

/** Makes an empty window for the latest controls. */
export function createControlWindow(config: Config): ControlWindow {
  return new ControlWindow(config.rules.controlWindowSeconds * 1000);
}

/** Builds the function that takes each measurement from the probes. Throws only when the store is broken. */
export function createPipeline({ store, config, vantages, log, ...rest }: PipelineDeps) {
  const { controls = createControlWindow(config), onStored } = rest;
  const judgeRun = createRunJudge(config, (measurement) => controls.find(measurement));
  const services = new Map(config.services.map((service) => [service.id, service]));
  const watchProxy = createProxyWatch(log);
  const places = new Map(vantages.map((vantage) => [vantage.id, vantage]));

  return (measurement: Measurement): void => {
    const service = services.get(measurement.service);
    const vantage = places.get(measurement.vantageId);
    if (!service || !vantage)
      throw new Error(
        `a measurement of unknown ${measurement.service} or ${measurement.vantageId}`,
      );

    const judgement = judgeRun(measurement, service, vantage.countryCode);
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
    watchProxy(measurement);
    if (stored === 'inserted') onStored?.(measurement, judgement);
  };
}
