/**
 * Takes measurements that others made, gives each our verdict, and stores them in batches. The original's conclusion is
 * kept beside ours in the evidence and decides nothing.
 */
import type { Config } from '../../config/schema.ts';
import type { ImportedRun } from '../../db/imports.ts';
import type { Store } from '../../db/store.ts';
import type { LineResult } from '../../probes/providers/ooni/read-line.ts';
import type { Measurement, MeasurementJudgement, Service, Vantage } from '../../probes/types.ts';
import { createRunJudge } from '../judge-run.ts';
import { createControlFinder } from '../stored-judge.ts';
import type { Tally } from './import-report.ts';

/** What is used of the store. */
export type ImportStore = Pick<
  Store,
  | 'hasOrigin'
  | 'insertImports'
  | 'syncVantages'
  | 'listVantages'
  | 'getMeasurement'
  | 'listControlIds'
>;

export type ImportWriterDeps = {
  readonly store: ImportStore;
  readonly config: Config;
  readonly tally: Tally;
};

/** Takes results one by one; `flush` stores what still waits. */
export type ImportWriter = {
  /** @param where names the line for whoever reads the report, e.g. `line 12` */
  readonly add: (result: LineResult, where: string) => void;
  readonly flush: () => void;
};

/** Runs per transaction: few enough that a stop is quick, many enough that the disk is not what counts. */
const BATCH_SIZE = 200;
/** A country has a few hundred networks; a file that names more was not made by people in them. */
export const MAX_NEW_VANTAGES = 300;
/** Every list and chart of vantages has to carry them. */
export const MAX_STORED_VANTAGES = 1_000;

/** Builds the writer. @throws StoreError from `add` and `flush` when the store cannot be written */
export function createImportWriter({ store, config, tally }: ImportWriterDeps): ImportWriter {
  const services = new Map(config.services.map((service) => [service.id, service]));
  const known = store.listVantages();
  const vantages = new Set(known.map(({ id }) => id));
  const hasControls = known.some(({ role }) => role === 'control');
  const findControls = createControlFinder(store, config.rules.controlWindowSeconds * 1000);
  let waiting: ImportedRun[] = [];
  const arrivals = new Map<string, Vantage>();
  const storedVantages = known.filter(({ kind }) => kind === 'import').length;
  let vantagesLeft = Math.min(MAX_NEW_VANTAGES, MAX_STORED_VANTAGES - storedVantages);

  function flush(): void {
    // One that is there keeps the name that it had first: files of many years call one network by many names.
    store.syncVantages([...arrivals.values()]);
    for (const id of arrivals.keys()) vantages.add(id);
    arrivals.clear();
    const outcomes = waiting.length > 0 ? store.insertImports(waiting) : [];
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome === 'duplicate') tally.known();
      else tally.stored(waiting[index]?.judgement.service.verdict ?? '');
    }
    waiting = [];
  }

  return {
    flush,
    add(result, where) {
      tally.line();
      if (result.kind === 'bad') return tally.bad(where, result.reason);
      if (result.kind === 'skipped') return tally.skip(result.reason);
      const { measurement, vantage } = result;
      const { origin } = measurement;
      const service = services.get(measurement.service);
      if (!origin || !service) return tally.skip('no_service');
      if (store.hasOrigin(origin, measurement.service)) return tally.known();
      const isNew = !vantages.has(vantage.id) && !arrivals.has(vantage.id);
      if (isNew && vantagesLeft <= 0) return tally.bad(where, 'too many vantages in one file');
      // Found here, so that a store that fails ends the import.
      const controls = hasControls ? findControls(measurement) : [];
      const judgement = judgeOne({ measurement, service, vantage, controls, config });
      if (typeof judgement === 'string') return tally.bad(where, judgement);
      if (isNew) {
        arrivals.set(vantage.id, vantage);
        vantagesLeft -= 1;
      }
      waiting.push({ measurement: { ...measurement, origin }, judgement });
      if (waiting.length >= BATCH_SIZE) flush();
      return undefined;
    },
  };
}

type JudgeCase = {
  readonly measurement: Measurement;
  readonly service: Service;
  readonly vantage: Vantage;
  readonly controls: readonly Measurement[];
  readonly config: Config;
};

/** The judgement, or why there is none: one line that the rules cannot bear must not cost the lines after it. */
function judgeOne({
  measurement,
  service,
  vantage,
  controls,
  config,
}: JudgeCase): MeasurementJudgement | string {
  try {
    return createRunJudge(config, () => controls)(measurement, service, vantage.countryCode);
  } catch (error) {
    // Without the message, which may quote the line.
    return `it cannot be judged (${error instanceof Error ? error.name : 'unknown'})`;
  }
}
