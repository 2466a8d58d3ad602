/**
 * A month that is over, frozen: all its rows as they were then in one folder that says what it is and how to cite it.
 * Incidents, lanes and the ledger are derived again whenever data come late, so this alone keeps what they said.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BULK_NAMES, RESOURCES } from '../../../db/dictionary/dictionary.ts';
import { describeData } from '../describe/described.ts';
import {
  type DescribedRelease,
  nameRelease,
  toDataCite,
  toZenodo,
} from '../describe/release-metadata.ts';
import { formatRevision } from '../revision.ts';
import { isCsv, writeDescriptions } from './describe-folder.ts';
import { type FileEntry, type Manifest, type Release, writeWhole } from './manifest.ts';
import { citeFile, type Run, sumBytes, toQuery, writeForms } from './run.ts';
import { BULK_FORMS, type WrittenFile } from './write-file.ts';

const DAY_MS = 86_400_000;

type Month = { readonly fromMs: number; readonly toMs: number };

function toMonth(month: string): Month {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return { fromMs: Date.UTC(year, number - 1, 1), toMs: Date.UTC(year, number, 1) };
}

/** Months with data that are wholly public and not frozen yet, oldest first. */
export function listOverMonths(
  { measurements, releases }: Pick<Manifest, 'measurements' | 'releases'>,
  settledMs: number,
): string[] {
  const months = new Set(measurements.map(({ date }) => date.slice(0, 7)));
  return [...months]
    .filter(
      (month) => toMonth(month).toMs <= settledMs && releases.every((one) => one.month !== month),
    )
    .toSorted();
}

function readEntry(folder: string, path: string): FileEntry {
  const bytes = readFileSync(join(folder, path));
  return { path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

const asJson = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;

function writeReadme(release: DescribedRelease, citation: string, rows: number): string {
  return `# ${nameRelease(release)}

${release.description}

Frozen at revision ${release.revision}: ${rows} measurements of ${release.month}-01 to ${release.lastDay} (UTC), the verdicts,
incidents and the ledger as they were then. Later corrections are in the daily files and in the API, not here.

- \`datapackage.json\` describes each table and column (Data Package 2.0), \`<table>.csv-metadata.json\` the same as CSVW.
- \`SHA256SUMS\` checks the files: \`sha256sum -c SHA256SUMS\`.
- \`datacite.json\` and \`zenodo.json\` are ready for whoever gives out DOIs.

Licence: CC BY 4.0, https://creativecommons.org/licenses/by/4.0/

Cite as: ${citation}
`;
}

/** Freezes a month. The folder is there whole or not at all. */
export async function writeRelease(run: Run, month: string): Promise<Release> {
  const { homepage, revisionMs, nowMs, isSimulated } = run;
  const { fromMs, toMs } = toMonth(month);
  const draft = `releases/${month}.part`;
  const folder = join(run.folder, draft);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const tables = new Map<string, readonly WrittenFile[]>();
  for (const name of BULK_NAMES)
    tables.set(
      name,
      await writeForms(run, name, `${draft}/${name}`, toQuery(run, { fromMs, toMs })),
    );
  const local = ({ file }: WrittenFile): FileEntry => ({
    ...file,
    path: file.path.slice(draft.length + 1),
  });
  const data = [...tables.values()].flat().map(local);
  const described: DescribedRelease = {
    ...describeData({
      homepage,
      revisionMs,
      listFiles: ({ name }) => (tables.get(name) ?? []).map(local).filter(isCsv),
    }),
    month,
    lastDay: new Date(toMs - DAY_MS).toISOString().slice(0, 10),
    isSimulated,
    bytes: sumBytes(data),
    endings: BULK_FORMS.map(({ ending }) => ending),
  };
  const rows = tables.get(RESOURCES.measurements.name)?.[0]?.rows ?? 0;
  const citation = citeFile(run, `Data of ${month}, frozen release`);
  const about = {
    month,
    revision: formatRevision(revisionMs),
    frozen_at: new Date(nowMs).toISOString(),
    rows,
    citation,
  };
  const texts = {
    'datacite.json': asJson(toDataCite(described)),
    'zenodo.json': asJson(toZenodo(described)),
    'README.md': writeReadme(described, citation, rows),
  };
  for (const [name, text] of Object.entries(texts)) writeWhole(join(folder, name), text);
  const names = [...writeDescriptions(folder, described), ...Object.keys(texts)];
  const files = [...data, ...names.map((name) => readEntry(folder, name))];
  writeWhole(
    join(folder, 'SHA256SUMS'),
    files.map(({ path, sha256 }) => `${sha256}  ${path}\n`).join(''),
  );
  writeWhole(join(folder, 'manifest.json'), asJson({ ...about, files }));
  const all = [...files, ...['SHA256SUMS', 'manifest.json'].map((name) => readEntry(folder, name))];
  const place = `releases/${month}`;
  renameSync(folder, join(run.folder, place));
  return { ...about, files: all.map((file) => ({ ...file, path: `${place}/${file.path}` })) };
}
