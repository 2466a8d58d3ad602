/**
 * Parquet in row groups, each written when it is full: memory holds one group, however long the file gets. The file says
 * in its key-value metadata what it is, of which revision, and under which licence.
 */
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { Batch, Cells } from '../../../db/dictionary/batch.ts';
import type { CellValue, Column } from '../../../db/dictionary/column.ts';
import type { TableFormat, TableInfo } from './format.ts';

/** Rows of a group: readers skip groups by their statistics, and the writer needs about 3 KB for each row of it. */
const GROUP_ROWS = 40_000;

const TEXT = { type: 'BYTE_ARRAY', converted_type: 'UTF8' } as const;
/** Physical type of each type of column. */
const TYPES = {
  string: TEXT,
  list: TEXT,
  integer: { type: 'INT64' },
  number: { type: 'DOUBLE' },
  boolean: { type: 'BOOLEAN' },
  datetime: {
    type: 'INT64',
    converted_type: 'TIMESTAMP_MILLIS',
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
  },
} as const satisfies Record<Column['type'], object>;

function createConverter({ type }: Column): (value: CellValue) => unknown {
  if (type === 'integer' || type === 'datetime')
    return (value) => (value === null ? null : BigInt(value as number));
  if (type === 'list') return (value) => (Array.isArray(value) ? value.join(' ') : value);
  return (value) => value;
}

/**
 * How a column is written. Values that hardly repeat are not looked through for a dictionary, and what nobody filters by
 * has no statistics: both cost more than writing the values.
 */
function describeWriting({ name, type, values, references, unit }: Column) {
  const isUnique =
    type === 'string' &&
    values === undefined &&
    /(?:^|_)id$/.test(name) &&
    references === undefined;
  const isFiltered = type === 'datetime' || references !== undefined || values !== undefined;
  return {
    statistics: isFiltered && type !== 'list',
    ...(isUnique && name !== 'rule_id' ? { encoding: 'DELTA_BYTE_ARRAY' as const } : {}),
    ...(unit === 'ms' && type === 'number' ? { encoding: 'PLAIN' as const } : {}),
  };
}

/** The values of one column of a group; one that never changes is not gone through. */
function collect(
  parts: readonly Part[],
  at: number,
  rows: number,
  convert: (value: CellValue) => unknown,
): unknown[] {
  const first = parts[0]?.cells[at];
  if (first?.kind === 'same' && parts.every(({ cells }) => isSame(cells[at], first.value)))
    return Array.from<unknown>({ length: rows }).fill(convert(first.value));
  const values: unknown[] = [];
  for (const { cells, length } of parts) {
    const one = cells[at];
    if (one?.kind === 'each') for (const value of one.values) values.push(convert(value));
    else {
      const value = convert(one?.value ?? null);
      for (let row = 0; row < length; row += 1) values.push(value);
    }
  }
  return values;
}

type Part = Pick<Batch, 'cells' | 'length'>;

function isSame(cells: Cells | undefined, value: CellValue): boolean {
  return cells?.kind === 'same' && cells.value === value;
}

/** What was written since the last time, as bytes of its own. */
function take(bytes: ByteWriter): Uint8Array {
  const taken = new Uint8Array(bytes.getBytes());
  bytes.index = 0;
  return taken;
}

function listMetadata(info: TableInfo): { key: string; value: string }[] {
  const { resource, revision, licence, citation, schemaVersion, isSimulated } = info;
  return Object.entries({
    'reachline.resource': resource.name,
    'reachline.schema_version': schemaVersion,
    'reachline.revision': revision,
    'reachline.licence': licence,
    'reachline.citation': citation,
    'reachline.is_simulated': String(isSimulated),
    'reachline.columns': JSON.stringify(
      Object.fromEntries(resource.columns.map(({ name, description }) => [name, description])),
    ),
  }).map(([key, value]) => ({ key, value }));
}

export const PARQUET = {
  contentType: 'application/vnd.apache.parquet',
  ending: 'parquet',
  open(info) {
    const { columns } = info.resource;
    const bytes = new ByteWriter(1 << 20);
    const writer = new ParquetWriter({
      writer: bytes,
      schema: [
        { name: 'root', num_children: columns.length },
        ...columns.map(({ name, type, isNullable }) => ({
          name,
          ...TYPES[type],
          repetition_type: isNullable ? ('OPTIONAL' as const) : ('REQUIRED' as const),
        })),
      ],
      kvMetadata: listMetadata(info),
      createdBy: 'Reachline',
    });
    const converters = columns.map(createConverter);
    const writing = columns.map(describeWriting);
    let parts: Part[] = [];
    let rows = 0;
    const flush = (): void => {
      if (rows === 0) return;
      const columnData = columns.map(({ name }, at) => ({
        name,
        data: collect(parts, at, rows, converters[at] ?? String),
        ...writing[at],
        offsetIndex: false,
      }));
      // Resolved at once: these bytes have no flush to wait for.
      void writer.write({ columnData, rowGroupSize: rows });
      [parts, rows] = [[], 0];
    };
    return {
      start: () => '',
      write(batch: Batch) {
        parts.push(batch);
        rows += batch.length;
        if (rows < GROUP_ROWS) return '';
        flush();
        return take(bytes);
      },
      end() {
        flush();
        void writer.finish();
        return take(bytes);
      },
    };
  },
} as const satisfies TableFormat;
