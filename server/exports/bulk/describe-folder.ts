/** Everything that describes bulk files, beside them. */
import { join } from 'node:path';
import { DESCRIPTIONS, writeCsvw } from '../describe/answer-description.ts';
import { type Described, describeData } from '../describe/described.ts';
import { type FileEntry, type Manifest, writeWhole } from './manifest.ts';
import type { Run } from './run.ts';

export const isCsv = ({ path }: Pick<FileEntry, 'path'>): boolean => path.endsWith('.csv.gz');

/** Writes the descriptions of a described set of files into a folder. Gives their names. */
export function writeDescriptions(folder: string, described: Described): string[] {
  const texts = Object.entries(DESCRIPTIONS).map(
    ([name, { write }]) => [name, write(described)] as const,
  );
  const tables = described.tables.map(({ resource, files }) => {
    const name = `${resource.name}.csv-metadata.json`;
    const [only] = files;
    // Days are many files with the same columns; the description names the first form of their name.
    const path = files.length === 1 ? (only?.path ?? '').replace(/\.gz$/, '') : 'part.csv';
    return [name, writeCsvw(resource, path)] as const;
  });
  for (const [name, text] of [...texts, ...tables]) writeWhole(join(folder, name), text);
  return [...texts, ...tables].map(([name]) => name);
}

/** Describes what a bulk folder holds now. */
export function describeFolder({ folder, homepage, revisionMs }: Run, manifest: Manifest): void {
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
  writeDescriptions(folder, described);
}
