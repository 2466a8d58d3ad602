/**
 * The thread that writes one export: reads the store on a connection of its own and never writes. It stops when as many
 * pieces are under way as the reader may be behind, so a slow reader costs two pieces of memory.
 */
import { once } from 'node:events';
import { setPriority } from 'node:os';
import { Readable, type Transform } from 'node:stream';
import { parentPort, workerData } from 'node:worker_threads';
import { constants, createGzip, createZstdCompress } from 'node:zlib';
import { openStore } from '../../db/open.ts';
import type { ExportJob } from './export-job.ts';
import { type TableDeps, writeTable } from './write-table.ts';

/** How the file is packed on its way. */
export type Coding = 'gzip' | 'zstd' | 'identity';

/** What the thread is given at its start. */
export type ExportWorkerData = {
  readonly storeFile: string;
  readonly config: TableDeps['config'];
  readonly job: ExportJob;
  readonly coding: Coding;
};

/** A piece of the file; the reader answers each with any message. */
export type PieceMessage = { readonly bytes: Uint8Array } | { readonly isLast: true };

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

async function work({ storeFile, config, job, coding }: ExportWorkerData): Promise<void> {
  const port = parentPort;
  if (!port) throw new Error('an export thread has nobody to write to');
  if (process.platform === 'linux') setPriority(NICENESS);
  using store = openStore({ file: storeFile, mode: 'read', clock: { nowMs: () => job.nowMs } });
  const table = (async function* () {
    for await (const { bytes } of writeTable(job, { store, config })) yield bytes;
  })();
  const packer = createPacker(coding);
  const pieces = packer ? (Readable.from(table).pipe(packer) as AsyncIterable<Uint8Array>) : table;
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

// Only this server starts the thread, and what it passes is typed at both ends.
await work(workerData as ExportWorkerData);
