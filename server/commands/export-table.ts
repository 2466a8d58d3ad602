/** `reachline export measurements …`: one table as one file, with the filters of its address as flags. */
import { parseArgs } from 'node:util';
import { loadConfig } from '../../config/load.ts';
import { ConfigError } from '../../config/problem.ts';
import { RESOURCES, type ResourceName } from '../../db/dictionary/dictionary.ts';
import { openStore } from '../../db/open.ts';
import { systemClock } from '../../probes/clock.ts';
import type { CommandContext } from '../command.ts';
import { askExport, TABLE_FILTERS } from '../exports/ask-export.ts';
import type { ExportJob } from '../exports/export-job.ts';
import { FORMAT_NAMES, type FormatName, isFormatName } from '../exports/formats/formats.ts';
import { isClosedPipe, openLineFile, openLineStream } from '../exports/line-file.ts';
import { formatRevision, writeCitation } from '../exports/revision.ts';
import { writeTable } from '../exports/write-table.ts';
import { RequestProblem } from '../problem.ts';
import { createProgress } from '../progress.ts';
import { createPublicStore } from '../public-store.ts';
import { databaseFile } from '../serve.ts';
import { refuseArgument } from './arguments.ts';

type Asked = {
  readonly format: FormatName;
  readonly out?: string;
  readonly isForced: boolean;
  /** Filters as an address would have them. */
  readonly url: URL;
};

/** Flags are the parameters with hyphens, e.g. `--after-id`. */
const toFlag = (parameter: string) => parameter.replaceAll('_', '-');
const CHOICES: readonly string[] = ['own', 'safe'];

/** The form that a file name asks for, packed or not. */
function formatOf(out: string | undefined): FormatName | undefined {
  const ending =
    out
      ?.replace(/\.(?:gz|zst)$/, '')
      .split('.')
      .at(-1) ?? '';
  return isFormatName(ending) ? ending : undefined;
}

/** @throws ConfigError with every argument that cannot be used. */
function readArguments(resource: ResourceName, argv: readonly string[]): Asked {
  const parameters: readonly string[] = [...TABLE_FILTERS[resource], 'safe'];
  const filters = parameters.map((name) => {
    const type = CHOICES.includes(name) ? ('boolean' as const) : ('string' as const);
    return [toFlag(name), { type }] as const;
  });
  const { values } = parseArgs({
    args: [...argv],
    options: {
      ...Object.fromEntries(filters),
      format: { type: 'string' },
      out: { type: 'string' },
      force: { type: 'boolean' },
    },
  });
  const given: Readonly<Record<string, unknown>> = values;
  const out = typeof given['out'] === 'string' ? given['out'] : undefined;
  const format = given['format'] ?? formatOf(out) ?? 'csv';
  if (typeof format !== 'string' || !isFormatName(format))
    throw new ConfigError([
      refuseArgument(
        '--format',
        'is no form of a table',
        `write one of ${FORMAT_NAMES.join(', ')}`,
      ),
    ]);
  const url = new URL('reachline:export');
  for (const name of parameters) {
    const value = given[toFlag(name)];
    if (typeof value === 'string') url.searchParams.set(name, value);
    if (value === true) url.searchParams.set(name, '1');
  }
  return { format, isForced: given['force'] === true, url, ...(out === undefined ? {} : { out }) };
}

/** Refusals of addresses, in the words of flags. */
function toArgumentError(error: unknown): unknown {
  if (!(error instanceof RequestProblem)) return error;
  return new ConfigError(
    (error.problem.errors ?? []).map(({ parameter, detail, remedy }) =>
      refuseArgument(
        `--${toFlag(parameter)}`,
        detail,
        `${remedy.slice(0, 1).toLowerCase()}${remedy.slice(1).replace(/\.$/, '')}`,
      ),
    ),
  );
}

/** The command that gives the same again; where it was written to is nobody's concern. */
function toCitedCommand(resource: ResourceName, { searchParams }: URL, revisionMs: number): string {
  const filters: readonly string[] = TABLE_FILTERS[resource];
  const rev = filters.includes('rev') ? [['rev', formatRevision(revisionMs)] as const] : [];
  const given = new Map([...searchParams, ...rev]);
  const flags = [...given].map(([name, value]) =>
    CHOICES.includes(name) ? `--${toFlag(name)}` : `--${toFlag(name)} ${value}`,
  );
  return ['reachline export', resource, ...flags].join(' ');
}

/** Writes the table. Exit code 0, or 1 when it was stopped; then no file is left. */
export async function runExportTable(
  resource: ResourceName,
  { settings, argv, signal }: CommandContext,
): Promise<number> {
  const config = loadConfig({ file: settings.configFile });
  const { format, out, isForced, url } = readArguments(resource, argv);
  const clock = systemClock;
  const nowMs = clock.nowMs();
  using store = openStore({ file: databaseFile(settings.dataFolder), mode: 'read', clock });
  const shown = createPublicStore(
    store,
    { nowMs: () => nowMs },
    config.schedule.intervalSeconds * 1_000,
  );
  const asked = (() => {
    try {
      return askExport({ resource, format }, url, { config, store: shown, clock });
    } catch (error) {
      throw toArgumentError(error);
    }
  })();
  const { revisionMs } = asked.query;
  const citation = writeCitation({
    title: RESOURCES[resource].title,
    url: toCitedCommand(resource, url, revisionMs),
    revisionMs,
  });
  const job: ExportJob = { ...asked, resource, format, isSimulated: false, citation, nowMs };
  const sink = out === undefined ? openLineStream(process.stdout) : openLineFile(out, isForced);
  const progress = createProgress(process.stderr, 'export');
  const total = Math.max(1, store.health().measurements);
  let rows = 0;
  let isComplete = false;
  try {
    for await (const { bytes, batch } of writeTable(job, { store, config })) {
      if (signal.aborted) break;
      await sink.write(bytes);
      rows += batch?.length ?? 0;
      progress.update(Math.min(0.99, rows / total), `${rows} rows`);
    }
    isComplete = !signal.aborted;
    if (isComplete) await sink.finish();
  } catch (error) {
    if (!isClosedPipe(error)) throw error;
    return 0;
  } finally {
    if (!isComplete) await sink.discard();
  }
  progress.end(`${rows} rows`);
  process.stderr.write(
    isComplete
      ? `${rows} rows of ${resource} at revision ${formatRevision(revisionMs)}${out === undefined ? '' : ` in ${out}`}.\nTo cite: ${citation}\n`
      : 'Stopped before the end; nothing was kept.\n',
  );
  return isComplete ? 0 : 1;
}
