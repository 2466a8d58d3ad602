/** Answers of the API: what is read, what is refused, and that holes become `no_data`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  AnswerError,
  concerns,
  fillHoles,
  listRelevant,
  parseAnnouncements,
  parseLanes,
  type TimelineSpan,
} from './data.ts';

const vantage = {
  id: 'a',
  countryCode: 'RU',
  asn: 1,
  networkName: 'A',
  access: 'fixed',
  role: 'vantage',
};
const span = { from: '2022-03-01T06:00Z', until: '2022-03-01T12:00Z', state: 'blocked', count: 72 };
const answer = (change: object = {}, spanChange: object = {}) => ({
  from: '2022-03-01T00:00Z',
  to: '2022-03-02T00:00Z',
  lanes: [
    { service: 'facebook', function: 'service', vantage, spans: [{ ...span, ...spanChange }] },
  ],
  ...change,
});

test('a lane is read and its holes are no data', () => {
  const { lanes, isSimulated } = parseLanes(
    answer({ isSimulated: true }, { mechanism: 'tls.reset.sni' }),
  );
  assert.equal(isSimulated, true);
  assert.deepEqual(
    lanes[0]?.spans.map(({ state, fromMs, untilMs, count }) => [
      state,
      (untilMs - fromMs) / 3_600_000,
      count,
    ]),
    [
      ['no_data', 6, 0],
      ['blocked', 6, 72],
      ['no_data', 12, 0],
    ],
  );
  assert.equal(lanes[0]?.spans[1]?.mechanism, 'tls.reset.sni');
});

for (const [name, json, message] of [
  ['no object', 'text', 'answer is not an object'],
  ['no lanes', answer({ lanes: undefined }), 'lanes is not a list'],
  ['no range', answer({ from: undefined }), 'from is not text'],
  ['a range that is no time', answer({ to: 'soon' }), 'to is not a time'],
  ['an unknown state', answer({}, { state: 'fine' }), 'lanes[0].spans[0].state is no known state'],
  ['a span without end', answer({}, { until: null }), 'lanes[0].spans[0].until is not text'],
] as const)
  test(`refused, naming the field: ${name}`, () => {
    assert.throws(
      () => parseLanes(json),
      (error: unknown) => error instanceof AnswerError && error.message === message,
    );
  });

test('filled lanes are adjacent, cover the range and keep every measured millisecond inside it', () => {
  const arbitrary = fc.array(
    fc.record({
      fromMs: fc.integer({ min: -50, max: 150 }),
      lengthMs: fc.integer({ min: 1, max: 40 }),
    }),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(arbitrary, (parts) => {
      const spans = parts.map(
        ({ fromMs, lengthMs }): TimelineSpan => ({
          fromMs,
          untilMs: fromMs + lengthMs,
          state: 'ok',
          count: 1,
        }),
      );
      const filled = fillHoles(spans, 0, 100);
      assert.equal(filled[0]?.fromMs, 0);
      assert.equal(filled.at(-1)?.untilMs, 100);
      for (const [index, one] of filled.entries()) {
        assert.ok(one.untilMs > one.fromMs);
        if (index > 0) assert.equal(one.fromMs, filled[index - 1]?.untilMs);
      }
      for (let atMs = 0; atMs < 100; atMs += 1) {
        const isMeasured = spans.some((one) => one.fromMs <= atMs && atMs < one.untilMs);
        const state = filled.find((one) => one.fromMs <= atMs && atMs < one.untilMs)?.state;
        assert.equal(state, isMeasured ? 'ok' : 'no_data');
      }
    }),
  );
});

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
