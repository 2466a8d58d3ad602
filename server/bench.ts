/**
 * `npm run bench`: runs benchmarks by name (all when none is named) and says whether they keep their bounds.
 * Results go to standard output, as a table or with `--json` as one object per line; progress goes to standard error.
 * Exit code 0 when every bound holds, 1 when one is missed, 64 when a name is unknown.
 */
import os from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { formatJson, formatTable } from './bench/report.ts';
import type { Benchmark, BenchResult } from './bench/result.ts';
import { createProgress } from './progress.ts';

type Entry = Pick<Benchmark, 'says'> & { readonly load: () => Promise<Benchmark['run']> };

/** In the order in which they run. Each is loaded only when it is wanted, so that none weighs on another. */
const BENCHMARKS: Readonly<Record<string, Entry>> = {
  start: {
    says: 'time from start to the first answer, and memory when idle',
    load: async () => (await import('./bench/start.bench.ts')).benchStart,
  },
  timing: {
    says: 'how exact times are while 400 targets are visited within 5 s',
    load: async () => (await import('./bench/timing.bench.ts')).benchTiming,
  },
  probe: {
    says: 'HTTPS targets per second with all evidence, against bare sockets',
    load: async () => (await import('./bench/probe.bench.ts')).benchProbe,
  },
  judge: {
    says: 'verdicts per second',
    load: async () => (await import('./bench/judge.bench.ts')).benchJudge,
  },
  insert: {
    says: 'measurements stored per second, against bare prepared statements',
    load: async () => (await import('./bench/insert.bench.ts')).runInsert,
  },
  import: {
    says: 'lines of OONI imported per second and peak memory, against bare JSON.parse',
    load: async () => (await import('./bench/import.bench.ts')).benchImport,
  },
  timeline: {
    says: 'a year of 36 lanes from the database to the pixels: bytes, times, drawing, scripts',
    load: async () => (await import('./bench/timeline.bench.ts')).benchTimeline,
  },
  export: {
    says: 'rows of a year of 36 lanes exported per second and peak memory, against lines that SQLite builds',
    load: async () => (await import('./bench/export.bench.ts')).benchExport,
  },
  paint: {
    says: 'first and largest paint of pages on slow lines and processors',
    load: async () => (await import('./bench/paint.bench.ts')).benchPaint,
  },
  api: {
    says: 'a list of 10 KB against bare node:http, narrow questions to a year of 36 lanes against bare SQL, and during ten exports',
    load: async () => (await import('./bench/api.bench.ts')).benchApi,
  },
  ingest: {
    says: 'results of agents taken in per second, against bare prepared statements; then 500 agents at once',
    load: async () => (await import('./bench/ingest.bench.ts')).benchIngest,
  },
  alerts: {
    says: 'a national restriction told to 10,000 subscribers: finding them, sending, memory',
    load: async () => (await import('./bench/alerts.bench.ts')).benchAlerts,
  },
};

const EXIT_MISSED = 1;
/** The command line makes no sense (EX_USAGE). */
const EXIT_USAGE = 64;

function usage(): string {
  const rows = Object.entries(BENCHMARKS).map(([name, { says }]) => `  ${name.padEnd(8)}${says}`);
  return ['Usage: npm run bench -- [names] [--json]', '', ...rows, ''].join('\n');
}

/** Cores that something else may keep busy before the figures are no longer worth much. */
const MAX_FOREIGN_CORES = 0.2;
const LOOK_MS = 500;

/** Says so when this machine has other work: the ratios bear that, times and their spread do not. */
async function warnIfBusy(): Promise<void> {
  const busyMs = (): number =>
    os.cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  const before = busyMs();
  await delay(LOOK_MS);
  const cores = (busyMs() - before) / LOOK_MS;
  if (cores <= MAX_FOREIGN_CORES) return;
  process.stderr.write(
    `Other work keeps ${cores.toFixed(1)} cores of this machine busy: figures will be uncertain, times above all.\n`,
  );
}

async function main(argv: readonly string[]): Promise<number> {
  const isJson = argv.includes('--json');
  const names = argv.filter((one) => one !== '--json');
  const unknown = names.filter((name) => !Object.hasOwn(BENCHMARKS, name));
  if (names.includes('--help')) {
    process.stdout.write(usage());
    return 0;
  }
  if (unknown.length > 0) {
    process.stderr.write(`No benchmark \`${unknown.join('`, `')}\`.\n\n${usage()}`);
    return EXIT_USAGE;
  }
  await warnIfBusy();
  const results: BenchResult[] = [];
  for (const [name, { load }] of Object.entries(BENCHMARKS)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const progress = createProgress(process.stderr, name.padEnd(8));
    const run = await load();
    const own = await run((share, note) => share < 1 && progress.update(share, note));
    progress.end();
    results.push(...own);
    if (isJson) process.stdout.write(own.map((result) => `${formatJson(result)}\n`).join(''));
  }
  if (!isJson) process.stdout.write(`\n${formatTable(results)}`);
  return results.every(({ ok }) => ok) ? 0 : EXIT_MISSED;
}

process.exitCode = await main(process.argv.slice(2));
