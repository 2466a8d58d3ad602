/** The descriptions follow the standards they name, as far as their structure goes, and describe the files as they are. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { z } from 'zod';
import { RESOURCE_NAMES, RESOURCES } from '../../../db/dictionary/dictionary.ts';
import { openSampleApp, type SampleApp } from '../../testing/sample-app.ts';
import { toIncidentsCsv } from '../incident-csv.ts';
import { toLedgerCsv, toUnannouncedCsv } from '../ledger-csv.ts';

/** What the profiles of Data Package 2.0 require of the properties that we use (datapackage.org/profiles/2.0). */
const Field = z.looseObject({
  name: z.string().min(1),
  title: z.string(),
  description: z.string(),
  type: z.enum(['string', 'number', 'integer', 'boolean', 'datetime', 'list']),
  delimiter: z.string().optional(),
  itemType: z.enum(['string']).optional(),
  categories: z
    .array(z.strictObject({ value: z.string(), label: z.string() }))
    .min(1)
    .optional(),
  constraints: z.strictObject({ required: z.boolean() }),
});
const Schema = z.strictObject({
  $schema: z.literal('https://datapackage.org/profiles/2.0/tableschema.json'),
  fields: z.array(Field).min(1),
  fieldsMatch: z.tuple([z.enum(['exact', 'equal', 'subset', 'superset', 'partial'])]),
  primaryKey: z.array(z.string()).min(1),
  missingValues: z.array(z.string()),
  foreignKeys: z
    .array(
      z.strictObject({
        fields: z.array(z.string()).min(1),
        reference: z.strictObject({ resource: z.string(), fields: z.array(z.string()).min(1) }),
      }),
    )
    .min(1)
    .optional(),
});
const Package = z.looseObject({
  $schema: z.literal('https://datapackage.org/profiles/2.0/datapackage.json'),
  name: z.string().regex(/^[a-z0-9._-]+$/),
  id: z.string(),
  created: z.iso.datetime(),
  homepage: z.url(),
  version: z.string(),
  licenses: z
    .array(
      z.strictObject({
        name: z.string().regex(/^([-a-zA-Z0-9._])+$/),
        title: z.string(),
        path: z.url(),
      }),
    )
    .min(1),
  sources: z.array(z.strictObject({ title: z.string(), path: z.string() })).min(1),
  contributors: z
    .array(z.strictObject({ title: z.string(), roles: z.array(z.string()).min(1) }))
    .min(1),
  resources: z
    .array(
      z.looseObject({
        $schema: z.literal('https://datapackage.org/profiles/2.0/dataresource.json'),
        name: z.string().regex(/^[a-z0-9._-]+$/),
        type: z.literal('table'),
        path: z.union([z.string(), z.array(z.string()).min(1)]),
        mediatype: z.string().regex(/^.+\/.+$/),
        schema: Schema,
      }),
    )
    .min(1),
});

suite('descriptions', () => {
  let sample: SampleApp;
  let get: (name: string, method?: string) => Promise<Response>;
  before(() => {
    sample = openSampleApp({ slots: 2 });
    get = async (name, method = 'GET') =>
      sample.app.request(`http://test/api/v1/exports/${name}`, { method });
  });
  after(() => sample.close());

  test('the Data Package keeps to its standard and names every column', async () => {
    const found = Package.parse(await (await get('datapackage.json')).json());
    assert.deepEqual(
      found.resources.map(({ name }) => name),
      RESOURCE_NAMES,
    );
    for (const { name, schema } of found.resources) {
      const known = Object.entries(RESOURCES).find(([key]) => key === name)?.[1];
      assert.deepEqual(
        schema.fields.map((field) => field.name),
        known?.columns.map((column) => column.name),
      );
      for (const { reference } of schema.foreignKeys ?? []) {
        const other = found.resources.find((one) => one.name === reference.resource);
        assert.deepEqual(
          other?.schema.primaryKey,
          reference.fields,
          `${name} → ${reference.resource}`,
        );
      }
    }
  });

  for (const name of RESOURCE_NAMES)
    test(`${name}: CSV on the Web lists the columns of the file in their order`, async () => {
      const response = await get(`${name}.csv-metadata.json`);
      assert.equal(response.headers.get('content-type'), 'application/csvm+json');
      const { tableSchema } = (await response.json()) as {
        tableSchema: { columns: { titles: string; 'dc:description': string }[] };
      };
      const csv = await (await get(`${name}.csv`)).text();
      assert.equal(tableSchema.columns.map(({ titles }) => titles).join(','), csv.split('\r\n')[0]);
    });

  test('DCAT and schema.org name every table', async () => {
    const dcat = (await (await get('catalog.jsonld')).json()) as { 'dcat:dataset': unknown[] };
    assert.equal(dcat['dcat:dataset'].length, RESOURCE_NAMES.length);
    const { distribution } = (await (await get('dataset.jsonld')).json()) as {
      distribution: { contentUrl: string }[];
    };
    for (const { contentUrl } of distribution)
      assert.equal((await get(contentUrl.split('/').at(-1) ?? '', 'HEAD')).status, 200, contentUrl);
  });

  const others = [
    { name: 'incidents', text: toIncidentsCsv([], { isSimulated: true, isSafe: false }) },
    { name: 'ledger', text: toLedgerCsv({ groups: [] }, { revision: 1, isSimulated: true }) },
    {
      name: 'unannounced',
      text: toUnannouncedCsv({ unannounced: [] }, { revision: 1, isSimulated: true }),
    },
  ] as const;
  for (const { name, text } of others)
    test(`${name}: the file beside its page has the columns of the dictionary`, () =>
      assert.equal(text.trimEnd(), RESOURCES[name].columns.map((column) => column.name).join(',')));
});
