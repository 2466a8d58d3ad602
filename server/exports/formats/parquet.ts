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
  if (type === 'integer') return (value) => (value === null ? null : BigInt(value as number));
  if (type === 'datetime') return (value) => (value === null ? null : new Date(value as number));
  if (type === 'list') return (value) => (Array.isArray(value) ? value.join(' ') : value);
  return (value) => value;
}

/** Collects the cells of one column until its group is full. */
function append(
  into: unknown[],
  cells: Cells,
  length: number,
  convert: (value: CellValue) => unknown,
) {
  if (cells.kind === 'same') {
    const value = convert(cells.value);
    for (let row = 0; row < length; row += 1) into.push(value);
    return;
  }
  for (const value of cells.values) into.push(convert(value));
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
    let collected: unknown[][] = columns.map(() => []);
    const flush = (): void => {
      if ((collected[0]?.length ?? 0) === 0) return;
      const columnData = columns.map(({ name }, at) => ({ name, data: collected[at] ?? [] }));
      // Resolved at once: these bytes have no flush to wait for.
      void writer.write({ columnData, rowGroupSize: GROUP_ROWS + MAX_BATCH_ROWS });
      collected = columns.map(() => []);
    };
    return {
      start: () => '',
      write({ cells, length }: Batch) {
        for (const [at, one] of cells.entries())
          append(collected[at] ?? [], one, length, converters[at] ?? String);
        if ((collected[0]?.length ?? 0) < GROUP_ROWS) return '';
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

/** No batch is longer, so a group never is split. */
const MAX_BATCH_ROWS = 100_000;
