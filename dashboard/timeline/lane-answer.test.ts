/** The answer of /api/v1/lanes.rl in the browser: what is joined and laid out, and that no bytes break the page. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { encodeMonth } from '../encode-month.ts';
import { encodeHours } from '../lane-hours.ts';
import { packParcel, type Resolution } from '../lane-parcel.ts';
import { AnswerError, isLoaded } from './data.ts';
import { parseLaneRuns } from './lane-answer.ts';

const HOUR_MS = 3_600_000;
const APRIL = { fromMs: Date.UTC(2022, 3, 1), untilMs: Date.UTC(2022, 4, 1) };
const MAY = { fromMs: APRIL.untilMs, untilMs: Date.UTC(2022, 5, 1) };
const vantage = {
  id: 'ru-a',
  countryCode: 'RU',
  asn: 1,
  networkName: 'A',
  access: 'fixed',
  role: 'vantage',
};

const makeHead = (resolution: Resolution, change: object = {}) => ({
  from: '2022-04-01T00:00:00Z',
  to: '2022-05-20T00:00:00Z',
  isSimulated: false,
  resolution,
  months: ['2022-04', '2022-05'],
  mechanisms: { 31: 'tls.reset.sni' },
  lanes: [{ service: 'facebook', function: 'service', vantage }],
  ...change,
});

const run = (fromMs: number, untilMs: number, state: number) => ({
  fromMs,
  untilMs,
  state,
  mechanism: state === 3 ? 31 : 0,
  confidence: 3,
  count: (untilMs - fromMs) / HOUR_MS,
  firstSeq: 0,
});

/** Blocked from the middle of April on to the tenth of May. */
const months = [
  encodeMonth(
    {
      runs: [
        run(APRIL.fromMs + 24 * HOUR_MS, APRIL.fromMs + 48 * HOUR_MS, 1),
        run(APRIL.fromMs + 360 * HOUR_MS, APRIL.untilMs, 3),
      ],
      startsBefore: false,
      goesOn: true,
    },
    APRIL,
  ),
  encodeMonth(
    { runs: [run(MAY.fromMs, MAY.fromMs + 216 * HOUR_MS, 3)], startsBefore: true, goesOn: false },
    MAY,
  ),
];
const sound = packParcel(makeHead('slot'), months);

suite('lanes from runs', () => {
  test('a run that goes on over the end of a month is one, and the range is covered', () => {
    const { lanes, toMs } = parseLaneRuns(sound);
    const spans = lanes[0]?.spans ?? [];
    assert.deepEqual(
      spans.map(({ state, fromMs, untilMs }) => [state, (untilMs - fromMs) / HOUR_MS]),
      [
        ['no_data', 24],
        ['ok', 24],
        ['no_data', 312],
        ['blocked', 360 + 216],
        ['no_data', 10 * 24],
      ],
    );
    assert.equal(spans.at(-1)?.untilMs, toMs);
    const blocked = spans[3];
    assert.equal(blocked?.count, 576);
    assert.equal(blocked.mechanism, 'tls.reset.sni');
    assert.equal(blocked.firstMeasurementId, 'facebook.ru-a.20220416T000000Z');
    assert.equal(spans[0]?.firstMeasurementId, undefined);
  });

  test('hours become spans that keep every count', () => {
    const hours = [
      { startMs: APRIL.fromMs, counts: [12, 0, 0, 0, 0, 0] },
      { startMs: APRIL.fromMs + HOUR_MS, counts: [9, 0, 3, 0, 0, 0] },
    ];
    const bytes = packParcel(makeHead('hour'), [encodeHours(hours, APRIL), new Uint8Array()]);
    const { lanes, resolution } = parseLaneRuns(bytes);
    assert.equal(resolution, 'hour');
    assert.deepEqual(
      lanes[0]?.spans
        .slice(0, 2)
        .map(({ state, fromMs, untilMs, count }) => [state, (untilMs - fromMs) / HOUR_MS, count]),
      [
        ['ok', 1.75, 21],
        ['blocked', 0.25, 3],
      ],
    );
    assert.equal(lanes[0]?.spans[2]?.state, 'no_data');
  });

  test('any bytes are read, or refused as an answer that makes no sense', () => {
    const changes = fc.array(fc.tuple(fc.nat({ max: sound.length - 1 }), fc.nat({ max: 255 })), {
      minLength: 1,
      maxLength: 3,
    });
    const cuts = fc.nat({ max: sound.length });
    fc.assert(
      fc.property(changes, cuts, fc.boolean(), (made, cut, isCut) => {
        const bytes = isCut ? sound.slice(0, cut) : sound.slice();
        if (!isCut) for (const [at, value] of made) bytes[at] = value;
        try {
          parseLaneRuns(bytes);
        } catch (error) {
          assert.ok(error instanceof AnswerError, String(error));
        }
      }),
      { numRuns: 3_000 },
    );
  });

  for (const { name, head } of [
    { name: 'fewer months than lanes need', head: { lanes: [] } },
    { name: 'a month that is none', head: { months: ['2022-04', 'May'] } },
    { name: 'no lanes', head: { lanes: 5 } },
    { name: 'a lane without a vantage', head: { lanes: [{ service: 'facebook' }] } },
  ])
    test(`refused: ${name}`, () => {
      assert.throws(() => parseLaneRuns(packParcel(makeHead('slot', head), months)), AnswerError);
    });
});

test('what is loaded by the hour is loaded again where slots can be shown', () => {
  const loaded = {
    lanes: [],
    fromMs: Date.UTC(2016, 0, 1),
    toMs: Date.UTC(2022, 0, 1),
    isSimulated: false,
  };
  const near = { fromMs: Date.UTC(2020, 0, 1), toMs: Date.UTC(2020, 1, 1) };
  const far = { fromMs: Date.UTC(2016, 0, 1), toMs: Date.UTC(2021, 11, 1) };
  assert.equal(isLoaded(loaded, near), true);
  assert.equal(isLoaded({ ...loaded, resolution: 'hour' }, near), false);
  assert.equal(isLoaded({ ...loaded, resolution: 'hour' }, far), true);
  assert.equal(isLoaded(loaded, { ...far, toMs: loaded.toMs + 1 }), false);
});
