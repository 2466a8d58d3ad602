/** `reachline snapshot FILE`: writes what /snapshot.html sends, for mirrors and for handing on, from the database alone. */
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig } from '../../config/load.ts';
import { ConfigError } from '../../config/problem.ts';
import { isLocale } from '../../dashboard/i18n/locale.ts';
import { openStore } from '../../db/open.ts';
import { systemClock } from '../../probes/clock.ts';
import { createApp } from '../app.ts';
import type { CommandContext } from '../command.ts';
import { toFileError } from '../exports/file-error.ts';
import { databaseFile } from '../serve.ts';
import { readSoftwareVersion } from '../software.ts';

function refuse(path: string, problem: string, remedy: string): never {
  throw new ConfigError([{ file: 'command line', line: 0, column: 0, path, problem, remedy }]);
}

/** Writes the file, whole or not at all; one that is there already is replaced. Exit code 0. */
export async function runSnapshot({ settings, argv, print }: CommandContext): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { lang: { type: 'string', default: 'en' }, tz: { type: 'string' } },
  });
  const [name] = positionals;
  if (name === undefined) refuse('FILE', 'is missing', 'write e.g. snapshot reachline.html');
  const { lang, tz } = values;
  if (!isLocale(lang)) refuse('--lang', `\`${lang}\` is no language here`, 'write en, ru or uk');
  const config = loadConfig({ file: settings.configFile });
  const database = databaseFile(settings.dataFolder);
  using store = openStore({ file: database, mode: 'read', clock: systemClock });
  const app = createApp({
    store,
    config,
    clock: systemClock,
    info: {
      version: readSoftwareVersion(),
      // The folder of the demo can be written too, and must say what it is.
      isSimulated: store.listVantages().some(({ kind }) => kind === 'lab'),
      startedAtMs: systemClock.nowMs(),
      publicUrl: settings.publicUrl ?? '',
    },
  });
  const query = tz === undefined ? '' : `?tz=${encodeURIComponent(tz)}`;
  const response = await app.request(`/${lang}/snapshot.html${query}`);
  if (response.status !== 200) refuse('--tz', `\`${tz}\` is no time zone`, 'write e.g. UTC');
  const file = resolve(name);
  const isReplaced = existsSync(file);
  const page = await response.text();
  try {
    writeFileSync(`${file}.part`, page);
    renameSync(`${file}.part`, file);
  } catch (error) {
    rmSync(`${file}.part`, { force: true });
    throw toFileError(error, file);
  }
  print(`${file} ${isReplaced ? 'replaced' : 'written'}.\n`);
  return 0;
}
