/**
 * The thread that writes one export or answers one question about the past: reads the store on a connection of its own and never writes. It stops when as many
 * pieces are under way as the reader may be behind, so a slow reader costs two pieces of memory.
 */
import { once } from 'node:events';
import { setPriority } from 'node:os';
import { Readable, type Transform } from 'node:stream';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { constants, createGzip, createZstdCompress } from 'node:zlib';
import { openStore } from '../../db/open.ts';
import type { PastConfig } from '../past/open-past.ts';
import type { Question } from '../past/question.ts';
import { type Problem, RequestProblem } from '../problem.ts';
import type { ExportJob } from './export-job.ts';
import type { OoniJob } from './ooni-file.ts';
import { writeTable } from './write-table.ts';

/** How the file is packed on its way. */
export type Coding = 'gzip' | 'zstd' | 'identity';

/** What the thread is to write. */
export type ThreadWork =
  | { readonly kind: 'table'; readonly job: ExportJob }
  | { readonly kind: 'ooni'; readonly job: OoniJob }
  | { readonly kind: 'answer'; readonly question: Question };

/** What the thread is given at its start. */
export type ExportWorkerData = {
  readonly storeFile: string;
  readonly config: PastConfig;
  readonly work: ThreadWork;
  readonly coding: Coding;
};

/** A piece of the file; the reader answers each with any message. `problem` is why there is no file. */
export type PieceMessage =
  | { readonly bytes: Uint8Array }
  | { readonly isLast: true }
  | { readonly problem: Problem };

/** Pieces that may wait for the reader. */
const MAX_AHEAD = 2;
/** Smaller ones are put together: each message costs. */
const PIECE_BYTES = 256 * 1024;
/** What an export does may wait, probes and pages may not. Linux alone keeps a niceness per thread. */
const NICENESS = 10;

function createPacker(coding: Coding): Transform | undefined {
  if (coding === 'gzip') return createGzip({ level: 4 });
  if (coding === 'zstd')
    return createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 1 } });
  return undefined;
}

async function* joinPieces(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const piece of pieces) {
    held.push(piece);
    heldBytes += piece.byteLength;
    if (heldBytes < PIECE_BYTES) continue;
    yield Buffer.concat(held);
    [held, heldBytes] = [[], 0];
  }
  if (heldBytes > 0) yield Buffer.concat(held);
}

/** What is to be written, piece by piece, each made when it is asked for. */
async function* write({ storeFile, config, work }: ExportWorkerData): AsyncGenerator<Uint8Array> {
  if (work.kind === 'answer') {
    const { answerQuestion } = await import('../past/question.ts');
    const response = await answerQuestion(work.question, { storeFile, config });
    yield new Uint8Array(await response.arrayBuffer());
    return;
  }
  const clock = { nowMs: () => work.job.nowMs };
  using store = openStore({ file: storeFile, mode: 'read', clock });
  if (work.kind === 'ooni') {
    const { writeOoni } = await import('./ooni-file.ts');
    yield* writeOoni(work.job, { store, config });
    return;
  }
  for await (const { bytes } of writeTable(work.job, { store, config })) yield bytes;
}

async function run(port: MessagePort, data: ExportWorkerData): Promise<void> {
  if (process.platform === 'linux') setPriority(NICENESS);
  const written = write(data);
  const packer = createPacker(data.coding);
  const pieces = packer
    ? (Readable.from(written).pipe(packer) as AsyncIterable<Uint8Array>)
    : written;
  let ahead = 0;
  port.on('message', () => {
    ahead -= 1;
  });
  for await (const bytes of joinPieces(pieces)) {
    while (ahead >= MAX_AHEAD) await once(port, 'message');
    ahead += 1;
    const message: PieceMessage = { bytes };
    // A piece of its own is handed over; one that shares memory with others is copied.
    const isWhole = bytes.byteLength === bytes.buffer.byteLength;
    port.postMessage(message, isWhole ? [bytes.buffer as ArrayBuffer] : []);
  }
  port.postMessage({ isLast: true } satisfies PieceMessage);
  port.close();
}

if (!parentPort) throw new Error('an export thread has nobody to write to');
try {
  // Only this server starts the thread, and what it passes is typed at both ends.
  await run(parentPort, workerData as ExportWorkerData);
} catch (error) {
  if (!(error instanceof RequestProblem)) throw error;
  parentPort.postMessage({ problem: error.problem } satisfies PieceMessage);
  parentPort.close();
}
