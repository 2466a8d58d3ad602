/** Turns what zod reports into problems with places and remedies, in words for people who edit YAML. */
import { z } from 'zod';
import type { Path, SourceDocument } from './document.ts';
import { formatPath, type Problem } from './problem.ts';
import { quoteList, suggest } from './suggest.ts';

type Issue = z.core.$ZodIssue;

/** Names of the kinds of values as an operator knows them. */
const KIND_NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of keys',
};

/** Validates a file. Gives the parsed value, or every problem of the file. */
export function parseWith<T extends z.ZodType>(
  schema: T,
  document: SourceDocument,
): { readonly value?: z.output<T>; readonly problems: readonly Problem[] } {
  const result = schema.safeParse(document.value, { reportInput: true });
  if (result.success) return { value: result.data, problems: [] };
  return { problems: result.error.issues.flatMap((issue) => toProblems(issue, schema, document)) };
}

function toProblems(issue: Issue, schema: z.ZodType, document: SourceDocument): Problem[] {
  const problemAt = (
    path: Path,
    part: 'key' | 'value',
    problem: string,
    remedy: string,
  ): Problem => ({
    file: document.file,
    ...document.locate(path, part),
    path: formatPath(path),
    problem,
    remedy,
  });
  if (issue.code === 'unrecognized_keys') {
    const known = listKeys(schema, issue.path);
    return issue.keys.map((key) =>
      problemAt([...issue.path, key], 'key', `unknown key \`${key}\``, suggest(key, known)),
    );
  }
  const [problem, remedy] = explain(issue);
  return [problemAt(issue.path, 'value', problem, remedy)];
}

/** What is wrong and what to write. */
function explain(issue: Issue): [problem: string, remedy: string] {
  switch (issue.code) {
    case 'invalid_type': {
      const wanted = KIND_NAMES[issue.expected] ?? issue.expected;
      const { input } = issue;
      if (input === undefined) return ['missing', `add it with ${wanted}`];
      const remedy =
        typeof input === 'number' && issue.expected === 'string'
          ? 'put it in quotes'
          : `write ${wanted}${typeof input === 'string' ? ' without quotes' : ''}`;
      const shown = typeof input === 'string' ? `the text ${describe(input)}` : describe(input);
      return [`${shown} where ${wanted} is needed`, remedy];
    }
    case 'invalid_value': {
      const known = issue.values.map(String);
      if (issue.input === undefined) return ['missing', `add it as ${quoteList(known)}`];
      return [
        `${describe(issue.input)} is not allowed here`,
        suggest(typeof issue.input === 'string' ? issue.input : '', known),
      ];
    }
    case 'too_small':
      if (issue.origin === 'string') return ['empty', 'write some text'];
      if (issue.origin === 'array') return ['empty', `list at least ${issue.minimum}`];
      return [`${describe(issue.input)} is too small`, `write ${issue.minimum} or more`];
    case 'too_big':
      if (issue.origin === 'string') {
        return ['too long', `write at most ${issue.maximum} characters`];
      }
      return [`${describe(issue.input)} is too large`, `write ${issue.maximum} or less`];
    case 'invalid_format':
      return [
        `${describe(issue.input)} is not an instant`,
        'write date, time and offset, e.g. 2022-03-13T21:00:00Z',
      ];
    case 'custom':
      return [
        `${describe(issue.input)} ${issue.message}`,
        String(issue.params?.['remedy'] ?? 'correct it'),
      ];
    case 'unrecognized_keys':
    case 'not_multiple_of':
    case 'invalid_union':
    case 'invalid_key':
    case 'invalid_element':
      // None of our schemas gives these here; should one do so later, zod's own words are better than none.
      return [issue.message, 'correct it'];
  }
}

/** A value as the file has it, short enough for one line. */
function describe(input: unknown): string {
  if (input === null) return 'nothing';
  if (Array.isArray(input)) return 'a list';
  if (typeof input === 'object') return 'a group of keys';
  const shown = (typeof input === 'string' ? input : JSON.stringify(input)).replace(/\s+/g, ' ');
  return `\`${shown.length > 60 ? `${shown.slice(0, 59)}…` : shown}\``;
}

/** Keys that the schema knows at `path`, sorted as it lists them. */
function listKeys(schema: z.core.$ZodType, path: Path): string[] {
  let current = unwrap(schema);
  for (const segment of path) {
    if (current instanceof z.ZodObject) {
      const next: unknown = current.shape[String(segment)];
      if (!(next instanceof z.core.$ZodType)) return [];
      current = unwrap(next);
    } else if (current instanceof z.ZodArray) {
      current = unwrap(current.element);
    }
  }
  return current instanceof z.ZodObject ? Object.keys(current.shape) : [];
}

/** Takes off what only says whether a value may be absent or changed. */
function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  let current = schema;
  while (
    current instanceof z.ZodReadonly ||
    current instanceof z.ZodNullable ||
    current instanceof z.ZodOptional ||
    current instanceof z.ZodExactOptional ||
    current instanceof z.ZodDefault
  ) {
    current = current.unwrap();
  }
  return current;
}
