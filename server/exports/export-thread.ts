/** Our end of the threads that write exports: one thread per export, two at a time, ended with their readers. */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ExportWorkerData, PieceMessage } from './export-worker.ts';

/** More at once would take their processor time from probes and pages. */
export const MAX_EXPORTS = 2;
/** Heap of a thread. Parquet holds a group of rows as objects; text holds a page of them. */
const HEAP_MB = { text: 64, parquet: 256 } as const;

/** Writes exports somewhere else. */
export type Exporter = {
  /** The file as it comes; undefined when there are as many exports as may be. */
  readonly open: (data: ExportWorkerData) => ReadableStream<Uint8Array> | undefined;
  readonly running: () => number;
  readonly stop: () => Promise<void>;
};

function startThread(data: ExportWorkerData): Worker {
  const worker = new Worker(join(import.meta.dirname, 'export-worker.ts'), {
    workerData: data,
    resourceLimits: {
      maxOldGenerationSizeMb: data.job.format === 'parquet' ? HEAP_MB.parquet : HEAP_MB.text,
      maxYoungGenerationSizeMb: 16,
    },
  });
  // A server that is asked to end does not wait for it.
  worker.unref();
  return worker;
}

/** Nothing is started until an export is asked for. */
export function createExporter(): Exporter {
  const workers = new Set<Worker>();
  return {
    running: () => workers.size,
    open(data) {
      if (workers.size >= MAX_EXPORTS) return undefined;
      const worker = startThread(data);
      workers.add(worker);
      const end = () => {
        workers.delete(worker);
        void worker.terminate();
      };
      let isEnded = false;
      return new ReadableStream<Uint8Array>(
        {
          start(controller) {
            worker.on('message', (message: PieceMessage) => {
              if ('bytes' in message) return controller.enqueue(message.bytes);
              isEnded = true;
              controller.close();
            });
            const fail = (error: Error) => {
              end();
              if (isEnded) return;
              isEnded = true;
              controller.error(error);
            };
            worker.on('error', fail);
            worker.on('exit', () => fail(new Error('the thread that writes the export has ended')));
          },
          // Called for each piece that was taken, and once at the start, which lets the thread be one further ahead.
          pull: () => worker.postMessage('taken'),
          cancel() {
            isEnded = true;
            end();
          },
        },
        { highWaterMark: 1 },
      );
    },
    async stop() {
      await Promise.all([...workers].map((worker) => worker.terminate()));
      workers.clear();
    },
  };
}
