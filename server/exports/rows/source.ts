/** What the rows of exports are read from. */
import type { Config } from '../../../config/schema.ts';
import type { Batch } from '../../../db/dictionary/batch.ts';
import type { Store } from '../../../db/store.ts';
import type { ReadStore } from '../../contract.ts';
import type { Past } from '../../past/open-past.ts';
import type { ExportQuery } from '../export-job.ts';

/** What a source is given. */
export type SourceContext = {
  /** As the public may see it. */
  readonly store: ReadStore;
  /** As it is; only for reading with cuts of one's own. */
  readonly stored: Pick<Store, 'readMeasurementBatches' | 'readEvidenceBatches' | 'listVantages'>;
  readonly config: Pick<Config, 'services' | 'schedule'>;
  readonly query: ExportQuery;
  readonly isSimulated: boolean;
  /** The revision that `store` reads, when it is one of the past. */
  readonly past?: Pick<Past, 'focus' | 'release'>;
  readonly nowMs: number;
};

/** Gives rows in batches, each made when it is asked for. */
export type RowSource = (context: SourceContext) => Iterable<Batch>;

/** True when a list lets a value pass; one that is absent lets all. */
export function lets<T>(allowed: readonly T[] | undefined, value: T): boolean {
  return allowed === undefined || allowed.includes(value);
}
