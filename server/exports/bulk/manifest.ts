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

const Manifest = z
  .strictObject({
    schema_version: z.literal('1'),
    dictionary_version: z.string(),
    licence: z.string(),
    has_imported: z.boolean(),
    /** Days of measurements, oldest first; of one day the oldest revision first. */
    measurements: z.array(Partition).readonly(),
    /** All other tables, as they were when the last run ended. */
    tables: z.array(Table).readonly(),
    snapshot: FileEntry.nullable(),
  })
  .readonly();
export type Manifest = z.infer<typeof Manifest>;

export const MANIFEST_FILE = 'manifest.json';

/** Reads the manifest of a folder; undefined when there is none. @throws when it is no manifest of ours */
export function readManifest(folder: string): Manifest | undefined {
  const file = join(folder, MANIFEST_FILE);
  if (!existsSync(file)) return undefined;
  return Manifest.parse(JSON.parse(readFileSync(file, 'utf8')));
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
