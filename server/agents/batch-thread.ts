/** Our end of the thread that prepares batches: started with the first one, ended with the server. */
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { BatchWorkerData, JobMessage, ResultMessage } from './batch-worker.ts';
import type { BatchJob, PreparedBatch } from './prepare-batch.ts';
import type { Refused } from './refusal.ts';

/** Prepares batches somewhere else. */
export type BatchThread = AsyncDisposable & {
  /** Rejects when the thread ends over it, which is a bug of ours. */
  readonly prepare: (job: BatchJob) => Promise<PreparedBatch | Refused>;
};

type Waiting = PromiseWithResolvers<PreparedBatch | Refused>;

/** Heap of a thread: bodies, JSON and kept controls of a few batches. New objects are many and short-lived. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 24 } as const;
/**
 * A third of the young generation above. A flag outdoes a limit, and the one by which `npm start` keeps the main thread
 * small would hold for these threads too: a tenth of their time would go into collecting garbage. What runs keeps its
 * heap; only what starts from now on gets this one.
 */
const SEMI_SPACE_FLAG = '--max-semi-space-size=8';
/** A second thread is started when the first has more than it can do. */
const MAX_THREADS = 2;

/** Nothing is started until a batch comes; after a failure the next batch starts another thread. */
export function createBatchThread(data: BatchWorkerData): BatchThread {
  const threads: Thread[] = [];
  return {
    prepare(job) {
      let [least] = threads.toSorted((a, b) => a.waiting() - b.waiting());
      if (!least || (least.waiting() > 0 && threads.length < MAX_THREADS)) {
        least = startThread(data, (ended) => threads.splice(threads.indexOf(ended), 1));
        threads.push(least);
      }
      return least.prepare(job);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(threads.map((thread) => thread.stop()));
    },
  };
}

type Thread = Pick<BatchThread, 'prepare'> & {
  /** Batches that it has not answered. */
  readonly waiting: () => number;
  readonly stop: () => Promise<void>;
};

function startThread(data: BatchWorkerData, onEnd: (thread: Thread) => void): Thread {
  const waiting = new Map<number, Waiting>();
  let last = 0;
  setFlagsFromString(SEMI_SPACE_FLAG);
  const worker = new Worker(join(import.meta.dirname, 'batch-worker.ts'), {
    workerData: data,
    resourceLimits: RESOURCE_LIMITS,
  });
  // A server that is asked to end does not wait for it.
  worker.unref();
  worker.on('message', ({ number, result }: ResultMessage) => {
    waiting.get(number)?.resolve(result);
    waiting.delete(number);
  });
  const fail = (error: unknown): void => {
    for (const one of waiting.values()) one.reject(error);
    waiting.clear();
  };
  worker.on('error', fail);
  worker.on('exit', () => {
    onEnd(thread);
    fail(new Error('the thread that prepares batches has ended'));
  });
  const thread: Thread = {
    waiting: () => waiting.size,
    prepare(job) {
      last += 1;
      const one: Waiting = Promise.withResolvers();
      waiting.set(last, one);
      const message: JobMessage = { number: last, job };
      worker.postMessage(message);
      return one.promise;
    },
    async stop() {
      await worker.terminate();
    },
  };
  return thread;
}
