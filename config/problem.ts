/** Problems of a configuration: each says where it is, what is wrong and what to write instead. */

/** One thing to mend. */
export type Problem = {
  /** Path of the file, or `command line` or `environment`. */
  readonly file: string;
  /** From 1; 0 when the problem is of the whole file or of no file. */
  readonly line: number;
  /** From 1; 0 when `line` is. */
  readonly column: number;
  /** Keys that lead to the value, e.g. `services[1].targets[0].host`; empty for the whole file. */
  readonly path: string;
  readonly problem: string;
  readonly remedy: string;
};

/** Writes one problem per line as `file:line:column path: what is wrong, what to write`, in the given order. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems
    .map(({ file, line, column, path, problem, remedy }) => {
      const place = line > 0 ? `${file}:${line}:${column}` : file;
      return `${path === '' ? place : `${place} ${path}`}: ${problem}, ${remedy}`;
    })
    .join('\n');
}

/** Says that a configuration cannot be used, with every problem found, sorted by file and place. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[], options?: ErrorOptions) {
    const sorted = problems.toSorted(
      (a, b) =>
        Number(a.file > b.file) - Number(a.file < b.file) || a.line - b.line || a.column - b.column,
    );
    super(formatProblems(sorted), options);
    this.problems = sorted;
  }
}

/** Writes the keys that lead to a value, e.g. `targets[0].host`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}
