/**
 * Brings the bulk folder up to date every night. `reachline export bulk` does it in a process of its own, which starts,
 * takes its memory and goes: this one keeps nothing of it. What a run could not finish the next one goes on with.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { createTask } from 'node-cron';
import type { Bulk } from '../../../config/bulk.ts';
import type { Log } from '../../log.ts';
import { MANIFEST_FILE } from './bulk-folder.ts';

/** What a run needs to know. */
export type NightlyOptions = {
  readonly bulk: Bulk;
  /** Where the files go. */
  readonly folder: string;
  /** As the command line has them, e.g. `['--data', './data']`. */
  readonly settings: readonly string[];
  /** Where readers find the data, for citations. */
  readonly homepage?: string;
  readonly log: Log;
  readonly nowMs: () => number;
};

/** The task that runs at night. */
export type Nightly = {
  /** Starts a run unless one is under way; resolves when it has ended. Never rejects. */
  readonly run: () => Promise<void>;
  /** Ends what runs and starts nothing more. */
  readonly stop: () => Promise<void>;
};

const PROGRAM = join(import.meta.dirname, '../../reachline.mjs');
/** A page of rows and what is being packed; the rest is SQLite's and zlib's. */
const FLAGS = ['--max-semi-space-size=4', '--max-old-space-size=160'];
const MINUTE_MS = 60_000;
/** After the wish to end: it stops between two files. */
const GRACE_MS = 10_000;
/** The same for a server that is to end itself. */
const STOP_GRACE_MS = 1_000;
/** A folder that is older missed its night: this machine was off. */
const MISSED_MS = 26 * 60 * MINUTE_MS;
/** A server that has just started has better things to do. */
const CATCH_UP_MS = 15 * MINUTE_MS;
/** Of what the process says at its end. */
const MAX_SAID = 2_000;

function collectText(stream: NodeJS.ReadableStream | null): () => string {
  let text = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-MAX_SAID);
  });
  return () => text.trim();
}

function startProcess({ bulk, folder, settings, homepage }: NightlyOptions): ChildProcess {
  const child = spawn(
    process.execPath,
    [
      ...FLAGS,
      PROGRAM,
      'export',
      'bulk',
      folder,
      '--json',
      // All files under one licence.
      '--own',
      '--keep',
      String(bulk.keepSnapshots),
      '--min-free-mb',
      String(bulk.minFreeMb),
      ...(homepage === undefined ? [] : ['--homepage', homepage]),
      ...settings,
    ],
    // No secret of the server's environment is its business.
    { env: {}, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  try {
    // Probes and pages come first.
    if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It has ended already, and says why itself.
  }
  return child;
}

/** The report as fields of a log line; what is no report tells nothing. */
function readReport(text: string): Record<string, unknown> {
  try {
    const report: unknown = JSON.parse(text);
    return typeof report === 'object' && report !== null ? { ...report } : {};
  } catch {
    return {};
  }
}

/** True when the folder is there and its last run is too long ago. */
function hasMissed({ folder, nowMs }: NightlyOptions): boolean {
  const manifest = statSync(join(folder, MANIFEST_FILE), { throwIfNoEntry: false });
  return manifest !== undefined && nowMs() - manifest.mtimeMs > MISSED_MS;
}

/** Starts the task; nothing runs before its hour, unless a night was missed. */
export function startNightly(options: NightlyOptions): Nightly {
  const { bulk, log } = options;
  let running: { readonly child: ChildProcess; readonly ended: Promise<void> } | undefined;
  let isStopping = false;

  const watch = async (child: ChildProcess): Promise<void> => {
    const [readOut, readErrors] = [collectText(child.stdout), collectText(child.stderr)];
    const end = setTimeout(() => {
      log('warn', 'bulk_too_slow', { minutes: bulk.maxMinutes });
      child.kill('SIGTERM');
      kill = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    }, bulk.maxMinutes * MINUTE_MS);
    let kill: NodeJS.Timeout | undefined;
    const beganMs = performance.now();
    const [code, signal] = (await once(child, 'close').catch((error: unknown) => [
      String(error),
    ])) as unknown[]; // what `close` gives, or why it did not start
    clearTimeout(end);
    clearTimeout(kill);
    const seconds = Math.round((performance.now() - beganMs) / 1_000);
    if (isStopping) return;
    if (code === 0) log('info', 'bulk_written', { seconds, ...readReport(readOut()) });
    else log('error', 'bulk_failed', { seconds, code, signal, reason: readErrors() });
  };

  const run = (): Promise<void> => {
    if (isStopping) return Promise.resolve();
    if (running) return running.ended;
    const child = startProcess(options);
    const ended = watch(child).finally(() => {
      running = undefined;
    });
    running = { child, ended };
    return ended;
  };

  const task = createTask(`0 ${bulk.hourUtc} * * *`, run, {
    timezone: 'UTC',
    noOverlap: true,
    suppressMissedWarning: true,
    unref: true,
  });
  void task.start();
  const late = hasMissed(options) ? setTimeout(() => void run(), CATCH_UP_MS).unref() : undefined;
  return {
    run,
    async stop() {
      isStopping = true;
      clearTimeout(late);
      await task.destroy();
      if (!running) return;
      const { child, ended } = running;
      child.kill('SIGTERM');
      const kill = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
      await ended;
      clearTimeout(kill);
    },
  };
}
