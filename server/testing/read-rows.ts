/** The same rows out of two forms of a view: CSV after RFC 4180, and lists in JSON. */
import assert from 'node:assert/strict';

/** What a name leads to in an object; undefined where there is none. */
function getField(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** Each row with what is around it, itself first. */
export function listRows(
  value: unknown,
  [name, ...rest]: readonly string[],
  around: readonly unknown[],
): unknown[][] {
  if (Array.isArray(value))
    return value.flatMap((one: unknown) =>
      listRows(one, name === undefined ? [] : [name, ...rest], around),
    );
  const inner = [value, ...around];
  return name === undefined ? [inner] : listRows(getField(value, name), rest, inner);
}

/** A value as CSV writes it: that of the row, or of the nearest around it that has the name. */
export function readCell(row: readonly unknown[], path: string): string {
  const [first = '', ...rest] = path.split('.');
  const owner = row.find((one) => getField(one, first) !== undefined);
  const value = [first, ...rest].reduce(getField, owner);
  // A list or an object would not be a cell.
  assert.ok(typeof value !== 'object' || value === null, path);
  return value === null || value === undefined ? '' : `${value as string | number | boolean}`;
}

/** Reads CSV after RFC 4180: lines of cells. */
export function parseCsv(text: string): string[][] {
  assert.ok(text.endsWith('\r\n'), 'the last line has an end');
  const lines: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(
    /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g,
  )) {
    lines.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === '\r\n') lines.push([]);
  }
  return lines.slice(0, -1);
}

/** Columns of a table by name, without the header. Fails for lines of another length than it. */
export function pick([header = [], ...lines]: readonly string[][], columns: readonly string[]) {
  const places = columns.map((name) => header.indexOf(name));
  assert.ok(!places.includes(-1), `${columns.join(' ')} of ${header.join(' ')}`);
  for (const line of lines) assert.equal(line.length, header.length, line.join());
  return lines.map((line) => places.map((place) => line[place] ?? ''));
}
