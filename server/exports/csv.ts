/**
 * CSV after RFC 4180: comma, CRLF, a header row, quotes doubled, nothing for null. Times are ISO 8601 in UTC, lengths
 * milliseconds. Names come from outside: with `isSafe` a text cell that a spreadsheet would take for a formula gets an
 * apostrophe in front; numbers and times never do.
 */
import { toIso } from '../api/iso.ts';

export type CsvValue = string | number | undefined;

/** One column: its name and where its value comes from; `text` may hold anything and is guarded. */
export type CsvColumn<T> = {
  readonly name: string;
  readonly kind: 'text' | 'word' | 'number' | 'time';
  readonly read: (one: T) => CsvValue;
};

const FORMULA = /^[=+\-@\t\r]/;

function toCell(value: CsvValue, kind: CsvColumn<unknown>['kind'], isSafe: boolean): string {
  if (value === undefined) return '';
  const text =
    kind === 'time' && typeof value === 'number'
      ? toIso(value)
      : String(value).replaceAll('\0', '');
  const guarded = isSafe && kind === 'text' && FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}

/** Writes a table. */
export function writeCsv<T>(
  columns: readonly CsvColumn<T>[],
  lines: readonly T[],
  isSafe: boolean,
): string {
  const rows = lines.map((line) =>
    columns.map(({ kind, read }) => toCell(read(line), kind, isSafe)).join(','),
  );
  return `${[columns.map(({ name }) => name).join(','), ...rows].join('\r\n')}\r\n`;
}
