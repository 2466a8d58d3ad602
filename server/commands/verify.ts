/** `reachline verify [FILE] [--rebuild]`: recomputes what the database promises and lists every difference. */

import { openStore } from '../../db/open.ts';
import { verifyFile } from '../../db/verify.ts';
import { VERIFY_CHECKS } from '../../db/verify-report.ts';
import { systemClock } from '../../probes/clock.ts';
import type { CommandContext } from '../command.ts';
import { createProgress } from '../progress.ts';
import { databaseFile } from '../serve.ts';

/** Checks the database read-only. Exit code 0 when all holds, 1 when something differs. */
export async function runVerify({ settings, argv, print }: CommandContext): Promise<number> {
  const file = argv.find((arg) => !arg.startsWith('-')) ?? databaseFile(settings.dataFolder);
  if (argv.includes('--rebuild')) {
    using store = openStore({ file, mode: 'write', clock: systemClock });
    store.rebuild();
    print('Lanes, spans and buckets were made again from the measurements.\n');
  }
  const progress = createProgress(process.stderr, 'verify');
  const report = verifyFile(file, {
    clock: systemClock,
    onProgress: ({ check, done, total }) => {
      const within = total > 0 ? done / total : 0;
      progress.update((VERIFY_CHECKS.indexOf(check) + within) / VERIFY_CHECKS.length, check);
    },
  });
  progress.end();
  for (const { check, checked, unit, findings, note } of report.checks) {
    const outcome = findings === 0 ? (note ?? 'agree') : `${findings} differ`;
    print(`${findings === 0 ? '✓' : '✗'} ${check.padEnd(14)} ${checked} ${unit}: ${outcome}\n`);
  }
  for (const { where, problem, remedy } of report.findings)
    print(`\n  ${where}: ${problem}\n    → ${remedy}\n`);
  print(report.isSound ? `\n${file} is sound.\n` : `\n${file} is damaged.\n`);
  return report.isSound ? 0 : 1;
}
