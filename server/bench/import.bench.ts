/**
 * Importing 100,000 measurements of OONI: lines per second with reading, judging and storing, beside a bare loop that
 * only splits lines and parses their JSON; and the most memory that either needs. One line in ten is about a service of
 * ours, as in files that were chosen by country; the others are read, told apart and skipped.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { loadConfig } from '../../config/load.ts';
import { openStore } from '../../db/open.ts';
import { systemClock } from '../../probes/clock.ts';
import { importStream } from '../imports/import-file.ts';
import { PROBE_VERSION } from '../software.ts';
import { type BenchResult, type OnProgress, toResult, toSingleResult } from './result.ts';

const LINES = 100_000;
/** One in so many is about a service of ours. */
const OURS_EVERY = 10;
/** Lines come in pieces, as from a disk. */
const LINES_PER_CHUNK = 64;
/** Text in place of a page, so that lines are about as long as those without large bodies. */
const BODY = '<p>lorem ipsum dolor sit amet</p>'.repeat(100);
const FIRST_MS = Date.UTC(2024, 0, 1);
const GAP_MS = 20_000;
const NETWORKS = 40;
const MIB = 1024 * 1024;
const LOOK_MS = 20;

/** Gives lines per second and peak memory; the figures inform and have no bound. */
export async function benchImport(onProgress: OnProgress): Promise<readonly BenchResult[]> {
  const bare = await withPeak(parseOnly);
  onProgress(0.1, 'importing');
  const ours = await withPeak(() =>
    importAll((share) => onProgress(0.1 + 0.9 * share, 'importing')),
  );
  const pair = { ours: LINES / ours.seconds, bare: LINES / bare.seconds };
  const stored = { ours: LINES / OURS_EVERY / ours.seconds, bare: pair.bare };
  return [
    toResult('import.lines', 'lines/s', [pair]),
    toSingleResult('import.stored', 'measurements/s', [stored.ours]),
    toResult('import.peak', 'MiB', [{ ours: ours.peakMib, bare: bare.peakMib }]),
  ];
}

/** Texts of lines with the places for what differs from line to line. */
function readTemplates(): { readonly ours: readonly string[]; readonly other: string } {
  const file = join(import.meta.dirname, '../../probes/providers/ooni/fixtures/classic.jsonl');
  const all = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) =>
      line
        .replaceAll(/"measurement_uid":"[^"]*"/g, '"measurement_uid":"UID"')
        .replaceAll('2024-03-04 12:00:01', 'TIME')
        .replace('"AS12389"', '"ASN"')
        .replaceAll('<title>', `${BODY}<title>`),
    );
  const [first = ''] = all;
  return { ours: all, other: first.replaceAll('www.facebook.com', 'www.example.org') };
}

async function* makeChunks(onLines?: (done: number) => void): AsyncGenerator<Uint8Array> {
  const { ours, other } = readTemplates();
  for (let index = 0; index < LINES; index += LINES_PER_CHUNK) {
    const lines: string[] = [];
    for (let at = index; at < Math.min(LINES, index + LINES_PER_CHUNK); at += 1) {
      const isOurs = at % OURS_EVERY === 0;
      const template = isOurs ? (ours[(at / OURS_EVERY) % ours.length] ?? '') : other;
      const time = new Date(FIRST_MS + at * GAP_MS).toISOString().slice(0, 19).replace('T', ' ');
      const digits = time.replace(/\D/g, '');
      lines.push(
        template
          .replace(
            'UID',
            `${digits}.000000_RU_webconnectivity_${at.toString(16).padStart(16, '0')}`,
          )
          .replaceAll('TIME', time)
          .replace('ASN', `AS${64_496 + (at % NETWORKS)}`),
      );
    }
    onLines?.(index + lines.length);
    yield Buffer.from(`${lines.join('\n')}\n`);
  }
}

/** What any import has to do at least. */
async function parseOnly(): Promise<void> {
  let tests = 0;
  const lines = createInterface({ input: Readable.from(makeChunks()), crlfDelay: Infinity });
  for await (const line of lines) {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && 'test_name' in value) tests += 1;
  }
  if (tests !== LINES) throw new Error(`${tests} of ${LINES} lines were read`);
}

async function importAll(onShare: (share: number) => void): Promise<void> {
  const config = loadConfig({ file: join(import.meta.dirname, '../../config/reachline.yaml') });
  const folder = mkdtempSync(join(tmpdir(), 'reachline-bench-'));
  try {
    using store = openStore({
      file: join(folder, 'reachline.db'),
      mode: 'write',
      clock: systemClock,
    });
    const context = {
      config,
      provenance: { probeVersion: PROBE_VERSION, schemaVersion: store.health().schemaVersion },
      nameNetwork: (asn: number) => `AS${asn}`,
      nowMs: systemClock.nowMs(),
    };
    const { signal } = new AbortController();
    const source = makeChunks((done) => onShare(done / LINES));
    const report = await importStream(source, { store, config, context, signal });
    if (report.stored !== LINES / OURS_EVERY || report.bad > 0)
      throw new Error(`${report.stored} stored, ${report.bad} bad`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs the work and looks at the memory of this process meanwhile. */
async function withPeak(work: () => Promise<void>): Promise<{ seconds: number; peakMib: number }> {
  let peakBytes = 0;
  const look = (): void => {
    peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
  };
  const timer = setInterval(look, LOOK_MS);
  const startedMs = performance.now();
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  look();
  return { seconds: (performance.now() - startedMs) / 1000, peakMib: peakBytes / MIB };
}
