/** One table as one file with its size and digest, packed by its name, there whole or not at all. */
import { createHash } from 'node:crypto';
import { createWriteStream, mkdirSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, createZstdCompress } from 'node:zlib';
import type { ExportJob } from '../export-job.ts';
import { toFileError } from '../file-error.ts';
import { syncFile } from '../sync-file.ts';
import { type TableDeps, writeTable } from '../write-table.ts';
import type { FileEntry } from './manifest.ts';

/** Forms of bulk files, with their endings. */
export const BULK_FORMS = [
  { format: 'parquet', ending: 'parquet' },
  { format: 'csv', ending: 'csv.gz' },
  { format: 'jsonl', ending: 'jsonl.zst' },
] as const;

/** A file that was written. */
export type WrittenFile = {
  readonly file: FileEntry;
  readonly rows: number;
  /** First and last id in the order of text; absent for tables whose first column is no id or that have no rows. */
  readonly minId?: string;
  readonly maxId?: string;
};

function createPacker(path: string): Transform | undefined {
  if (path.endsWith('.gz')) return createGzip();
  return path.endsWith('.zst') ? createZstdCompress() : undefined;
}

/** Passes bytes on and counts them. */
function createMeter() {
  const hash = createHash('sha256');
  let bytes = 0;
  const stream = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.byteLength;
      done(null, chunk);
    },
  });
  return { stream, read: () => ({ bytes, sha256: hash.digest('hex') }) };
}

/** Writes the table of a job to a path in the folder. Rejects when the signal aborts; then no file is left. */
export async function writeTableFile(
  job: ExportJob,
  deps: TableDeps,
  { folder, path, signal }: { folder: string; path: string; signal: AbortSignal },
): Promise<WrittenFile> {
  const file = join(folder, path);
  const part = `${file}.part`;
  mkdirSync(dirname(file), { recursive: true });
  let rows = 0;
  let [minId, maxId]: [string | undefined, string | undefined] = [undefined, undefined];
  const source = Readable.from(
    (async function* () {
      for await (const { bytes, batch } of writeTable(job, deps)) {
        rows += batch?.length ?? 0;
        const [ids] = batch?.cells ?? [];
        for (const id of ids?.kind === 'each' ? ids.values : []) {
          if (typeof id !== 'string') continue;
          if (minId === undefined || id < minId) minId = id;
          if (maxId === undefined || id > maxId) maxId = id;
        }
        if (bytes.byteLength > 0) yield bytes;
      }
    })(),
    // Bytes, one piece after the other; none is to wait with others.
    { objectMode: true, highWaterMark: 1 },
  );
  const meter = createMeter();
  const packer = createPacker(path);
  try {
    await pipeline([source, ...(packer ? [packer] : []), meter.stream, createWriteStream(part)], {
      signal,
    });
    await syncFile(part);
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw toFileError(error, file);
  }
  return {
    file: { path, ...meter.read() },
    rows,
    ...(minId === undefined ? {} : { minId }),
    ...(maxId === undefined ? {} : { maxId }),
  };
}
