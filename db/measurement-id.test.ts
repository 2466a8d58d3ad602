import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatMeasurementId, parseMeasurementId } from './measurement-id.ts';

const SLOT_MS = Date.UTC(2022, 2, 4, 12);
const rows = [
  {
    id: 'facebook.ru-volga-fixed.20220304T120000Z',
    key: { service: 'facebook', vantageId: 'ru-volga-fixed', slotMs: SLOT_MS, seq: 0 },
  },
  {
    id: 'whatsapp.local.20220304T120000Z.2',
    key: { service: 'whatsapp', vantageId: 'local', slotMs: SLOT_MS, seq: 2 },
  },
];
for (const { id, key } of rows)
  test(`${id} is written and read back`, () => {
    assert.equal(formatMeasurementId(key), id);
    assert.deepEqual(parseMeasurementId(id), key);
  });

const wrong = [
  '',
  'facebook',
  'facebook.local.20220304T120000Z.0',
  'facebook.local.20221304T120000Z',
  'facebook.local.20220231T120000Z',
  'Facebook.local.20220304T120000Z',
  'facebook.local.20220304T120000Z/../x',
  'facebook..20220304T120000Z',
];
for (const id of wrong)
  test(`${JSON.stringify(id)} is no measurement id`, () => {
    assert.equal(parseMeasurementId(id), undefined);
  });
