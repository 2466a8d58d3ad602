/** A file of lines that is there whole or not at all: written beside its place, packed by its name, then renamed. */
import { once } from 'node:events';
import { createWriteStream, existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { createGzip, createZstdCompress } from 'node:zlib';
import { ConfigError } from '../../config/problem.ts';
import { toFileError } from './file-error.ts';
import { syncFile } from './sync-file.ts';

/** Takes lines; one of `finish` and `discard` ends it. */
export type LineSink = {
  /** Resolves when there is room for more. Rejects when the disk does not take it. */
  readonly write: (line: string | Uint8Array) => Promise<void>;
  readonly finish: () => Promise<void>;
  /** Removes what was written. */
  readonly discard: () => Promise<void>;
};

/** Opens a file that ends with .gz or .zst packed. @throws ConfigError when it exists and is not to be replaced */
export function openLineFile(file: string, isForced: boolean): LineSink {
  if (existsSync(file) && !isForced)
    throw new ConfigError([
      {
        file: 'command line',
        line: 0,
        column: 0,
        path: '--out',
        problem: `${file} exists already`,
        remedy: 'choose another name, or add --force to replace it',
      },
    ]);
  const part = `${file}.part`;
  const disk = createWriteStream(part);
  const packer = file.endsWith('.gz')
    ? createGzip()
    : file.endsWith('.zst')
      ? createZstdCompress()
      : undefined;
  const head: Writable = packer ?? disk;
  packer?.pipe(disk);
  let failure: Error | undefined;
  let isThere = false;
  disk.once('open', () => {
    isThere = true;
  });
  for (const stream of [disk, ...(packer ? [packer] : [])])
    stream.on('error', (error) => {
      failure ??= error;
      head.destroy(error);
    });
  /** The first thing that went wrong says why; what follows it is that a stream was closed. */
  const explain = (error: unknown): unknown => toFileError(failure ?? error, file);
  return {
    async write(line) {
      if (failure) throw explain(failure);
      try {
        // `once` rejects when the stream fails meanwhile.
        if (!head.write(line)) await once(head, 'drain');
      } catch (error) {
        throw explain(error);
      }
    },
    async finish() {
      try {
        if (failure) throw failure;
        head.end();
        await finished(disk);
        await syncFile(part);
        await rename(part, file);
      } catch (error) {
        throw explain(error);
      }
    },
    async discard() {
      head.destroy();
      disk.destroy();
      // A file that is still being opened would be there again after its removal.
      if (!disk.closed) await new Promise((resolve) => disk.once('close', resolve));
      // Where nothing could be opened, looking for it fails too, and would hide why.
      if (isThere) await rm(part, { force: true });
    },
  };
}

/** True when whoever reads the output has enough, as `head` does. */
export function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE';
}

/** Standard output, or any other stream that stays open. */
export function openLineStream(stream: Writable): LineSink {
  let failure: Error | undefined;
  // A reader that has enough, such as `head`, closes its end: an error of the stream that would end the process.
  stream.on('error', (error) => {
    failure ??= error;
  });
  /** Whoever reads may have enough, which is no failure; a disk behind it that is full is one. */
  const explain = (error: unknown): unknown =>
    isClosedPipe(error) ? error : toFileError(error, 'standard output');
  return {
    async write(line) {
      if (failure) throw explain(failure);
      try {
        if (!stream.write(line)) await once(stream, 'drain');
      } catch (error) {
        throw explain(error);
      }
    },
    async finish() {
      if (failure) throw explain(failure);
      // What was written may still be on its way, and fail there.
      await new Promise<void>((resolve, reject) => {
        stream.write('', (error) => {
          if (error)
            reject(explain(error) as Error); // an error in, an error out
          else resolve();
        });
      });
    },
    discard: () => Promise.resolve(),
  };
}
