/** Our end of the threads that write exports: one thread per export, two at a time, ended with their readers. */
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import type { Log } from '../log.ts';
import { RequestProblem } from '../problem.ts';
import type { ExportWorkerData, PieceMessage, ThreadWork } from './export-worker.ts';

/** More at once would take their processor time from probes and pages. */
const MAX_EXPORTS = 2;
/**
 * Heap of a thread: a page of rows, or the words of a group of Parquet. A flag outdoes a limit, and the one by which
 * `npm start` keeps the main thread small would hold here too: with it a third of the time goes into collecting garbage.
 * What runs keeps its heap; only what starts from now on gets this one.
 */
const OLD_SPACE_MB = 48;
const SEMI_SPACE_FLAG = '--max-semi-space-size=4';
/** Bytes of pieces after which those that were sent are freed. */
const SWEEP_BYTES = 8_000_000;
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

/** Why an export ended before its end, and what was asked for. */
export type OnExportFailure = (
  error: Error,
  asked: { readonly resource: string; readonly format: string },
) => void;

function describeWork(work: ThreadWork): Parameters<OnExportFailure>[1] {
  if (work.kind === 'answer') return { resource: work.question.operation, format: 'answer' };
  if (work.kind === 'ooni') return { resource: 'measurements', format: 'ooni' };
  return work.job;
}

/** An export under way. */
type Running = {
  readonly worker: Worker;
  /** When its reader last took a piece, or it last had none for it. */
  movedMs: number;
  /** True for what is one piece after seconds of deriving: its reader waits for us all the time. */
  readonly isOnePiece: boolean;
  /** Ends it for the reader too. */
  fail: (error: Error) => void;
};

function startThread(data: ExportWorkerData): Worker {
  setFlagsFromString(SEMI_SPACE_FLAG);
  const worker = new Worker(join(import.meta.dirname, 'export-worker.mjs'), {
    workerData: data,
    resourceLimits: { maxOldGenerationSizeMb: OLD_SPACE_MB },
  });
  // A server that is asked to end does not wait for it.
  worker.unref();
  return worker;
}

/** Answers about the past, and incidents, of which there are few. */
function isOnePiece(work: ThreadWork): boolean {
  return work.kind === 'answer' || (work.kind === 'table' && work.job.resource === 'incidents');
}

/**
 * Frees pieces that were sent. Each is a small object with its bytes elsewhere, so the runtime sees little garbage and
 * lets 64 MB of them gather; a collection of young objects takes a millisecond.
 */
function createSweeper(): (sentBytes: number) => void {
  setFlagsFromString('--expose-gc');
  // The flag shows the function only to contexts that are made from now on.
  const collect: unknown = runInNewContext('gc');
  let gatheredBytes = 0;
  return (sentBytes) => {
    gatheredBytes += sentBytes;
    if (gatheredBytes < SWEEP_BYTES || typeof collect !== 'function') return;
    gatheredBytes = 0;
    collect({ type: 'minor' });
  };
}

type StreamDeps = {
  /** Called once, when its place is free. */
  readonly onEnd: (error?: Error) => void;
  readonly sweep: (sentBytes: number) => void;
  readonly nowMs: () => number;
};

/** The file that a thread writes. */
function toStream(one: Running, { onEnd, sweep, nowMs }: StreamDeps): ReadableStream<Uint8Array> {
  const { worker } = one;
  let isEnded = false;
  const end = (error?: Error): boolean => {
    if (isEnded) return false;
    isEnded = true;
    onEnd(error);
    void worker.terminate();
    return true;
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        one.fail = (error) => {
          if (end(error)) controller.error(error);
        };
        worker.on('message', (message: PieceMessage) => {
          if (isEnded) return;
          if ('problem' in message) one.fail(new RequestProblem(message.problem));
          else if ('bytes' in message) {
            // Until now the reader waited for us, not we for it.
            if ((controller.desiredSize ?? 0) > 0) one.movedMs = nowMs();
            sweep(message.bytes.byteLength);
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
export function createExporter({
  nowMs = () => performance.now(),
  onFailure = () => undefined,
}: {
  readonly nowMs?: () => number;
  readonly onFailure?: OnExportFailure;
} = {}): Exporter {
  const running = new Set<Running>();
  let sweep: ((sentBytes: number) => void) | undefined;
  let isStopped = false;
  return {
    running: () => running.size,
    open(data) {
      if (running.size >= MAX_EXPORTS) {
        const slow = [...running].find(
          (one) => !one.isOnePiece && nowMs() - one.movedMs >= SLOW_READER_MS,
        );
        slow?.fail(new Error('the reader took nothing while others waited'));
      }
      if (isStopped || running.size >= MAX_EXPORTS) return undefined;
      const one: Running = {
        worker: startThread(data),
        movedMs: nowMs(),
        isOnePiece: isOnePiece(data.work),
        fail: () => {},
      };
      running.add(one);
      const onEnd = (error?: Error): void => {
        running.delete(one);
        const isTold = error instanceof RequestProblem;
        if (error !== undefined && !isTold && !isStopped) onFailure(error, describeWork(data.work));
      };
      sweep ??= createSweeper();
      return toStream(one, { onEnd, sweep, nowMs });
    },
    async stop() {
      isStopped = true;
      await Promise.all([...running].map(({ worker }) => worker.terminate()));
    },
  };
}

/** An exporter that tells the log what failed; who asked cannot be told more than that the file ends. */
export function createLoggedExporter(log: Log): Exporter {
  return createExporter({
    onFailure(error, { resource, format }) {
      const cause = error.cause instanceof Error ? error.cause.stack : undefined;
      log('error', 'export_failed', { resource, format, reason: error.message, cause });
    },
  });
}
