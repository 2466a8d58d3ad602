/** `reachline backup FILE`: a whole copy of the database beside a running server, with the digests that `verify` compares. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigError } from '../../config/problem.ts';
import { openStore } from '../../db/open.ts';
import { systemClock } from '../../probes/clock.ts';
import type { CommandContext } from '../command.ts';
import { databaseFile } from '../serve.ts';
import { refuseArgument } from './arguments.ts';

/** Writes the copy, whole or not at all. Exit code 0. @throws ConfigError, StoreError */
export async function runBackup({ settings, argv, print }: CommandContext): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { force: { type: 'boolean', default: false } },
  });
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0)
    throw new ConfigError([
      refuseArgument('FILE', 'has to be one file', 'write e.g. backup /mnt/safe/reachline.db'),
    ]);
  const file = resolve(name);
  if (existsSync(file) && !values.force)
    throw new ConfigError([
      refuseArgument(
        'FILE',
        `${file} exists already`,
        'choose another name, or add --force to replace it',
      ),
    ]);
  using store = openStore({
    file: databaseFile(settings.dataFolder),
    mode: 'read',
    clock: systemClock,
  });
  await store.backupTo(file);
  print(
    `${file} and ${file}.pages written. \`reachline verify '${name}'\` checks them; README.md says how to restore.\n`,
  );
  return 0;
}
