/** The same description for catalogues and search engines: CSV on the Web, DCAT 3 and schema.org. */
import type { Column, Resource } from '../../../db/dictionary/column.ts';
import { DICTIONARY_VERSION } from '../../../db/dictionary/dictionary.ts';
import { DATA_LICENCE } from '../../../db/dictionary/licence.ts';
import type { Described } from './described.ts';

const CSVW_TYPES = {
  string: 'string',
  list: 'string',
  integer: 'integer',
  number: 'double',
  boolean: 'boolean',
  datetime: 'dateTimeStamp',
} as const satisfies Record<Column['type'], string>;

/** CSV on the Web (https://www.w3.org/TR/tabular-metadata/) for one file. */
export function toCsvw({ title, description, columns, primaryKey }: Resource, path: string) {
  return {
    '@context': ['http://www.w3.org/ns/csvw', { '@language': 'en' }],
    url: path,
    'dc:title': title,
    'dc:description': description,
    'dc:license': { '@id': DATA_LICENCE.path },
    dialect: { header: true, delimiter: ',', lineTerminators: ['\r\n'], quoteChar: '"' },
    tableSchema: {
      columns: columns.map((column) => ({
        name: column.name,
        titles: column.name,
        'dc:title': column.title,
        'dc:description': column.description,
        datatype: CSVW_TYPES[column.type],
        required: !column.isNullable && column.type !== 'list' && column.isForeign !== true,
        ...(column.type === 'list' ? { separator: ' ' } : {}),
      })),
      primaryKey: [...primaryKey],
    },
  };
}

const PERIODICITY = 'http://publications.europa.eu/resource/authority/frequency/CONT';

/** DCAT (https://www.w3.org/TR/vocab-dcat-3/): one catalogue with one dataset per table. */
export function toDcat({ title, description, homepage, tables, createdMs, revision }: Described) {
  return {
    '@context': {
      dcat: 'http://www.w3.org/ns/dcat#',
      dct: 'http://purl.org/dc/terms/',
      foaf: 'http://xmlns.com/foaf/0.1/',
      xsd: 'http://www.w3.org/2001/XMLSchema#',
    },
    '@id': homepage,
    '@type': 'dcat:Catalog',
    'dct:title': title,
    'dct:description': description,
    'dct:publisher': { '@type': 'foaf:Agent', 'foaf:name': 'Reachline' },
    'dct:license': { '@id': DATA_LICENCE.path },
    'dcat:dataset': tables.map(({ resource, files }) => ({
      '@id': `${homepage}#${resource.name}`,
      '@type': 'dcat:Dataset',
      'dct:identifier': resource.name,
      'dct:title': resource.title,
      'dct:description': resource.description,
      'dct:license': { '@id': DATA_LICENCE.path },
      'dct:accrualPeriodicity': { '@id': PERIODICITY },
      'dct:modified': { '@type': 'xsd:dateTime', '@value': new Date(createdMs).toISOString() },
      'dcat:version': revision,
      'dcat:distribution': files.map(({ path, bytes }) => ({
        '@type': 'dcat:Distribution',
        'dct:title': path.split('/').at(-1),
        'dcat:downloadURL': { '@id': path },
        'dcat:mediaType': {
          '@id': 'https://www.iana.org/assignments/media-types/text/csv',
        },
        ...(bytes === undefined
          ? {}
          : { 'dcat:byteSize': { '@type': 'xsd:nonNegativeInteger', '@value': String(bytes) } }),
      })),
    })),
  };
}

/** schema.org `Dataset`, as search engines for data read it. */
export function toSchemaOrg({
  title,
  description,
  homepage,
  tables,
  createdMs,
  revision,
}: Described) {
  const columns = tables.flatMap(({ resource }) => resource.columns);
  return {
    '@context': 'https://schema.org/',
    '@type': 'Dataset',
    name: title,
    description,
    url: homepage,
    version: revision,
    schemaVersion: DICTIONARY_VERSION,
    dateModified: new Date(createdMs).toISOString(),
    license: DATA_LICENCE.path,
    isAccessibleForFree: true,
    creator: { '@type': 'Organization', name: 'Reachline' },
    keywords: ['internet censorship', 'reachability', 'Facebook', 'Instagram', 'WhatsApp'],
    variableMeasured: [...new Map(columns.map((one) => [one.name, one])).values()].map(
      ({ name, description: meaning, unit }) => ({
        '@type': 'PropertyValue',
        name,
        description: meaning,
        ...(unit === undefined ? {} : { unitText: unit }),
      }),
    ),
    distribution: tables.flatMap(({ files }) =>
      files.map(({ path }) => ({
        '@type': 'DataDownload',
        encodingFormat: 'text/csv',
        contentUrl: path,
      })),
    ),
  };
}

/** CITATION.cff 1.2.0 (https://citation-file-format.github.io/). */
export function toCitationFile({
  title,
  description,
  homepage,
  createdMs,
  revision,
}: Described): string {
  const quote = (text: string) => JSON.stringify(text);
  return [
    'cff-version: 1.2.0',
    'message: "If you use these data, please cite them as below."',
    'type: dataset',
    `title: ${quote(title)}`,
    `abstract: ${quote(description)}`,
    'authors:',
    '  - name: Reachline',
    `version: ${quote(revision)}`,
    `date-released: ${new Date(createdMs).toISOString().slice(0, 10)}`,
    `license: ${DATA_LICENCE.name}`,
    `url: ${quote(homepage)}`,
    '',
  ].join('\n');
}
