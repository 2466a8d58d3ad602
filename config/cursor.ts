/**
 * Walks an unvalidated file without trusting its shape, so that rules between rows still find their
 * problems when a neighbour of the same row has another one.
 */
import type { Path, SourceDocument } from './document.ts';
import { formatPath, type Problem } from './problem.ts';

/** A value of a file together with the way to it. */
export type Cursor = {
  readonly document: SourceDocument;
  readonly path: Path;
  /** `undefined` when the file has nothing there. */
  readonly value: unknown;
};

/** The top of a file. */
export function start(document: SourceDocument): Cursor {
  return { document, path: [], value: document.value };
}

/** The value below `keys`. */
export function at(cursor: Cursor, ...keys: readonly string[]): Cursor {
  let value = cursor.value;
  for (const key of keys) {
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? Reflect.get(value, key)
        : undefined;
  }
  return { document: cursor.document, path: [...cursor.path, ...keys], value };
}

/** The items of a list, none when it is no list. */
export function each(cursor: Cursor): Cursor[] {
  if (!Array.isArray(cursor.value)) return [];
  return cursor.value.map((value: unknown, index) => ({
    document: cursor.document,
    path: [...cursor.path, index],
    value,
  }));
}

/** The value when it is text. */
export function textAt(cursor: Cursor, ...keys: readonly string[]): string | undefined {
  const { value } = at(cursor, ...keys);
  return typeof value === 'string' ? value : undefined;
}

/** The value when it is a number. */
export function numberAt(cursor: Cursor, ...keys: readonly string[]): number | undefined {
  const { value } = at(cursor, ...keys);
  return typeof value === 'number' ? value : undefined;
}

/** A problem of the value under the cursor. */
export function problemAt(cursor: Cursor, problem: string, remedy: string): Problem {
  const { document, path } = cursor;
  return {
    file: document.file,
    ...document.locate(path, 'value'),
    path: formatPath(path),
    problem,
    remedy,
  };
}

/** Where the value stands, e.g. `services.yaml:12:9`. */
export function placeOf({ document, path }: Cursor): string {
  const { line, column } = document.locate(path, 'value');
  return `${document.file}:${line}:${column}`;
}
