/** Imports a stream of lines: a file or a download, plain, gzip or zstd. */
import { type LineContext, readLine } from '../../probes/providers/ooni/read-line.ts';
import { DownloadError } from './download.ts';
import { createTally, type ImportReport } from './import-report.ts';
import { createImportWriter, type ImportWriterDeps } from './import-writer.ts';
import { MAX_LINE_BYTES, splitLines, unpack } from './line-reader.ts';

export type ImportStreamDeps = Omit<ImportWriterDeps, 'tally'> & {
  readonly context: LineContext;
  /** Ends the work after the batch in hand; what was stored until then stays. */
  readonly signal: AbortSignal;
  /** @param readBytes bytes of the source as it lies there, packed or not */
  readonly onProgress?: (readBytes: number, stored: number) => void;
};

/** Reads everything and stores what is ours. A source that breaks off keeps what came. @throws StoreError */
export async function importStream(
  source: AsyncIterable<Uint8Array>,
  { store, config, context, signal, onProgress }: ImportStreamDeps,
): Promise<ImportReport> {
  const tally = createTally();
  const writer = createImportWriter({ store, config, tally });
  let readBytes = 0;
  async function* count(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      readBytes += chunk.length;
      yield chunk;
    }
  }
  const lines = splitLines(unpack(count()))[Symbol.asyncIterator]();
  let problem: string | undefined;
  try {
    for (let step = await next(lines); !step.done; step = await next(lines)) {
      if ('problem' in step) {
        // Stopped on purpose, a download ends with an error too.
        if (!signal.aborted) ({ problem } = step);
        break;
      }
      for (const { number, text } of step.value) {
        if (text === undefined)
          writer.add(
            { kind: 'bad', reason: `it is longer than ${MAX_LINE_BYTES} bytes` },
            `line ${number}`,
          );
        else writer.add(readLine(text, context), `line ${number}`);
      }
      onProgress?.(readBytes, tally.storedCount());
      if (signal.aborted) break;
    }
  } finally {
    await lines.return?.(undefined);
  }
  writer.flush();
  return tally.report(problem === undefined && !signal.aborted, problem);
}

function describeEnd(code: string): string {
  if (code === 'Z_BUF_ERROR')
    return 'The file ends in the middle (Z_BUF_ERROR); fetch the whole of it again.';
  if (/^Z_|^ZSTD_/.test(code)) return `The file is damaged (${code}); fetch it again.`;
  return `The source broke off (${code}).`;
}

type Lines = AsyncIterator<readonly { readonly number: number; readonly text?: string }[]>;

/** The next lines, or why there are none: a source that breaks off must not cost what came before. */
async function next(lines: Lines) {
  try {
    return await lines.next();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    const why = error instanceof DownloadError ? error.message : describeEnd(code);
    return {
      done: false,
      value: [],
      problem: `${why} What came before is kept.`,
    } as const;
  }
}
