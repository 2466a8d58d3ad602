/**
 * Writes measurements as OONI JSONL, one by one: memory stays the same however many there are. Files get passed on, so
 * of a vantage that publishes later nothing is in them that its pages would not show.
 */
import type { Config } from '../../config/schema.ts';
import type { Store } from '../../db/store.ts';
import { toOoniMeasurement } from '../../probes/providers/ooni/write-line.ts';
import type { Measurement, Vantage } from '../../probes/types.ts';
import { blurMeasurement, findCuts, isShown, listDelays } from '../publication.ts';
import { createControlFinder } from '../stored-judge.ts';

/** What is read of the store. */
export type ExportStore = Pick<
  Store,
  'listRunsInOrder' | 'getMeasurement' | 'listVantages' | 'listControlIds'
>;

/** Which measurements to write. */
export type ExportQuery = {
  readonly services?: readonly string[];
  readonly vantageIds?: readonly string[];
  /** First slot, included. */
  readonly fromMs: number;
  /** Last slot, not included. */
  readonly toMs: number;
  /** True to leave out those that others made; each of them carries its licence. */
  readonly isOwnOnly: boolean;
};

export type ExportDeps = {
  readonly store: ExportStore;
  readonly config: Pick<Config, 'rules' | 'schedule'>;
  readonly query: ExportQuery;
  /** Takes a line; resolves when there is room for the next. */
  readonly write: (line: string) => Promise<void>;
  readonly nowMs: number;
  readonly signal: AbortSignal;
  /** @param share of the stretch of time that is done, 0 to 1 */
  readonly onProgress?: (share: number, written: number) => void;
};

/** What came of an export. */
export type ExportReport = {
  readonly written: number;
  /** Left out because their vantage publishes later. */
  readonly held: number;
  /** Of those written, how many others measured. */
  readonly imported: number;
  readonly isComplete: boolean;
};

const PAGE_SIZE = 200;

/** Writes what the query selects, oldest first. */
export async function exportOoni(deps: ExportDeps): Promise<ExportReport> {
  const { store, config, query, write, nowMs, signal, onProgress } = deps;
  const vantages = new Map<string, Vantage>(store.listVantages().map((one) => [one.id, one]));
  const slotLengthMs = config.schedule.intervalSeconds * 1000;
  const cuts = findCuts(listDelays([...vantages.values()]), nowMs, slotLengthMs);
  const readControls = createControlFinder(store, config.rules.controlWindowSeconds * 1000);
  const findControls = (run: Measurement): Measurement[] =>
    readControls(run)
      .filter(({ vantageId, slotMs }) => isShown(cuts, vantageId, slotMs))
      .map((control) => blurMeasurement(cuts, control));
  let [written, held, imported] = [0, 0, 0];
  let page = store.listRunsInOrder({ ...query, limit: PAGE_SIZE });
  for (;;) {
    for (const id of page.ids) {
      if (signal.aborted) return { written, held, imported, isComplete: false };
      const stored = store.getMeasurement(id);
      const vantage = stored && vantages.get(stored.measurement.vantageId);
      if (!stored || !vantage) continue;
      if (!isShown(cuts, vantage.id, stored.measurement.slotMs)) {
        held += 1;
        continue;
      }
      const { judgement } = stored;
      const measurement = blurMeasurement(cuts, stored.measurement);
      const controls = findControls(measurement);
      const line = toOoniMeasurement({ id, measurement, judgement, vantage, controls });
      await write(`${JSON.stringify(line)}\n`);
      written += 1;
      if (measurement.origin !== undefined) imported += 1;
      const share = (measurement.slotMs - query.fromMs) / Math.max(1, query.toMs - query.fromMs);
      onProgress?.(share, written);
    }
    if (page.after === undefined) return { written, held, imported, isComplete: true };
    page = store.listRunsInOrder({ ...query, limit: PAGE_SIZE, after: page.after });
  }
}
