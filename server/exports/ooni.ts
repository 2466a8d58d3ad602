/** Writes measurements as OONI JSONL, one by one: memory stays the same however many there are. */
import type { Config } from '../../config/schema.ts';
import type { Store } from '../../db/store.ts';
import { toOoniMeasurement } from '../../probes/providers/ooni/write-line.ts';
import type { Vantage } from '../../probes/types.ts';
import { createControlFinder } from '../stored-judge.ts';

/** What is read of the store. */
export type ExportStore = Pick<
  Store,
  'listRunsInOrder' | 'getMeasurement' | 'listVantages' | 'listControlIds'
>;

/** Which measurements to write. */
export type ExportQuery = {
  readonly service?: string;
  readonly vantageId?: string;
  /** First slot, included. */
  readonly fromMs: number;
  /** Last slot, not included. */
  readonly toMs: number;
  /** Also those that others made; each carries its licence. */
  readonly hasImports: boolean;
};

export type ExportDeps = {
  readonly store: ExportStore;
  readonly config: Pick<Config, 'rules'>;
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
  readonly isComplete: boolean;
};

const PAGE_SIZE = 200;
const MINUTE_MS = 60_000;

/** Writes what the query selects, oldest first. */
export async function exportOoni(deps: ExportDeps): Promise<ExportReport> {
  const { store, config, query, write, nowMs, signal, onProgress } = deps;
  const vantages = new Map<string, Vantage>(store.listVantages().map((one) => [one.id, one]));
  const findControls = createControlFinder(store, config.rules.controlWindowSeconds * 1000);
  let [written, held] = [0, 0];
  let page = store.listRunsInOrder({ ...query, limit: PAGE_SIZE });
  for (;;) {
    for (const id of page.ids) {
      if (signal.aborted) return { written, held, isComplete: false };
      const stored = store.getMeasurement(id);
      const vantage = stored && vantages.get(stored.measurement.vantageId);
      if (!stored || !vantage) continue;
      const { measurement, judgement } = stored;
      const delayMs = (vantage.publishDelayMinutes ?? 0) * MINUTE_MS;
      if (measurement.startedAtMs > nowMs - delayMs) {
        held += 1;
        continue;
      }
      const controls = findControls(measurement);
      const line = toOoniMeasurement({ id, measurement, judgement, vantage, controls });
      await write(`${JSON.stringify(line)}\n`);
      written += 1;
      const share = (measurement.slotMs - query.fromMs) / Math.max(1, query.toMs - query.fromMs);
      onProgress?.(share, written);
    }
    if (page.after === undefined) return { written, held, isComplete: true };
    page = store.listRunsInOrder({ ...query, limit: PAGE_SIZE, after: page.after });
  }
}
