/** What the page about data says of bulk files: read from their manifest, whatever it holds. */
import type { BulkData, BulkFile, BulkLine } from '../dashboard/pages/data-bulk.ts';
import { RESOURCES, type ResourceName } from '../db/dictionary/dictionary.ts';
import type { HandlerDeps } from './contract.ts';
import { findShelf } from './exports/bulk/answer-bulk.ts';
import type { FileEntry, Partition, Release, Snapshot, Table } from './exports/bulk/manifest.ts';

const ROOT = '/exports/v1/';

const FORMS: Readonly<Record<string, string>> = {
  parquet: 'Parquet',
  gz: 'CSV.gz',
  zst: 'JSONL.zst',
  sqlite: 'SQLite',
};
const formOf = (path: string) => FORMS[path.split('.').at(-1) ?? ''];

/** Files of data alone; descriptions are linked by themselves. */
function toFiles(files: readonly FileEntry[]): BulkFile[] {
  return files.flatMap(({ path, bytes, sha256 }) => {
    const form = formOf(path);
    return form === undefined ? [] : [{ form, url: `${ROOT}${path}`, bytes, sha256 }];
  });
}

const toTableLine = ({ name, rows, revision, files }: Table): BulkLine => ({
  label: Object.hasOwn(RESOURCES, name) ? RESOURCES[name as ResourceName].title : name,
  rows,
  revision,
  files: toFiles(files),
});

const toSnapshotLine = (snapshot: Snapshot): BulkLine => ({
  label: '',
  revision: snapshot.revision,
  files: toFiles([snapshot]),
});

const toDayLine = ({ date, rows, revision, files }: Partition): BulkLine => ({
  label: date,
  rows,
  revision,
  isCorrection: files.some(({ path }) => path.includes(`part-${revision}`)),
  files: toFiles(files),
});

function toReleaseLine({ month, rows, revision, files }: Release): BulkLine {
  const about = files.find(({ path }) => path.endsWith('/README.md'));
  const measurements = files.filter(({ path }) => path.includes('/measurements.'));
  return {
    label: month,
    rows,
    revision,
    files: toFiles(measurements),
    ...(about ? { aboutUrl: `${ROOT}${about.path}` } : {}),
  };
}

/** Reads it; `month` is the one that was asked for, the newest unless told. */
export function readBulkData(
  deps: Pick<HandlerDeps, 'bulkFolder' | 'config'>,
  month: string | undefined,
): BulkData {
  const manifest = findShelf(deps)?.read();
  const { enabled, hourUtc } = deps.config.bulk;
  if (manifest === undefined)
    return enabled && deps.bulkFolder !== undefined ? { kind: 'none', hourUtc } : { kind: 'off' };
  const { measurements, tables, snapshots, releases, made_at: madeAt } = manifest;
  const current = measurements.filter((one) => one.is_current).toReversed();
  const months = [...new Set(current.map(({ date }) => date.slice(0, 7)))];
  const shown = month ?? months[0] ?? '';
  const [snapshot] = snapshots;
  return {
    kind: 'made',
    manifestUrl: `${ROOT}manifest.json`,
    latestUrl: `${ROOT}latest/incidents.csv.gz`,
    ...(madeAt === null ? {} : { madeAtMs: Date.parse(madeAt) }),
    ...(snapshot ? { snapshot: toSnapshotLine(snapshot) } : {}),
    tables: tables.map(toTableLine),
    months,
    month: shown,
    days: current.filter(({ date }) => date.startsWith(shown)).map(toDayLine),
    releases: releases.toReversed().map(toReleaseLine),
  };
}
