/**
 * Bulk files: a folder that anybody may copy. What has been written never changes: days of measurements that late data or
 * another judgement changed get a new revision beside the old one, all other tables and the snapshot are named by
 * revision, and months are frozen. What was done is in the manifest, so a run that was stopped goes on where it was.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BULK_NAMES, DICTIONARY_VERSION } from '../../../db/dictionary/dictionary.ts';
import { DATA_LICENCE } from '../../../db/dictionary/licence.ts';
import { holdLock } from '../../../db/lock.ts';
import { StoreError } from '../../../db/store-error.ts';
import { createPublicStore } from '../../public-store.ts';
import { listDelays } from '../../publication.ts';
import { toFileError } from '../file-error.ts';
import { findRevisionMs, formatRevision, parseRevision } from '../revision.ts';
import { ROW_SOURCES } from '../rows/sources.ts';
import { describeFolder } from './describe-folder.ts';
import {
  createManifest,
  type Manifest,
  type Partition,
  readManifest,
  writeManifest,
} from './manifest.ts';
import { removeUnlisted } from './prune.ts';
import { listOverMonths, writeRelease } from './release.ts';
import { type BulkInput, type Run, toContext, toQuery, writeForms } from './run.ts';
import { writeSnapshot } from './snapshot-file.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** A day is written when it has been over for so long: agents that were offline bring their runs late. */
const GRACE_MS = 60 * MINUTE_MS;

/** What a run did. */
export type BulkReport = {
  readonly written: number;
  readonly corrected: number;
  readonly unchanged: number;
  /** Months. */
  readonly frozen: number;
  readonly isComplete: boolean;
};

const toDate = (dayMs: number) => new Date(dayMs).toISOString().slice(0, 10);

/** The first instant that is not wholly public yet. */
function findSettledMs({ store, nowMs, config }: Run): number {
  const longestMinutes = Math.max(0, ...listDelays(store.listVantages()).values());
  return nowMs - longestMinutes * MINUTE_MS - config.schedule.intervalSeconds * 1_000 - GRACE_MS;
}

/** Days that are wholly public. */
function listDays(run: Run): number[] {
  const { store, fromMs, toMs } = run;
  const { firstSlotMs, lastUntilMs } = store.range();
  if (firstSlotMs === undefined || lastUntilMs === undefined) return [];
  const first = Math.floor(Math.max(firstSlotMs, fromMs ?? 0) / DAY_MS) * DAY_MS;
  const end = Math.min(
    findSettledMs(run) - DAY_MS,
    lastUntilMs - 1,
    (toMs ?? Number.MAX_SAFE_INTEGER) - DAY_MS,
  );
  const days: number[] = [];
  for (let dayMs = first; dayMs <= end; dayMs += DAY_MS) days.push(dayMs);
  return days;
}

/** True when something of the day is not as it was in a revision. */
function hasChanged(run: Run, dayMs: number, revision: string): boolean {
  const query = toQuery(run, {
    fromMs: dayMs,
    toMs: dayMs + DAY_MS,
    updatedSinceMs: parseRevision(revision) ?? 0,
  });
  for (const { length } of ROW_SOURCES.measurements(toContext(run, query)))
    if (length > 0) return true;
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
  const files = await writeForms(run, 'measurements', stem, query);
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
  const revision = formatRevision(run.revisionMs);
  const tables: Manifest['tables'][number][] = [];
  for (const name of BULK_NAMES) {
    if (name === 'measurements') continue;
    const files = await writeForms(run, name, `tables/${revision}/${name}`, toQuery(run));
    tables.push({
      name,
      revision,
      rows: files[0]?.rows ?? 0,
      files: files.map(({ file }) => file),
    });
  }
  return tables;
}

/** Tables and snapshot under the revision of the run; nothing when they are there already. */
async function writeRest(run: Run, manifest: Manifest): Promise<Manifest> {
  const { onProgress, keepSnapshots } = run;
  const revision = formatRevision(run.revisionMs);
  let next = manifest;
  if (next.table_revisions[0] !== revision) {
    onProgress?.(0.9, 'tables');
    next = {
      ...next,
      tables: await writeTables(run),
      table_revisions: [revision, ...next.table_revisions].slice(0, keepSnapshots),
    };
  }
  if (next.snapshots[0]?.revision !== revision) {
    onProgress?.(0.95, 'snapshot');
    const snapshot = await writeSnapshot(run, next);
    next = { ...next, snapshots: [snapshot, ...next.snapshots].slice(0, keepSnapshots) };
  }
  return { ...next, made_at: new Date(run.nowMs).toISOString() };
}

function openManifest({ folder, hasImported, isSimulated }: BulkInput): Manifest {
  const manifest =
    readManifest(folder) ??
    createManifest({
      dictionary_version: DICTIONARY_VERSION,
      licence: DATA_LICENCE.name,
      has_imported: hasImported,
      is_simulated: isSimulated,
    });
  const was =
    manifest.has_imported !== hasImported
      ? `${hasImported ? 'without' : 'with'} what others measured`
      : manifest.is_simulated !== isSimulated
        ? `of ${isSimulated ? 'real' : 'simulated'} data`
        : undefined;
  if (was !== undefined)
    throw new StoreError(
      'unwritable',
      folder,
      `The files in ${folder} were made ${was}.`,
      'Choose another folder.',
    );
  return manifest;
}

/** Does the work step by step; the manifest is written after each, so that nothing is done twice. */
async function writeAll(run: Run): Promise<BulkReport> {
  const { folder, signal, onProgress } = run;
  let manifest = openManifest(run);
  removeUnlisted(folder, manifest);
  const done = { written: 0, corrected: 0, unchanged: 0, frozen: 0 };
  const keep = (next: Manifest): void => {
    manifest = next;
    writeManifest(folder, manifest);
  };
  try {
    const days = listDays(run);
    for (const [index, dayMs] of days.entries()) {
      signal.throwIfAborted();
      onProgress?.((0.8 * index) / days.length, toDate(dayMs));
      const known = manifest.measurements.find(
        (one) => one.date === toDate(dayMs) && one.is_current,
      );
      if (known && !hasChanged(run, dayMs, known.revision)) {
        done.unchanged += 1;
        continue;
      }
      const day = await writeDay(run, dayMs, known !== undefined);
      if (day === undefined) continue;
      keep(addPartition(manifest, day));
      done[known ? 'corrected' : 'written'] += 1;
    }
    // A run over chosen days alone freezes nothing.
    const isWhole = run.fromMs === undefined && run.toMs === undefined;
    for (const month of isWhole ? listOverMonths(manifest, findSettledMs(run)) : []) {
      signal.throwIfAborted();
      onProgress?.(0.8, month);
      const release = await writeRelease(run, month);
      keep({ ...manifest, releases: [...manifest.releases, release] });
      done.frozen += 1;
    }
    keep(await writeRest(run, manifest));
    describeFolder(run, manifest);
    removeUnlisted(folder, manifest);
    return { ...done, isComplete: true };
  } catch (error) {
    if (signal.aborted) return { ...done, isComplete: false };
    throw error;
  }
}

/** One run at a time: two would each forget what the other one wrote. */
function hold(folder: string): () => void {
  try {
    return holdLock(join(folder, 'bulk'));
  } catch (error) {
    if (!(error instanceof StoreError) || error.kind !== 'locked') throw error;
    throw new StoreError(
      'locked',
      folder,
      `Another run is writing ${folder}.`,
      'Wait until it has ended.',
      { cause: error },
    );
  }
}

/** Brings a bulk folder up to date. @throws when the folder holds another kind of export, or cannot be written */
export async function writeBulk(input: BulkInput): Promise<BulkReport> {
  const { folder, store, nowMs, config } = input;
  const slotLengthMs = config.schedule.intervalSeconds * 1_000;
  const shown = createPublicStore(store, { nowMs: () => nowMs }, slotLengthMs);
  const run: Run = { ...input, revisionMs: findRevisionMs(shown, nowMs) };
  let release: (() => void) | undefined;
  try {
    mkdirSync(folder, { recursive: true });
    release = hold(folder);
    return await writeAll(run);
  } catch (error) {
    throw toFileError(error, folder);
  } finally {
    release?.();
  }
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
