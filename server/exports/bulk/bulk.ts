/**
 * Bulk files: a folder that anybody may copy. Days of measurements never change once written; a day that late data or
 * another judgement changed gets a new revision beside the old one. What was done is in the manifest, so a run that was
 * stopped goes on where it was.
 */
import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  DATA_LICENCE,
  DICTIONARY_VERSION,
  RESOURCE_NAMES,
  RESOURCES,
  type ResourceName,
} from '../../../db/dictionary/dictionary.ts';
import { createSnapshot } from '../../../db/snapshot.ts';
import { createPublicStore } from '../../public-store.ts';
import { listDelays } from '../../publication.ts';
import { DESCRIPTIONS, writeCsvw } from '../describe/answer-description.ts';
import { describeData } from '../describe/described.ts';
import type { ExportJob, ExportQuery } from '../export-job.ts';
import { findRevisionMs, formatRevision, parseRevision, writeCitation } from '../revision.ts';
import { ROW_SOURCES } from '../rows/sources.ts';
import type { TableDeps } from '../write-table.ts';
import {
  type Manifest,
  type Partition,
  readManifest,
  writeManifest,
  writeWhole,
} from './manifest.ts';
import { BULK_FORMS, type WrittenFile, writeTableFile } from './write-file.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** A day is written when it has been over for so long: agents that were offline bring their runs late. */
const GRACE_MS = 60 * MINUTE_MS;

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
  readonly signal: AbortSignal;
  readonly onProgress?: (share: number, note: string) => void;
};

/** What a run did. */
export type BulkReport = {
  readonly written: number;
  readonly corrected: number;
  readonly unchanged: number;
  readonly isComplete: boolean;
};

type Run = BulkInput & { readonly revisionMs: number };

function toQuery({ hasImported, revisionMs }: Run, range: Partial<ExportQuery>): ExportQuery {
  return {
    fromMs: 0,
    toMs: Number.MAX_SAFE_INTEGER,
    revisionMs,
    isOwnOnly: !hasImported,
    bucket: 'day',
    ...range,
  };
}

function toJob(
  run: Run,
  resource: ResourceName,
  format: ExportJob['format'],
  query: ExportQuery,
): ExportJob {
  const { isSimulated, nowMs, homepage, revisionMs } = run;
  const { title } = RESOURCES[resource];
  return {
    resource,
    format,
    query,
    isSafe: false,
    isSimulated,
    citation: writeCitation({ title, url: homepage, revisionMs }),
    nowMs,
  };
}

const toDate = (dayMs: number) => new Date(dayMs).toISOString().slice(0, 10);

/** Days that are wholly public. */
function listDays(run: Run): number[] {
  const { store, nowMs, fromMs, toMs, config } = run;
  const { firstSlotMs, lastUntilMs } = store.range();
  if (firstSlotMs === undefined || lastUntilMs === undefined) return [];
  const longestMinutes = Math.max(0, ...listDelays(store.listVantages()).values());
  const settledMs =
    nowMs - longestMinutes * MINUTE_MS - config.schedule.intervalSeconds * 1_000 - GRACE_MS;
  const first = Math.floor(Math.max(firstSlotMs, fromMs ?? 0) / DAY_MS) * DAY_MS;
  const end = Math.min(
    settledMs - DAY_MS,
    lastUntilMs - 1,
    (toMs ?? Number.MAX_SAFE_INTEGER) - DAY_MS,
  );
  const days: number[] = [];
  for (let dayMs = first; dayMs <= end; dayMs += DAY_MS) days.push(dayMs);
  return days;
}

/** True when something of the day is not as it was in a revision. */
function hasChanged(run: Run, dayMs: number, revision: string): boolean {
  const { store, config, isSimulated, nowMs } = run;
  const query = toQuery(run, {
    fromMs: dayMs,
    toMs: dayMs + DAY_MS,
    updatedSinceMs: parseRevision(revision) ?? 0,
  });
  const context = { store, stored: store, config, query, isSimulated, nowMs };
  for (const { length } of ROW_SOURCES.measurements(context)) if (length > 0) return true;
  return false;
}

/** Writes one day in all forms; undefined when nothing was measured. */
async function writeDay(
  run: Run,
  dayMs: number,
  isCorrection: boolean,
): Promise<Partition | undefined> {
  const date = toDate(dayMs);
  const revision = formatRevision(run.revisionMs);
  const stem = `measurements/date=${date}/part${isCorrection ? `-${revision}` : ''}`;
  const query = toQuery(run, { fromMs: dayMs, toMs: dayMs + DAY_MS });
  const files: WrittenFile[] = [];
  for (const { format, ending } of BULK_FORMS) {
    const place = { folder: run.folder, path: `${stem}.${ending}`, signal: run.signal };
    files.push(await writeTableFile(toJob(run, 'measurements', format, query), run, place));
  }
  const [first] = files;
  if (first?.minId === undefined || first.maxId === undefined) {
    rmSync(join(run.folder, `measurements/date=${date}`), { recursive: true, force: true });
    return undefined;
  }
  return {
    date,
    revision,
    is_current: true,
    rows: first.rows,
    min_id: first.minId,
    max_id: first.maxId,
    files: files.map(({ file }) => file),
  };
}

async function writeTables(run: Run): Promise<Manifest['tables']> {
  const tables: Manifest['tables'][number][] = [];
  for (const name of RESOURCE_NAMES) {
    if (name === 'measurements') continue;
    const files: WrittenFile[] = [];
    for (const { format, ending } of BULK_FORMS) {
      const place = { folder: run.folder, path: `${name}/part.${ending}`, signal: run.signal };
      files.push(await writeTableFile(toJob(run, name, format, toQuery(run, {})), run, place));
    }
    tables.push({
      name,
      revision: formatRevision(run.revisionMs),
      rows: files[0]?.rows ?? 0,
      files: files.map(({ file }) => file),
    });
  }
  return tables;
}

/** One database of all tables. */
async function writeSnapshot(run: Run): Promise<NonNullable<Manifest['snapshot']>> {
  const { store, config, isSimulated, nowMs, folder, revisionMs, homepage } = run;
  const path = 'snapshot/reachline.sqlite';
  mkdirSync(join(folder, 'snapshot'), { recursive: true });
  const slotLengthMs = config.schedule.intervalSeconds * 1_000;
  const context = {
    store: createPublicStore(store, { nowMs: () => nowMs }, slotLengthMs),
    stored: store,
    config,
    query: toQuery(run, {}),
    isSimulated,
    nowMs,
  };
  const snapshot = createSnapshot(join(folder, path));
  try {
    for (const name of RESOURCE_NAMES) snapshot.add(RESOURCES[name], ROW_SOURCES[name](context));
    snapshot.finish({
      revision: formatRevision(revisionMs),
      dictionary_version: DICTIONARY_VERSION,
      licence: DATA_LICENCE.name,
      is_simulated: String(isSimulated),
      citation: writeCitation({ title: 'Snapshot', url: homepage, revisionMs }),
    });
  } catch (error) {
    snapshot.discard();
    throw error;
  }
  const file = join(folder, path);
  const digest = createHash('sha256');
  for await (const chunk of createReadStream(file)) digest.update(chunk as Buffer);
  return { path, bytes: statSync(file).size, sha256: digest.digest('hex') };
}

/** Everything that describes the files, beside them. */
function writeDescriptions({ folder, homepage, revisionMs }: Run, manifest: Manifest): void {
  const isCsv = ({ path }: { path: string }) => path.endsWith('.csv.gz');
  const described = describeData({
    homepage,
    revisionMs,
    listFiles: ({ name }) =>
      name === 'measurements'
        ? manifest.measurements
            .filter((one) => one.is_current)
            .flatMap(({ files }) => files.filter(isCsv))
        : (manifest.tables.find((table) => table.name === name)?.files.filter(isCsv) ?? []),
  });
  for (const [name, { write }] of Object.entries(DESCRIPTIONS))
    writeWhole(join(folder, name), write(described));
  for (const { resource, files } of described.tables)
    if (resource.name !== 'measurements')
      for (const { path } of files)
        writeWhole(
          join(folder, resource.name, 'part.csv-metadata.json'),
          writeCsvw(resource, path.split('/').at(-1)?.replace(/\.gz$/, '') ?? ''),
        );
    else
      writeWhole(
        join(folder, 'measurements', 'csv-metadata.json'),
        writeCsvw(resource, 'part.csv'),
      );
}

/** Brings a bulk folder up to date. @throws when the folder holds another kind of export */
export async function writeBulk(input: BulkInput): Promise<BulkReport> {
  const { folder, store, nowMs, config, hasImported, signal, onProgress } = input;
  const shown = createPublicStore(
    store,
    { nowMs: () => nowMs },
    config.schedule.intervalSeconds * 1_000,
  );
  const run: Run = { ...input, revisionMs: findRevisionMs(shown, nowMs) };
  mkdirSync(folder, { recursive: true });
  let manifest: Manifest = readManifest(folder) ?? {
    schema_version: '1',
    dictionary_version: DICTIONARY_VERSION,
    licence: DATA_LICENCE.name,
    has_imported: hasImported,
    measurements: [],
    tables: [],
    snapshot: null,
  };
  if (manifest.has_imported !== hasImported)
    throw new Error(
      `${folder} was made ${hasImported ? 'without' : 'with'} what others measured; choose another folder`,
    );
  let [written, corrected, unchanged] = [0, 0, 0];
  const days = listDays(run);
  for (const [index, dayMs] of days.entries()) {
    if (signal.aborted) return { written, corrected, unchanged, isComplete: false };
    onProgress?.((0.9 * index) / days.length, toDate(dayMs));
    const known = manifest.measurements.find((one) => one.date === toDate(dayMs) && one.is_current);
    if (known && !hasChanged(run, dayMs, known.revision)) {
      unchanged += 1;
      continue;
    }
    let day: Partition | undefined;
    try {
      day = await writeDay(run, dayMs, known !== undefined);
    } catch (error) {
      if (signal.aborted) return { written, corrected, unchanged, isComplete: false };
      throw error;
    }
    if (day === undefined) continue;
    manifest = addPartition(manifest, day);
    writeManifest(folder, manifest);
    if (known) corrected += 1;
    else written += 1;
  }
  onProgress?.(0.9, 'tables');
  manifest = { ...manifest, tables: await writeTables(run) };
  onProgress?.(0.95, 'snapshot');
  manifest = { ...manifest, snapshot: await writeSnapshot(run) };
  writeManifest(folder, manifest);
  writeDescriptions(run, manifest);
  return { written, corrected, unchanged, isComplete: true };
}

function addPartition(manifest: Manifest, day: Partition): Manifest {
  const others = manifest.measurements.map((one) =>
    one.date === day.date ? { ...one, is_current: false } : one,
  );
  const measurements = [...others, day].toSorted((a, b) =>
    `${a.date} ${a.revision}` < `${b.date} ${b.revision}` ? -1 : 1,
  );
  return { ...manifest, measurements };
}
