/** One table as one file, piece by piece; memory stays the same however many rows there are. */
import type { Batch } from '../../db/dictionary/batch.ts';
import type { Resource } from '../../db/dictionary/column.ts';
import {
  DICTIONARY_VERSION,
  RESOURCES,
  type ResourceName,
  RUN_TABLES,
} from '../../db/dictionary/dictionary.ts';
import { DATA_LICENCE } from '../../db/dictionary/licence.ts';
import type { Store } from '../../db/store.ts';
import { openPast, type PastConfig } from '../past/open-past.ts';
import { createPublicStore } from '../public-store.ts';
import type { ExportJob } from './export-job.ts';
import { FORMATS } from './formats/formats.ts';
import { formatRevision } from './revision.ts';
import { ROW_SOURCES } from './rows/sources.ts';

/** What is read. */
export type TableDeps = {
  /** As it is stored; what is not public yet is left out here. */
  readonly store: Store;
  readonly config: PastConfig;
};

/** A piece of a file; `batch` are the rows that were taken for it, absent at both ends. */
export type Piece = { readonly bytes: Uint8Array; readonly batch?: Batch };

/** Tables whose rows are read with the revision in hand, or have none. */
const READS_AS_OF: ReadonlySet<ResourceName> = new Set([...RUN_TABLES, 'services']);

/** True for tables whose rows may be of others. */
function hasLicences({ columns }: Resource): boolean {
  return columns.some(({ name }) => name === 'licence');
}

const encoder = new TextEncoder();

function toBytes(content: string | Uint8Array): Uint8Array {
  return typeof content === 'string' ? encoder.encode(content) : content;
}

/** Writes the table of a job; the next piece is made when it is asked for. */
export async function* writeTable(job: ExportJob, deps: TableDeps): AsyncGenerator<Piece> {
  const { resource, format, query, isSafe, isSimulated, citation, nowMs } = job;
  const { store, config } = deps;
  const form = await FORMATS[format]();
  const info = {
    resource: RESOURCES[resource],
    revision: formatRevision(query.revisionMs),
    licence:
      hasLicences(RESOURCES[resource]) && !query.isOwnOnly
        ? `${DATA_LICENCE.name}, rows of others as their column \`licence\` says`
        : DATA_LICENCE.name,
    citation,
    schemaVersion: DICTIONARY_VERSION,
    isSimulated,
  };
  const writer = form.open(info, { isSafe });
  const slotLengthMs = config.schedule.intervalSeconds * 1_000;
  // Where nothing was stored since the revision, the store itself is what it was then.
  const isPast = !READS_AS_OF.has(resource) && store.lastStoredMs() >= query.revisionMs;
  using past = isPast ? openPast({ storeFile: store.file, config }, query.revisionMs) : undefined;
  if (resource === 'incidents') await past?.deriveIncidents(query.services);
  const context = {
    store: past?.store ?? createPublicStore(store, { nowMs: () => nowMs }, slotLengthMs),
    stored: store,
    config,
    query,
    isSimulated,
    nowMs,
    ...(past === undefined ? {} : { past }),
  };
  yield { bytes: toBytes(writer.start()) };
  for (const batch of ROW_SOURCES[resource](context)) {
    const bytes = toBytes(writer.write(batch));
    yield { bytes, batch };
  }
  yield { bytes: toBytes(writer.end()) };
}
