/** `reachline export bulk FOLDER`: brings a folder of daily files, tables, snapshot and descriptions up to date. */
import { parseArgs } from 'node:util';
import type { Bulk } from '../../config/bulk.ts';
import { loadConfig } from '../../config/load.ts';
import { ConfigError, type Problem } from '../../config/problem.ts';
import { openStore } from '../../db/open.ts';
import { systemClock } from '../../probes/clock.ts';
import type { CommandContext } from '../command.ts';
import { writeBulk } from '../exports/bulk/bulk.ts';
import { createProgress } from '../progress.ts';
import { databaseFile } from '../serve.ts';
import { readTimeArgument, refuseArgument } from './arguments.ts';

/** Where the data is said to be when nobody tells. */
const UNKNOWN_HOME = 'https://example.org/reachline';

const MEGABYTE = 1_000_000;

function readNumber(
  flag: string,
  value: string | undefined,
  problems: Problem[],
): number | undefined {
  if (value === undefined || /^\d{1,9}$/.test(value))
    return value === undefined ? value : Number(value);
  problems.push(refuseArgument(flag, `\`${value}\` is no number`, 'write a whole number'));
  return undefined;
}

/** @throws ConfigError with every argument that cannot be used. */
function readArguments(argv: readonly string[], bulk: Bulk) {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      from: text,
      to: text,
      homepage: text,
      keep: text,
      'min-free-mb': text,
      own: { type: 'boolean' },
      json: { type: 'boolean' },
    },
  });
  const problems: Problem[] = [];
  const [folder] = positionals;
  if (folder === undefined || positionals.length > 1)
    problems.push(
      refuseArgument('', 'one folder is needed', 'write `reachline export bulk FOLDER`'),
    );
  const fromMs = readTimeArgument('--from', values.from, problems);
  const toMs = readTimeArgument('--to', values.to, problems);
  const homepage = values.homepage ?? UNKNOWN_HOME;
  if (!URL.canParse(homepage))
    problems.push(refuseArgument('--homepage', 'is no address', 'write one such as https://…'));
  const keep = readNumber('--keep', values.keep, problems);
  const minFreeMb = readNumber('--min-free-mb', values['min-free-mb'], problems);
  if (keep === 0) problems.push(refuseArgument('--keep', 'keeps nothing', 'write 1 or more'));
  if (problems.length > 0 || folder === undefined) throw new ConfigError(problems);
  return {
    folder,
    homepage,
    isJson: values.json ?? false,
    keepSnapshots: keep ?? bulk.keepSnapshots,
    minFreeBytes: (minFreeMb ?? bulk.minFreeMb) * MEGABYTE,
    hasImported: !(values.own ?? false),
    ...(fromMs === undefined ? {} : { fromMs }),
    ...(toMs === undefined ? {} : { toMs }),
  };
}

/** Writes what is missing. Exit code 0, or 1 when it was stopped; the next run goes on from there. */
export async function runExportBulk({
  settings,
  argv,
  signal,
  print,
}: CommandContext): Promise<number> {
  const config = loadConfig({ file: settings.configFile });
  const { isJson, ...asked } = readArguments(argv, config.bulk);
  const clock = systemClock;
  using store = openStore({ file: databaseFile(settings.dataFolder), mode: 'read', clock });
  const progress = createProgress(process.stderr, 'bulk');
  const report = await writeBulk({
    ...asked,
    store,
    config,
    nowMs: clock.nowMs(),
    // The folder of the demo can be written too, and must say what it is.
    isSimulated: store.listVantages().some(({ kind }) => kind === 'lab'),
    signal,
    onProgress: progress.update,
  });
  progress.end();
  if (isJson) print(`${JSON.stringify(report)}\n`);
  process.stderr.write(
    [
      `${report.written} days written, ${report.corrected} corrected, ${report.unchanged} as they were, ${report.frozen} months frozen.`,
      ...(report.isComplete ? [] : ['Stopped before the end; run it again to go on from there.']),
      '',
    ].join('\n'),
  );
  return report.isComplete ? 0 : 1;
}
