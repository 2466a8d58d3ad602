/** Data Package 2.0 (https://datapackage.org/standard/data-package/): the tables with every column, from the dictionary. */
import type { Column, Resource } from '../../../db/dictionary/column.ts';
import { DICTIONARY_VERSION } from '../../../db/dictionary/dictionary.ts';
import { DATA_LICENCE } from '../../../db/dictionary/licence.ts';
import type { Described, DescribedFile } from './described.ts';

const TYPES = {
  string: 'string',
  list: 'list',
  integer: 'integer',
  number: 'number',
  boolean: 'boolean',
  datetime: 'datetime',
} as const satisfies Record<Column['type'], string>;

function toField(column: Column) {
  const { name, title, description, type, isNullable, values, example, unit } = column;
  const categories = Object.entries(values ?? {}).map(([value]) => ({ value, label: value }));
  return {
    name,
    title,
    description,
    type: TYPES[type],
    ...(type === 'list' ? { delimiter: ' ', itemType: 'string' } : {}),
    ...(example === undefined ? {} : { example: String(example) }),
    ...(type === 'string' && categories.length > 0 ? { categories } : {}),
    constraints: { required: !isNullable && type !== 'list' },
    // Beyond the standard, which lets properties be added: what each word means, and the unit.
    ...(values === undefined ? {} : { 'reachline:meanings': values }),
    ...(unit === undefined ? {} : { 'reachline:unit': unit }),
  };
}

/** Table Schema of a table. */
function toTableSchema({ columns, primaryKey }: Resource) {
  const foreignKeys = columns.flatMap(({ name, references }) =>
    references === undefined || references.resource === 'measurements'
      ? []
      : [
          {
            fields: [name],
            reference: { resource: references.resource, fields: [references.column] },
          },
        ],
  );
  return {
    $schema: 'https://datapackage.org/profiles/2.0/tableschema.json',
    fields: columns.map(toField),
    primaryKey: [...primaryKey],
    missingValues: [''],
    ...(foreignKeys.length === 0 ? {} : { foreignKeys }),
  };
}

/** RFC 4180, as our CSV is. */
const CSV_DIALECT = {
  $schema: 'https://datapackage.org/profiles/2.0/tabledialect.json',
  header: true,
  delimiter: ',',
  lineTerminator: '\r\n',
  quoteChar: '"',
  doubleQuote: true,
} as const;

function toResource(resource: Resource, files: readonly DescribedFile[]) {
  const [only] = files;
  return {
    name: resource.name,
    type: 'table',
    $schema: 'https://datapackage.org/profiles/2.0/dataresource.json',
    title: resource.title,
    description: resource.description,
    path: files.length === 1 ? (only?.path ?? '') : files.map(({ path }) => path),
    format: 'csv',
    mediatype: 'text/csv',
    encoding: 'utf-8',
    // Digests of several files have no place here; the manifest has them.
    ...(files.length === 1 && only?.bytes !== undefined ? { bytes: only.bytes } : {}),
    ...(files.length === 1 && only?.sha256 !== undefined ? { hash: `sha256:${only.sha256}` } : {}),
    dialect: CSV_DIALECT,
    schema: toTableSchema(resource),
  };
}

/** The descriptor of everything that is described. */
export function toDataPackage({
  tables,
  revision,
  createdMs,
  homepage,
  title,
  description,
}: Described) {
  return {
    $schema: 'https://datapackage.org/profiles/2.0/datapackage.json',
    name: 'reachline',
    id: `${homepage}#${revision}`,
    title,
    description,
    homepage,
    version: DICTIONARY_VERSION,
    created: new Date(createdMs).toISOString(),
    licenses: [DATA_LICENCE],
    sources: [{ title: 'Measurements and reviewed announcements of Reachline', path: homepage }],
    contributors: [{ title: 'Reachline', roles: ['publisher'] }],
    'reachline:revision': revision,
    resources: tables.map(({ resource, files }) => toResource(resource, files)),
  };
}
