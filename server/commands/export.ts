/** `reachline export`: a table, a bulk folder, or what was measured as OONI JSONL, to a file or to standard output. */
import { parseArgs } from 'node:util';
import { loadConfig } from '../../config/load.ts';
import { ConfigError, type Problem } from '../../config/problem.ts';
import { isResourceName, RESOURCE_NAMES } from '../../db/dictionary/dictionary.ts';
import { openStore } from '../../db/open.ts';
import type { Store } from '../../db/store.ts';
import { systemClock } from '../../probes/clock.ts';
import type { CommandContext } from '../command.ts';
import { isClosedPipe, openLineFile, openLineStream } from '../exports/line-file.ts';
import { type ExportQuery, type ExportReport, exportOoni } from '../exports/ooni.ts';
import { createProgress } from '../progress.ts';
import { databaseFile } from '../serve.ts';
import { narrowToStored, readTimeArgument, refuseArgument } from './arguments.ts';

type Asked = {
  readonly query: ExportQuery;
  readonly out?: string;
  readonly isForced: boolean;
};

/** Writes what the first argument names. Exit code 0, or 1 when it was stopped. */
export async function runExport(context: CommandContext): Promise<number> {
  const [what = '', ...argv] = context.argv;
  if (what === 'bulk')
    return (await import('./export-bulk.ts')).runExportBulk({ ...context, argv });
  if (isResourceName(what))
    return (await import('./export-table.ts')).runExportTable(what, { ...context, argv });
  return runExportOoni(context);
}

/** Writes the export. Exit code 0, or 1 when it was stopped; then no file is left. */
async function runExportOoni(context: CommandContext): Promise<number> {
  const { settings, argv, signal } = context;
  const config = loadConfig({ file: settings.configFile });
  const asked = readArguments(argv);
  const nowMs = systemClock.nowMs();
  using store = openStore({
    file: databaseFile(settings.dataFolder),
    mode: 'read',
    clock: systemClock,
  });
  const query = narrow(asked.query, store);
  const sink =
    asked.out === undefined
      ? openLineStream(process.stdout)
      : openLineFile(asked.out, asked.isForced);
  const progress = createProgress(process.stderr, 'export');
  let report: ExportReport | undefined;
  try {
    report = await exportOoni({
      store,
      config,
      query,
      nowMs,
      signal,
      write: sink.write,
      onProgress: (share, written) => progress.update(share, `${written} written`),
    });
    if (report.isComplete) await sink.finish();
  } catch (error) {
    if (!isClosedPipe(error)) throw error;
    return 0;
  } finally {
    if (report?.isComplete !== true) await sink.discard();
  }
  progress.end(`${report.written} written`);
  process.stderr.write(describe(report, asked));
  return report.isComplete ? 0 : 1;
}

function describe(
  { written, held, imported, isComplete }: ExportReport,
  { out, query }: Asked,
): string {
  const lines = isComplete
    ? [`${written} measurements written${out === undefined ? '' : ` to ${out}`}.`]
    : ['Stopped before the end; nothing was kept.'];
  if (written === 0 && held === 0 && isComplete)
    lines.push(
      query.isOwnOnly
        ? 'Nothing was measured by vantages of yours in that time; leave `--own` out for what others measured, or choose another with `--since` and `--until`.'
        : 'Nothing was measured in that time; `--since` and `--until` choose another.',
    );
  if (held > 0) lines.push(`${held} were left out: their vantages publish later.`);
  if (imported > 0)
    lines.push(
      `${imported} of them were measured by others, each with its licence; --own leaves them out.`,
    );
  return `${lines.join('\n')}\n`;
}

/** @throws ConfigError with every argument that cannot be used. */
function readArguments(argv: readonly string[]): Asked {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      since: text,
      until: text,
      service: text,
      vantage: text,
      out: text,
      force: flag,
      own: flag,
    },
  });
  const problems: Problem[] = [];
  if (positionals.join(' ') !== 'ooni')
    problems.push(
      refuseArgument(
        '',
        `there is no export \`${positionals.join(' ')}\``,
        `write ooni, bulk, or a table: ${RESOURCE_NAMES.join(', ')}`,
      ),
    );
  const fromMs = readTimeArgument('--since', values.since, problems) ?? 0;
  const toMs = readTimeArgument('--until', values.until, problems) ?? Number.MAX_SAFE_INTEGER;
  if (problems.length === 0 && toMs <= fromMs)
    problems.push(
      refuseArgument('--until', 'is not after --since', 'write a later time, or leave it out'),
    );
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    isForced: values.force ?? false,
    ...(values.out === undefined ? {} : { out: values.out }),
    query: {
      fromMs,
      toMs,
      isOwnOnly: values.own ?? false,
      ...(values.service === undefined ? {} : { services: [values.service] }),
      ...(values.vantage === undefined ? {} : { vantageIds: [values.vantage] }),
    },
  };
}

/** Narrows the range to what was measured, for the progress. @throws ConfigError for names that are not known */
function narrow(query: ExportQuery, store: Store): ExportQuery {
  const services = [...new Set(store.latestMeasurements().map(({ service }) => service))];
  const vantages = store.listVantages().map(({ id }) => id);
  const problems = [
    { path: '--service', value: query.services?.[0], known: services },
    { path: '--vantage', value: query.vantageIds?.[0], known: vantages },
  ].flatMap(({ path, value, known }) =>
    value === undefined || known.includes(value)
      ? []
      : [
          refuseArgument(
            path,
            `nothing of \`${value}\` is stored`,
            `write one of ${known.join(', ')}`,
          ),
        ],
  );
  if (problems.length > 0) throw new ConfigError(problems);
  return narrowToStored(query, store);
}
