/**
 * Exporting a year of 36 lanes, 3.8 million measurements: rows per second of processor time beside a bare loop whose
 * lines SQLite itself builds, of the same columns and values; and the most memory that a process with nothing but the
 * export needs. Time by the clock would measure the niceness of the thread.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fillYears } from '../../db/testing/year.ts';
import type { ExportRun } from './export-process.ts';
import {
  type BenchResult,
  type OnProgress,
  type Pair,
  toResult,
  toSingleResult,
} from './result.ts';
import { END_MS, openFolder, RATES, SLOT_MS, YEAR_MS } from './timeline-world.ts';

const run = promisify(execFile);
const VANTAGES = 12;

/** Each form with its bounds: the least share of the bare rate, the most memory. */
const FORMS = [
  { format: 'csv', ratio: 0.6, peakMib: 200 },
  { format: 'jsonl', ratio: 0.6, peakMib: 200 },
  { format: 'parquet', ratio: 0.55, peakMib: 300 },
] as const;

/** Flags of `npm start`, under which exports run. */
const FLAGS = ['--max-semi-space-size=2', '--no-maglev'];

async function measure(kind: string, file: string): Promise<ExportRun> {
  const script = join(import.meta.dirname, 'export-process.mjs');
  const flags = kind === 'bare' || kind === 'raw' ? [] : FLAGS;
  const { stdout } = await run(process.execPath, [...flags, script, kind, file, '0']);
  return JSON.parse(stdout) as ExportRun; // printed by a process of ours
}

/** Gives rates beside the bare loop and peak memory of each form. */
export async function benchExport(onProgress: OnProgress): Promise<readonly BenchResult[]> {
  using folder = openFolder();
  const file = join(folder.path, 'year.db');
  const world = { file, fromMs: END_MS - YEAR_MS, toMs: END_MS, vantages: VANTAGES };
  fillYears({
    ...world,
    ...RATES,
    intervalMs: SLOT_MS,
    hasMeasurements: true,
    onLane: (share) => onProgress(share * 0.3, 'filling'),
  });
  const { rows, cpuSeconds: rawSeconds } = await measure('raw', file);
  const results: BenchResult[] = [];
  let bareRate = 0;
  for (const [index, { format, ratio, peakMib }] of FORMS.entries()) {
    onProgress(0.3 + 0.7 * (index / FORMS.length), format);
    const bare = await measure('bare', file);
    if (bare.rows !== rows) throw new Error(`${bare.rows} rows, not ${rows}`);
    const ours = await measure(format, file);
    bareRate = rows / bare.cpuSeconds;
    const pair: Pair = { ours: rows / ours.cpuSeconds, bare: bareRate };
    results.push(
      toResult(`export.${format}`, 'rows/CPU s', [pair], {
        of: 'ratio',
        is: 'at_least',
        limit: ratio,
      }),
      toSingleResult(`export.${format}.peak`, 'MiB', [ours.peakMib], {
        of: 'value',
        is: 'at_most',
        limit: peakMib,
      }),
    );
  }
  // For reading the ratios: lines of the stored numbers alone, without one name or time.
  const plain: Pair = { ours: bareRate, bare: rows / rawSeconds };
  return [...results, toResult('export.bare', 'rows/CPU s', [plain])];
}
