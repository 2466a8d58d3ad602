/**
 * `reachline scenarios`: every known way of blocking made on loopback sockets, measured and judged as in real life,
 * and compared with what must be concluded. Exit code 1 on any difference; through a proxy (`--medium`) on any that has
 * no written reason.
 */
import { parseArgs } from 'node:util';
import { loadConfig } from '../../config/load.ts';
import { listScenarios } from '../../probes/scenarios/catalogue.ts';
import { listDisagreements } from '../../probes/scenarios/classic.ts';
import { countResults, type ScenarioResult } from '../../probes/scenarios/compare.ts';
import { listMediumDifferences } from '../../probes/scenarios/media-differences.ts';
import { MEDIA, type Medium } from '../../probes/scenarios/medium.ts';
import { runAll } from '../../probes/scenarios/run-all.ts';
import type { Scenario } from '../../probes/scenarios/scenario.ts';
import type { CommandContext } from '../command.ts';
import { createProgress } from '../progress.ts';

/** What may be asked of the command. */
type Options = {
  readonly repeats: number;
  readonly isShuffled: boolean;
  /** Ids, or beginnings of ids that end before a letter: `R21` takes R21a to R21d. */
  readonly only: readonly string[];
  readonly isJson: boolean;
  readonly isComparing: boolean;
  /** How the vantage reaches its network. */
  readonly medium: Medium;
};

/** All results of the repetitions, newest last. */
type Report = { readonly rounds: readonly (readonly ScenarioResult[])[]; readonly seconds: number };

const MAX_REPEATS = 1_000;
/** Exit code for a command that was called wrongly, as sysexits.h has it. */
const EXIT_USAGE = 64;

/** Runs the scenarios. Exit code 0 when all are exact, 1 on any difference, 64 on arguments that make no sense. */
export async function runScenarios(context: CommandContext): Promise<number> {
  const { settings, argv, signal, print } = context;
  const options = readOptions(argv);
  if (typeof options === 'string') {
    print(`${options}\n`);
    return EXIT_USAGE;
  }
  const config = loadConfig({ file: settings.configFile });
  const all = listScenarios(config.services);
  const chosen = options.only.length === 0 ? all : all.filter(({ id }) => isChosen(id, options));
  if (chosen.length === 0) {
    print(`No scenario is called ${options.only.join(', ')}.\n`);
    return EXIT_USAGE;
  }
  const progress = createProgress(process.stderr, 'scenarios');
  const startedMs = performance.now();
  const rounds: (readonly ScenarioResult[])[] = [];
  for (let round = 0; round < options.repeats && !signal.aborted; round += 1) {
    const order = options.isShuffled ? shuffle(chosen) : chosen;
    const results = await runAll(order, {
      rules: config.rules,
      fingerprints: config.fingerprints,
      signal,
      medium: options.medium,
      onResult: ({ id }, done) =>
        progress.update((round + done / chosen.length) / options.repeats, id),
    });
    rounds.push(chosen.flatMap(({ id }) => results.find((one) => one.id === id) ?? []));
  }
  progress.end();
  const report = { rounds, seconds: Math.round((performance.now() - startedMs) / 100) / 10 };
  print(options.isJson ? toJson(report) : toText(chosen, report, options));
  const isExact = listMediumDifferences(options.medium, rounds.flat()).every(
    ({ why }) => why !== undefined,
  );
  return isExact && !signal.aborted ? 0 : 1;
}

function readOptions(argv: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        repeat: { type: 'string', default: '1' },
        shuffle: { type: 'boolean', default: false },
        only: { type: 'string', default: '' },
        json: { type: 'boolean', default: false },
        compare: { type: 'boolean', default: false },
        medium: { type: 'string', default: 'direct' },
      },
    });
    const medium = MEDIA.find((one) => one === values.medium);
    if (medium === undefined) return `--medium takes one of ${MEDIA.join(', ')}.`;
    const repeats = Number(values.repeat);
    if (!Number.isInteger(repeats) || repeats < 1 || repeats > MAX_REPEATS)
      return `--repeat takes a number from 1 to ${MAX_REPEATS}.`;
    return {
      repeats,
      isShuffled: values.shuffle,
      only: values.only.split(',').filter((id) => id !== ''),
      isJson: values.json,
      isComparing: values.compare,
      medium,
    };
  } catch (error) {
    // Only parseArgs throws here, with a sentence for whoever typed the arguments.
    return error instanceof Error ? error.message : String(error);
  }
}

function isChosen(id: string, { only }: Options): boolean {
  return only.some(
    (one) => id === one || (id.startsWith(one) && /^[a-z]$/.test(id.slice(one.length))),
  );
}

/** Fisher and Yates; the order is meant to differ each time. */
function shuffle(scenarios: readonly Scenario[]): Scenario[] {
  const order = [...scenarios];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1));
    const [a, b] = [order[last], order[other]];
    if (a && b) [order[last], order[other]] = [b, a];
  }
  return order;
}

/** Worst of all rounds: a scenario is exact when it always was. */
function summarise({ rounds, seconds }: Report) {
  const [first = []] = rounds;
  const everExact = (test: (one: ScenarioResult) => boolean): number =>
    first.filter(({ id }) =>
      rounds.every((round) => round.some((one) => one.id === id && test(one))),
    ).length;
  return {
    scenarios: first.length,
    verdictExact: everExact((one) => one.isVerdictExact),
    mechanismExact: everExact((one) => one.isMechanismExact),
    falseAlarms: rounds.reduce((sum, round) => sum + countResults(round).falseAlarms, 0),
    repeats: rounds.length,
    seconds,
  };
}

function toJson(report: Report): string {
  return `${JSON.stringify(summarise(report))}\n`;
}

function toText(chosen: readonly Scenario[], report: Report, options: Options): string {
  const { isComparing, medium } = options;
  const { rounds } = report;
  const rows = chosen.map(({ id }) =>
    toRow(
      rounds.flatMap((round) => round.filter((one) => one.id === id)),
      medium,
    ),
  );
  const totals = summarise(report);
  const lines = [
    ...toTable(
      ['', 'id', 'scenario', 'expected', 'got', 'mechanism', 'ms'],
      rows.map(({ cells }) => cells),
    ),
    '',
    ...rows.flatMap(({ notes }) => notes),
    `${totals.verdictExact} of ${totals.scenarios} verdicts and ${totals.mechanismExact} mechanisms exact, ` +
      `${totals.falseAlarms} false alarms, ${totals.repeats} × in ${totals.seconds} s`,
  ];
  if (medium !== 'direct') lines.push('', ...toMediumTable(medium, rounds.at(-1) ?? []));
  if (isComparing) lines.push('', ...toComparison(chosen, rounds.at(-1) ?? []));
  return `${lines.join('\n')}\n`;
}

/** One row of the table: the first round that differed, or else the last one. */
function toRow(
  results: readonly ScenarioResult[],
  medium: Medium,
): { cells: string[]; notes: string[] } {
  const result = results.find(({ differences }) => differences.length > 0) ?? results.at(-1);
  if (!result) return { cells: [], notes: [] };
  const isExact = result.differences.length === 0;
  // Differences that the way through a proxy explains have a table of their own.
  const isFine = listMediumDifferences(medium, results).every(({ why }) => why !== undefined);
  const failed = results.filter(({ differences }) => differences.length > 0).length;
  const often = results.length > 1 ? ` (${failed} of ${results.length} times)` : '';
  return {
    cells: [
      isExact ? '✓' : isFine ? '≈' : '✗',
      result.id,
      result.name,
      result.expected.verdict,
      result.verdict,
      result.mechanism ?? '',
      String(result.elapsedMs),
    ],
    notes: isFine
      ? []
      : [`✗ ${result.id}: ${result.differences.join('; ')} [${result.ruleIds.join(', ')}]${often}`],
  };
}

function toTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  return [head, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function toMediumTable(medium: Medium, results: readonly ScenarioResult[]): string[] {
  const rows = listMediumDifferences(medium, results);
  return [
    `Where a look through ${medium} differs from a direct one (${rows.length} differences):`,
    ...toTable(
      ['', 'id', 'scenario', 'difference', 'why'],
      rows.map(({ id, name, difference, why }) => [
        why === undefined ? '✗' : '·',
        id,
        name,
        difference,
        why ?? 'no reason is written down: a mistake',
      ]),
    ),
  ];
}

function toComparison(chosen: readonly Scenario[], results: readonly ScenarioResult[]): string[] {
  const rows = listDisagreements(chosen, results);
  return [
    `Where the verdict differs from that of the classic test (${rows.length} rows):`,
    ...toTable(
      ['id', 'scenario', 'classic', 'reachline', 'why'],
      rows.map(({ id, name, classic, ours, because }) => [id, name, classic, ours, because]),
    ),
  ];
}
