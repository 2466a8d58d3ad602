/** Parquet and CSV as others read them: DuckDB must find the rows and types that the API gives. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { parquetMetadata } from 'hyparquet';
import type { Column, Resource, Row } from '../../db/dictionary/column.ts';
import {
  DICTIONARY_VERSION,
  RESOURCES,
  type ResourceName,
} from '../../db/dictionary/dictionary.ts';
import { toIso } from '../api/iso.ts';
import { createApp } from '../app.ts';
import { SAMPLE_INTERVAL_MS, SAMPLE_START_MS } from '../testing/sample.ts';
import { createFixedClock, openSampleApp, type SampleApp } from '../testing/sample-app.ts';

const SLOTS = 24;
const NOW_MS = SAMPLE_START_MS + (SLOTS + 1) * SAMPLE_INTERVAL_MS;
const TABLES = [
  'measurements',
  'availability',
  'lanes',
  'announcements',
  'vantages',
  'services',
] as const;

const DUCK_TYPES = {
  string: 'VARCHAR',
  list: 'VARCHAR',
  integer: 'BIGINT',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  datetime: 'TIMESTAMP WITH TIME ZONE',
} as const satisfies Record<Column['type'], string>;

/** A cell as DuckDB's JSON has it, in the words of the API. */
function toApi(column: Column, cell: unknown): unknown {
  if (column.type === 'list') return typeof cell === 'string' && cell !== '' ? cell.split(' ') : [];
  if (cell === null) return null;
  if (column.type === 'integer' || column.type === 'number') return Number(cell);
  if (column.type === 'datetime') return toIso(Number(cell));
  return cell;
}

suite('files read by DuckDB', () => {
  let sample: SampleApp;
  let folder: string;
  let duck: DuckDBConnection;
  let instance: DuckDBInstance;
  let get: (file: string) => Promise<Response>;
  before(async () => {
    sample = openSampleApp({ slots: SLOTS });
    folder = mkdtempSync(join(tmpdir(), 'reachline-duck-'));
    instance = await DuckDBInstance.create(':memory:', { threads: '1' });
    duck = await instance.connect();
    const info = { version: '0.1.0', isSimulated: true, startedAtMs: NOW_MS };
    const { store, config } = sample;
    const app = createApp({ store, config, clock: createFixedClock(NOW_MS), info });
    get = async (file) => app.request(`http://test/api/v1/exports/${file}`);
  });
  after(() => {
    duck.closeSync();
    instance.closeSync();
    sample.close();
    rmSync(folder, { recursive: true });
  });

  async function save(file: string): Promise<string> {
    const path = join(folder, file);
    writeFileSync(path, new Uint8Array(await (await get(file)).arrayBuffer()));
    return path;
  }

  /** Rows of a relation in its own order; times as milliseconds. */
  async function query(resource: Resource, from: string): Promise<unknown[][]> {
    const columns = resource.columns.map(({ name, type }) =>
      type === 'datetime' ? `epoch_ms("${name}")` : `"${name}"`,
    );
    const reader = await duck.runAndReadAll(`SELECT ${columns.join(', ')} FROM ${from}`);
    return reader.getRows();
  }

  function compare(resource: Resource, found: unknown[][], rows: readonly Row[]): void {
    const read = found.map((cells) =>
      Object.fromEntries(
        resource.columns.map((column, at) => [column.name, toApi(column, cells[at] ?? null)]),
      ),
    );
    assert.deepEqual(read, rows);
  }

  for (const name of TABLES)
    test(`${name}: rows and types of Parquet and CSV are those of the API`, async () => {
      const resource: Resource = RESOURCES[name as ResourceName];
      const { rows } = (await (await get(`${name}.json`)).json()) as { rows: Row[] };
      assert.ok(rows.length > 0);
      const parquet = await save(`${name}.parquet`);
      const described = await duck.runAndReadAll(`DESCRIBE SELECT * FROM '${parquet}'`);
      assert.deepEqual(
        described.getRows().map(([column, type]) => [column, type]),
        resource.columns.map((column) => [column.name, DUCK_TYPES[column.type]]),
      );
      compare(resource, await query(resource, `'${parquet}'`), rows);
      const csv = await save(`${name}.csv`);
      const types = resource.columns.map(
        ({ name: column, type }) => `'${column}': '${DUCK_TYPES[type]}'`,
      );
      // Empty is null in CSV; of the text columns that cannot be null it is the empty text.
      const text = resource.columns
        .filter(({ isNullable, type }) => !isNullable && type === 'string')
        .map(({ name: column }) => `'${column}'`);
      const from = `read_csv('${csv}', header=true, delim=',', quote='"', escape='"', columns={${types.join(', ')}}, force_not_null=[${text.join(', ')}])`;
      compare(resource, await query(resource, from), rows);
    });

  test('Parquet says what it is', async () => {
    const bytes = await (await get('measurements.parquet')).arrayBuffer();
    const { key_value_metadata: pairs = [], row_groups: groups } = parquetMetadata(bytes);
    const values = new Map(pairs.map(({ key, value }) => [key, value]));
    assert.match(values.get('reachline.licence') ?? '', /^CC-BY-4\.0, rows of others/);
    assert.equal(values.get('reachline.schema_version'), DICTIONARY_VERSION);
    assert.match(values.get('reachline.revision') ?? '', /^\d{8}T\d{6}Z$/);
    assert.match(values.get('reachline.citation') ?? '', /rev=\d{8}T\d{6}Z/);
    assert.equal(groups.length, 1);
  });
});
