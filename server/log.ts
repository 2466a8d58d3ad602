/** Structured log lines on standard error: one for every measurement and one for every failure of ours. */

export type LogLevel = 'info' | 'warn' | 'error';

/** Writes one line. Fields must be free of anything that names the vantage's own address. */
export type Log = (
  level: LogLevel,
  event: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;

/** Logs as `time level event key=value …`, values that need it in JSON quotes. */
export function createLog(write: (line: string) => void, nowMs: () => number): Log {
  return (level, event, fields = {}) => {
    const rest = Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => ` ${key}=${formatValue(value)}`)
      .join('');
    write(`${new Date(nowMs()).toISOString()} ${level} ${event}${rest}\n`);
  };
}

function formatValue(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[\w.:+/@-]+$/.test(text) ? text : JSON.stringify(text);
}
