/**
 * Parquet in row groups, each written when it is full: memory holds one group, however long the file gets. The file says
 * in its key-value metadata what it is, of which revision, and under which licence. Head and footer are the library's;
 * columns are ours (parquet-columns.ts), since it wants each value of each row as an object of its own.
 */
import { constants, zstdCompressSync } from 'node:zlib';
import type { ColumnChunk } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';
import type { Batch } from '../../../db/dictionary/batch.ts';
import type { Column } from '../../../db/dictionary/column.ts';
import type { TableFormat, TableInfo } from './format.ts';
import { createColumnEncoder, type EncodedColumn } from './parquet-columns.ts';

/** Rows of a group: readers skip groups by their statistics, and a group is what memory holds. */
const GROUP_ROWS = 50_000;
/** What is left after encoding is small; more effort makes it hardly smaller. */
const COMPRESSION_LEVEL = 1;

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

const compress = (bytes: Uint8Array): Uint8Array =>
  zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: COMPRESSION_LEVEL } });

/** Writes a page and gives its size before compression. */
function writePage(
  writer: ByteWriter,
  header: Omit<
    Parameters<typeof writePageHeader>[1],
    'uncompressed_page_size' | 'compressed_page_size'
  >,
  { levels, bytes }: { readonly levels: Uint8Array; readonly bytes: Uint8Array },
  packed: Uint8Array,
): number {
  const startedAt = writer.offset;
  writePageHeader(writer, {
    ...header,
    uncompressed_page_size: levels.byteLength + bytes.byteLength,
    compressed_page_size: levels.byteLength + packed.byteLength,
  });
  const headerBytes = writer.offset - startedAt;
  writer.appendBytes(levels);
  writer.appendBytes(packed);
  return headerBytes + levels.byteLength + bytes.byteLength;
}

const NO_BYTES = new Uint8Array();

/** Writes one column of a group: its dictionary, if it has any, and one page. */
function writeColumn(writer: ByteWriter, column: Column, encoded: EncodedColumn): ColumnChunk {
  const { encoding, bytes, dictionary, bounds, rows, nulls, levels } = encoded;
  const startedAt = writer.offset;
  let plainBytes = 0;
  if (dictionary)
    plainBytes += writePage(
      writer,
      {
        type: 'DICTIONARY_PAGE',
        dictionary_page_header: { num_values: dictionary.count, encoding: 'PLAIN' },
      },
      { levels: NO_BYTES, bytes: dictionary.bytes },
      compress(dictionary.bytes),
    );
  const pageAt = writer.offset;
  // Nothing is not compressed: some readers take the frame around it for a value.
  const isCompressed = bytes.byteLength > 0;
  plainBytes += writePage(
    writer,
    {
      type: 'DATA_PAGE_V2',
      data_page_header_v2: {
        num_values: rows,
        num_nulls: nulls,
        num_rows: rows,
        encoding,
        definition_levels_byte_length: levels.byteLength,
        repetition_levels_byte_length: 0,
        is_compressed: isCompressed,
      },
    },
    { levels, bytes },
    isCompressed ? compress(bytes) : bytes,
  );
  return {
    file_offset: BigInt(startedAt),
    meta_data: {
      type: TYPES[column.type].type,
      encodings: dictionary ? ['PLAIN', encoding] : [encoding],
      path_in_schema: [column.name],
      codec: 'ZSTD',
      num_values: BigInt(rows),
      total_uncompressed_size: BigInt(plainBytes),
      total_compressed_size: BigInt(writer.offset - startedAt),
      data_page_offset: BigInt(pageAt),
      ...(dictionary ? { dictionary_page_offset: BigInt(startedAt) } : {}),
      statistics: {
        null_count: BigInt(nulls),
        ...(bounds ? { min_value: bounds.least, max_value: bounds.greatest } : {}),
      },
    },
  };
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
    const encoders = columns.map(createColumnEncoder);
    let rows = 0;
    const flush = (): void => {
      if (rows === 0) return;
      const startedAt = bytes.offset;
      const chunks = columns.flatMap((column, at) => {
        const encoded = encoders[at]?.take();
        return encoded ? [writeColumn(bytes, column, encoded)] : [];
      });
      writer.row_groups.push({
        columns: chunks,
        num_rows: BigInt(rows),
        total_byte_size: chunks.reduce(
          (sum, { meta_data: one }) => sum + (one?.total_uncompressed_size ?? 0n),
          0n,
        ),
        total_compressed_size: BigInt(bytes.offset - startedAt),
      });
      writer.num_rows += BigInt(rows);
      rows = 0;
    };
    return {
      start: () => '',
      write({ cells, length }: Batch) {
        for (const [at, encoder] of encoders.entries()) encoder.add(cells[at], length);
        rows += length;
        if (rows < GROUP_ROWS) return '';
        flush();
        return take(bytes);
      },
      end() {
        flush();
        // Resolved at once: these bytes have no flush to wait for.
        void writer.finish();
        return take(bytes);
      },
    };
  },
} as const satisfies TableFormat;
