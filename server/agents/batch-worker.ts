/** The thread that prepares batches, so that neither probes nor pages wait for it. It reads the store and never writes. */
import { setPriority } from 'node:os';
import { isMarkedAsUntransferable, parentPort, workerData } from 'node:worker_threads';
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

/** The memory that the body was unpacked into: handed over whole, unless Node keeps other things in it too. */
function listMemory(result: PreparedBatch | Refused): ArrayBuffer[] {
  if (result.kind === 'refused') return [];
  const all = new Set(result.runs.map(({ evidence }) => evidence.content.buffer));
  return [...all].filter(
    (one) => one instanceof ArrayBuffer && !isMarkedAsUntransferable(one),
  ) as ArrayBuffer[];
}

/**
 * Niceness of the thread: what it does may wait, pages and probes may not. Linux alone keeps one for each thread;
 * elsewhere it would be that of the whole server.
 */
const NICENESS = 5;

function work({ storeFile, config }: BatchWorkerData): void {
  if (process.platform === 'linux') setPriority(NICENESS);
  const store = openStore({ file: storeFile, mode: 'read', clock: { nowMs: () => Date.now() } });
  const prepare = createPrepareBatch({ config, store });
  parentPort?.on('message', ({ number, job }: JobMessage) => {
    const answer: ResultMessage = { number, result: prepare(job) };
    parentPort?.postMessage(answer, listMemory(answer.result));
  });
}

// Only this server starts the thread, and what it passes is typed at both ends.
work(workerData as BatchWorkerData);
