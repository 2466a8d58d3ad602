/** `reachline verify [FILE] [--rebuild]`: recomputes what the database promises and lists every difference. */

import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openStore } from '../../db/open.ts';
import { StoreError } from '../../db/store-error.ts';
import { verifyFile } from '../../db/verify.ts';
import { VERIFY_CHECKS } from '../../db/verify-report.ts';
import { systemClock } from '../../probes/clock.ts';
import type { CommandContext } from '../command.ts';
import { createProgress } from '../progress.ts';
import { databaseFile } from '../serve.ts';

/** Checks the database read-only. Exit code 0 when all holds, 1 when something differs. */
export async function runVerify({ settings, argv, print }: CommandContext): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: { rebuild: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const file = positionals[0] ?? databaseFile(settings.dataFolder);
  // A wrong path is no damage, and must not be answered with advice on backups.
  if (!existsSync(file))
    throw new StoreError(
      'missing',
      file,
      `There is no database ${file}.`,
      'Check the path, or start Reachline once to make it.',
    );
  if (values.rebuild) {
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
