/** Our end of the threads that write exports: one thread per export, two at a time, ended with their readers. */
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { ExportWorkerData, PieceMessage } from './export-worker.ts';

/** More at once would take their processor time from probes and pages. */
export const MAX_EXPORTS = 2;
/**
 * Heap of a thread, in MB. Parquet holds a group of rows as objects; text holds a page of them. A flag outdoes a limit,
 * and the one by which `npm start` keeps the main thread small would hold here too: with it a third of the time goes into
 * collecting garbage. What runs keeps its heap; only what starts from now on gets this one.
 */
const HEAPS = {
  text: { oldMb: 48, semiSpaceFlag: '--max-semi-space-size=6' },
  parquet: { oldMb: 256, semiSpaceFlag: '--max-semi-space-size=32' },
} as const;
/**
 * A reader that takes nothing for so long loses its place when somebody else wants it: two of them would otherwise keep
 * exports from all others. It may go on with `after_id`.
 */
const SLOW_READER_MS = 10_000;

/** Writes exports somewhere else. */
export type Exporter = {
  /** The file as it comes; undefined when there are as many exports as may be. */
  readonly open: (data: ExportWorkerData) => ReadableStream<Uint8Array> | undefined;
  readonly running: () => number;
  readonly stop: () => Promise<void>;
};

/** An export under way. */
type Running = {
  readonly worker: Worker;
  /** When its reader last took a piece, or it last had none for it. */
  movedMs: number;
  /** Ends it for the reader too. */
  fail: (error: Error) => void;
};

function startThread(data: ExportWorkerData): Worker {
  const { oldMb, semiSpaceFlag } = data.job.format === 'parquet' ? HEAPS.parquet : HEAPS.text;
  setFlagsFromString(semiSpaceFlag);
  const worker = new Worker(join(import.meta.dirname, 'export-worker.mjs'), {
    workerData: data,
    resourceLimits: { maxOldGenerationSizeMb: oldMb },
  });
  // A server that is asked to end does not wait for it.
  worker.unref();
  return worker;
}

/** The file that a thread writes; `onEnd` is called once, when its place is free. */
function toStream(
  one: Running,
  onEnd: () => void,
  nowMs: () => number,
): ReadableStream<Uint8Array> {
  const { worker } = one;
  let isEnded = false;
  const end = (): boolean => {
    if (isEnded) return false;
    isEnded = true;
    onEnd();
    void worker.terminate();
    return true;
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        one.fail = (error) => {
          if (end()) controller.error(error);
        };
        worker.on('message', (message: PieceMessage) => {
          if (isEnded) return;
          if ('bytes' in message) {
            // Until now the reader waited for us, not we for it.
            if ((controller.desiredSize ?? 0) > 0) one.movedMs = nowMs();
            controller.enqueue(message.bytes);
          } else if (end()) controller.close();
        });
        worker.on('error', (error) => one.fail(new Error('the export failed', { cause: error })));
        worker.on('exit', () => one.fail(new Error('the thread that writes the export has ended')));
      },
      // Called for each piece that was taken, and once at the start, which lets the thread be one further ahead.
      pull() {
        one.movedMs = nowMs();
        worker.postMessage('taken');
      },
      cancel() {
        end();
      },
    },
    { highWaterMark: 1 },
  );
}

/**
 * Nothing is started until an export is asked for.
 * @param nowMs a clock that is never set
 */
export function createExporter(nowMs: () => number = () => performance.now()): Exporter {
  const running = new Set<Running>();
  return {
    running: () => running.size,
    open(data) {
      if (running.size >= MAX_EXPORTS) {
        const slow = [...running].find((one) => nowMs() - one.movedMs >= SLOW_READER_MS);
        slow?.fail(new Error('the reader took nothing while others waited'));
      }
      if (running.size >= MAX_EXPORTS) return undefined;
      const one: Running = { worker: startThread(data), movedMs: nowMs(), fail: () => {} };
      running.add(one);
      return toStream(one, () => running.delete(one), nowMs);
    },
    async stop() {
      await Promise.all([...running].map(({ worker }) => worker.terminate()));
      running.clear();
    },
  };
}
