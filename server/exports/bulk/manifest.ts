/** What lies in a bulk folder: every file with its size and digest. Written anew after each day, whole or not at all. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { MANIFEST_FILE } from './bulk-folder.ts';

const FileEntry = z
  .strictObject({
    /** Relative to the folder, with `/`. */
    path: z.string(),
    bytes: z.int().nonnegative(),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
  })
  .readonly();
export type FileEntry = z.infer<typeof FileEntry>;

const Partition = z
  .strictObject({
    /** Day in UTC. */
    date: z.iso.date(),
    revision: z.string(),
    /** False when a later revision of the day corrects it; its files stay. */
    is_current: z.boolean(),
    rows: z.int().nonnegative(),
    min_id: z.string(),
    max_id: z.string(),
    files: z.array(FileEntry).readonly(),
  })
  .readonly();
export type Partition = z.infer<typeof Partition>;

const Table = z
  .strictObject({
    name: z.string(),
    revision: z.string(),
    rows: z.int().nonnegative(),
    files: z.array(FileEntry).readonly(),
  })
  .readonly();
export type Table = z.infer<typeof Table>;

const Snapshot = FileEntry.unwrap().extend({ revision: z.string() }).readonly();
export type Snapshot = z.infer<typeof Snapshot>;

const Release = z
  .strictObject({
    /** Month in UTC, e.g. `2022-03`. */
    month: z.string().regex(/^\d{4}-\d{2}$/),
    revision: z.string(),
    frozen_at: z.iso.datetime(),
    /** Measurements of the month. */
    rows: z.int().nonnegative(),
    citation: z.string(),
    files: z.array(FileEntry).readonly(),
  })
  .readonly();
export type Release = z.infer<typeof Release>;

const Manifest = z
  .strictObject({
    schema_version: z.literal('2'),
    dictionary_version: z.string(),
    licence: z.string(),
    has_imported: z.boolean(),
    is_simulated: z.boolean(),
    /** When the last run ended. */
    made_at: z.iso.datetime().nullable(),
    /** Days of measurements, oldest first; of one day the oldest revision first. */
    measurements: z.array(Partition).readonly(),
    /** All other tables, as they were when the last run ended. */
    tables: z.array(Table).readonly(),
    /** Newest first; older ones are removed after some nights. */
    snapshots: z.array(Snapshot).readonly(),
    /** Frozen months, oldest first. */
    releases: z.array(Release).readonly(),
    /** Revisions of the tables that are kept, newest first. */
    table_revisions: z.array(z.string()).readonly(),
  })
  .readonly();
export type Manifest = z.infer<typeof Manifest>;

/** A manifest of nothing. */
export function createManifest(
  about: Pick<Manifest, 'dictionary_version' | 'licence' | 'has_imported' | 'is_simulated'>,
): Manifest {
  return {
    schema_version: '2',
    ...about,
    made_at: null,
    measurements: [],
    tables: [],
    snapshots: [],
    releases: [],
    table_revisions: [],
  };
}

/** Reads the manifest of a folder; undefined when there is none. @throws when it is no manifest of ours */
export function readManifest(folder: string): Manifest | undefined {
  const file = join(folder, MANIFEST_FILE);
  if (!existsSync(file)) return undefined;
  const parsed = Manifest.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (parsed.success) return parsed.data;
  throw new Error(`${file} is no manifest of this version; choose another folder`, {
    cause: parsed.error,
  });
}

/** Writes a text so that after a power cut there is the old or the new one. */
export function writeWhole(file: string, text: string): void {
  const part = `${file}.part`;
  const handle = openSync(part, 'w');
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(part, file);
}

/** Writes the manifest. */
export function writeManifest(folder: string, manifest: Manifest): void {
  writeWhole(join(folder, MANIFEST_FILE), `${JSON.stringify(manifest, undefined, 2)}\n`);
}
