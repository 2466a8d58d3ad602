/** Answers of the API: what is read, and what is refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnswerError, concerns, listRelevant, parseAnnouncements } from './data.ts';

const vantage = {
  id: 'a',
  countryCode: 'RU',
  asn: 1,
  networkName: 'A',
  access: 'fixed',
  role: 'vantage',
};
const day = {
  value: '2022-03-11',
  precision: 'day',
  earliest: null,
  latest: null,
  tz: 'Europe/Moscow',
};
const record = {
  id: 'one',
  title: 'One',
  action_kind: 'block_order',
  actor: { name: 'Regulator' },
  services_in_scope: ['instagram'],
  regions: { codes: ['RU-MOW'] },
  announced_at: day,
  effective_at: null,
};

for (const [name, json, message] of [
  ['no object', 'text', 'answer is not an object'],
  ['no list', {}, 'announcements is not a list'],
  ['a record without a name', [{ ...record, id: null }], 'announcements[0].id is not text'],
  ['a wrapped text', [{ announcement: 'x' }], 'announcements[0].announcement is not an object'],
] as const)
  test(`refused, naming the field: ${name}`, () => {
    assert.throws(
      () => parseAnnouncements(Array.isArray(json) ? { announcements: json } : json),
      (error: unknown) => error instanceof AnswerError && error.message === message,
    );
  });

test('announcements are read bare and wrapped; those without any date are left out', () => {
  const [bare, wrapped, ...rest] = parseAnnouncements({
    announcements: [
      record,
      { revision: 2, announcement: record },
      { ...record, announced_at: { precision: 'unknown' } },
    ],
  });
  assert.deepEqual(bare, wrapped);
  assert.equal(rest.length, 0);
  assert.equal(bare?.times.announced?.box.fromMs, Date.parse('2022-03-10T21:00Z'));
  assert.equal(bare?.times.effective, undefined);
});

test('an announcement concerns the lanes of its services in its places', () => {
  const [one] = parseAnnouncements({ announcements: [record] });
  const lane = (service: string, countryCode: string) => ({
    service,
    function: 'service',
    vantage: { ...vantage, countryCode },
    spans: [],
  });
  assert.ok(one);
  assert.equal(concerns(one, lane('instagram', 'RU')), true);
  assert.equal(concerns(one, lane('instagram', 'UA')), false);
  assert.equal(concerns(one, lane('facebook', 'RU')), false);
  assert.equal(listRelevant([one], [lane('instagram', 'RU')]).length, 1);
  assert.equal(listRelevant([one], [lane('whatsapp', 'RU')]).length, 0);
});
