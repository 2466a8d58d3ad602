/** Rows as JSON: one object per line, or all of them in one document that says what it is. */
import type { CellValue, Column } from '../../../db/dictionary/column.ts';
import type { TableFormat, TableInfo } from './format.ts';
import { createIsoWriter, isRepeating, type LineShape, remember, writeLines } from './lines.ts';

function createEncoder(column: Column): (value: CellValue) => string {
  if (column.type === 'datetime') {
    const toIso = createIsoWriter();
    return (value) => (value === null ? 'null' : `"${toIso(Number(value))}"`);
  }
  const encode = (value: CellValue): string => JSON.stringify(value);
  return isRepeating(column) ? remember(encode) : encode;
}

function makeShape(columns: readonly Column[], end: string): LineShape {
  return {
    before: columns.map(({ name }, index) => `${index === 0 ? '{' : ','}"${name}":`),
    end,
    encode: columns.map(createEncoder),
  };
}

export const JSON_LINES = {
  contentType: 'application/x-ndjson; charset=utf-8',
  ending: 'jsonl',
  open({ resource }) {
    const shape = makeShape(resource.columns, '}\n');
    return { start: () => '', write: (batch) => writeLines(shape, batch), end: () => '' };
  },
} as const satisfies TableFormat;

function describe({
  resource,
  revision,
  licence,
  citation,
  schemaVersion,
  isSimulated,
}: TableInfo): string {
  const about = {
    resource: resource.name,
    schema_version: schemaVersion,
    revision,
    licence,
    citation,
    is_simulated: isSimulated,
  };
  return JSON.stringify(about).slice(0, -1);
}

export const JSON_DOCUMENT = {
  contentType: 'application/json; charset=utf-8',
  ending: 'json',
  open(info) {
    const shape = makeShape(info.resource.columns, '}');
    // The comma stands before each row but the first.
    const first = {
      ...shape,
      before: shape.before.map((text, at) => (at === 0 ? `\n${text}` : text)),
    };
    const next = {
      ...first,
      before: first.before.map((text, at) => (at === 0 ? `,${text}` : text)),
    };
    let isFirst = true;
    return {
      start: () => `${describe(info)},"rows":[`,
      write(batch) {
        if (batch.length === 0) return '';
        const text = writeLines(next, batch);
        if (!isFirst) return text;
        isFirst = false;
        return text.slice(1);
      },
      end: () => '\n]}\n',
    };
  },
} as const satisfies TableFormat;
