/**
 * Runs every test file under node:test: `*.test.ts` and `*.browser.ts` two at a time, `*.slow.ts` one by one, since
 * what measures times or kills processes wants the machine to itself. Arguments choose files instead.
 */
import { statSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

const FOLDERS = '{config,probes,db,server,dashboard}';
/** Refuses any TCP connection that leaves loopback, in every test process. */
const LOOPBACK_ONLY = ['--import', './probes/testing/loopback-only.ts'];

async function list(pattern: string): Promise<string[]> {
  const files: string[] = [];
  for await (const file of glob(`${FOLDERS}/**/${pattern}`)) files.push(file);
  return files.sort();
}

/** Long files first, so that none is left to run alone at the end. */
function bySize(a: string, b: string): number {
  return statSync(b).size - statSync(a).size;
}

/** Runs these files and prints them as they end. Resolves to true when all passed. */
function runFiles(
  files: readonly string[],
  concurrency: number,
): Promise<{ passed: number; failed: number }> {
  if (files.length === 0) return Promise.resolve({ passed: 0, failed: 0 });
  return new Promise((resolve) => {
    const stream = run({ files: [...files], concurrency, execArgv: LOOPBACK_ONLY });
    let passed = 0;
    let failed = 0;
    stream.on('test:pass', ({ details }) => {
      if (details.type !== 'suite') passed += 1;
    });
    stream.on('test:fail', ({ details }) => {
      if (details.type !== 'suite') failed += 1;
    });
    stream.on('end', () => resolve({ passed, failed }));
    stream.compose(spec).pipe(process.stdout, { end: false });
  });
}

async function main(chosen: readonly string[]): Promise<number> {
  const startedMs = performance.now();
  const groups =
    chosen.length > 0
      ? [{ files: chosen, concurrency: 1 }]
      : [
          { files: await list('*.test.ts'), concurrency: 2 },
          { files: await list('*.slow.ts'), concurrency: 1 },
          { files: (await list('*.browser.ts')).sort(bySize), concurrency: 2 },
        ];
  let passed = 0;
  let failed = 0;
  for (const { files, concurrency } of groups) {
    const result = await runFiles(files, concurrency);
    passed += result.passed;
    failed += result.failed;
  }
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  process.stdout.write(`\n${seconds} s\n${passed} passed, ${failed} failed\n`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
