/** Lanes as bytes: what goes in comes out, and no bytes whatever make reading hang, overflow or fail unclearly. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { VERDICTS } from '../probes/types.ts';
import { encodeMonth } from './encode-month.ts';
import { decodeHours, encodeHours } from './lane-hours.ts';
import { listMonths, openParcel, packParcel } from './lane-parcel.ts';
import { decodeMonth, type MonthRuns, type ReadMonth, RUN_STATES, type Run } from './lane-runs.ts';
import { ByteReader, BytesError, ByteWriter } from './varint.ts';

const RANGE = { fromMs: Date.UTC(2024, 1, 1), untilMs: Date.UTC(2024, 2, 1) };
const HOURS = (RANGE.untilMs - RANGE.fromMs) / 3_600_000;

function spell(month: ReadMonth): Run[] {
  return [...month.fromMs].map((fromMs, index) => ({
    fromMs,
    untilMs: month.fromMs[index + 1] ?? RANGE.untilMs,
    state: month.state[index] ?? -1,
    mechanism: month.mechanism[index] ?? -1,
    confidence: month.confidence[index] ?? -1,
    count: month.count[index] ?? -1,
    firstSeq: month.firstSeq[index] ?? -1,
  }));
}

/** Stretches with and without data, on a grid of `stepMs` or off it. */
const runs = fc
  .record({
    stepMs: fc.constantFrom(300_000, 60_000, 1_000, 7),
    parts: fc.array(
      fc.record({
        gap: fc.constantFrom(0, 0, 0, 1, 5),
        length: fc.integer({ min: 1, max: 400 }),
        state: fc.integer({ min: 1, max: 6 }),
        mechanism: fc.constantFrom(0, 31, 103),
        confidence: fc.integer({ min: 0, max: 3 }),
        count: fc.option(fc.integer({ min: 1, max: 900 }), { nil: undefined }),
        firstSeq: fc.constantFrom(0, 0, 0, 2),
      }),
      { maxLength: 20 },
    ),
  })
  .map(({ stepMs, parts }) => {
    let atMs = RANGE.fromMs;
    return {
      runs: parts.flatMap(({ gap, length, count, ...rest }): Run[] => {
        const fromMs = atMs + gap * stepMs;
        atMs = fromMs + length * stepMs;
        if (atMs > RANGE.untilMs) return [];
        return [{ ...rest, fromMs, untilMs: atMs, count: count ?? length }];
      }),
    };
  });

suite('a month of runs', () => {
  test('comes back whole, holes as no data', () => {
    fc.assert(
      fc.property(runs, fc.boolean(), fc.boolean(), (made, startsBefore, goesOn) => {
        const month: MonthRuns = { ...made, startsBefore, goesOn };
        const read = decodeMonth(encodeMonth(month, RANGE), RANGE);
        const spelt = spell(read);
        assert.deepEqual(
          spelt.filter(({ state }) => state !== 0),
          month.runs,
        );
        assert.deepEqual([read.startsBefore, read.goesOn], [startsBefore, goesOn]);
        const coveredMs = spelt.reduce((sum, { fromMs, untilMs }) => sum + untilMs - fromMs, 0);
        assert.equal(coveredMs, RANGE.untilMs - RANGE.fromMs);
      }),
    );
  });

  test('a clean month takes a dozen bytes, an empty one none', () => {
    const count = (RANGE.untilMs - RANGE.fromMs) / 300_000;
    const run = { ...RANGE, state: 1, mechanism: 0, confidence: 3, count, firstSeq: 0 };
    const bytes = encodeMonth({ runs: [run], startsBefore: true, goesOn: true }, RANGE);
    assert.ok(bytes.length <= 16, `${bytes.length} bytes`);
    assert.deepEqual(
      spell(decodeMonth(new Uint8Array(), RANGE)).map(({ state }) => state),
      [0],
    );
  });

  test('runs that overlap or leave the month are refused', () => {
    const run = { ...RANGE, state: 1, mechanism: 0, confidence: 0, count: 1, firstSeq: 0 };
    const flags = { startsBefore: false, goesOn: false };
    for (const wrong of [[run, run], [{ ...run, untilMs: RANGE.untilMs + 1 }]])
      assert.throws(() => encodeMonth({ ...flags, runs: wrong }, RANGE), BytesError);
  });

  test('numbers of states are those of verdicts plus one, for ever', () => {
    assert.deepEqual(RUN_STATES, ['no_data', ...VERDICTS]);
  });
});

suite('a month of hours', () => {
  const hours = fc.uniqueArray(
    fc.record({
      index: fc.nat({ max: HOURS - 1 }),
      counts: fc.array(fc.constantFrom(0, 0, 1, 12), { minLength: 6, maxLength: 6 }),
    }),
    { selector: ({ index }) => index, maxLength: 200 },
  );

  test('comes back whole', () => {
    fc.assert(
      fc.property(hours, (made) => {
        const sorted = made
          .toSorted((a, b) => a.index - b.index)
          .map(({ index, counts }) => ({ startMs: RANGE.fromMs + index * 3_600_000, counts }));
        const read = decodeHours(encodeHours(sorted, RANGE), RANGE).flatMap((row) =>
          Array.from({ length: row.hours }, (_, hour) => ({
            startMs: row.fromMs + hour * 3_600_000,
            counts: row.counts,
          })),
        );
        assert.equal(read.length, HOURS);
        assert.deepEqual(
          read.filter(({ counts }) => counts.length > 0),
          sorted.filter(({ counts }) => counts.some((count) => count > 0)),
        );
      }),
    );
  });
});

suite('bytes from elsewhere', () => {
  const readers = {
    month: (bytes: Uint8Array) => decodeMonth(bytes, RANGE),
    hours: (bytes: Uint8Array) => decodeHours(bytes, RANGE),
    parcel: openParcel,
  };
  const sound = encodeMonth(
    {
      runs: Array.from({ length: 40 }, (_, index) => ({
        fromMs: RANGE.fromMs + index * 3_000_000,
        untilMs: RANGE.fromMs + index * 3_000_000 + 1_500_000,
        state: 1 + (index % 6),
        mechanism: index,
        confidence: 2,
        count: 5 + (index % 2),
        firstSeq: index % 3,
      })),
      startsBefore: false,
      goesOn: true,
    },
    RANGE,
  );
  const changed = fc
    .array(fc.tuple(fc.nat({ max: sound.length - 1 }), fc.nat({ max: 255 })), {
      minLength: 1,
      maxLength: 4,
    })
    .map((changes) => {
      const bytes = sound.slice();
      for (const [at, value] of changes) bytes[at] = value;
      return bytes;
    });
  const cut = fc.nat({ max: sound.length - 1 }).map((length) => sound.slice(0, length));
  const random = fc.uint8Array({ maxLength: 200 });
  const layouts = fc
    .tuple(fc.constantFrom(1, 2), random)
    .map(([layout, rest]) => Uint8Array.of(layout, ...rest));

  for (const [name, read] of Object.entries(readers))
    test(`${name}: read, or refused with a reason`, () => {
      fc.assert(
        fc.property(fc.oneof(changed, cut, random, layouts), (bytes) => {
          try {
            read(bytes);
          } catch (error) {
            assert.ok(error instanceof BytesError, String(error));
            assert.notEqual(error.message, '');
          }
        }),
        { numRuns: 2_000 },
      );
    });

  for (const [name, numbers, message] of [
    ['more runs than bytes', [1, 300_000, 1, 0, 2 ** 40], /runs in \d+ bytes/],
    ['a run longer than the month', [1, 90_000_000, 1, 0, 1, 1, 127], /longer than their month/],
    ['a run without length', [1, 300_000, 1, 0, 1, 1, 0], /a run is empty/],
    ['a state that there is not', [1, 300_000, 1, 0, 1, 15], /unknown state 15/],
    ['a grid without a step', [1, 0, 1, 0, 0], /no step/],
    ['another layout', [9], /unknown layout 9/],
  ] as const)
    test(`${name} → an error that says so`, () => {
      const writer = new ByteWriter();
      for (const number of numbers) writer.add(number);
      assert.throws(() => decodeMonth(writer.toBytes(), RANGE), { name: 'BytesError', message });
    });

  test('numbers up to 2^53 - 1 come back, larger ones and endless ones are refused', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const writer = new ByteWriter();
        writer.add(value);
        const reader = new ByteReader(writer.toBytes());
        assert.equal(reader.read(), value);
        reader.end();
      }),
    );
    for (const bytes of [new Uint8Array(64).fill(255), new Uint8Array(3).fill(255)])
      assert.throws(() => new ByteReader(bytes).read(), BytesError);
    for (const value of [-1, 0.5, Number.NaN, 2 ** 53])
      assert.throws(() => new ByteWriter().add(value), BytesError);
  });
});

suite('an answer of many parts', () => {
  test('comes apart as it was put together', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.array(fc.uint8Array({ maxLength: 40 })), (value, parts) => {
        const opened = openParcel(packParcel({ value }, parts));
        assert.deepEqual(opened.head, JSON.parse(JSON.stringify({ value })));
        assert.deepEqual(opened.parts.map(String), parts.map(String));
      }),
    );
  });

  test('months are those of UTC that the range touches, and the end of the last', () => {
    const iso = (fromMs: number, toMs: number) =>
      listMonths(fromMs, toMs).map((atMs) => new Date(atMs).toISOString().slice(0, 10));
    assert.deepEqual(iso(Date.UTC(2023, 11, 31, 23), Date.UTC(2024, 1, 1)), [
      '2023-12-01',
      '2024-01-01',
      '2024-02-01',
    ]);
    assert.deepEqual(iso(Date.UTC(2024, 1, 1), Date.UTC(2024, 1, 1, 0, 0, 1)), [
      '2024-02-01',
      '2024-03-01',
    ]);
  });
});
