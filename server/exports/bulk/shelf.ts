/**
 * The files of a bulk folder that may be sent: those that its manifest names, and no path of a request is ever joined to
 * a folder. Files named by day, revision or month never change; descriptions are those of the last run.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DESCRIPTIONS } from '../describe/answer-description.ts';
import { MANIFEST_FILE } from './bulk-folder.ts';
import { type Manifest, readManifest } from './manifest.ts';

/** A file that may be sent. */
export type ShelfFile = {
  readonly file: string;
  /** Strong entity tag with its quotes. */
  readonly etag: string;
  readonly bytes: number;
  readonly isImmutable: boolean;
  readonly modifiedMs: number;
};

/** What a bulk folder holds. */
export type Shelf = {
  /** Undefined when no run has ended yet. */
  readonly read: () => Manifest | undefined;
  readonly find: (path: string) => ShelfFile | undefined;
  /** Where the newest file of a name lies, e.g. of `reachline.sqlite` or `incidents.csv.gz`. */
  readonly findLatest: (name: string) => string | undefined;
};

type Entry = { readonly bytes: number; readonly sha256: string };
type Held = {
  readonly version: string;
  readonly manifest: Manifest;
  readonly entries: ReadonlyMap<string, Entry>;
  readonly latest: ReadonlyMap<string, string>;
};

/** The SQLite file under `latest/`. */
const LATEST_SNAPSHOT = 'reachline.sqlite';

function toHeld(version: string, manifest: Manifest): Held {
  const { measurements, tables, snapshots, releases } = manifest;
  const files = [
    ...[...measurements, ...tables, ...releases].flatMap((one) => one.files),
    ...snapshots,
  ];
  const [snapshot] = snapshots;
  return {
    version,
    manifest,
    entries: new Map(files.map(({ path, bytes, sha256 }) => [path, { bytes, sha256 }])),
    latest: new Map([
      ...tables.flatMap((one) =>
        one.files.map(({ path }) => [path.split('/').at(-1) ?? '', path] as const),
      ),
      ...(snapshot ? [[LATEST_SNAPSHOT, snapshot.path] as const] : []),
    ]),
  };
}

const isDescription = (path: string) =>
  path === MANIFEST_FILE ||
  Object.hasOwn(DESCRIPTIONS, path) ||
  /^[a-z_]+\.csv-metadata\.json$/.test(path);

/** Opens the shelf; the manifest is read again when it was written again. */
export function openShelf(folder: string): Shelf {
  let held: Held | undefined;
  const hold = (): Held | undefined => {
    const stats = statSync(join(folder, MANIFEST_FILE), { throwIfNoEntry: false });
    if (stats === undefined) return undefined;
    const version = `${stats.mtimeMs} ${stats.size} ${stats.ino}`;
    if (held?.version === version) return held;
    const manifest = readManifest(folder);
    held = manifest === undefined ? undefined : toHeld(version, manifest);
    return held;
  };
  return {
    read: () => hold()?.manifest,
    findLatest: (name) => hold()?.latest.get(name),
    find(path) {
      const entry = hold()?.entries.get(path);
      if (entry === undefined && !isDescription(path)) return undefined;
      const file = join(folder, path);
      const stats = statSync(file, { throwIfNoEntry: false });
      // One that is not as the manifest says is not what was given out under this name.
      if (stats?.isFile() !== true || (entry && entry.bytes !== stats.size)) return undefined;
      return {
        file,
        bytes: stats.size,
        etag: entry ? `"${entry.sha256}"` : `"${stats.mtimeMs.toString(36)}-${stats.size}"`,
        isImmutable: entry !== undefined,
        modifiedMs: stats.mtimeMs,
      };
    },
  };
}
