/** What every command is given, and how one that runs for long ends. */
import type { Settings } from '../config/settings.ts';
import type { Log } from './log.ts';

/** What a command may use. */
export type CommandContext = {
  readonly settings: Settings;
  /** Arguments after the command's name. */
  readonly argv: readonly string[];
  /** Environment variables; nothing is set unless given. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
};

/** Runs a command and gives the exit code. */
export type Command = {
  readonly says: string;
  readonly run: (context: CommandContext) => Promise<number>;
};

/** A stop that takes longer than this is cut short, so that Ctrl-C works within two seconds. */
const STOP_BUDGET_MS = 1_700;

/** Resolves when the signal aborts. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Stops, but waits only so long: whatever is committed is safe, and the rest was not promised. Gives the exit code. */
export async function stopInTime(stop: () => Promise<void>): Promise<number> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<number>((resolve) => {
    timer = setTimeout(() => resolve(1), STOP_BUDGET_MS);
  });
  const code = await Promise.race([stop().then(() => 0), late]);
  clearTimeout(timer);
  return code;
}
