/** `reachline rejudge`: applies the rules of today to stored evidence, or tells with --dry-run what that would change. */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { loadConfig } from '../../config/load.ts';
import { ConfigError, type Problem } from '../../config/problem.ts';
import { openStore } from '../../db/open.ts';
import type { Store } from '../../db/store.ts';
import { StoreError } from '../../db/store-error.ts';
import { systemClock } from '../../probes/clock.ts';
import type { CommandContext } from '../command.ts';
import { createProgress } from '../progress.ts';
import { type RejudgeQuery, type RejudgeReport, rejudge } from '../rejudge.ts';
import { databaseFile } from '../serve.ts';
import { narrowToStored, readTimeArgument, refuseArgument } from './arguments.ts';

/** What the arguments ask for. */
type Asked = { readonly query: RejudgeQuery; readonly isDryRun: boolean };

/** Judges again and prints what changed. Exit code 0, or 1 when it was stopped before the end. */
export async function runRejudge(context: CommandContext): Promise<number> {
  const { settings, argv, signal, print } = context;
  const config = loadConfig({ file: settings.configFile });
  const asked = readArguments(argv);
  const { isDryRun } = asked;
  using store = open(databaseFile(settings.dataFolder), isDryRun);
  const query = checkQuery(asked.query, store, [
    ...config.services.map(({ id }) => id),
    ...store.latestMeasurements().map(({ service }) => service),
  ]);
  const progress = createProgress(process.stderr, 'rejudge');
  const report = await rejudge({
    store,
    config,
    query,
    isDryRun,
    signal,
    onProgress: (share, judged) => progress.update(share, `${judged} judged`),
  });
  progress.end(`${report.judged} judged`);
  if (!isDryRun && report.revisions > 0)
    store.recordEvent({
      atMs: systemClock.nowMs(),
      kind: 'rejudged',
      detail: `${report.revisions} of ${report.judged} under ruleset ${report.rulesetVersion}`,
    });
  print(describeReport(report, isDryRun));
  return report.isComplete ? 0 : 1;
}

/** Opens what is there; judging again makes no database. @throws StoreError */
function open(file: string, isDryRun: boolean): Store {
  // Reading says what is missing, where writing would make an empty one.
  const mode = isDryRun || !existsSync(file) ? 'read' : 'write';
  try {
    return openStore({ file, mode, clock: systemClock });
  } catch (error) {
    if (!(error instanceof StoreError) || error.kind !== 'locked') throw error;
    throw new StoreError(
      'locked',
      file,
      `Another Reachline is writing to ${file}, most likely the server; nothing was judged.`,
      'Stop it, run this again and start it afterwards; --dry-run only reads and works beside it.',
      { cause: error },
    );
  }
}

/** @throws ConfigError with every argument that cannot be used. */
function readArguments(argv: readonly string[]): Asked {
  const values = parse(argv);
  const problems: Problem[] = [];
  if (values.since === undefined)
    problems.push(
      refuseArgument('--since', 'is missing', 'write from when on, e.g. --since 2026-11-20'),
    );
  const fromMs = readTimeArgument('--since', values.since, problems) ?? 0;
  const toMs = readTimeArgument('--until', values.until, problems) ?? systemClock.nowMs() + 1;
  if (problems.length === 0 && toMs <= fromMs)
    problems.push(
      refuseArgument('--until', 'is not after --since', 'write a later time, or leave it out'),
    );
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    isDryRun: values['dry-run'] ?? false,
    query: {
      fromMs,
      toMs,
      ...(values.service === undefined ? {} : { service: values.service }),
      ...(values.vantage === undefined ? {} : { vantageId: values.vantage }),
    },
  };
}

function parse(argv: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    const options = { since: text, until: text, service: text, vantage: text } as const;
    const dryRun = { 'dry-run': { type: 'boolean' } } as const;
    return parseArgs({ args: [...argv], options: { ...options, ...dryRun } }).values;
  } catch (error) {
    // Only what was typed is at fault here; anything else stays an error of ours.
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!(error instanceof Error) || !code.startsWith('ERR_PARSE_ARGS_')) throw error;
    const remedy = 'use --since, --until, --service, --vantage and --dry-run';
    throw new ConfigError([refuseArgument('', error.message.replace(/\.$/, ''), remedy)], {
      cause: error,
    });
  }
}

/** Narrows the range to what was measured, for the progress. @throws ConfigError for names that are not known. */
function checkQuery(query: RejudgeQuery, store: Store, services: readonly string[]): RejudgeQuery {
  const names = [
    { path: '--service', value: query.service, known: services },
    { path: '--vantage', value: query.vantageId, known: store.listVantages().map(({ id }) => id) },
  ];
  const problems = names.flatMap(({ path, value, known }) =>
    value === undefined || known.includes(value)
      ? []
      : [
          refuseArgument(
            path,
            `\`${value}\` is not known`,
            `write one of ${[...new Set(known)].join(', ')}`,
          ),
        ],
  );
  if (problems.length > 0) throw new ConfigError(problems);
  return narrowToStored(query, store);
}

/** What changed as text: a row per way of changing, then the counts. */
function describeReport(report: RejudgeReport, isDryRun: boolean): string {
  const { changes, judged, revisions, unchanged, sameVerdict, unknown } = report;
  const width = (key: 'from' | 'to'): number =>
    Math.max(4, ...changes.map((one) => one[key].length));
  const [fromWidth, toWidth] = [width('from'), width('to')];
  const lines = ['', `Ruleset ${report.rulesetVersion}: ${judged} measurements judged.`];
  if (changes.length > 0)
    lines.push('', `  ${'was'.padEnd(fromWidth)}   ${'is'.padEnd(toWidth)}  count  first`);
  for (const { from, to, count, ids } of changes)
    lines.push(
      `  ${from.padEnd(fromWidth)} → ${to.padEnd(toWidth)}  ${String(count).padStart(5)}  ${ids.join(' ')}`,
    );
  lines.push('', `  ${unchanged} say the same already.`);
  lines.push(`  ${sameVerdict} keep their verdict, with another reason, part or ruleset version.`);
  if (unknown > 0)
    lines.push(`  ${unknown} left alone: their service or vantage is not known any more.`);
  lines.push(
    '',
    isDryRun
      ? `Dry run: nothing was written; ${revisions} new revisions would be.`
      : `${revisions} new revisions were written; the old ones stay.`,
  );
  if (!report.isComplete) lines.push('Stopped before the end. The same command goes on from here.');
  return `${lines.join('\n')}\n`;
}
