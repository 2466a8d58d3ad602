/** The descriptions follow the standards they name, as far as their structure goes, and describe the files as they are. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { RESOURCE_NAMES, RESOURCES } from '../../../db/dictionary/dictionary.ts';
import { DataPackageProfile } from '../../testing/data-package-profile.ts';
import { openSampleApp, type SampleApp } from '../../testing/sample-app.ts';
import { toIncidentsCsv } from '../incident-csv.ts';
import { toLedgerCsv, toUnannouncedCsv } from '../ledger-csv.ts';

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
    const found = DataPackageProfile.parse(await (await get('datapackage.json')).json());
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
