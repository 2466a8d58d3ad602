/**
 * Writes batches that are ready at the same time in one transaction: a commit costs as much for one as for several.
 * Each is told of only after the commit that it is part of, and between commits everybody else has a turn.
 */
import type { BatchOutcome, NewBatch } from '../../db/ingest.ts';
import type { Store } from '../../db/store.ts';

/** Writes a batch soon. */
export type BatchWriter = {
  /** Resolves when it is on disk. Rejects with what the store threw; then nothing of it is stored. */
  readonly write: (batch: NewBatch) => Promise<BatchOutcome>;
};

type Waiting = PromiseWithResolvers<BatchOutcome> & { readonly batch: NewBatch };

/** Runs in one transaction, unless one batch alone has more: nothing else happens while they are written. */
const MAX_RUNS = 120;

/** Nothing is started until a batch comes. */
export function createBatchWriter(store: Pick<Store, 'insertBatches'>): BatchWriter {
  const waiting: Waiting[] = [];
  const flush = (): void => {
    const group = takeGroup(waiting);
    // Before the work, so that a mistake in it stops nothing.
    if (waiting.length > 0) setImmediate(flush);
    try {
      const outcomes = store.insertBatches(group.map(({ batch }) => batch));
      for (const [index, outcome] of outcomes.entries()) group[index]?.resolve(outcome);
    } catch (error) {
      if (group.length === 1) group[0]?.reject(error);
      else for (const one of group) writeAlone(store, one);
    }
  };
  return {
    write(batch) {
      const one: Waiting = { ...Promise.withResolvers<BatchOutcome>(), batch };
      if (waiting.push(one) === 1) setImmediate(flush);
      return one.promise;
    },
  };
}

/** Takes those that came first. */
function takeGroup(waiting: Waiting[]): Waiting[] {
  let runs = 0;
  let count = 0;
  for (const { batch } of waiting) {
    runs += batch.runs.length;
    if (count > 0 && runs > MAX_RUNS) break;
    count += 1;
  }
  return waiting.splice(0, count);
}

/** After a transaction that failed: the others of it shall not suffer for one. */
function writeAlone(
  store: Pick<Store, 'insertBatches'>,
  { batch, resolve, reject }: Waiting,
): void {
  try {
    const [outcome] = store.insertBatches([batch]);
    if (outcome) resolve(outcome);
  } catch (error) {
    reject(error);
  }
}
