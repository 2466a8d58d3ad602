/** The thread that prepares batches, so that neither probes nor pages wait for it. It reads the store and never writes. */
import { parentPort, workerData } from 'node:worker_threads';
import { openStore } from '../../db/open.ts';
import type { BatchJob, PrepareDeps, PreparedBatch } from './prepare-batch.ts';
import { createPrepareBatch } from './prepare-batch.ts';
import type { Refused } from './refusal.ts';

/** What the thread is given at its start. */
export type BatchWorkerData = {
  readonly storeFile: string;
  readonly config: PrepareDeps['config'];
};

/** A job and its answer; the number tells which belong together. */
export type JobMessage = { readonly number: number; readonly job: BatchJob };
export type ResultMessage = { readonly number: number; readonly result: PreparedBatch | Refused };

/** Bytes of their own, since whatever a view is cut from would be copied with it. */
function trim(result: PreparedBatch | Refused): PreparedBatch | Refused {
  if (result.kind === 'refused') return result;
  const runs = result.runs.map((run) => ({
    ...run,
    judgement: { ...run.judgement, content: Buffer.from(new Uint8Array(run.judgement.content)) },
  }));
  return { ...result, runs };
}

function work({ storeFile, config }: BatchWorkerData): void {
  const store = openStore({ file: storeFile, mode: 'read', clock: { nowMs: () => Date.now() } });
  const prepare = createPrepareBatch({ config, store });
  parentPort?.on('message', ({ number, job }: JobMessage) => {
    const answer: ResultMessage = { number, result: trim(prepare(job)) };
    parentPort?.postMessage(answer);
  });
}

// Only this server starts the thread, and what it passes is typed at both ends.
work(workerData as BatchWorkerData);
