/** What one run over a bulk folder works with: its revision, and the jobs that it is made of. */
import { mkdirSync, statfsSync } from 'node:fs';
import { RESOURCES, type ResourceName } from '../../../db/dictionary/dictionary.ts';
import { StoreError } from '../../../db/store-error.ts';
import { createPublicStore } from '../../public-store.ts';
import type { ExportJob, ExportQuery } from '../export-job.ts';
import { writeCitation } from '../revision.ts';
import type { SourceContext } from '../rows/source.ts';
import type { TableDeps } from '../write-table.ts';
import type { FileEntry } from './manifest.ts';
import { BULK_FORMS, type WrittenFile, writeTableFile } from './write-file.ts';

/** What to write. */
export type BulkInput = TableDeps & {
  readonly folder: string;
  readonly nowMs: number;
  /** First day; the first that was measured unless told. */
  readonly fromMs?: number;
  /** Not included. */
  readonly toMs?: number;
  /** Also what others measured; each row carries its licence. */
  readonly hasImported: boolean;
  readonly isSimulated: boolean;
  /** Where the data can be had, for citations. */
  readonly homepage: string;
  /** Sets of tables and snapshots that stay. */
  readonly keepSnapshots: number;
  /** Room that stays free on the disk. */
  readonly minFreeBytes: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (share: number, note: string) => void;
};

/** A run and the revision that it writes. */
export type Run = BulkInput & { readonly revisionMs: number };

/** The rows of this run within a range. */
export function toQuery(
  { hasImported, revisionMs }: Run,
  range: Partial<ExportQuery> = {},
): ExportQuery {
  return {
    fromMs: 0,
    toMs: Number.MAX_SAFE_INTEGER,
    revisionMs,
    isOwnOnly: !hasImported,
    bucket: 'day',
    ...range,
  };
}

/** What to write under a figure that was made from a file of this run. */
export function citeFile({ homepage, revisionMs }: Run, title: string): string {
  return writeCitation({ title, url: homepage, revisionMs });
}

/** One table in every form of bulk files, at `<stem>.<ending>`. */
export async function writeForms(
  run: Run,
  resource: ResourceName,
  stem: string,
  query: ExportQuery,
): Promise<readonly WrittenFile[]> {
  const { folder, signal, isSimulated, nowMs } = run;
  const files: WrittenFile[] = [];
  for (const { format, ending } of BULK_FORMS) {
    needRoom(run);
    const job: ExportJob = {
      resource,
      format,
      query,
      isSafe: false,
      isSimulated,
      citation: citeFile(run, RESOURCES[resource].title),
      nowMs,
    };
    files.push(await writeTableFile(job, run, { folder, path: `${stem}.${ending}`, signal }));
  }
  return files;
}

/** What sources of rows are given. */
export function toContext(run: Run, query: ExportQuery): SourceContext {
  const { store, config, nowMs, isSimulated } = run;
  const slotLengthMs = config.schedule.intervalSeconds * 1_000;
  return {
    store: createPublicStore(store, { nowMs: () => nowMs }, slotLengthMs),
    stored: store,
    config,
    query,
    isSimulated,
    nowMs,
  };
}

/** Bytes of all files. */
export function sumBytes(files: readonly FileEntry[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

const MEGABYTE = 1_000_000;

/** Stops before the disk gets too full for measuring. @throws StoreError of kind `full` */
export function needRoom(
  { folder, minFreeBytes }: Pick<Run, 'folder' | 'minFreeBytes'>,
  neededBytes = 0,
): void {
  mkdirSync(folder, { recursive: true });
  const { bavail, bsize } = statfsSync(folder);
  const leftBytes = bavail * bsize - neededBytes;
  if (leftBytes >= minFreeBytes) return;
  throw new StoreError(
    'full',
    folder,
    `Less than ${Math.round(minFreeBytes / MEGABYTE)} MB would stay free on the disk of ${folder}; what is there is whole.`,
    'Free some space, or let less stay free (`bulk.minFreeMb`, --min-free-mb).',
  );
}
