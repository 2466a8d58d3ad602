/** One SQLite database of all public tables, under a name of its revision. */
import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BULK_NAMES, DICTIONARY_VERSION, RESOURCES } from '../../../db/dictionary/dictionary.ts';
import { DATA_LICENCE } from '../../../db/dictionary/licence.ts';
import { createSnapshot } from '../../../db/snapshot.ts';
import { formatRevision } from '../revision.ts';
import { ROW_SOURCES } from '../rows/sources.ts';
import type { Manifest, Snapshot } from './manifest.ts';
import { citeFile, needRoom, type Run, toContext, toQuery } from './run.ts';

/** A draft and a packed copy of it lie beside each other for a while. */
const COPIES = 2;
/** Bytes of a row of measurements with its index, about: for the first snapshot of a folder. */
const ROW_BYTES = 550;

async function digestFile(file: string): Promise<string> {
  const digest = createHash('sha256');
  for await (const chunk of createReadStream(file)) digest.update(chunk as Buffer);
  return digest.digest('hex');
}

/** Writes the snapshot. @throws StoreError when there is no room for it */
export async function writeSnapshot(run: Run, { snapshots }: Manifest): Promise<Snapshot> {
  const { folder, isSimulated, revisionMs, store } = run;
  const revision = formatRevision(revisionMs);
  const expectedBytes = snapshots[0]?.bytes ?? store.health().measurements * ROW_BYTES;
  needRoom(run, COPIES * expectedBytes);
  const path = `snapshot/reachline-${revision}.sqlite`;
  const file = join(folder, path);
  mkdirSync(join(folder, 'snapshot'), { recursive: true });
  const context = toContext(run, toQuery(run));
  const snapshot = createSnapshot(file);
  try {
    for (const name of BULK_NAMES) {
      run.signal.throwIfAborted();
      snapshot.add(RESOURCES[name], ROW_SOURCES[name](context));
    }
    snapshot.finish({
      revision,
      dictionary_version: DICTIONARY_VERSION,
      licence: DATA_LICENCE.name,
      is_simulated: String(isSimulated),
      citation: citeFile(run, 'Snapshot'),
    });
  } catch (error) {
    snapshot.discard();
    throw error;
  }
  return { path, bytes: statSync(file).size, sha256: await digestFile(file), revision };
}
