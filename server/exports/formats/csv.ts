/**
 * CSV after RFC 4180: comma, CRLF, a header row, quotes doubled, nothing for null, times in ISO 8601 UTC, words of a list
 * with a space between them. With `safe=1` text from outside that a spreadsheet would take for a formula gets an
 * apostrophe in front (OWASP ASVS 1.2.10); numbers, times and words of ours never do.
 */
import { toBatch } from '../../../db/dictionary/batch.ts';
import type { CellValue, Column, Resource, Row } from '../../../db/dictionary/column.ts';
import type { TableFormat, TableInfo } from './format.ts';
import { createIsoWriter, isRepeating, remember, writeLines } from './lines.ts';

const FORMULA = /^[=+\-@\t\r]/;
const SPECIAL = /[",\r\n]/;

function toText(value: CellValue, isGuarded: boolean): string {
  const text = (typeof value === 'string' ? value : String(value)).replaceAll('\0', '');
  const guarded = isGuarded && FORMULA.test(text) ? `'${text}` : text;
  return SPECIAL.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}

/** Ids are made of letters, digits, points and hyphens alone. */
const isPlainId = ({ name, values }: Column) => name === 'id' && values === undefined;

function createEncoder(column: Column, isSafe: boolean): (value: CellValue) => string {
  const { type, isForeign = false } = column;
  if (type === 'datetime') {
    const toIso = createIsoWriter();
    return (value) => (value === null ? '' : toIso(Number(value)));
  }
  if (type === 'integer' || type === 'number' || type === 'boolean')
    return (value) => (value === null ? '' : String(value));
  const encode = (value: CellValue): string => {
    if (value === null) return '';
    const text = Array.isArray(value) ? value.join(' ') : value;
    return toText(text as CellValue, isSafe && (isForeign || type === 'list'));
  };
  if (isPlainId(column)) return encode;
  return isRepeating(column) ? remember(encode) : encode;
}

export const CSV = {
  contentType: 'text/csv; charset=utf-8; header=present',
  ending: 'csv',
  open(
    { resource: { columns } }: Pick<TableInfo, 'resource'>,
    { isSafe }: { readonly isSafe: boolean },
  ) {
    const shape = {
      before: columns.map((_, index) => (index === 0 ? '' : ',')),
      end: '\r\n',
      encode: columns.map((column) => createEncoder(column, isSafe)),
    };
    return {
      start: () => `${columns.map(({ name }) => name).join(',')}\r\n`,
      write: (batch) => writeLines(shape, batch),
      end: () => '',
    };
  },
} as const satisfies TableFormat;

/** A short table as one text. */
export function writeCsvTable(resource: Resource, rows: readonly Row[], isSafe: boolean): string {
  const writer = CSV.open({ resource }, { isSafe });
  return writer.start() + writer.write(toBatch(resource, rows)) + writer.end();
}
