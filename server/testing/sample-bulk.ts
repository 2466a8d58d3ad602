/** A bulk folder made of the sample, for tests. */
import type { Config } from '../../config/schema.ts';
import type { Store } from '../../db/store.ts';
import { type BulkReport, writeBulk } from '../exports/bulk/bulk.ts';
import type { BulkInput } from '../exports/bulk/run.ts';

/** Brings the folder up to date as of an instant; `more` replaces what else is asked for. */
export function writeSampleBulk(
  { store, config }: { readonly store: Store; readonly config: Config },
  folder: string,
  nowMs: number,
  more: Partial<BulkInput> = {},
): Promise<BulkReport> {
  return writeBulk({
    store,
    config,
    folder,
    nowMs,
    hasImported: false,
    isSimulated: true,
    homepage: 'https://reachline.example/data',
    keepSnapshots: 2,
    minFreeBytes: 0,
    signal: new AbortController().signal,
    ...more,
  });
}
