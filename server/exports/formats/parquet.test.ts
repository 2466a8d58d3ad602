/** Parquet of every kind of column over several groups, as two readers of others find it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { type Batch, type Cells, toBatch } from '../../../db/dictionary/batch.ts';
import type {
  CellValue,
  Column,
  ColumnType,
  Resource,
  Row,
} from '../../../db/dictionary/column.ts';
import { PARQUET } from './parquet.ts';

function column(name: string, type: ColumnType, more: Partial<Column> = {}): Column {
  return {
    name,
    title: name,
    description: name,
    type,
    group: 'fact',
    isNullable: false,
    ...more,
  };
}

const WORDS = { 'à côté': 'Beside.', блок: 'A block.', '': 'Nothing.' };
const RESOURCE: Resource = {
  name: 'everything',
  title: 'Everything',
  description: 'One column of each kind, with and without absent values.',
  primaryKey: ['id'],
  columns: [
    column('id', 'string'),
    column('other_id', 'string', { isNullable: true }),
    column('word', 'string', { values: WORDS }),
    column('text', 'string', { isNullable: true }),
    column('list', 'list'),
    column('at', 'datetime'),
    column('later', 'datetime', { isNullable: true }),
    column('count', 'integer', { isNullable: true }),
    column('share', 'number', { isNullable: true }),
    column('flag', 'boolean'),
    column('maybe', 'boolean', { isNullable: true }),
    column('nothing', 'integer', { isNullable: true }),
  ],
};

const INFO = {
  resource: RESOURCE,
  revision: '20220304T120501Z',
  licence: 'CC-BY-4.0',
  citation: 'Cite this.',
  schemaVersion: '1.0.0',
  isSimulated: true,
};

/** Numbers that differ by little, by much, and by more than 45 bits. */
const COUNTS = [0, -1, 7, 2 ** 31, -(2 ** 33), 2 ** 50, -(2 ** 52)];

function makeRow(at: number, isWide: boolean): Row {
  const text = `${'naïve-'.repeat(at % 3)}${at}😀`;
  return {
    id: `site.${String(Math.floor(at / 7)).padStart(6, '0')}.${at % 7}`,
    other_id: at % 5 === 0 ? null : `é${at % 2 === 0 ? '😀' : '😁'}${at}`,
    word: Object.keys(WORDS)[at % 3] ?? '',
    text: at % 11 === 0 ? null : text,
    list: at % 4 === 0 ? [] : ['one', `n${at % 6}`],
    at: Date.UTC(2022, 2, 4) + at * 300_000,
    later: at % 3 === 0 ? null : Date.UTC(1969, 0, 1) + at * 86_400_001,
    count: isWide ? (COUNTS[at % COUNTS.length] ?? 0) : (at * 7_919) % 100_003,
    share: at % 9 === 0 ? null : at / 7,
    flag: at % 3 === 1,
    maybe: at % 10 === 0 ? null : at % 4 === 2,
    nothing: null,
  };
}

/** A batch whose columns hold one value each. */
function repeat(row: Row, length: number): Batch {
  return {
    length,
    cells: RESOURCE.columns.map(({ name }): Cells => ({ kind: 'same', value: row[name] ?? null })),
  };
}

function write(batches: readonly Batch[]): Buffer {
  const writer = PARQUET.open(INFO);
  const pieces = [writer.start(), ...batches.map((one) => writer.write(one)), writer.end()];
  return Buffer.concat(pieces.map((one) => Buffer.from(one)));
}

async function read(bytes: Buffer): Promise<Record<string, unknown>[]> {
  const file = new Uint8Array(bytes).buffer;
  const compressors = { ZSTD: (input: Uint8Array) => new Uint8Array(zstdDecompressSync(input)) };
  return parquetReadObjects({ file, compressors });
}

/** A cell as the reader has it. */
function toRead({ type }: Column, value: CellValue | undefined): unknown {
  if (value === null || value === undefined) return null;
  if (type === 'list') return Array.isArray(value) ? value.join(' ') : value;
  if (type === 'integer') return BigInt(Number(value));
  return type === 'datetime' ? new Date(Number(value)) : value;
}

function compare(found: readonly Record<string, unknown>[], rows: readonly Row[]): void {
  assert.equal(found.length, rows.length);
  for (const one of RESOURCE.columns)
    assert.deepEqual(
      found.map((row) => row[one.name] ?? null),
      rows.map((row) => toRead(one, row[one.name])),
      one.name,
    );
}

suite('Parquet', () => {
  const folder = mkdtempSync(join(tmpdir(), 'reachline-parquet-'));
  after(() => rmSync(folder, { recursive: true }));

  const cases: readonly (readonly [name: string, lengths: readonly number[], isWide?: boolean])[] =
    [
      ['no row', []],
      ['one row', [1]],
      ['a block and a value of the next', [129]],
      ['numbers that differ by more than fits', [1_000], true],
      ['two groups in uneven batches', [499, 1, 49_000, 700, 12_345]],
    ];
  for (const [name, lengths, isWide = false] of cases)
    test(`${name}: is read back as it was`, async () => {
      let at = 0;
      const batches = lengths.map((length) => {
        const rows = Array.from({ length }, (_, index) => makeRow(at + index, isWide));
        at += length;
        return rows;
      });
      const bytes = write(batches.map((rows) => toBatch(RESOURCE, rows)));
      compare(await read(bytes), batches.flat());
    });

  test('columns of one value beside others, and a group of nothing else', async () => {
    const same = makeRow(13, false);
    const others = Array.from({ length: 300 }, (_, index) => makeRow(index, false));
    const batches = [repeat(same, 700), toBatch(RESOURCE, others), repeat(same, 50_000)];
    const rows = [
      ...Array.from({ length: 700 }, () => same),
      ...others,
      ...Array.from({ length: 50_000 }, () => same),
    ];
    compare(await read(write(batches)), rows);
  });

  test('DuckDB finds types, sums and bounds', async () => {
    const rows = Array.from({ length: 60_000 }, (_, index) => makeRow(index, false));
    const batches = Array.from({ length: 60 }, (_, index) =>
      toBatch(RESOURCE, rows.slice(index * 1_000, (index + 1) * 1_000)),
    );
    const bytes = write(batches);
    const path = join(folder, 'everything.parquet');
    writeFileSync(path, bytes);
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
    const duck = await instance.connect();
    const ask = async (sql: string) => (await duck.runAndReadAll(sql)).getRows()[0];
    const [count, sum, , ids, flags] =
      (await ask(
        `SELECT count(*)::INTEGER, sum("count")::BIGINT, count(later), count(DISTINCT id)::INTEGER, count_if(flag)::INTEGER FROM '${path}'`,
      )) ?? [];
    assert.equal(count, rows.length);
    assert.equal(sum, BigInt(rows.reduce((total, row) => total + Number(row['count']), 0)));
    assert.equal(ids, rows.length);
    assert.equal(flags, rows.length / 3);
    // Found by the bounds of the groups, so wrong bounds would lose it.
    const last = Number(rows.at(-1)?.['at']);
    assert.deepEqual(
      await ask(
        `SELECT count(*)::INTEGER FROM '${path}' WHERE "at" >= make_timestamptz(${last} * 1000)`,
      ),
      [1],
    );
    assert.deepEqual(await ask(`SELECT count(*)::INTEGER FROM '${path}' WHERE word = 'блок'`), [
      rows.length / 3,
    ]);
    duck.closeSync();
    instance.closeSync();
    const { row_groups: groups } = parquetMetadata(new Uint8Array(bytes).buffer);
    assert.deepEqual(
      groups.map((group) => Number(group.num_rows)),
      [50_000, 10_000],
    );
  });

  test('a row without a value that it must have is an error of ours', () => {
    assert.throws(() => write([repeat({ ...makeRow(1, false), id: null }, 2)]), /id has no value/);
  });
});
