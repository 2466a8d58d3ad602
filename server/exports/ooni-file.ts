/** Measurements as OONI JSONL, as one file that is made when its reader takes it. */
import { PassThrough } from 'node:stream';
import type { Store } from '../../db/store.ts';
import { openPast, type PastConfig } from '../past/open-past.ts';
import { openLineStream } from './line-file.ts';
import { type ExportQuery, exportOoni } from './ooni.ts';

/** One file. */
export type OoniJob = {
  readonly query: ExportQuery;
  /** What was stored before this instant, judged as it was then. */
  readonly revisionMs: number;
  readonly nowMs: number;
};

/** Writes the file; what it is made of is read no faster than it is taken. */
export async function* writeOoni(
  { query, revisionMs, nowMs }: OoniJob,
  { store, config }: { readonly store: Store; readonly config: PastConfig },
): AsyncGenerator<Uint8Array> {
  const isPast = store.lastStoredMs() >= revisionMs;
  using past = isPast ? openPast({ storeFile: store.file, config }, revisionMs) : undefined;
  const lines = new PassThrough();
  const ending = new AbortController();
  const written = exportOoni({
    store: past?.stored ?? store,
    config,
    query,
    nowMs: Math.min(nowMs, revisionMs),
    write: openLineStream(lines).write,
    signal: ending.signal,
  }).then(
    () => lines.end(),
    (error: Error) => lines.destroy(error),
  );
  try {
    for await (const piece of lines) yield piece as Uint8Array; // a PassThrough gives buffers
  } finally {
    ending.abort();
    lines.destroy();
    await written;
  }
}
