/**
 * `reachline import ooni`: takes in measurements of OONI from a file, an address or the API, gives each our verdict and
 * stores it with its licence and its origin. What is there already is left as it is.
 */
import { createReadStream, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { isCountryCode } from '../../config/country-codes.ts';
import { loadConfig } from '../../config/load.ts';
import { nameNetwork } from '../../config/networks.ts';
import { ConfigError, type Problem } from '../../config/problem.ts';
import type { Config } from '../../config/schema.ts';
import { openStore } from '../../db/open.ts';
import type { Store } from '../../db/store.ts';
import { StoreError } from '../../db/store-error.ts';
import { systemClock } from '../../probes/clock.ts';
import type { LineContext } from '../../probes/providers/ooni/read-line.ts';
import type { CommandContext } from '../command.ts';
import { DownloadError, download, MAX_FILE_BYTES } from '../imports/download.ts';
import { importStream } from '../imports/import-file.ts';
import {
  createTally,
  describeImport,
  type ImportReport,
  isUnreadable,
} from '../imports/import-report.ts';
import { API_TESTS, type ApiQuery, type ApiTest, importFromApi } from '../imports/ooni-api.ts';
import { createProgress } from '../progress.ts';
import { databaseFile } from '../serve.ts';
import { PROBE_VERSION } from '../software.ts';
import { readTimeArgument, refuseArgument } from './arguments.ts';

const API_URL = 'https://api.ooni.io';
/** Whoever gives data away for nothing is not to be asked more than once a second. */
const MIN_GAP_MS = 1_000;
const MIB = 1024 * 1024;

type Asked =
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'url'; readonly url: URL }
  | { readonly kind: 'api'; readonly query: ApiQuery };

type Job = {
  readonly store: Store;
  readonly config: Config;
  readonly context: LineContext;
  readonly signal: AbortSignal;
};

/** Imports. Exit code 0, or 1 when it ended before the end of what was asked for, or nothing could be read. */
export async function runImport({
  settings,
  argv,
  signal,
  print,
}: CommandContext): Promise<number> {
  const config = loadConfig({ file: settings.configFile });
  const asked = readArguments(argv);
  using store = open(databaseFile(settings.dataFolder));
  const { schemaVersion } = store.health();
  const context: LineContext = {
    config,
    provenance: { probeVersion: PROBE_VERSION, schemaVersion },
    nameNetwork: rememberNames(),
    nowMs: systemClock.nowMs(),
  };
  const job: Job = { store, config, context, signal };
  const report = await start(asked, job, join(settings.dataFolder, 'imports')).catch(explain);
  print(describeImport(report));
  // A wrong file is no success: whoever runs this from a script would not look at the text.
  return report.isComplete && !isUnreadable(report) ? 0 : 1;
}

function start(asked: Asked, job: Job, stateFolder: string): Promise<ImportReport> {
  switch (asked.kind) {
    case 'file':
      return importBytes(createReadStream(asked.file), statSync(asked.file).size, job);
    case 'url':
      return importDownload(asked.url, job);
    case 'api':
      return importApi(asked.query, job, stateFolder);
    default:
      return asked satisfies never;
  }
}

async function importBytes(
  source: AsyncIterable<Uint8Array>,
  bytes: number | undefined,
  job: Job,
): Promise<ImportReport> {
  const progress = createProgress(process.stderr, 'import');
  const report = await importStream(source, {
    ...job,
    onProgress: (read, stored) =>
      progress.update(
        Math.min(1, read / (bytes ?? Infinity)),
        `${Math.round(read / MIB)} MiB, ${stored} stored`,
      ),
  });
  progress.end(`${report.stored} stored`, report.isComplete);
  return report;
}

async function importDownload(url: URL, job: Job): Promise<ImportReport> {
  const answer = await download(url, { signal: job.signal, maxBytes: MAX_FILE_BYTES });
  if (answer.statusCode !== 200)
    throw new DownloadError(`${url.host} answers ${answer.statusCode}. Check the address.`);
  return importBytes(answer.body, answer.bytes, job);
}

async function importApi(query: ApiQuery, job: Job, stateFolder: string): Promise<ImportReport> {
  const progress = createProgress(process.stderr, 'import');
  const report = await importFromApi({
    ...job,
    query,
    stateFolder,
    minGapMs: MIN_GAP_MS,
    nowMs: systemClock.monotonicMs,
    wait: (ms, signal) => delay(ms, undefined, { signal }).catch(() => {}), // aborted: told by the signal
    onProgress: progress.update,
  });
  progress.end(`${report.stored} stored`, report.isComplete);
  return report;
}

/** What could not be fetched at all ends like what broke off. */
function explain(error: unknown): ImportReport {
  if (!(error instanceof DownloadError)) throw error;
  return createTally().report(false, error.message);
}

/** The table is large, and files name the same networks again and again. */
function rememberNames(): LineContext['nameNetwork'] {
  const names = new Map<number, string>();
  return (asn) => {
    const name = names.get(asn) ?? nameNetwork(asn);
    names.set(asn, name);
    return name;
  };
}

/** @throws StoreError */
function open(file: string): Store {
  try {
    return openStore({ file, mode: 'write', clock: systemClock });
  } catch (error) {
    if (!(error instanceof StoreError) || error.kind !== 'locked') throw error;
    throw new StoreError(
      'locked',
      file,
      `Another Reachline is writing to ${file}, most likely the server; nothing was imported.`,
      'Stop it, run this again and start it afterwards.',
      { cause: error },
    );
  }
}

function parse(argv: readonly string[]) {
  const text = { type: 'string' } as const;
  return parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      api: { type: 'boolean' },
      'api-url': text,
      country: text,
      since: text,
      until: text,
      test: text,
    },
  });
}

/** @throws ConfigError with every argument that cannot be used. */
function readArguments(argv: readonly string[]): Asked {
  const { values, positionals } = parse(argv);
  const [format, source, ...more] = positionals;
  const problems: Problem[] = [];
  if (format !== 'ooni')
    problems.push(
      refuseArgument(
        '',
        `there is no format \`${format ?? ''}\``,
        'write `reachline import ooni FILE`',
      ),
    );
  if (more.length > 0)
    problems.push(refuseArgument('', 'more than one file is named', 'import them one by one'));
  if (values.api === true && source !== undefined)
    problems.push(refuseArgument('--api', 'stands beside a file', 'leave one of them out'));
  if (values.api !== true && source === undefined)
    problems.push(
      refuseArgument(
        '',
        'no file is named',
        'name a file or an address, or write --api --country RU --since 2026-11-01',
      ),
    );
  const asked =
    values.api === true ? readApi(values, problems) : readSource(source ?? '', problems);
  if (problems.length > 0 || !asked) throw new ConfigError(problems);
  return asked;
}

function readSource(source: string, problems: Problem[]): Asked | undefined {
  if (/^https?:\/\//.test(source) && URL.canParse(source))
    return { kind: 'url', url: new URL(source) };
  const found = statSync(source, { throwIfNoEntry: false });
  if (found?.isDirectory())
    problems.push(refuseArgument('', `${source} is a folder`, 'name the files in it one by one'));
  else if (source !== '' && !found?.isFile())
    problems.push(refuseArgument('', `there is no file ${source}`, 'check its name'));
  return { kind: 'file', file: source };
}

function readApi(values: ReturnType<typeof parse>['values'], problems: Problem[]): Asked {
  const countryCode = values.country ?? '';
  if (!isCountryCode(countryCode))
    problems.push(
      refuseArgument(
        '--country',
        `\`${countryCode}\` is no country`,
        'write two capital letters, e.g. --country RU',
      ),
    );
  const sinceMs = readTimeArgument('--since', values.since, problems);
  if (values.since === undefined)
    problems.push(
      refuseArgument('--since', 'is missing', 'write from when on, e.g. --since 2026-11-01'),
    );
  const untilMs = readTimeArgument('--until', values.until, problems);
  if (sinceMs !== undefined && untilMs !== undefined && untilMs <= sinceMs)
    problems.push(
      refuseArgument('--until', 'is not after --since', 'write a later time, or leave it out'),
    );
  const names = values.test?.split(',') ?? API_TESTS;
  const tests = API_TESTS.filter((test) => names.includes(test));
  const unknown = names.filter((name) => !API_TESTS.includes(name as ApiTest));
  if (unknown.length > 0)
    problems.push(
      refuseArgument(
        '--test',
        `\`${unknown.join(',')}\` is not known`,
        `write some of ${API_TESTS.join(',')}`,
      ),
    );
  const apiUrl = values['api-url'] ?? API_URL;
  if (!/^https?:\/\//.test(apiUrl) || !URL.canParse(apiUrl))
    problems.push(
      refuseArgument(
        '--api-url',
        `\`${apiUrl}\` is no address`,
        `write ${API_URL}, or leave it out`,
      ),
    );
  return {
    kind: 'api',
    query: {
      apiUrl,
      countryCode,
      sinceMs: sinceMs ?? 0,
      tests,
      ...(untilMs === undefined ? {} : { untilMs }),
    },
  };
}
