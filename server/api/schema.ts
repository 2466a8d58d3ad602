/**
 * GET /api/v1/schema and /api/v1/schema/:id: rows of files as JSON Schema 2020-12 (https://json-schema.org/draft/2020-12),
 * made from the one table of columns. The dictionary is loaded when somebody asks.
 */
import type { Column, Resource } from '../../db/dictionary/column.ts';
import type { Handler } from '../contract.ts';
import { RequestProblem } from '../problem.ts';
import { parseQuery } from '../query.ts';
import { noParameters } from './fields.ts';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';
const INSTANT = '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,3})?Z$';

/** What a value of a column is, before it may be null. */
function toType({ type, values }: Column): Readonly<Record<string, unknown>> & { type: string } {
  const words = values === undefined ? {} : { enum: Object.keys(values) };
  switch (type) {
    case 'string':
      return { type: 'string', ...words };
    case 'datetime':
      return { type: 'string', format: 'date-time', pattern: INSTANT };
    case 'list':
      return { type: 'array', items: { type: 'string', ...words } };
    case 'integer':
    case 'number':
    case 'boolean':
      return { type };
    default:
      return type satisfies never;
  }
}

function toProperty(column: Column) {
  const { title, description, isNullable, unit, group, values, example, references } = column;
  const { type, ...rest } = toType(column);
  const words = (rest as { enum?: readonly string[] }).enum;
  return {
    title,
    description,
    ...rest,
    type: isNullable ? [type, 'null'] : type,
    ...(words !== undefined && isNullable ? { enum: [...words, null] } : {}),
    ...(example === undefined ? {} : { examples: [example] }),
    // Beyond the standard, which lets annotations be added.
    'x-group': group,
    ...(unit === undefined ? {} : { 'x-unit': unit }),
    ...(values === undefined ? {} : { 'x-meanings': values }),
    ...(references === undefined
      ? {}
      : { 'x-references': `${references.resource}.${references.column}` }),
  };
}

/** The schema of a row, as JSON and JSON Lines have it. */
function toRowSchema({ name, title, description, primaryKey, columns }: Resource) {
  return {
    $anchor: name,
    title,
    description,
    type: 'object',
    properties: Object.fromEntries(columns.map((column) => [column.name, toProperty(column)])),
    required: columns.map((column) => column.name),
    additionalProperties: false,
    'x-primary-key': primaryKey,
  };
}

async function loadTables() {
  const { DICTIONARY_VERSION, RESOURCES } = await import('../../db/dictionary/dictionary.ts');
  return { version: DICTIONARY_VERSION, tables: Object.values<Resource>(RESOURCES) };
}

/** Answers with the rows of all tables. */
export const answerSchema: Handler = async ({ request, url }, deps) => {
  parseQuery(noParameters, url);
  const { version, tables } = await loadTables();
  return deps.cache.answer(request, 'schema', () => ({
    $schema: DIALECT,
    $id: '/api/v1/schema',
    title: 'Rows of the tables of Reachline',
    version,
    $defs: Object.fromEntries(tables.map((table) => [table.name, toRowSchema(table)])),
  }));
};

/** Answers with the rows of one table. */
export const answerTableSchema: Handler = async ({ request, url, parameter }, deps) => {
  parseQuery(noParameters, url);
  const { version, tables } = await loadTables();
  const table = tables.find(({ name }) => name === parameter);
  if (table === undefined)
    throw new RequestProblem({
      kind: 'not-found',
      detail: `There is no such table; there are ${tables.map(({ name }) => name).join(', ')}.`,
    });
  return deps.cache.answer(request, `schema ${parameter}`, () => ({
    $schema: DIALECT,
    $id: `/api/v1/schema/${parameter}`,
    version,
    ...toRowSchema(table),
  }));
};
