/** Judging what is stored: the evidence of a measurement with the controls that are there by now, under the rules of today. */
import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config/schema.ts';
import type { StoredMeasurement } from '../db/measurement-reader.ts';
import type { Store } from '../db/store.ts';
import type { Measurement, MeasurementJudgement, Service, Vantage } from '../probes/types.ts';
import { createRunJudge } from './judge-run.ts';

/** Controls kept in memory: those of one window for every service, over again while time goes by. */
const MAX_KEPT_CONTROLS = 256;

/** What is read of the store. */
export type JudgedStore = Pick<Store, 'listVantages' | 'getMeasurement' | 'listControlIds'>;

/** Judges a stored measurement; gives nothing when its service or vantage are not known. */
export type StoredJudge = (stored: StoredMeasurement) => MeasurementJudgement | undefined;

/** Binds everything that such judgements need: the vantages as they are now, and the controls that are stored. */
export function createStoredJudge(store: JudgedStore, config: Config): StoredJudge {
  const services = new Map(config.services.map((service) => [service.id, service]));
  const vantages = new Map<string, Vantage>(store.listVantages().map((one) => [one.id, one]));
  const windowMs = config.rules.controlWindowSeconds * 1000;
  const judgeRun = createRunJudge(config, createControlFinder(store, windowMs));
  return (stored) => {
    const { measurement } = stored;
    const known = services.get(measurement.service);
    const vantage = vantages.get(measurement.vantageId);
    const service = known && restrictToMeasured(known, stored);
    if (!service || !vantage) return undefined;
    return judgeRun(measurement, service, vantage.countryCode);
  };
}

/** The service as it was when it was measured: a target that was added since cannot have failed. */
function restrictToMeasured(
  service: Service,
  { revisions }: StoredMeasurement,
): Service | undefined {
  const measured = revisions.at(-1)?.judgement.targets ?? {};
  const targets = service.targets.filter(({ id }) => Object.hasOwn(measured, id));
  return targets.length === 0 ? undefined : { ...service, targets };
}

/** Reads controls from the store and keeps those that were read last. */
export function createControlFinder(
  store: Pick<Store, 'getMeasurement' | 'listControlIds'>,
  windowMs: number,
): (run: Measurement) => Measurement[] {
  const kept = new Map<string, Measurement>();
  const read = (id: string): Measurement[] => {
    const found = kept.get(id) ?? store.getMeasurement(id)?.measurement;
    if (!found) return [];
    kept.delete(id);
    kept.set(id, found);
    const [oldest] = kept.keys();
    if (kept.size > MAX_KEPT_CONTROLS && oldest !== undefined) kept.delete(oldest);
    return [found];
  };
  return (run) => store.listControlIds(run, windowMs).flatMap(read);
}

/** Stored judgements went through JSON, so the new one does too before they are compared. */
export function isSameContent(stored: MeasurementJudgement, now: MeasurementJudgement): boolean {
  return isDeepStrictEqual(stored, JSON.parse(JSON.stringify(now)));
}
