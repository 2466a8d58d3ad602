/**
 * The command line, and the only place that reads the environment: settings and configuration come in here,
 * messages and exit codes go out. Exit codes follow sysexits.h where one fits.
 */
import { parseArgs } from 'node:util';
import { loadConfig } from '../config/load.ts';
import { ConfigError } from '../config/problem.ts';
import { loadSettings } from '../config/settings.ts';
import { suggest } from '../config/suggest.ts';
import { StoreError } from '../db/store-error.ts';
import { systemClock } from '../probes/clock.ts';
import { type Command, type CommandContext, stopInTime, untilAborted } from './command.ts';
import { COMMAND_HELP } from './command-help.ts';
import { ListenError } from './http.ts';
import { createLog } from './log.ts';

/** The configuration cannot be used (EX_CONFIG). */
const EXIT_CONFIG = 78;
/** The address to listen on cannot be had (EX_UNAVAILABLE). */
const EXIT_UNAVAILABLE = 69;
/** The database cannot be used (EX_IOERR). */
const EXIT_STORE = 74;
/** The command line makes no sense (EX_USAGE). */
const EXIT_USAGE = 64;
/** Loaded when asked for, so that each command starts as fast as its own parts allow. */
const COMMANDS: Readonly<Record<string, { says: string; load: () => Promise<Command['run']> }>> = {
  serve: {
    says: 'measure on the schedule and serve the pages (what `npm start` does)',
    load: async () => runServe,
  },
  agent: {
    says: 'be a remote vantage: --token rl1-… at the first start; --server, --proxy socks5://…, --status',
    load: async () => (await import('./commands/agent.ts')).runAgent,
  },
  measure: {
    says: 'measure one service now: --service facebook [--json]; exit code 0 ok, 1 restricted, 2 cannot tell',
    load: async () => (await import('./commands/measure.ts')).runMeasure,
  },
  demo: {
    says: 'replay a simulated region through the real probes and serve it; --verify compares and exits',
    load: async () => (await import('./commands/demo.ts')).runDemo,
  },
  doctor: {
    says: 'check configuration, clock, network and database, and say what to do',
    load: async () => (await import('./commands/doctor.ts')).runDoctor,
  },
  scenarios: {
    says: 'make every known condition of a network on loopback and compare the verdicts; --repeat 20 --shuffle --only R1 --compare --medium socks5 --json',
    load: async () => (await import('./commands/scenarios.ts')).runScenarios,
  },
  vantage: {
    says: 'machines of others as vantages: add <id> | list | show <id> | disable <id> | enable <id> | rotate <id>',
    load: async () => (await import('./commands/vantage.ts')).runVantage,
  },
  rejudge: {
    says: 'judge stored evidence again: --since 2026-11-20 [--until] [--service] [--vantage] [--dry-run]',
    load: async () => (await import('./commands/rejudge.ts')).runRejudge,
  },
  import: {
    says: 'take in measurements of OONI: ooni FILE|URL, or ooni --api --country RU --since 2026-11-01 [--until] [--test]',
    load: async () => (await import('./commands/import.ts')).runImport,
  },
  export: {
    says: 'write a table: measurements [--format csv|jsonl|json|parquet] [--from] [--to] [--out FILE.gz], a folder of all: bulk FOLDER, or OONI JSONL: ooni [--since] [--until] [--own]',
    load: async () => (await import('./commands/export.ts')).runExport,
  },
  alerts: {
    says: 'messages to subscribers: list | subscriptions | replay | retry | test | end | add | bounce; --help tells more',
    load: async () => (await import('./commands/alerts.ts')).runAlerts,
  },
  snapshot: {
    says: 'write the newest answers as one HTML file for mirrors: FILE [--lang ru] [--tz Europe/Moscow]',
    load: async () => (await import('./commands/snapshot.ts')).runSnapshot,
  },
  backup: {
    says: 'copy the whole database while the server runs: FILE [--force]',
    load: async () => (await import('./commands/backup.ts')).runBackup,
  },
  verify: {
    says: 'recompute the hash chain, spans and buckets of the database and list every difference',
    load: async () => (await import('./commands/verify.ts')).runVerify,
  },
};

async function runServe({ settings, argv, log, signal }: CommandContext): Promise<number> {
  parseArgs({ args: [...argv], options: {} }); // it has no flags of its own
  const { serve } = await import('./serve.ts');
  const config = loadConfig({ file: settings.configFile });
  const running = await serve(settings, config, log, process.env);
  process.stdout.write(`\n  Reachline is at ${running.url}\n  Stop it with Ctrl-C.\n\n`);
  await untilAborted(signal);
  return stopInTime(running.stop);
}

/** Longest name of a command and two spaces. */
const NAME_WIDTH = Math.max(...Object.keys(COMMANDS).map((name) => name.length)) + 2;

function usage(): string {
  const rows = Object.entries(COMMANDS).map(
    ([name, { says }]) => `  ${name.padEnd(NAME_WIDTH)}${says}`,
  );
  return [
    'Usage: reachline <command> [flags]',
    '',
    ...rows,
    '',
    '  <command> --help tells all flags of one.',
    '  --port, --host, --data, --config, --public-url stand for PORT, HOST, REACHLINE_DATA, REACHLINE_CONFIG, REACHLINE_URL and win over them.',
    '',
  ].join('\n');
}

/** An argument that no command takes, as `parseArgs` of the runtime tells it. */
function isUsageError(error: unknown): error is Error {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code.startsWith('ERR_PARSE_ARGS_')
  );
}

const isHelpFlag = (argument: string): boolean => ['--help', '-h'].includes(argument);

/** What a mistake is of: whoever mistyped a flag must not go and look through files. */
function nameFaulty({ problems }: ConfigError): string {
  if (problems.every(({ file }) => file === 'command line')) return 'command line';
  return problems.every(({ file }) => file === 'environment') ? 'environment' : 'configuration';
}

/** Says what went wrong in one message and gives the exit code; anything unexpected keeps its stack. */
function report(error: unknown): number {
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  if (error instanceof ConfigError) {
    say(`The ${nameFaulty(error)} cannot be used; nothing was started.\n${error.message}`);
    return EXIT_CONFIG;
  }
  if (error instanceof StoreError) {
    say(error.message);
    return EXIT_STORE;
  }
  if (error instanceof ListenError) {
    say(error.message);
    return EXIT_UNAVAILABLE;
  }
  if (isUsageError(error)) {
    say(`${error.message.split('. ')[0]}. \`reachline <command> --help\` tells the flags.`);
    return EXIT_USAGE;
  }
  throw error;
}

/** Who reads the log may go away or have a full disk; neither may end the measuring, and nobody is left to be told. */
const LOST_READER_CODES: ReadonlySet<unknown> = new Set(['EPIPE', 'EIO', 'ENOSPC']);

function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!LOST_READER_CODES.has(error.code)) throw error;
    });
  }
}

async function main(argv: readonly string[]): Promise<number> {
  const settings = loadSettings({ argv, environment: process.env });
  const [name = 'help', ...rest] = settings.rest;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) {
    const isHelp = name === 'help' || isHelpFlag(name);
    (isHelp ? process.stdout : process.stderr).write(
      isHelp
        ? usage()
        : `No command \`${name}\`: ${suggest(name, Object.keys(COMMANDS))}\n\n${usage()}`,
    );
    return isHelp ? 0 : EXIT_USAGE;
  }
  const help = COMMAND_HELP[name];
  if (help !== undefined && rest.some(isHelpFlag)) {
    process.stdout.write(help);
    return 0;
  }
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(1); // a second Ctrl-C means now
      stop.abort();
    });
  }
  const log = createLog((line) => void process.stderr.write(line), systemClock.nowMs);
  const print = (text: string): void => void process.stdout.write(text);
  const run = await command.load();
  return run({ settings, argv: rest, environment: process.env, log, signal: stop.signal, print });
}

/** Runs the command that the arguments name and ends the process with its exit code. */
export async function runCommandLine(): Promise<never> {
  outliveReaders();
  process.exitCode = await main(process.argv.slice(2)).catch(report);
  process.exit();
}
